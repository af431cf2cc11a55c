/**
 * Random settings of the code morphing software. Thresholds are low, so that short programs reach
 * every gear; the tcache is small in most machines, so that it overflows.
 */
import type { Rng } from '../../base/rng.js';
import { type CmsOptions, PASS_NAMES, type PassName } from '../../cms/options.js';
import type { HostOptions } from '../../hw/options.js';
import { testCms } from '../unit/runtime/rig.js';

const mostly = (rng: Rng): boolean => rng.chance(0.8);

export function randomCms(rng: Rng, host: HostOptions): CmsOptions {
  return {
    gears: randomGears(rng),
    region: {
      shape: rng.pick(['block', 'superblock', 'superblock', 'trace', 'trace'] as const),
      maxInstructions: rng.pick([1, 3, 12, 40, 40, 100, 100, 200]),
      maxBranches: rng.pick([0, 1, 4, 16, 16]),
      unroll: rng.pick([1, 2, 4]),
      ifConversion: rng.pick([0, 1, 3, 8]),
    },
    passes: Object.fromEntries(PASS_NAMES.map((name) => [name, mostly(rng)])) as Record<
      PassName,
      boolean
    >,
    schedule: {
      reorder: mostly(rng),
      loadsOverStores: mostly(rng),
      loadsOverBranches: mostly(rng),
      windowAtoms: rng.pick([1, 8, 64, 1000]),
    },
    chaining: mostly(rng),
    indirect: {
      tableEntries: rng.pick([0, 1, 4, 64, 1024]),
      inlineTarget: rng.chance(0.6),
      returnPrediction: host.branch.returnStackEntries > 0 && rng.chance(0.7),
    },
    tcache: {
      sizeKB: rng.pick([16, 16, 32, 256]),
      eviction: rng.pick(['flush', 'fifo', 'generations'] as const),
      generations: rng.pick([2, 3, 8]),
    },
    selfModifying: randomSelfModifying(rng, host),
    retranslation: { faultThreshold: rng.pick([1, 1, 2, 4]) },
    cost: {
      ...testCms.cost,
      blockPerInstruction: rng.pick([0, 105]),
      superblockPerInstruction: rng.pick([1, 1150]),
      hostExit: rng.pick([0, 20]),
      lookup: rng.pick([0, 8]),
      comparedBytesPerMolecule: rng.pick([1, 4]),
    },
  };
}

function randomGears(rng: Rng): CmsOptions['gears'] {
  const low = (): number => 1 + rng.below(4);
  const [blockThreshold, superblockThreshold] = rng.pick([
    [low(), low()],
    [low(), low()],
    [null, low()],
    [low(), null],
  ]);
  return { blockThreshold, superblockThreshold, repeatIterations: rng.pick([1, 4, 50]) };
}

function randomSelfModifying(rng: Rng, host: HostOptions): CmsOptions['selfModifying'] {
  return {
    protection: host.tBitGranuleBytes === 4096 ? 'page' : rng.pick(['page', 'fine', 'fine']),
    revalidation: rng.chance(0.7),
    selfChecking: rng.pick(['never', 'adaptive', 'adaptive', 'adaptive', 'always'] as const),
    stylized: rng.chance(0.7),
    groupSize: rng.pick([0, 1, 2, 4]),
    faultsBeforeEscalation: rng.pick([1, 1, 2, 4]),
    forgetCycles: rng.pick([1000, 100_000, 1_000_000_000]),
  };
}
