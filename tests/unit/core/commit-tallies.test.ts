/** What is added up at each commit: executions, instructions, cycles by place; molecules and atoms; wasted cycles. */
import { describe, expect, it } from 'vitest';
import { Rig } from '../../timing/rig.js';

const LOOP = 'loop: { sub r16,r16,#1 } commit { brnz r16,loop }{ exit 0 } commit';

describe('the tally of a commit', () => {
  it('counts from setRetires on', () => {
    const rig = new Rig();
    rig.load(LOOP);
    const at = rig.pc('loop');
    rig.core.setRetires(at, 5, 2);
    rig.w[16] = 3;
    rig.run();
    expect(rig.core.tallyAt(at)).toMatchObject({ executions: 3, instructions: 6, steps: 15 });
    rig.core.setRetires(at, 5, 2);
    expect(rig.core.tallyAt(at)).toEqual({ executions: 0, instructions: 0, steps: 0, cycles: 0 });
  });

  it('sums to the cycles that were committed', () => {
    const rig = new Rig();
    rig.load(LOOP);
    const places = [rig.pc('loop'), rig.pc('loop') + 16];
    for (const place of places) rig.core.setRetires(place, 1, 1);
    rig.w[16] = 4;
    rig.run();
    const total = Object.values(rig.cycles()).reduce((sum, n) => sum + n, 0);
    const tallies = places.map((place) => rig.core.tallyAt(place));
    expect(tallies.map(({ executions }) => executions)).toEqual([4, 1]);
    expect(tallies[0].cycles + tallies[1].cycles).toBe(total);
  });

  it('takes the cycles up to an exit without a commit', () => {
    const rig = new Rig();
    rig.load('at: { add r16,r16,#1 } commit { add r16,r16,#1 }{ add r16,r16,#1 }{ exit 0 }');
    rig.core.setRetires(rig.pc('at'), 1, 1);
    rig.run();
    const total = Object.values(rig.cycles()).reduce((sum, n) => sum + n, 0);
    expect(rig.core.tallyAt(rig.pc('at')).cycles).toBe(total);
  });

  it('leaves out the cycles of routines', () => {
    const rig = new Rig();
    rig.load('{ br at }{ add r16,r16,#1 } at: { exit 0 } commit');
    const start = rig.memory.cmsOffset;
    rig.core.setRoutineRange(start, rig.pc('at'));
    rig.core.setRetires(rig.pc('at'), 1, 1);
    rig.run();
    const { dispatch = 0, ...others } = rig.cycles();
    expect(dispatch).toBeGreaterThan(0);
    const own = Object.values(others).reduce((sum, n) => sum + n, 0);
    expect(rig.core.tallyAt(rig.pc('at')).cycles).toBe(own);
    expect(rig.core.molecules).toBe(1);
  });
});

describe('molecules and atoms', () => {
  it('are counted when they are committed', () => {
    const rig = new Rig();
    rig.load('{ add r16,r17,#1 ; add r18,r17,#2 }{ movi r19,##5 }{ exit 0 } commit');
    rig.run();
    expect([rig.core.molecules, rig.core.atoms]).toEqual([3, 4]);
  });

  it('are not counted when they are rolled back, and their cycles are told', () => {
    const rig = new Rig();
    rig.load('{ add r16,r17,#1 ; add r18,r17,#2 }{ trap 3 }');
    expect(rig.run()).toBe('trap');
    expect([rig.core.molecules, rig.core.atoms]).toEqual([0, 0]);
    expect(rig.core.exit.wastedCycles).toBe(rig.cycles().rollback);
  });
});
