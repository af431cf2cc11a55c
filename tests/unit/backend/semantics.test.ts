/**
 * Compiled regions compute what the intermediate representation says: random regions on random
 * states, on several machines, with every switch of the scheduler. A failure names the seed;
 * CHRYSALIS_FUZZ_REGIONS makes it longer.
 */
import { describe, expect, it } from 'vitest';
import { Rng } from '../../../base/rng.js';
import { CannotCompile, type CompiledRegion } from '../../../cms/backend/compiled.js';
import { optimize } from '../../../cms/opt/pipeline.js';
import { PASS_NAMES, type PassName } from '../../../cms/options.js';
import { EXIT } from '../../../hw/core/exits.js';
import type { HostOptions } from '../../../hw/options.js';
import {
  apartHost,
  efficeonHost,
  eightSlotHost,
  tm5800Host,
  twoSlotHost,
} from '../atom/machines.js';
import { evaluate } from '../opt/evaluate.js';
import { randomRegion, randomState } from '../opt/random-region.js';
import { BOLD, cmsWith, IN_ORDER, IN_PLACE } from './cms.js';
import { CompiledRunner } from './run-compiled.js';
import { withRegion } from './with-region.js';

const REGIONS = Number(process.env.CHRYSALIS_FUZZ_REGIONS ?? 250);
const STATES = 3;
const ALL_PASSES = Object.fromEntries(PASS_NAMES.map((name) => [name, true])) as Record<
  PassName,
  boolean
>;
const MACHINES: Readonly<Record<string, HostOptions>> = {
  tm5800: tm5800Host,
  efficeon: efficeonHost,
  twoSlot: twoSlotHost,
  eightSlot: eightSlotHost,
  apart: apartHost,
  fewRegisters: { ...tm5800Host, integerRegisters: 31 },
};

interface Tally {
  compiled: number;
  refused: number;
  hoisted: number;
  spilled: number;
  /** Runs that rolled back though the region would not have: a load that was moved. */
  early: number;
  runs: number;
}

function check(runner: CompiledRunner, seed: number, tally: Tally): void {
  const rng = new Rng(seed);
  const random = randomRegion(rng, 5 + rng.below(90));
  const ir = withRegion(random);
  if (rng.chance(0.7)) optimize(ir, ALL_PASSES);
  const options = {
    counterAddress: rng.chance(0.3) ? runner.spillAddress + 0x800 : -1,
    spillAddress: runner.spillAddress,
  };
  let code: CompiledRegion;
  try {
    code = runner.compile(ir, options);
  } catch (e) {
    if (!(e instanceof CannotCompile)) throw new Error(`seed ${seed}`, { cause: e });
    tally.refused++;
    return;
  }
  tally.compiled++;
  tally.spilled += code.spills > 0 ? 1 : 0;
  tally.hoisted += code.hoistedOverBranches + code.hoistedOverStores;
  for (let i = 0; i < STATES; i++) {
    const state = randomState(rng);
    if (options.counterAddress >= 0)
      runner.memory.view.setInt32(options.counterAddress, 1000, true);
    const expected = evaluate(random, state);
    const { trace, exit, steps } = runner.run(ir, code, state, rng.chance(0.3));
    tally.runs++;
    if (mayBeEarly(code, exit) && expected[trace.length - 1] !== 'rolled back') {
      tally.early++;
      trace.at(-1);
      expect({ seed, trace: trace.slice(0, -1) }).toEqual({
        seed,
        trace: expected.slice(0, trace.length - 1),
      });
      continue;
    }
    expect({ seed, i, trace }).toEqual({ seed, i, trace: expected });
    expect(steps).toBeGreaterThanOrEqual(0);
  }
}

function mayBeEarly(code: CompiledRegion, exit: number): boolean {
  if (exit === EXIT.alias) return code.hoistedOverStores > 0;
  return exit === EXIT.guestFault && code.hoistedOverBranches > 0;
}

function checkAll(host: HostOptions, schedule: typeof BOLD, from: number): Tally {
  const indirect = { inlineTarget: from % 2 === 0, returnPrediction: false };
  const runner = new CompiledRunner(host, cmsWith(schedule, indirect));
  const tally = { compiled: 0, refused: 0, hoisted: 0, spilled: 0, early: 0, runs: 0 };
  for (let seed = from; seed < from + REGIONS; seed++) check(runner, seed, tally);
  return tally;
}

describe('backend', () => {
  let from = 1;
  for (const [name, host] of Object.entries(MACHINES)) {
    from += 100_000;
    const start = from;
    it(`keeps the meaning with everything on: ${name}`, () => {
      const tally = checkAll(host, BOLD, start);
      if (process.env.CHRYSALIS_FUZZ_REGIONS) console.log(name, tally);
      // Regions whose loads never move, or which always roll back, would prove little.
      expect(tally.hoisted).toBeGreaterThan(host.aliasRegisters > 0 ? tally.compiled / 2 : 10);
      expect(tally.early).toBeLessThan(tally.runs / 4);
      expect(tally.refused).toBeLessThan(REGIONS / 20);
    });
    it(`keeps the meaning where memory stays in order: ${name}`, () => {
      const tally = checkAll(host, IN_PLACE, start + 20_000);
      expect(tally.hoisted).toBe(0);
      expect(tally.early).toBe(0);
    });
    it(`keeps the meaning in program order: ${name}`, () => {
      const tally = checkAll(host, IN_ORDER, start + 40_000);
      expect(tally.hoisted).toBe(0);
    });
  }
});
