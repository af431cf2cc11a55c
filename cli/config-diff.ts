/**
 * `chrysalis config diff`: the keys in which two configurations differ, with both values and the places
 * that state them. A side is what `compare` takes: `CONFIG[+CONFIG|+key=value]`, or a results folder,
 * whose resolved configuration is read. Lists count as one value; names of configurations do not count.
 */
import { join } from 'node:path';
import { changedKeys } from '../sim/compare/exercised.js';
import { explainConfig } from '../sim/config/explain.js';
import { describeOrigin } from '../sim/config/paths.js';
import { type ResolvedConfig, resolveConfig } from '../sim/config/resolve.js';
import { FILES } from '../sim/results/run-record.js';
import { isRunFolder, splitVariant } from './compare-variants.js';
import { presetPath } from './presets.js';
import { setOverrides } from './run-options.js';

export interface Difference {
  readonly key: string;
  readonly unit?: string;
  readonly values: readonly [unknown, unknown];
  readonly origins: readonly [string, string];
}

export function resolvedSide(
  text: string,
  environment: Readonly<Record<string, string | undefined>>,
): ResolvedConfig {
  const { files, set } = isRunFolder(text)
    ? { files: [join(text, FILES.config)], set: [] }
    : splitVariant(text, text);
  return resolveConfig({
    file: files[0] as string,
    over: files.slice(1),
    guest: presetPath('default'),
    environment,
    overrides: setOverrides(set),
  });
}

export function differences(first: ResolvedConfig, second: ResolvedConfig): Difference[] {
  const units = new Map(explainConfig(first).map(({ key, unit }) => [key, unit]));
  return changedKeys(first.config, second.config).map(({ key, base, value }) => {
    const unit = units.get(key);
    const origin = (side: ResolvedConfig): string => describeOrigin(side.originOf(key.split('.')));
    return {
      key,
      ...(unit === undefined ? {} : { unit }),
      values: [base, value],
      origins: [origin(first), origin(second)],
    };
  });
}

const LONGEST_VALUE = 40;

/** A line for each key: both values, then where the ones that are no default were stated. */
export function differencesText(
  rows: readonly Difference[],
  names: readonly [string, string],
): string {
  if (rows.length === 0) return `${names[0]} and ${names[1]}: no differences`;
  const lines = rows.map(({ key, unit, values, origins }) => [
    key,
    shown(values[0], unit),
    shown(values[1], unit),
    origins.filter((origin) => origin !== 'default').join(', '),
  ]);
  const table = [['', names[0], names[1], ''], ...lines];
  const widths = [0, 1, 2].map((i) => Math.max(...table.map((line) => line[i]!.length)));
  return table
    .map((line) => line.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  '))
    .map((line) => line.trimEnd())
    .join('\n');
}

function shown(value: unknown, unit: string | undefined): string {
  const text = JSON.stringify(value) ?? 'absent';
  if (text.length > LONGEST_VALUE) return `${text.slice(0, LONGEST_VALUE - 1)}…`;
  return unit === undefined || value === null ? text : `${text} ${unit}`;
}
