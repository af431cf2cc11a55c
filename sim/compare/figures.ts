/**
 * What a run is compared by: cycles that were not idle, instructions, IPC, the CPI stack an
 * instruction, shares of the gears. Read off the statistics of a whole run, or off its series at a
 * count of guest instructions, so that two runs of unequal length are compared where both have been.
 */
import { CPI_SLOTS } from '../../hw/timing/cpi.js';
import { type RunRecord, Values } from '../results/run-record.js';
import { column, type Series } from '../results/series.js';

export interface Slot {
  readonly name: string;
  readonly text: string;
}

/** Slots of the CPI stack that are time of the processor. */
export const BUSY_SLOTS: readonly Slot[] = CPI_SLOTS.filter(({ name }) => name !== 'idle');

export interface Figures {
  readonly instructions: number;
  /** Cycles that were not idle. */
  readonly cycles: number;
  readonly ipc: number;
  /** Cycles an instruction, by slot; empty on the reference engine. */
  readonly cpi: Readonly<Record<string, number>>;
  readonly values: Values;
}

export function figuresOf(values: Values): Figures {
  const hasStack = values.has('cpi.issue');
  const instructions = values.get(hasStack ? 'run.instructions' : 'guest.instructions');
  const cycles = hasStack
    ? BUSY_SLOTS.reduce((sum, { name }) => sum + values.get(`cpi.${name}`), 0)
    : values.get('host.cycles') - values.get('host.idleCycles');
  const each = (name: string): [string, number] => [
    name,
    instructions === 0 ? 0 : values.get(`cpi.${name}`) / instructions,
  ];
  return {
    instructions,
    cycles,
    ipc: cycles === 0 ? 0 : instructions / cycles,
    cpi: hasStack ? Object.fromEntries(BUSY_SLOTS.map(({ name }) => each(name))) : {},
    values,
  };
}

type Derive = (figures: Figures, value: (name: string) => number) => number;

/** What follows from several counters, by the name that users know it by. */
const DERIVATIONS: Readonly<Record<string, Derive>> = {
  cycles: ({ cycles }) => cycles,
  instructions: ({ instructions }) => instructions,
  ipc: ({ ipc }) => ipc,
  cpi: ({ ipc }) => (ipc === 0 ? 0 : 1 / ipc),
  /** Cycles of both translators. */
  translating: (_, value) => value('cpi.translateBlock') + value('cpi.translateSuperblock'),
  /** Cycles of translated code and of look-ups, for an instruction completed there: leaves the start out. */
  translatedCpi: (_, value) =>
    (value('gear.block.cycles') + value('gear.superblock.cycles') + value('cpi.dispatch')) /
    Math.max(1, value('gear.block.instructions') + value('gear.superblock.instructions')),
  protectionFaults: (_, value) => value('smc.pageFaults') + value('smc.fineFaults'),
  /** Instructions that both translators took in. */
  translatedInstructions: (_, value) =>
    value('blockInstructions') + value('superblockInstructions'),
  blockCost: (_, value) => value('cpi.translateBlock') / Math.max(1, value('blockInstructions')),
  superblockCost: (_, value) =>
    value('cpi.translateSuperblock') / Math.max(1, value('superblockInstructions')),
};

/** Names that `figure` knows beside the counters. */
export const DERIVED: readonly string[] = Object.keys(DERIVATIONS);

export function figure(figures: Figures, name: string): number | undefined {
  const { values } = figures;
  const derive = DERIVATIONS[name];
  if (derive) return derive(figures, (counter) => values.get(counter));
  return values.has(name) ? values.get(name) : undefined;
}

/** Where a count of guest instructions lies among those of samples, which grow. */
export interface Between {
  /** The first sample that has reached it, and the one before (-1: there is none, all counters are 0 there). */
  readonly right: number;
  readonly left: number;
  /** How far on the way from left to right, 0 to 1. */
  readonly part: number;
}

/** Undefined: none has reached it. */
export function between(counts: ArrayLike<number>, instructions: number): Between | undefined {
  let [low, right] = [0, counts.length];
  while (low < right) {
    const middle = (low + right) >>> 1;
    if ((counts[middle] as number) >= instructions) right = middle;
    else low = middle + 1;
  }
  if (right === counts.length) return undefined;
  const left = right - 1;
  const [x0, x1] = [left < 0 ? 0 : (counts[left] as number), counts[right] as number];
  return { right, left, part: x1 === x0 ? 1 : (instructions - x0) / (x1 - x0) };
}

/** Between two samples in proportion; `value` is that of a sample. */
export function inProportion(
  { left, right, part }: Between,
  value: (sample: number) => number,
): number {
  const before = left < 0 ? 0 : value(left);
  return before + part * (value(right) - before);
}

/** The counters of a run at a count of guest instructions. */
export function valuesAt(record: RunRecord, series: Series, instructions: number): Values {
  const at = column(series, 'guest.instructions');
  const last = at.at(-1) ?? 0;
  const place = instructions >= last ? undefined : between(at, instructions);
  if (place === undefined) return new Values(record.statistics);
  return new Values(
    record.statistics.map(({ name }) => {
      const values = column(series, name);
      return { name, value: inProportion(place, (sample) => values[sample] as number) };
    }),
  );
}

export function percentChange(now: number, base: number): number {
  return base === 0 ? (now === 0 ? 0 : Infinity) : (100 * (now - base)) / base;
}
