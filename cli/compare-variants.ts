/**
 * The variants of a command line: `CONFIG[+CONFIG | +key=value ...]`, a YAML file or preset with others
 * laid over it and keys changed, or the folder of a run that is over. All of them boot the same guest: a
 * variant that says nothing of a guest takes that of the first one that does.
 */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Command } from 'commander';
import { ConfigError } from '../base/errors.js';
import { changedKeys } from '../sim/compare/exercised.js';
import { layerOf } from '../sim/config/resolve.js';
import type { MachineConfig } from '../sim/config/schema.js';
import { FILES, readRunRecord } from '../sim/results/run-record.js';
import type { CliHost } from './cli-host.js';
import { addGuestOptions, resolvedGuest } from './guest-options.js';
import { configPath, presetPath } from './presets.js';
import { namesGuest, type RunOptions, usage } from './run-options.js';

export type Variant =
  | { readonly kind: 'folder'; readonly label: string; readonly folder: string }
  | {
      readonly kind: 'machine';
      readonly label: string;
      readonly config: MachineConfig;
      /** Arguments of `run` that make this machine. */
      readonly arguments: readonly string[];
    };

export interface Spec {
  readonly label: string;
  readonly files: readonly string[];
  readonly set: readonly string[];
}

export function variantsOf(
  specs: readonly string[],
  options: RunOptions,
  host: CliHost,
): Variant[] {
  const labels = uniqueLabels(specs.map(spokenName));
  const guest = guestFile(
    specs.filter((spec) => !isRunFolder(spec)).map((s) => splitVariant(s, s)),
    options,
  );
  const variants = specs.map((spec, i): Variant => {
    const label = labels[i] as string;
    if (isRunFolder(spec)) return { kind: 'folder', label, folder: spec };
    return machineVariant(splitVariant(spec, label), guest, options, host);
  });
  sameGuest(variants);
  return variants;
}

export function isRunFolder(spec: string): boolean {
  return existsSync(join(spec, FILES.run));
}

/** The folder of a point is named by a hash; its machine has a name. */
function spokenName(spec: string): string {
  const isHash = isRunFolder(spec) && /^[0-9a-f]{16}$/.test(basename(spec));
  return isHash ? readRunRecord(spec).name : spec;
}

export function splitVariant(spec: string, label: string): Spec {
  const [file, ...changes] = spec.split(/\+(?=[A-Za-z./_-])/);
  if (file === undefined || file === '')
    throw usage(`a variant begins with a file or preset: "${spec}"`);
  const isKey = (change: string): boolean => /^[\w.]+=/.test(change);
  return {
    label,
    files: [file, ...changes.filter((change) => !isKey(change))].map(configPath),
    set: changes.filter(isKey),
  };
}

/** As typed, without folders and endings; told apart by a number where that is not enough. */
export function uniqueLabels(specs: readonly string[]): string[] {
  const short = specs.map((spec) =>
    spec
      .split('+')
      .map((part) => (part.includes('=') ? part : basename(part).replace(/\.ya?ml$/, '')))
      .join('+'),
  );
  return short.map((label, i) => {
    const before = short.slice(0, i).filter((other) => other === label).length;
    return before === 0 ? label : `${label}#${before + 1}`;
  });
}

/** The file of the first variant that says what to boot. */
function guestFile(specs: readonly Spec[], options: RunOptions): string | undefined {
  if (namesGuest(options)) return undefined;
  const says = ({ files }: Spec): boolean => {
    const { value } = layerOf({ over: files });
    return (
      value instanceof Map && (value.has('boot') || bootsFromBoard(value.get('machine')?.value))
    );
  };
  return specs.find(says)?.files[0] ?? presetPath('default');
}

const bootsFromBoard = (machine: unknown): boolean =>
  machine instanceof Map && (machine.has('disks') || machine.has('bios'));

function machineVariant(
  { label, files, set }: Spec,
  guest: string | undefined,
  options: RunOptions,
  host: CliHost,
): Variant {
  const [first, ...over] = guest === undefined || files[0] === guest ? files : [guest, ...files];
  const all: RunOptions = {
    ...options,
    with: [...over, ...(options.with ?? [])],
    set: [...(options.set ?? []), ...set],
  };
  const { config } = resolvedGuest(first, all, host);
  refuseWritableDisks(label, config);
  return {
    kind: 'machine',
    label,
    config,
    arguments: [...(first === undefined ? [] : [first]), ...guestArguments(all)],
  };
}

/** Processes that write to one image would each boot what another has left. */
export function refuseWritableDisks(label: string, { machine }: MachineConfig): void {
  const disk = machine.disks.find(({ writable }) => writable);
  if (disk)
    throw new ConfigError(
      `${label}: writes to the disk image ${disk.image}, which several runs cannot share; leave machine.disks.*.writable false`,
    );
}

/** The options as they would be typed. */
export function guestArguments(options: RunOptions): string[] {
  const values = options as Readonly<Record<string, unknown>>;
  return addGuestOptions(new Command()).options.flatMap((option) => {
    const value = values[option.attributeName()];
    if (value === undefined || value === false) return [];
    if (value === true) return [option.long as string];
    const texts = (Array.isArray(value) ? value : [value]).map(String);
    // Joined by "=", so that a text that begins with a dash is no option.
    return texts.map((text) => `${option.long}=${text}`);
  });
}

const GUEST_KEYS = /^(boot|run)\.|^machine\.(disks|bios|vgaBios)$/;

/** A comparison of two guests compares nothing. */
function sameGuest(variants: readonly Variant[]): void {
  const machines = variants.filter((v) => v.kind === 'machine');
  const [first, ...others] = machines;
  for (const other of others) {
    const [key] = changedKeys(first!.config, other.config).filter((c) => GUEST_KEYS.test(c.key));
    if (key)
      throw new ConfigError(
        `${other.label}: runs another guest than ${first!.label}: ${key.key} is ${JSON.stringify(key.value)} there and ${JSON.stringify(key.base)} here; name one guest for all, with --kernel, --append, --set ...`,
      );
  }
}
