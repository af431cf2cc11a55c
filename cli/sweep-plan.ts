/**
 * From a sweep file to the runs it asks for: every point is resolved before anything runs, so that a
 * mistake in the hundredth one is found at once, and gets the folder that the hash of what decides its
 * results names. Points that cannot be told apart share one.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../base/errors.js';
import { didYouMean } from '../sim/config/nearest-name.js';
import type { MachineConfig } from '../sim/config/schema.js';
import { codeHash } from '../sim/results/provenance.js';
import { Condition, ConditionError, type ConditionValue } from '../sim/sweep/condition.js';
import {
  type Axis,
  axesOf,
  type Combination,
  combinations,
  pointLabel,
} from '../sim/sweep/expand.js';
import { PointKeys } from '../sim/sweep/point-key.js';
import { type ReadSweep, readSweepFile, type Scalar } from '../sim/sweep/sweep-file.js';
import type { CliHost } from './cli-host.js';
import { guestArguments, refuseWritableDisks } from './compare-variants.js';
import { resolvedGuest } from './guest-options.js';
import { packageRoot, packageVersion } from './package-info.js';
import { configPath } from './presets.js';
import type { RunOptions } from './run-options.js';
import { SweepMistakes } from './sweep-mistakes.js';
import type { PointJob } from './sweep-runner.js';

export interface PlannedPoint {
  readonly job: PointJob;
  readonly at: Readonly<Record<string, Scalar>>;
  readonly config: MachineConfig;
}

export interface SweepPlan {
  readonly read: ReadSweep;
  readonly axes: readonly Axis[];
  readonly points: readonly PlannedPoint[];
}

/** A plan and the folder that its results go to. */
export interface PlannedSweep extends SweepPlan {
  readonly out: string;
}

/** A path, or the bare name of an experiment that comes with the package. */
export function sweepPath(argument: string): string {
  if (existsSync(argument) || /[\\/]|\.ya?ml$/.test(argument)) return argument;
  const shipped = join(packageRoot(), 'configs', 'experiments', `${argument}.yaml`);
  if (existsSync(shipped)) return shipped;
  throw new ConfigError(`${argument}: is neither a file nor one of configs/experiments`);
}

export interface PlanWishes {
  /** What goes for every point. */
  readonly given: RunOptions;
  readonly out: string | undefined;
  /** A snapshot that all points continue from. */
  readonly restore: string | undefined;
}

export function planSweep(
  argument: string,
  { given, out, restore }: PlanWishes,
  host: CliHost,
): PlannedSweep {
  const read = readSweepFile(sweepPath(argument));
  checkNames(read);
  const axes = axesOf(read);
  const conditions = conditionsOf(read);
  const folder = out ?? join('runs', read.sweep.name);
  const keys = new PointKeys(packageVersion(), codeHash());
  const mistakes = new SweepMistakes(read, given.set ?? []);
  const points = combinations(read, axes).flatMap((combination): PlannedPoint[] => {
    const planned = plannedPoint(combination, given, host, mistakes);
    if (!planned || !conditions.every((condition) => holds(condition, planned, read))) return [];
    const results = join(folder, 'points', keys.key(planned.config, restore));
    const from = restore === undefined ? [] : [`--restore=${restore}`];
    const job = { ...planned.job, folder: results };
    return [{ ...planned, job: { ...job, arguments: [...job.arguments, ...from] } }];
  });
  mistakes.throwAny();
  if (points.length === 0)
    throw read.complain(['where'], 'no combination of the axes meets the conditions');
  return { read, axes, points, out: folder };
}

/** Nothing where the point's configuration is wrong, which is noted. */
function plannedPoint(
  combination: Combination,
  options: RunOptions,
  host: CliHost,
  mistakes: SweepMistakes,
): PlannedPoint | undefined {
  const { workload, at, base } = combination;
  const label = pointLabel(at, workload);
  const all: RunOptions = {
    ...options,
    with: [...combination.with, ...(options.with ?? [])],
    set: [...combination.set, ...(options.set ?? [])],
  };
  try {
    const file = configPath(base);
    const { config } = resolvedGuest(
      file,
      { ...all, with: (all.with ?? []).map(configPath) },
      host,
    );
    refuseWritableDisks('the guest', config);
    const given = [file, ...guestArguments({ ...all, with: (all.with ?? []).map(configPath) })];
    return { at, config, job: { label, workload, arguments: given, folder: '' } };
  } catch (error) {
    mistakes.note(error, combination);
    return undefined;
  }
}

function conditionsOf({ sweep, complain }: ReadSweep): Condition[] {
  return sweep.where.map((text) => {
    try {
      return new Condition(text);
    } catch (error) {
      if (error instanceof ConditionError) throw complain(['where'], error.message);
      throw error;
    }
  });
}

function holds(
  condition: Condition,
  { at, config }: PlannedPoint,
  { complain }: ReadSweep,
): boolean {
  try {
    return condition.holds((name) => (name in at ? at[name] : keyValue(config, name)));
  } catch (error) {
    if (error instanceof ConditionError) throw complain(['where'], error.message);
    throw error;
  }
}

function keyValue(config: MachineConfig, key: string): ConditionValue | undefined {
  let value: unknown = config;
  for (const step of key.split('.')) value = (value as Record<string, unknown> | undefined)?.[step];
  return value === null || ['string', 'number', 'boolean'].includes(typeof value)
    ? (value as ConditionValue)
    : undefined;
}

/** Axes and their values, where the file names them again. */
function checkNames(read: ReadSweep): void {
  const { sweep, complain } = read;
  const axes = axesOf(read);
  const check = (
    at: Readonly<Record<string, Scalar>>,
    path: readonly (string | number)[],
  ): void => {
    for (const [name, value] of Object.entries(at)) {
      const axis = axes.find((one) => one.name === name);
      if (!axis)
        throw complain(
          [...path, name],
          `no such axis${didYouMean(
            name,
            axes.map((a) => a.name),
          )}`,
        );
      const values = axis.levels.map((level) => level.value);
      if (values.includes(value)) continue;
      const near = didYouMean(String(value), values.map(String));
      throw complain([...path, name], `the axis has no value ${JSON.stringify(value)}${near}`);
    }
  };
  check(sweep.baseline, ['baseline']);
  sweep.published.forEach((one, i) => {
    check(one.at, ['published', i, 'at']);
    check(one.against ?? {}, ['published', i, 'against']);
  });
}
