/**
 * The options of `run` as overrides of the configuration: each is a short name for one or
 * several keys, and its origin stays visible ("--kernel").
 */
import { ExitCode, UserError } from '../base/errors.js';
import { type ConfigNode, nodeAt, plainValue } from '../sim/config/layer.js';
import type { Override } from '../sim/config/resolve.js';
import { FileProblem, readUserFile } from '../sim/config/user-file.js';

export interface RunOptions {
  readonly set?: string[];
  readonly with?: string[];
  readonly check?: boolean;
  readonly kernel?: string;
  readonly initrd?: string;
  readonly append?: string;
  readonly multiboot?: string;
  readonly module?: string[];
  readonly rom?: string;
  readonly disk?: string[];
  readonly cdrom?: string[];
  readonly bios?: string;
  readonly diskWrite?: boolean;
  readonly memory?: string;
  readonly until?: string;
  readonly fastForward?: string;
  readonly fastForwardUntil?: string;
  readonly maxInstructions?: string;
  readonly input?: string[];
  readonly inputAfter?: string[];
}

/** Whether the options name something to boot, so that no preset is needed for it. */
export function namesGuest(options: RunOptions): boolean {
  return [options.kernel, options.multiboot, options.rom, options.disk, options.bios].some(
    (o) => o !== undefined,
  );
}

/** `under` is the configuration below the flags: a change of the boot method clears what the old one booted. */
export function runOverrides(options: RunOptions, under: ConfigNode): Override[] {
  return [
    ...bootOverrides(options, under),
    ...diskOverrides(options, under),
    ...otherOverrides(options),
    ...setOverrides(options.set ?? []),
  ];
}

export function setOverrides(assignments: readonly string[]): Override[] {
  return assignments.map((assignment) => {
    const equals = assignment.indexOf('=');
    if (equals <= 0)
      throw usage(
        `--set takes key=value, such as --set machine.memoryMB=128, and not "${assignment}"`,
      );
    const key = assignment.slice(0, equals).trim();
    return {
      key,
      text: assignment.slice(equals + 1),
      origin: { kind: 'flag', flag: '--set' },
    };
  });
}

function value(flag: string, key: string, content: unknown): Override {
  return { key, value: content, origin: { kind: 'flag', flag } };
}

function text(flag: string, key: string, content: string | undefined): Override[] {
  return content === undefined ? [] : [{ key, text: content, origin: { kind: 'flag', flag } }];
}

const fileFlags = {
  kernel: '--kernel',
  initrd: '--initrd',
  multiboot: '--multiboot',
  module: '--module',
  disk: '--disk',
  cdrom: '--cdrom',
} satisfies Partial<Record<keyof RunOptions, string>>;

function bootOverrides(options: RunOptions, under: ConfigNode): Override[] {
  const named = Object.entries({
    '--kernel': options.kernel,
    '--multiboot': options.multiboot,
    '--rom': options.rom,
  }).filter(([, file]) => file !== undefined);
  if (named.length > 1)
    throw usage(
      `${named.map(([flag]) => flag).join(' and ')} exclude each other: a machine boots one thing`,
    );
  const method = bootMethod(options, under);
  const old = nodeAt(under, ['boot', 'method'])?.value;
  const overrides: Override[] = [];
  if (method !== undefined && method.name !== old) {
    const cleared = {
      method: method.name,
      kernel: null,
      initrd: null,
      modules: [],
      append: '',
      missingHint: '',
    };
    for (const [key, content] of Object.entries(cleared))
      overrides.push(value(method.flag, `boot.${key}`, content));
  }
  // The preset's hint is about its own files.
  const files = Object.entries(fileFlags).filter(([name]) => name in options);
  for (const [, flag] of files) overrides.push(value(flag, 'boot.missingHint', ''));
  overrides.push(
    ...text('--kernel', 'boot.kernel', options.kernel),
    ...text('--multiboot', 'boot.kernel', options.multiboot),
    ...text('--initrd', 'boot.initrd', options.initrd),
    ...text('--append', 'boot.append', options.append),
    ...text('--rom', 'boot.rom.image', options.rom),
    ...text('--bios', 'machine.bios', options.bios),
  );
  if (options.module)
    overrides.push(value('--module', 'boot.modules', options.module.map(moduleEntry)));
  return overrides;
}

function bootMethod(
  options: RunOptions,
  under: ConfigNode,
): { name: string; flag: string } | undefined {
  if (options.kernel !== undefined) return { name: 'linux', flag: '--kernel' };
  if (options.multiboot !== undefined) return { name: 'multiboot', flag: '--multiboot' };
  if (options.rom !== undefined) return { name: 'rom', flag: '--rom' };
  if (options.bios !== undefined) return { name: 'bios', flag: '--bios' };
  if (options.disk === undefined) return undefined;
  const hasBios = typeof nodeAt(under, ['machine', 'bios'])?.value === 'string';
  return { name: hasBios ? 'bios' : 'bootSector', flag: '--disk' };
}

/** "FILE" or "FILE ARGUMENTS": the first blank separates, as boot loaders have it. */
function moduleEntry(argument: string): { file: string; append: string } {
  const blank = argument.indexOf(' ');
  return blank < 0
    ? { file: argument, append: '' }
    : { file: argument.slice(0, blank), append: argument.slice(blank + 1) };
}

function diskOverrides(options: RunOptions, under: ConfigNode): Override[] {
  const overrides: Override[] = [];
  const named = [
    ...(options.disk ?? []).map((image) => ({
      image,
      type: 'disk',
      ...(options.diskWrite ? { writable: true } : {}),
    })),
    ...(options.cdrom ?? []).map((image) => ({ image, type: 'cdrom' })),
  ];
  if (named.length > 0) {
    overrides.push(value(options.disk ? '--disk' : '--cdrom', 'machine.disks', named));
  } else if (options.diskWrite) {
    const stated = nodeAt(under, ['machine', 'disks']);
    const disks = (stated ? plainValue(stated) : []) as { type?: string }[];
    if (!Array.isArray(disks) || disks.length === 0)
      throw usage('--disk-write needs a disk: give one with --disk FILE');
    disks.forEach((disk, i) => {
      if (disk.type !== 'cdrom')
        overrides.push(value('--disk-write', `machine.disks.${i}.writable`, true));
    });
  }
  return overrides;
}

function otherOverrides(options: RunOptions): Override[] {
  const overrides = [
    ...text('--memory', 'machine.memoryMB', options.memory),
    ...text('--until', 'run.until', options.until),
    ...text(
      '--fast-forward',
      'simulation.fastForward.instructions',
      options.fastForward?.replaceAll('_', ''),
    ),
    ...text('--fast-forward-until', 'simulation.fastForward.until', options.fastForwardUntil),
    ...text(
      '--max-instructions',
      'run.maxInstructions',
      options.maxInstructions?.replaceAll('_', ''),
    ),
  ];
  const after = options.inputAfter ?? [];
  const input = options.input ?? [];
  if (after.length > input.length)
    throw usage('--input-after says when to type: give the text with --input');
  if (options.check) overrides.push(value('--check', 'simulation.check', true));
  if (input.length > 0) {
    const entries = input.map((typed, i) => ({ text: typedText(typed), after: after[i] ?? null }));
    overrides.push(value('--input', 'run.input', entries));
  }
  return overrides;
}

const largestInputBytes = 16 << 20;

/** TEXT with \n, \r, \t, \e and \\ or @FILE with the file's text as it is. */
function typedText(argument: string): string {
  if (argument.startsWith('@')) {
    try {
      return new TextDecoder().decode(readUserFile(argument.slice(1), largestInputBytes));
    } catch (error) {
      if (error instanceof FileProblem)
        throw usage(`--input ${argument}: the file ${error.message}`);
      throw error;
    }
  }
  const escapes: Record<string, string> = { n: '\n', r: '\r', t: '\t', e: '\x1b', '\\': '\\' };
  return argument.replace(/\\([nrte\\])/g, (_, letter: string) => escapes[letter] as string);
}

export function usage(message: string): UserError {
  return new UserError(message, ExitCode.usage);
}
