/**
 * Random programs, repeated until every gear has had its part: the guest computes what the interpreter
 * alone computes, at every commit, on several host machines and with mechanisms switched at random.
 */
import { expect, it } from 'vitest';
import { Rng } from '../../../base/rng.js';
import type { CmsOptions } from '../../../cms/options.js';
import { makeProgram } from '../../fuzz/fuzz-case.js';
import { assemble, programText } from '../../fuzz/program.js';
import { efficeonHost, tm5800Host, twoSlotHost } from '../atom/machines.js';
import { DATA, Rig, type RigOptions, testCms } from './rig.js';
import { Twin } from './twin.js';

const PROGRAMS = 20;
const ROUNDS = 30;
const EBX = 3;
const ESP = 4;
/** fninit; the program; cmp eax, 0, since what it leaves of its flags may be undefined; hlt */
const BEFORE = [0xdb, 0xe3];
const BEHIND = [0x83, 0xf8, 0, 0xf4];

function variant(rng: Rng): CmsOptions {
  const flag = (): boolean => rng.chance(0.7);
  return {
    ...testCms,
    gears: {
      ...testCms.gears,
      blockThreshold: rng.pick([null, 1, 3, 8]),
      superblockThreshold: rng.pick([null, 2, 6, 20]),
    },
    region: {
      shape: rng.pick(['block', 'superblock', 'trace']),
      maxInstructions: rng.pick([4, 20, 60, 100]),
      maxBranches: 16,
      unroll: rng.pick([1, 2, 4]),
      ifConversion: rng.pick([0, 3]),
    },
    schedule: {
      ...testCms.schedule,
      reorder: flag(),
      loadsOverStores: flag(),
      loadsOverBranches: flag(),
    },
    chaining: flag(),
    indirect: {
      tableEntries: rng.pick([0, 16, 64]),
      inlineTarget: flag(),
      returnPrediction: flag(),
    },
    tcache: {
      sizeKB: rng.pick([16, 64]),
      eviction: rng.pick(['flush', 'fifo', 'generations']),
      generations: 4,
    },
  };
}

function prepared(seed: number, options: RigOptions): Rig {
  const rng = new Rng(seed);
  const rig = new Rig(options);
  const { items } = makeProgram(seed);
  rig.load([...BEFORE, ...assemble([{ kind: 'loop', count: ROUNDS, body: items }]), ...BEHIND]);
  rig.load(
    Array.from({ length: 8192 }, () => rng.below(256)),
    DATA,
  );
  for (let r = 0; r < 8; r++) if (r !== ESP) rig.cpu.s[r] = rng.u32();
  rig.cpu.s[EBX] = DATA + 0x1000;
  return rig;
}

it(`${PROGRAMS} programs`, () => {
  let translated = 0;
  let commits = 0;
  for (let seed = 1; seed <= PROGRAMS; seed++) {
    const rng = new Rng(seed ^ 0x5a5a);
    const golden = prepared(seed, {});
    // Some end in a fault that nobody handles.
    if (!golden.runsToHalt()) continue;
    const options = { cms: variant(rng), host: rng.pick([tm5800Host, efficeonHost, twoSlotHost]) };
    const rig = prepared(seed, options);
    const twin = new Twin(rig, prepared(seed, {}));
    rig.run(rng.pick([1000, 1_000_000]));
    const program = (): string => `seed ${seed}\n${programText(makeProgram(seed).items)}`;
    expect(twin.difference, program()).toBeUndefined();
    expect(rig.outcome(), program()).toEqual(golden.outcome());
    translated += rig.stepper?.retiredInstructions ?? 0;
    commits += twin.commits;
  }
  expect(translated).toBeGreaterThan(10_000);
  expect(commits).toBeGreaterThan(2_000);
});
