/** Fetch, branches, events, rollbacks: where cycles go when execution does not go straight on. */
import { describe, expect, it } from 'vitest';
import { CPI } from '../../hw/timing/cpi.js';
import { tm5800Host } from '../unit/atom/machines.js';
import { cost, Rig } from './rig.js';

const branch = (changes: object) => new Rig({ branch: { ...tm5800Host.branch, ...changes } });

describe('branches', () => {
  it('cost takenCycles when they are taken', () => {
    const loop = '{ add r16,r63,#3 } loop: { sub r16,r16,#1 }{ brnz r16,loop }{ exit 0 }';
    expect(cost(loop, undefined, branch({ takenCycles: 2 }))).toEqual({
      issue: 1 + 6 + 1,
      branch: 2 * 2 + 2,
    });
  });

  it('cost nothing when they are not', () => {
    expect(cost('{ brz r16,far }{ exit 0 } far: { exit 1 }', (rig) => (rig.w[16] = 1))).toEqual({
      issue: 2,
      branch: 1,
    });
  });

  it('cost indirectCycles through a register', () => {
    const jump = '{ jr r16 }{ exit 0 } there: { exit 1 }';
    const prepare = (rig: Rig) => (rig.w[16] = rig.pc('there'));
    expect(cost(jump, prepare)).toEqual({ issue: 2, branch: 3 + 1 });
  });

  it('cost preparedCycles when prepared early enough', () => {
    const jump = (between: number) =>
      `{ brprep r16 }${'{ nop }'.repeat(between)}{ jr r16 }{ exit 0 } there: { exit 1 }`;
    const prepare = (rig: Rig) => (rig.w[16] = rig.pc('there'));
    expect(cost(jump(2), prepare)).toEqual({ issue: 5, branch: 1 + 1 });
    expect(cost(jump(1), prepare)).toEqual({ issue: 4, branch: 3 + 1 });
  });

  it('prepared for another target are not prepared', () => {
    const jump = '{ brprep r17 }{ nop }{ nop }{ nop }{ jr r16 } there: { exit 1 }';
    expect(cost(jump, (rig) => (rig.w[16] = rig.pc('there')))).toEqual({ issue: 6, branch: 3 + 1 });
  });

  it('stay prepared across a commit, for one jump', () => {
    const jump =
      '{ brprep r16 } commit { nop } commit { nop }{ jr r16 } a: { jr r17 } b: { exit 1 }';
    const prepare = (rig: Rig) => {
      rig.w[16] = rig.pc('a');
      rig.w[17] = rig.pc('b');
    };
    expect(cost(jump, prepare)).toEqual({ issue: 6, branch: 1 + 3 + 1 });
  });
});

describe('the return-target stack', () => {
  const call = '{ rspush r16,landing }{ rspop r17 }{ exit 0 } landing: { exit 1 }';

  it('leads to the landing for preparedCycles', () => {
    const rig = new Rig();
    expect(cost(call, (r) => r.w.fill(0x1234, 16, 18), rig)).toEqual({ issue: 3, branch: 1 + 1 });
    expect(rig.core.exit.index).toBe(1);
  });

  it('lets another guest address pass', () => {
    const rig = new Rig();
    expect(cost(call, (r) => r.w.fill(0x1234, 16, 17), rig)).toEqual({ issue: 3, branch: 1 });
    expect(rig.core.exit.index).toBe(0);
  });

  it('does nothing where there is none', () => {
    const rig = branch({ returnStackEntries: 0 });
    cost(call, (r) => r.w.fill(0x1234, 16, 18), rig);
    expect(rig.core.exit.index).toBe(0);
  });

  it('keeps the newest entries', () => {
    const rig = branch({ returnStackEntries: 2 });
    const text =
      '{ rspush r16,a }{ rspush r17,b }{ rspush r18,c }{ rspop r18 }{ exit 9 }' +
      'c: { rspop r17 }{ exit 9 } b: { rspop r16 }{ exit 0 } a: { exit 9 }';
    cost(text, (r) => r.w.set([1, 2, 3], 16), rig);
    expect(rig.core.exit.index).toBe(0);
  });

  it('is empty when the software says so', () => {
    const rig = new Rig();
    rig.load('{ rspush r16,a }{ exit 0 } pop: { rspop r16 }{ exit 1 } a: { exit 2 }');
    rig.run();
    rig.core.clearReturnStack();
    rig.run('pop');
    expect(rig.core.exit.index).toBe(1);
  });
});

describe('fetch', () => {
  /** 8 molecules of 8 bytes in a line of L1I. */
  const straight = `${'{ add r16,r16,#1 ; nop }'.repeat(15)}{ exit 0 }`;

  it('waits for each line that is not in L1I', () => {
    const rig = new Rig();
    rig.load(straight, { warm: false });
    rig.run();
    // Both lines lie in one line of L2.
    expect(rig.cycles()).toEqual({ issue: 16, l1i: 100 + 12, branch: 1 });
    rig.run();
    expect(rig.cycles()).toEqual({ issue: 32, l1i: 100 + 12, branch: 2 });
  });

  it('needs both lines of a molecule that straddles them', () => {
    const rig = new Rig();
    const wide = '{ ld32.k r16,[r17] ; add r18,r1,r2 ; add r19,r1,r2 ; exit 0 }';
    rig.load(wide, { warm: false, offset: 56 });
    rig.w[17] = 0x2000;
    rig.warm(0x2000);
    rig.core.run(rig.memory.cmsOffset + 56);
    expect(rig.cycles()).toEqual({ issue: 1, l1i: 100 + 12, branch: 1, commit: 1 });
  });

  it('misses again where the code has changed', () => {
    const rig = new Rig();
    rig.load(straight);
    rig.core.codeChanged(rig.memory.cmsOffset + 64, rig.memory.cmsOffset + 72);
    rig.run();
    expect(rig.cycles()).toEqual({ issue: 16, l1i: 12, branch: 1 });
  });
});

describe('the event at a commit', () => {
  const two = '{ add r0,r0,#1 } commit mid: { add r0,r0,#1 } commit end: { exit 0 }';

  it('comes when the countdown is used up, and costs nothing itself', () => {
    const rig = new Rig();
    rig.load(two);
    rig.s[14] = 1;
    expect(rig.run()).toBe('event');
    expect(rig.s[0]).toBe(1);
    expect(rig.s[14]).toBe(0);
    expect(rig.core.exit.resumePc).toBe(rig.pc('mid'));
    rig.s[14] = 1_000_000 - 1;
    expect(rig.core.run(rig.core.exit.resumePc)).toBe(0);
    expect(rig.cycles()).toEqual({ issue: 3, branch: 1 });
  });

  it('changes no cycle, however often it comes', () => {
    const text =
      'loop: { ld32.k r16,[r17] ; add r17,r17,#36 }{ st32.k [r18],r16 ; add r18,r18,#4 } commit ' +
      '{ sub r19,r19,#1 ; rspush r16,loop } commit { brnz r19,loop } commit { exit 0 } commit';
    const run = (slice: number) => {
      const rig = new Rig();
      rig.load(text, { warm: false });
      rig.w.set([0x2000, 0x4000, 100], 17);
      const total = rig.s[14];
      let spent = 0;
      for (let pc = rig.memory.cmsOffset, exit = -1; exit !== 0; pc = rig.core.exit.resumePc) {
        rig.s[14] = slice;
        exit = rig.core.run(pc);
        spent += slice - rig.s[14];
      }
      rig.s[14] = total - spent;
      return rig.cycles();
    };
    expect(run(1)).toEqual(run(100_000));
    expect(run(17)).toEqual(run(100_000));
  });

  it('does not come while time is left', () => {
    const rig = new Rig();
    rig.load(two);
    rig.s[14] = 3;
    expect(rig.run()).toBe('exit');
  });

  it('does not come where the molecule leaves anyway', () => {
    const rig = new Rig();
    rig.load('{ assist 5 } commit { exit 0 }');
    rig.s[14] = 1;
    expect(rig.run()).toBe('assist');
    expect(rig.core.exit.index).toBe(5);
    expect(rig.core.exit.resumePc).toBe(rig.memory.cmsOffset + 8);
  });

  it('sees a branch in the committing molecule', () => {
    const rig = new Rig();
    rig.load('{ br far } commit { exit 0 } far: { exit 1 }');
    rig.s[14] = 1;
    expect(rig.run()).toBe('event');
    expect(rig.core.exit.resumePc).toBe(rig.pc('far'));
    expect(rig.s[14]).toBe(1 - 2);
  });
});

describe('rollback', () => {
  it('wastes everything since the commit', () => {
    const rig = new Rig();
    rig.load('{ add r0,r0,#1 } commit { mul r16,r1,r1 }{ add r17,r16,#1 }{ trap 7 }{ exit 0 }');
    expect(rig.run()).toBe('trap');
    expect(rig.core.exit.index).toBe(7);
    // 3 molecules and 3 cycles of waiting, then rollbackCycles.
    expect(rig.cycles()).toEqual({ issue: 1, rollback: 3 + 3 + 10 });
  });

  it('leaves no register to wait for', () => {
    const rig = new Rig();
    rig.load('{ mul r16,r1,r1 }{ trap 0 } again: { add r17,r16,#1 }{ exit 0 }');
    rig.run();
    rig.run('again');
    expect(rig.cycles()).toEqual({ rollback: 12, issue: 2, branch: 1 });
  });

  it('keeps the lines that were fetched in vain', () => {
    const rig = new Rig();
    rig.load('{ ld32.k r16,[r17] }{ trap 0 } again: { ld32.k r16,[r17] }{ exit 0 }');
    rig.w[17] = 0x2000;
    rig.core.hostTlb.access(2);
    rig.run();
    expect(rig.core.hierarchy.l1d.has(rig.host(0x2000) >>> 5)).toBe(true);
    rig.run('again');
    expect(rig.cycles()).toEqual({ rollback: 12, issue: 2, branch: 1 });
  });
});

describe('routines of the software', () => {
  it('count as dispatch, with all they wait for', () => {
    const rig = new Rig();
    rig.load(
      '{ add r0,r0,#1 } commit { br routine } routine: { mul r16,r1,r1 }{ add r17,r16,#1 }{ exit 0 }',
    );
    rig.core.setRoutineRange(rig.pc('routine'), rig.memory.cmsOffset + 0x1000);
    rig.run();
    expect(rig.cycles()).toEqual({ issue: 2, branch: 1, dispatch: 3 + 3 + 1 });
  });
});

describe('those who watch', () => {
  it('see each molecule with its cycle and its waits', () => {
    const rig = new Rig();
    rig.load('{ nop } commit { mul r16,r1,r1 }{ add r17,r16,#1 }{ exit 0 }');
    const seen: [number, number, number[]][] = [];
    rig.core.onMolecule = (m) =>
      seen.push([m.hostPc - rig.memory.cmsOffset, m.cycle, [...m.stalls]]);
    rig.run();
    expect(seen).toEqual([
      [0, 0, []],
      [8, 1, []],
      [16, 5, [CPI.interlock, 3]],
      [24, 6, []],
    ]);
  });
});

describe('a snapshot', () => {
  it('goes on with the same cycles', () => {
    const text =
      'loop: { ld32.k r16,[r17] ; add r17,r17,#64 }{ sub r18,r18,#1 } commit { brnz r18,loop }{ exit 0 } commit';
    const run = (rig: Rig, count: number) => {
      rig.w[18] = count;
      rig.run();
    };
    const whole = new Rig();
    whole.load(text);
    whole.w[17] = 0x2000;
    run(whole, 20);
    const state = whole.core.save();
    const words = whole.s.slice(0, 128);
    run(whole, 20);

    const other = new Rig();
    other.load(text);
    other.s.set(words);
    other.core.restore(state);
    run(other, 20);
    expect(other.cycles()).toEqual(whole.cycles());
    expect(other.core.hierarchy.l1d.misses).toBe(whole.core.hierarchy.l1d.misses);
  });
});
