/**
 * Whatever passes are on, a region computes what it computed: random regions, evaluated before and
 * after on random machine states. A failure names the seed; CHRYSALIS_FUZZ_REGIONS makes it longer.
 */
import { describe, expect, it } from 'vitest';
import { Rng } from '../../../base/rng.js';
import type { IrRegion } from '../../../cms/ir/ir.js';
import { checkIr } from '../../../cms/ir/ir-check.js';
import { optimize } from '../../../cms/opt/pipeline.js';
import { PASS_NAMES, type PassName } from '../../../cms/options.js';
import { evaluate } from './evaluate.js';
import { randomRegion, randomState } from './random-region.js';

const REGIONS = Number(process.env.CHRYSALIS_FUZZ_REGIONS ?? 600);
const STATES = 4;

type Passes = Record<PassName, boolean>;
const subset = (mask: number): Passes =>
  Object.fromEntries(PASS_NAMES.map((name, i) => [name, ((mask >> i) & 1) !== 0])) as Passes;
const ALL = (1 << PASS_NAMES.length) - 1;

function copy(ir: IrRegion): IrRegion {
  return {
    ...ir,
    ops: ir.ops.map((op) => ({ ...op, args: [...op.args] })),
    exits: ir.exits.map((exit) => ({ ...exit, registers: exit.registers.slice() })),
  };
}

function check(seed: number, mask: number): { before: number; after: number } {
  const rng = new Rng(seed);
  const ir = randomRegion(rng, 10 + rng.below(60));
  checkIr(ir, 'generation');
  const optimized = copy(ir);
  optimize(optimized, subset(mask), (pass, now) => checkIr(now, pass));
  for (let i = 0; i < STATES; i++) {
    const state = randomState(rng);
    const [was, is] = [evaluate(ir, state), evaluate(optimized, state)];
    expect({ seed, mask, trace: is }).toEqual({ seed, mask, trace: was });
  }
  return { before: ir.ops.length, after: optimized.ops.length };
}

describe('optimizer', () => {
  it('keeps the meaning with all passes', () => {
    let before = 0;
    let after = 0;
    for (let seed = 1; seed <= REGIONS; seed++) {
      const sizes = check(seed, ALL);
      before += sizes.before;
      after += sizes.after;
    }
    // The test would prove little of an optimizer that does little.
    expect(after / before).toBeLessThan(0.9);
  });

  it('keeps the meaning with any subset of the passes', () => {
    for (let seed = 1; seed <= REGIONS; seed++) check(100_000 + seed, seed & ALL);
  });

  it.each(PASS_NAMES.map((name, i) => [name, 1 << i] as const))(
    'keeps the meaning with %s alone',
    (_, mask) => {
      for (let seed = 1; seed <= REGIONS / 3; seed++) check(200_000 + seed, mask);
    },
  );
});
