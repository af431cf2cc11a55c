/**
 * From a sweep file to its points: every combination of the axes' values that meets the conditions, on
 * every workload. A point is what must be said to `run`: a base, files laid over it, keys changed; in
 * this order: base, the sweep's own, the workload's, the axes' in the order of the file.
 */
import { existsSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import type { AxisFile, ReadSweep, Scalar, Workload } from './sweep-file.js';
import { readWorkloads } from './sweep-file.js';

export interface Level {
  readonly value: Scalar;
  readonly with: readonly string[];
  readonly set: Readonly<Record<string, unknown>>;
}

export interface Axis {
  readonly name: string;
  readonly levels: readonly Level[];
}

export interface Combination {
  readonly workload: string;
  /** Value by axis. */
  readonly at: Readonly<Record<string, Scalar>>;
  readonly base: string;
  readonly with: readonly string[];
  /** `key=value` in the order in which they apply. */
  readonly set: readonly string[];
}

/** More than anybody waits for. */
const MOST_POINTS = 20_000;

export function axesOf({ sweep, folder, complain }: ReadSweep): Axis[] {
  return Object.entries(sweep.axes).map(([name, axis]) => {
    const levels = levelsOf(name, axis, folder);
    const texts = levels.map(({ value }) => String(value));
    const twice = texts.find((text, i) => texts.indexOf(text) !== i);
    if (twice !== undefined) throw complain(['axes', name], `has the value ${twice} twice`);
    return { name, levels };
  });
}

function levelsOf(name: string, axis: AxisFile, folder: string): Level[] {
  const ofKey = (value: Scalar): Level => ({ value, with: [], set: { [name]: value } });
  if (Array.isArray(axis)) return axis.map(ofKey);
  if (isRange(axis)) return rangeValues(axis).map(ofKey);
  return Object.entries(axis).map(([value, changes]) => ({
    value,
    with: (changes.with ?? []).map((file) => located(file, folder)),
    set: changes.set ?? {},
  }));
}

type Range = Extract<AxisFile, { from: unknown; to: unknown }>;

function isRange(axis: Exclude<AxisFile, readonly unknown[]>): axis is Range {
  return typeof (axis as { from?: unknown }).from === 'number';
}

function rangeValues({ from, to, step, factor, count }: Range): number[] {
  const round = (value: number): number => Number(value.toPrecision(12));
  const values: number[] = [];
  const past = (value: number): boolean =>
    to >= from ? value > to * (1 + 1e-9) + 1e-12 : value < to - 1e-9;
  if (count !== undefined)
    return Array.from({ length: count }, (_, i) => round(from + ((to - from) * i) / (count - 1)));
  const next = (i: number): number =>
    step === undefined ? from * (factor as number) ** i : from + i * step * (to >= from ? 1 : -1);
  for (let i = 0; !past(next(i)) && values.length <= MOST_POINTS; i++) values.push(round(next(i)));
  return values;
}

/** A path beside the sweep file, or the name of a preset as it is. */
export function located(file: string, folder: string): string {
  const beside = isAbsolute(file) ? file : resolve(folder, file);
  return /[\\/]|\.ya?ml$/.test(file) || existsSync(beside) ? beside : file;
}

export function workloadsOf({ sweep, folder, complain }: ReadSweep): {
  readonly list: readonly Workload[];
  readonly folder: string;
} {
  const { workloads } = sweep;
  if (workloads === undefined) return { list: [{ name: '' }], folder };
  if (typeof workloads !== 'string') return { list: unique(workloads, complain), folder };
  const file = resolve(folder, workloads);
  return { list: unique(readWorkloads(file), complain), folder: resolve(file, '..') };
}

function unique(list: readonly Workload[], complain: ReadSweep['complain']): readonly Workload[] {
  const names = list.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw complain(['workloads'], `has the name ${twice} twice`);
  return list;
}

export function combinations(read: ReadSweep, axes: readonly Axis[]): Combination[] {
  const { sweep, folder, complain } = read;
  const { list, folder: workloadFolder } = workloadsOf(read);
  const count = axes.reduce((product, { levels }) => product * levels.length, list.length);
  if (count > MOST_POINTS)
    throw complain(['axes'], `give ${count} points; more than ${MOST_POINTS} are a mistake`);
  const here = (files: readonly string[]): string[] => files.map((file) => located(file, folder));
  return products(axes).flatMap((levels) =>
    list.map(
      (workload): Combination => ({
        workload: workload.name,
        at: Object.fromEntries(axes.map(({ name }, i) => [name, (levels[i] as Level).value])),
        base: located(sweep.base, folder),
        with: [
          ...here(sweep.with),
          ...(workload.with ?? []).map((file) => located(file, workloadFolder)),
          ...levels.flatMap((level) => level.with),
        ],
        set: [sweep.set, workload.set ?? {}, ...levels.map(({ set }) => set)].flatMap(assigned),
      }),
    ),
  );
}

function products(axes: readonly Axis[]): Level[][] {
  return axes.reduce<Level[][]>(
    (lists, { levels }) => lists.flatMap((list) => levels.map((level) => [...list, level])),
    [[]],
  );
}

/** As `--set` takes them: texts as they are, everything else as JSON, which is YAML as well. */
function assigned(set: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(set).map(
    ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
}

/** "tcache 64, threshold 500" for people. */
export function pointLabel(at: Readonly<Record<string, Scalar>>, workload: string): string {
  const values = Object.entries(at).map(([axis, value]) =>
    axis.includes('.') ? `${axis.split('.').at(-1)}=${value}` : String(value),
  );
  return [...values, ...(workload === '' ? [] : [workload])].join(' ') || 'the base';
}
