/**
 * Variants of a machine on one guest, beside each other: figures aligned by guest instructions, what
 * changed against the first variant in the CPI stack and among the counters, which changed keys cannot
 * have had an effect, and which variants gave equal results.
 */
import { COUNT_SLICES } from '../results/result-hash.js';
import type { RunRecord } from '../results/run-record.js';
import { Values } from '../results/run-record.js';
import type { Series } from '../results/series.js';
import { type ChangedKey, changedKeys, type NotExercised, notExercised } from './exercised.js';
import { BUSY_SLOTS, type Figures, figuresOf, percentChange, valuesAt } from './figures.js';

/** A finished run with the name that it is compared under. */
export interface Compared {
  readonly label: string;
  readonly record: RunRecord;
  readonly series: Series;
}

export interface SlotChange {
  readonly slot: string;
  /** Cycles an instruction. */
  readonly base: number;
  readonly now: number;
}

export interface CounterChange {
  readonly name: string;
  readonly base: number;
  readonly now: number;
}

export interface VariantResult {
  readonly label: string;
  readonly record: RunRecord;
  readonly series: Series;
  /** At the instructions that all variants reached. */
  readonly figures: Figures;
  readonly changed: readonly ChangedKey[];
  readonly cyclesPercent: number;
  readonly slots: readonly SlotChange[];
  readonly counters: readonly CounterChange[];
  readonly notExercised: readonly NotExercised[];
}

export interface Comparison {
  readonly variants: readonly VariantResult[];
  /** Guest instructions at which they are compared; null: where each of them ended. */
  readonly alignedAt: number | null;
  /** Groups of variants whose results are equal to the last bit. */
  readonly equal: readonly (readonly string[])[];
  /** Labels whose console differs from the first one's. */
  readonly otherConsole: readonly string[];
}

/** Runs that end within so much of each other ended at the same point: a region goes on behind its limit. */
const SAME_LENGTH = 1.0005;

export function compareRuns(runs: readonly Compared[]): Comparison {
  const alignedAt = commonEnd(runs);
  const figures = runs.map(({ record, series }) =>
    figuresOf(
      alignedAt === null ? new Values(record.statistics) : valuesAt(record, series, alignedAt),
    ),
  );
  const [first, firstFigures] = [runs[0] as Compared, figures[0] as Figures];
  return {
    variants: runs.map((run, i) => against(first, firstFigures, run, figures[i] as Figures)),
    alignedAt,
    equal: equalGroups(runs),
    otherConsole: runs
      .filter(({ record }) => printsOther(first.record, record))
      .map(({ label }) => label),
  };
}

/** Runs that were cut off print more or less, not something else. */
function printsOther(first: RunRecord, other: RunRecord): boolean {
  const cutOff = ({ partial, outcome }: RunRecord): boolean => partial || outcome.kind === 'limit';
  return !cutOff(first) && !cutOff(other) && first.consoleHash !== other.consoleHash;
}

function commonEnd(runs: readonly Compared[]): number | null {
  const ends = runs.map(({ record }) => record.instructions);
  const [least, most] = [Math.min(...ends), Math.max(...ends)];
  return most > least * SAME_LENGTH ? least : null;
}

function against(first: Compared, base: Figures, run: Compared, now: Figures): VariantResult {
  const changed = changedKeys(first.record.config, run.record.config);
  return {
    ...run,
    figures: now,
    changed,
    cyclesPercent: percentChange(now.cycles, base.cycles),
    slots: slotChanges(base, now),
    counters: counterChanges(base, now),
    notExercised: run === first ? [] : notExercised(changed, base.values, now.values),
  };
}

/** The slots that changed, the largest change first; none where one of them is a machine without a stack. */
function slotChanges(base: Figures, now: Figures): SlotChange[] {
  if (!('issue' in base.cpi && 'issue' in now.cpi)) return [];
  return BUSY_SLOTS.map(({ name }) => ({
    slot: name,
    base: base.cpi[name] ?? 0,
    now: now.cpi[name] ?? 0,
  }))
    .filter((change) => change.base !== change.now)
    .sort((a, b) => Math.abs(b.now - b.base) - Math.abs(a.now - a.base));
}

/** Cycles and instructions are told elsewhere. */
const TOLD =
  /^tcache\.(usedBytes|mostUsedBytes|installed|live|chained|unchained)$|^(cpi|run|guest|host|check)\.|\.(cycles|instructions|wastedCycles|translatingCycles)$/;
/** Below this many an event is chance. */
const FEW = 100;
/** Per cent that a counter must have changed by to be worth a word. */
const MUCH = 10;

/** Counters that changed by a factor, weighted by how many they are. */
function counterChanges(base: Figures, now: Figures): CounterChange[] {
  const weight = ({ base, now }: CounterChange): number =>
    Math.abs(Math.log((now + 1) / (base + 1))) * Math.log(Math.max(now, base));
  return now.values
    .names()
    .filter((name) => base.values.has(name) && !TOLD.test(name) && !COUNT_SLICES.has(name))
    .map((name) => ({ name, base: base.values.get(name), now: now.values.get(name) }))
    .filter((c) => Math.max(c.base, c.now) >= FEW && Math.abs(percentChange(c.now, c.base)) >= MUCH)
    .sort((a, b) => weight(b) - weight(a));
}

function equalGroups(runs: readonly Compared[]): string[][] {
  const groups = new Map<string, string[]>();
  for (const { label, record } of runs)
    groups.set(record.resultHash, [...(groups.get(record.resultHash) ?? []), label]);
  return [...groups.values()].filter((labels) => labels.length > 1);
}
