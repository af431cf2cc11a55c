/**
 * Random programs on random machines in lockstep with the golden interpreter. Longer runs:
 * `npm run fuzz:lockstep`.
 */
import { describe, expect, it } from 'vitest';
import { Bench } from './bench.js';
import { GROUP, makeCase } from './lockstep-case.js';

const FIRST_SEED = 1_000_000;
const MACHINES = 12;
const PROGRAMS = 12;
/** A busy computer may take so long. */
const TIMEOUT_MS = 240_000;

function checkAll(bench: Bench, machines: number, options: string): void {
  let [translated, steps] = [0, 0];
  const failures: string[] = [];
  for (let i = 0; i < machines * PROGRAMS; i++) {
    const seed = FIRST_SEED + Math.floor(i / PROGRAMS) * GROUP + (i % PROGRAMS);
    const played = bench.check(bench.caseOf(seed));
    steps += played.steps;
    translated += played.translated;
    if (played.failure !== undefined)
      failures.push(
        `npm run fuzz:lockstep -- --seed ${seed} --count 1${options}: ${played.failure}`,
      );
  }
  expect(failures).toEqual([]);
  expect(translated / steps).toBeGreaterThan(0.3);
}

describe('random programs on random machines', () => {
  it('agree with the golden interpreter at every commit', { timeout: TIMEOUT_MS }, () => {
    checkAll(new Bench(), MACHINES, '');
  });

  it('do so in functional timing', { timeout: TIMEOUT_MS }, () => {
    checkAll(new Bench('both', 'functional'), MACHINES / 2, ' --functional');
  });

  it('are the same for the same seed', () => {
    const seeds = [1, 77, FIRST_SEED];
    for (const seed of seeds) expect(makeCase(seed)).toEqual(makeCase(seed));
  });

  it('take the same cycles each time', () => {
    const c = makeCase(FIRST_SEED);
    const [first, second] = [new Bench().play(c), new Bench().play(c)];
    expect(second).toEqual(first);
    expect(first.failure).toBeUndefined();
  });
});
