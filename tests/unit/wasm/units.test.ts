/** What units take and give back, and what is counted behind them. */
import { describe, expect, it } from 'vitest';
import type { UnitOptions } from '../../../hw/exec/wasm/unit-options.js';
import { PAGE, Rig } from '../../timing/rig.js';
import { tm5800Host } from '../atom/machines.js';

const AT_ONCE: UnitOptions = { hot: 2, batch: 1, patience: 1, surprises: 1, misses: 1 };
const PAGES = 200;

/** A machine that compiles at once, and one that never does. */
const pair = (): readonly [compiled: Rig, stepped: Rig] => [
  new Rig({}, tm5800Host, AT_ONCE),
  new Rig({}, tm5800Host),
];

function repeat(rig: Rig, times: number): void {
  for (let i = 0; i < times; i++) {
    rig.core.enter();
    expect(rig.run()).toBe('exit');
  }
}

describe('code that is written again and again', () => {
  const loop = (n: number): string => `
    { add r16,r63,#4 } commit
    again: { add r17,r17,#${n & 63} } commit
    { ld32.k r18,[r40] }
    { add r19,r19,r18 ; sub r16,r16,#1 }
    { brnz r16,again } commit
    { exit 0 } commit`;

  it('keeps neither functions nor numbers of its old units', () => {
    const rewritten = 2000;
    const rigs = pair();
    const [compiled, stepped] = rigs;
    const units = compiled.units;
    let most = units?.mostNumbers;
    for (let n = 0; n < rewritten; n++) {
      for (const rig of rigs) {
        rig.load(loop(n));
        // Some of the loads miss, so that paths are left in the middle as well.
        rig.w[40] = (n % PAGES) * PAGE;
        repeat(rig, 3);
      }
      if (n === 50) most = units?.mostNumbers;
    }
    expect(units?.compiled).toBeGreaterThanOrEqual(2 * rewritten);
    expect(units?.table.length).toBe(1024);
    expect(units?.mostNumbers).toEqual(most);
    expect(most?.sites).toBeGreaterThan(0);
    expect(most?.ways).toBeGreaterThan(0);
    expect([...compiled.w]).toEqual([...stepped.w]);
    expect(compiled.cycles()).toEqual(stepped.cycles());
  });
});

describe('a commit that skips instructions', () => {
  const text = `
    { add r16,r63,#7 } commit
    again: { and r55,r16,#3 ; sub r16,r16,#1 }
    counted: { brnz r16,again } commit
    { exit 0 } commit`;
  const STEPS = 9;
  const INSTRUCTIONS = 5;

  function load(rig: Rig): void {
    rig.load(text);
    const first = rig.memory.cmsOffset;
    for (let pc = first; pc < first + 4 * (rig.program?.words.length ?? 0); pc += 8)
      rig.core.setRetires(pc, 1, 1);
    rig.core.setRetires(rig.pc('counted'), STEPS, INSTRUCTIONS, true);
  }

  function counts({ core }: Rig, counted: number) {
    const { retiredSteps, retiredInstructions, molecules, atoms } = core;
    return {
      retiredSteps,
      retiredInstructions,
      molecules,
      atoms,
      cpi: [...core.cpi],
      tally: core.tallyAt(counted),
    };
  }

  it('counts what is left', () => {
    const rigs = pair();
    const [compiled, stepped] = rigs;
    const rounds = 20;
    for (const rig of rigs) {
      load(rig);
      repeat(rig, rounds);
    }
    const counted = compiled.pc('counted');
    const seen = counts(compiled, counted);
    expect(seen).toEqual(counts(stepped, counted));
    // 7, 6, ..., 1 of which the two lowest bits are skipped; two commits around the loop.
    const skipped = 3 + 2 + 1 + 0 + 3 + 2 + 1;
    expect(seen.retiredSteps).toBe(rounds * (7 * STEPS - skipped + 2));
    expect(seen.retiredInstructions).toBe(rounds * (7 * INSTRUCTIONS - skipped + 2));
    expect(compiled.units?.compiled).toBeGreaterThan(0);
  });

  it('counts it too under numbers that come back in another order', () => {
    const rigs = pair();
    const [compiled, stepped] = rigs;
    let first = compiled.units?.mostNumbers;
    for (let n = 0; n < 5; n++) {
      for (const rig of rigs) {
        load(rig);
        repeat(rig, 6);
      }
      if (n === 0) first = compiled.units?.mostNumbers;
      // Totals are read while the unit is alive.
      const counted = compiled.pc('counted');
      expect(counts(compiled, counted)).toEqual(counts(stepped, counted));
    }
    expect(compiled.units?.mostNumbers).toEqual(first);
  });

  it('counts what a unit has not told when it is dissolved', () => {
    const rigs = pair();
    const [compiled, stepped] = rigs;
    for (const rig of rigs) {
      load(rig);
      repeat(rig, 6);
      rig.load('{ exit 0 } commit');
    }
    expect([...compiled.core.cpi]).toEqual([...stepped.core.cpi]);
    expect(compiled.core.molecules).toBe(stepped.core.molecules);
    expect(compiled.core.retiredSteps).toBe(stepped.core.retiredSteps);
  });
});
