/**
 * What is measured: programs of the embedded guest OS, each stressing one thing that is hard for a
 * code morphing processor, and Debian: its boot, and two programs in it. Two sizes of an embedded
 * program: `large` for measuring the speed of simulation (some ten to a hundred million
 * instructions), `small` for what the modelled machine does, where five to ten million show the
 * steady state beside the start. A part of a workload may be run alone, from the state that the
 * reference interpreter reached where the part begins; such states are kept in files.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageRoot } from '../cli/package-info.js';
import { presetPath } from '../cli/presets.js';
import { type Override, resolveConfig } from '../sim/config/resolve.js';
import type { MachineConfig } from '../sim/config/schema.js';
import { createMachine } from '../sim/machine.js';
import type { MachineHandle } from '../sim/machine-api.js';
import { readSnapshot, type Snapshot, writeSnapshot } from '../sim/snapshot/snapshot-file.js';

export interface Workload {
  readonly name: string;
  readonly preset: 'default' | 'debian';
  readonly large: string;
  readonly small: string;
  /** Console text at which it begins; what comes before is run by the reference interpreter. */
  readonly from?: string;
  /** Console texts that end a part; the last one ends the run (the guest may also end it). */
  readonly parts: readonly {
    readonly name: string;
    readonly until: string;
    /** It belongs to the guest's way from power-on to its first process. */
    readonly boots?: boolean;
    /** Most of its code runs seldom: it is mostly translated. */
    readonly cold?: true;
  }[];
}

const WHOLE = [{ name: '', until: '' }];

const program = (name: string, large: string, small: string): Workload => ({
  name,
  preset: 'default',
  large: `script="${name} ${large}; exit 0"`,
  small: `script="${name} ${small}; exit 0"`,
  parts: WHOLE,
});

/** The kernel's random test of its ciphers is left out: it takes longer than the boot. */
const LINUX = 'console=ttyS0 cryptomgr.notests';

/**
 * Instead of the initrd's own first process: the two programs, with lines between them. The early
 * console is there for other emulators: its first line tells where their firmware ends.
 */
const LINUX_PROGRAMS = [
  'echo first process',
  `/bin/busybox md5sum${' /bin/busybox'.repeat(8)}`,
  'echo md5sum has ended',
  '/bin/busybox gzip -c /bin/busybox > /dev/null',
  'echo gzip has ended',
  '/bin/busybox poweroff -f',
].join('; ');
const LINUX_AND_PROGRAMS = `${LINUX} earlyprintk=ttyS0 rdinit=/bin/sh -- -c "${LINUX_PROGRAMS}"`;

export const PROGRAMS: readonly Workload[] = [
  program('sort', '1000000', '10000'),
  program('sieve', '3000000', '500000'),
  program('crc', '12000000', '60000'),
  program('lz', '6000000', '30000'),
  program('hash', '1000000', '30000'),
  program('chase', '65536', '16384'),
  program('digest', '8000000', '60000'),
  program('recurse', '28', '24'),
  program('vm', '20000', '200'),
  program('objects', '3000', '600'),
  program('nbody', '20000', '6000'),
  program('mmx', '300', '100'),
  program('strings', '4000', '20'),
  program('smc', '50000', '3000'),
  program('mixed', '200000', '40000'),
  program('jit', '600', '30'),
];

export const WORKLOADS: readonly Workload[] = [
  { name: 'demo', preset: 'default', large: 'run=/etc/demo', small: 'run=/etc/demo', parts: WHOLE },
  ...PROGRAMS,
  {
    name: 'linux',
    preset: 'debian',
    large: LINUX_AND_PROGRAMS,
    small: LINUX_AND_PROGRAMS,
    // At the beginning of a line: the kernel prints its command line too.
    parts: [
      { name: 'decompressor', until: 'Linux version', boots: true },
      { name: 'kernel', until: '\nfirst process', cold: true, boots: true },
      { name: 'md5sum', until: '\nmd5sum has ended' },
      { name: 'gzip', until: '\ngzip has ended' },
    ],
  },
  {
    name: 'kernel',
    preset: 'debian',
    large: LINUX,
    small: LINUX,
    from: 'Linux version',
    parts: [{ name: '', until: '=== done ===' }],
  },
];

/** Whether what a workload boots is there. */
export function isFetched({ preset }: Workload): boolean {
  return preset !== 'debian' || existsSync(join(packageRoot(), '.cache/debian/vmlinuz'));
}

export interface MachineChoice {
  /** Presets or files that are laid over the workload's own. */
  readonly over: readonly string[];
  /** Assignments key=value. */
  readonly set: readonly string[];
  readonly size: 'large' | 'small';
}

export function configurationOf(workload: Workload, choice: MachineChoice): MachineConfig {
  const origin = { kind: 'flag', flag: '--set' } as const;
  const set = choice.set.map((assignment): Override => {
    const at = assignment.indexOf('=');
    return { key: assignment.slice(0, at), text: assignment.slice(at + 1), origin };
  });
  const append: Override = { key: 'boot.append', value: workload[choice.size], origin };
  return resolveConfig({
    file: presetPath(workload.preset),
    over: choice.over.map((name) => (name.endsWith('.yaml') ? name : presetPath(name))),
    overrides: [append, ...set],
  }).config;
}

/** The machine that a choice describes, where the workload begins, or another part of it. */
export function machineAtStart(workload: Workload, choice: MachineChoice, part = 0): MachineHandle {
  const config = configurationOf(workload, choice);
  const start = startOf(workload, part);
  if (start === undefined) return createMachine(config, { loadBoot: true });
  const machine = createMachine(config, { loadBoot: false });
  machine.restore(start.state);
  return machine;
}

/** Instructions of each part whose beginning and end are lines on the console. */
export function partLengths(workload: Workload): readonly number[] {
  const counts = [...workload.parts, 'end'].map(
    (_, part) => startOf(workload, part)?.info.instructions ?? 0,
  );
  return workload.parts.map((_, part) => (counts[part + 1] as number) - (counts[part] as number));
}

/**
 * The state of the reference interpreter where a part begins (`parts.length`: where the last one
 * ends), kept in a file; undefined: at power-on. Its fingerprint would refuse machines with another
 * host; the state holds nothing of the host, so they may take it.
 */
function startOf(workload: Workload, part: number): Snapshot | undefined {
  const text = part === 0 ? workload.from : workload.parts[part - 1]?.until;
  if (text === undefined) return undefined;
  const config = configurationOf(workload, REFERENCE);
  const path = join(packageRoot(), '.cache', 'measure', stateFile(workload.name, text, config));
  try {
    return readSnapshot(path, config);
  } catch {
    // Not there, or of another version: made anew.
  }
  const machine = part === 0 ? powerOn(config) : machineAtStart(workload, REFERENCE, part - 1);
  runUntil(machine, text, Infinity);
  const state = machine.save();
  const { instructions, cycles } = machine;
  const info = { instructions, cycles, stateHash: machine.stateHash() };
  mkdirSync(dirname(path), { recursive: true });
  writeSnapshot(path, config, info, state);
  return { info, state };
}

/** A snapshot fits a machine, whatever it boots: what was booted is in the file's name. */
function stateFile(name: string, text: string, { boot }: MachineConfig): string {
  const hash = createHash('sha256').update(JSON.stringify([boot.append, text]));
  for (const file of [boot.kernel, boot.initrd]) if (file !== null) hash.update(readFileSync(file));
  return `${name}-${hash.digest('hex').slice(0, 12)}.snap`;
}

const REFERENCE = { over: [], set: ['simulation.engine=reference'], size: 'large' } as const;

const powerOn = (config: MachineConfig): MachineHandle => createMachine(config, { loadBoot: true });

/**
 * Runs until the console has printed a text ('': until the guest ends), or for so many instructions;
 * whether it got to the text or the end.
 */
export function runUntil(machine: MachineHandle, text: string, instructions: number): boolean {
  let seen = '';
  let found = false;
  machine.console.onByte((byte) => {
    if (found || text === '') return;
    seen = (seen + String.fromCharCode(byte)).slice(-text.length);
    if (seen !== text) return;
    found = true;
    machine.stop();
  });
  const limit = machine.instructions + instructions;
  for (;;) {
    const reason = machine.run({ sliceInstructions: 10_000_000, instructions: limit });
    if (reason.kind !== 'slice') return reason.kind !== 'limit';
  }
}
