/** Presets: the YAML files of configs/, which commands also take by their bare name. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../base/errors.js';
import { didYouMean } from '../sim/config/nearest-name.js';
import { packageRoot } from './package-info.js';

const FOLDERS = ['', 'variants/'];

/** Names of all presets, the variants of one mechanism behind the machines. */
export function presetNames(): string[] {
  return FOLDERS.flatMap((folder) =>
    readdirSync(join(packageRoot(), 'configs', folder))
      .filter((name) => name.endsWith('.yaml'))
      .map((name) => name.slice(0, -'.yaml'.length))
      .sort(),
  );
}

export function presetPath(name: string): string {
  const paths = FOLDERS.map((folder) => join(packageRoot(), 'configs', folder, `${name}.yaml`));
  return paths.find(existsSync) ?? (paths[0] as string);
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
