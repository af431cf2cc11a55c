/** Presets: the YAML files of configs/, which commands also take by their bare name. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../base/errors.js';
import { didYouMean } from '../sim/config/nearest-name.js';
import { packageRoot } from './package-info.js';

export function presetNames(): string[] {
  return readdirSync(join(packageRoot(), 'configs'))
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => name.slice(0, -'.yaml'.length))
    .sort();
}

export function presetPath(name: string): string {
  return join(packageRoot(), 'configs', `${name}.yaml`);
}

/** A path as it is; a bare name that is no file here means the preset. */
export function configPath(argument: string): string {
  if (existsSync(argument) || /[\\/]|\.ya?ml$/.test(argument)) return argument;
  const names = presetNames();
  if (names.includes(argument)) return presetPath(argument);
  throw new ConfigError(
    `${argument}: is neither a file nor a preset (${names.join(', ')})${didYouMean(argument, names)}`,
  );
}
