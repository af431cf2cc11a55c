/**
 * Keys that the user changed and that the run never made use of: said at its end, since a result that
 * does not depend on what was changed is easily taken for one that does. What presets of whole machines
 * state is theirs.
 */
import { dirname, join } from 'node:path';
import { changedKeys, type NotExercised, notExercised } from '../sim/compare/exercised.js';
import { list } from '../sim/compare/words.js';
import type { Origin } from '../sim/config/layer.js';
import { type ResolvedConfig, resolveConfig } from '../sim/config/resolve.js';
import type { Statistic } from '../sim/machine-api.js';
import { Values } from '../sim/results/run-record.js';
import { packageRoot } from './package-info.js';
import { presetPath } from './presets.js';

export function neverExercised(
  resolved: ResolvedConfig,
  statistics: readonly Statistic[],
): NotExercised[] {
  const base = resolveConfig({ file: presetPath('default') }).config;
  const changed = changedKeys(base, resolved.config).filter(({ key }) =>
    isOfTheUser(resolved.originOf(key.split('.'))),
  );
  const values = new Values(statistics);
  return notExercised(changed, values, values);
}

/** Flags, the environment, files of the user's own, and variants that were laid over. */
function isOfTheUser(origin: Origin): boolean {
  if (origin.kind === 'default') return false;
  return origin.kind !== 'file' || dirname(origin.file) !== join(packageRoot(), 'configs');
}

export function exercisedText(found: readonly NotExercised[]): string {
  return found.map(({ keys, words }) => `  never exercised: ${list(keys)} (${words})\n`).join('');
}
