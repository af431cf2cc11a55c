/**
 * Random host machines that can work: units and formats from the narrowest to the widest, latencies,
 * tiny and normal caches, few and many registers, with and without alias registers and return stack.
 * What `hostProblems` refuses is drawn again.
 */
import type { Rng } from '../../base/rng.js';
import { hostProblems } from '../../hw/atom/host-problems.js';
import type { AtomClass, FirstLevelOptions, HostOptions, UnitOptions } from '../../hw/options.js';
import { efficeonHost, eightSlotHost, tm5800Host, twoSlotHost } from '../unit/atom/machines.js';

type Shape = Pick<HostOptions, 'units' | 'formats'>;

const SHAPES: readonly HostOptions[] = [tm5800Host, efficeonHost, twoSlotHost, eightSlotHost];

export function randomHost(rng: Rng): HostOptions {
  const { units, formats } = rng.chance(0.5) ? rng.pick(SHAPES) : randomShape(rng);
  return {
    ...tm5800Host,
    units,
    formats,
    integerRegisters: rng.pick([35, 36, 40, 48, 62, 62, 62]),
    latencyCycles: {
      alu: rng.pick([1, 1, 1, 2, 3]),
      shift: rng.pick([1, 1, 2]),
      multiply: rng.pick([1, 4, 9]),
      divide: rng.pick([2, 30]),
      load: rng.pick([1, 2, 3, 3, 5]),
    },
    branch: {
      takenCycles: rng.below(4),
      indirectCycles: rng.below(8),
      preparedCycles: rng.below(3),
      returnStackEntries: rng.pick([0, 1, 2, 8, 16]),
    },
    aliasRegisters: rng.pick([0, 1, 2, 8, 8, 8]),
    storeBufferEntries: rng.pick([8, 9, 16, 64, 64]),
    commitCycles: rng.pick([0, 0, 1, 3]),
    rollbackCycles: rng.pick([1, 10]),
    missStalls: rng.pick(['use', 'load'] as const),
    l1i: randomCache(rng, rng.pick([32, 64])),
    l1d: randomCache(rng, rng.pick([16, 32, 64])),
    l2: { ...randomCache(rng, 128), sizeKB: rng.pick([16, 512]), latencyCycles: 12 },
    memoryLatencyCycles: rng.pick([5, 100]),
    tlb: {
      ...rng.pick([
        { entries: 1, ways: 1 },
        { entries: 4, ways: 2 },
        { entries: 256, ways: 8 },
      ]),
      walkCycles: rng.below(10),
    },
    tBitGranuleBytes: rng.pick([128, 128, 256, 1024, 4096]),
  };
}

function randomCache(rng: Rng, lineBytes: number): FirstLevelOptions {
  return {
    ...rng.pick([
      { sizeKB: 1, ways: 1 },
      { sizeKB: 1, ways: 4 },
      { sizeKB: 64, ways: 8 },
    ]),
    lineBytes,
    replacement: rng.pick(['fifo', 'lru'] as const),
  };
}

function randomShape(rng: Rng): Shape {
  for (;;) {
    const units = randomUnits(rng);
    const formats = Array.from({ length: 1 + rng.below(8) }, () => randomFormat(rng, units));
    if (hostProblems({ ...tm5800Host, units, formats }).length === 0) return { units, formats };
  }
}

const WORK: readonly AtomClass[] = ['alu', 'shift', 'multiply', 'divide', 'memory'];

function randomUnits(rng: Rng): UnitOptions[] {
  const units: UnitOptions[] = [{ name: 'bru', classes: ['branch', 'control'] }];
  const count = 1 + rng.below(6);
  for (let i = 0; i < count; i++) {
    const classes = WORK.filter(() => rng.chance(i === 0 ? 0.8 : 0.5));
    if (rng.chance(0.1)) classes.push('branch');
    units.push({ name: `u${i}`, classes: [...classes, 'control'] });
  }
  return units;
}

function randomFormat(rng: Rng, units: readonly UnitOptions[]): string {
  const names = [...units.map((unit) => unit.name), 'imm'];
  const slots: string[] = [];
  const length = rng.pick([2, 2, 4, 4, 6, 8]);
  while (slots.length < length && names.length > 0)
    slots.push(...names.splice(rng.below(names.length), 1));
  if (slots.length % 2 === 1) slots.pop();
  return slots.join(' ');
}
