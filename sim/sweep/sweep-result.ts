/**
 * What a sweep found. Points with the same values of all axes form a *group*, one point for each
 * workload; two groups are compared by the geometric mean of their ratios over the workloads that both
 * have finished, so that no workload counts more than another because it is longer.
 */
import { type Figures, figure, figuresOf } from '../compare/figures.js';
import { type RunRecord, Values } from '../results/run-record.js';
import { type Axis, pointLabel } from './expand.js';
import type { Scalar, SweepFile } from './sweep-file.js';

export interface SweepPoint {
  readonly label: string;
  readonly workload: string;
  readonly at: Readonly<Record<string, Scalar>>;
  readonly folder: string;
  readonly state: 'done' | 'failed' | 'interrupted';
  readonly exitCode: number;
  readonly sentence: string;
  /** Present where the run left results. */
  readonly record?: RunRecord;
}

export interface Group {
  readonly label: string;
  readonly at: Readonly<Record<string, Scalar>>;
  /** Figures of the points that are done, by workload. */
  readonly figures: ReadonlyMap<string, Figures>;
}

export interface SweepResult {
  readonly sweep: SweepFile;
  readonly axes: readonly Axis[];
  readonly workloads: readonly string[];
  readonly points: readonly SweepPoint[];
  readonly groups: readonly Group[];
  /** What the others are relative to. */
  readonly baseline: Group | undefined;
}

export function sweepResult(
  sweep: SweepFile,
  axes: readonly Axis[],
  points: readonly SweepPoint[],
): SweepResult {
  const groups = groupsOf(points);
  return {
    ...{ sweep, axes, points, groups },
    workloads: [...new Set(points.map(({ workload }) => workload))],
    baseline: groupAt(groups, { ...firstLevels(axes), ...sweep.baseline }),
  };
}

function firstLevels(axes: readonly Axis[]): Record<string, Scalar> {
  return Object.fromEntries(axes.map(({ name, levels }) => [name, levels[0]?.value ?? null]));
}

function groupsOf(points: readonly SweepPoint[]): Group[] {
  const groups = new Map<string, { group: Group; figures: Map<string, Figures> }>();
  for (const { at, workload, state, record } of points) {
    const key = JSON.stringify(at);
    const known = groups.get(key) ?? newGroup(at);
    groups.set(key, known);
    if (state === 'done' && record)
      known.figures.set(workload, figuresOf(new Values(record.statistics)));
  }
  return [...groups.values()].map(({ group }) => group);
}

function newGroup(at: Group['at']): { group: Group; figures: Map<string, Figures> } {
  const figures = new Map<string, Figures>();
  return { group: { label: pointLabel(at, ''), at, figures }, figures };
}

/** The group at these values; axes that are not named are free when only one group is left. */
export function groupAt(
  groups: readonly Group[],
  at: Readonly<Record<string, Scalar>>,
): Group | undefined {
  return groups.find((group) =>
    Object.entries(at).every(([axis, value]) => group.at[axis] === value),
  );
}

/** `now` over `base` in a figure: the geometric mean over workloads; of counters that may be 0, the ratio of sums. */
export function ratio(name: string, now: Group, base: Group): number | undefined {
  const pairs = shared(name, now, base);
  if (pairs.length === 0) return undefined;
  if (pairs.every(([a, b]) => a > 0 && b > 0))
    return Math.exp(mean(pairs.map(([a, b]) => Math.log(a / b))));
  const [above, below] = [0, 1].map((i) =>
    pairs.reduce((sum, pair) => sum + (pair[i] as number), 0),
  );
  return below === 0 ? undefined : (above as number) / (below as number);
}

function shared(name: string, now: Group, base: Group): [number, number][] {
  return [...now.figures].flatMap(([workload, figures]): [number, number][] => {
    const other = base.figures.get(workload);
    const [a, b] = [figure(figures, name), other && figure(other, name)];
    return a === undefined || b === undefined ? [] : [[a, b]];
  });
}

/** A figure of a group by itself: the mean over its workloads. */
export function average(name: string, group: Group): number | undefined {
  const values = [...group.figures.values()].flatMap((figures) => figure(figures, name) ?? []);
  return values.length === 0 ? undefined : mean(values);
}

export interface Effect {
  readonly axis: string;
  readonly levels: readonly {
    readonly value: Scalar;
    /** Against the mean of all points, in per cent. */
    readonly percent: number;
  }[];
}

/**
 * Main effects: what a value of one axis changes on average over all values of the others. Each
 * workload is first divided by its own mean.
 */
export function mainEffects(result: SweepResult, name: string): Effect[] {
  const logs = normalized(result, name);
  return result.axes.map((axis) => ({
    axis: axis.name,
    levels: axis.levels.flatMap(({ value }) => {
      const here = logs.filter(({ group }) => group.at[axis.name] === value);
      if (here.length === 0) return [];
      return [{ value, percent: 100 * (Math.exp(mean(here.map(({ log }) => log))) - 1) }];
    }),
  }));
}

function normalized(result: SweepResult, name: string): { group: Group; log: number }[] {
  return result.workloads.flatMap((workload) => {
    const logs = result.groups.flatMap((group) => {
      const figures = group.figures.get(workload);
      const value = figures && figure(figures, name);
      return value !== undefined && value > 0 ? [{ group, log: Math.log(value) }] : [];
    });
    const middle = mean(logs.map(({ log }) => log));
    return logs.map(({ group, log }) => ({ group, log: log - middle }));
  });
}

export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
