/**
 * What a result came from: version, commit and a hash of the simulator's own code, the images that
 * were booted, the command line. Version and commit say less than they seem to while somebody works
 * on the simulator, so the hash of the code that runs is what decides whether a result still holds.
 *
 * There is no seed among it because nothing draws random numbers: `seed` is null, and will name the
 * key once there is one.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MachineConfig } from '../config/schema.js';
import { hashFile } from '../snapshot/fingerprint.js';

export interface ImageHash {
  /** Key of the configuration that names the file, or `restore`. */
  readonly key: string;
  readonly file: string;
  readonly sha256: string;
}

export interface Provenance {
  readonly version: string;
  /** `git describe` of the checkout that the simulator runs from; null where it is installed. */
  readonly commit: string | null;
  /** Hash of the code that decides results. */
  readonly code: string;
  readonly node: string;
  readonly platform: string;
  readonly command: readonly string[];
  /** The current folder of the command, which its file names are relative to. */
  readonly folder: string;
  readonly images: readonly ImageHash[];
  readonly seed: null;
  /** Wall-clock time at which the run began (ISO 8601). */
  readonly startedAt: string;
}

/** Folders whose code can change what a run computes or counts. */
const DECIDING = ['base', 'guest-isa', 'hw', 'cms', 'sim'];
/** Parts of `sim` that only look on. */
const LOOKING_ON = /[\\/]sim[\\/](results|compare|sweep|explain)[\\/]/;

/** Hash of the compiled (or, under a loader, the source) modules that decide results. */
export function codeHash(): string {
  const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
  const hash = createHash('sha256');
  for (const folder of DECIDING) {
    for (const file of modulesOf(join(root, folder))) {
      hash.update(file.slice(root.length)).update('\0').update(readFileSync(file));
    }
  }
  return hash.digest('hex').slice(0, 16);
}

function modulesOf(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return modulesOf(path);
      return /\.(js|ts)$/.test(entry.name) && !LOOKING_ON.test(path) ? [path] : [];
    })
    .sort();
}

/** What git says of the checkout at `root`, or null where there is none (or no git). */
export function commitOf(root: string): string | null {
  if (!existsSync(join(root, '.git'))) return null;
  const git = spawnSync('git', ['-C', root, 'describe', '--always', '--dirty', '--abbrev=12'], {
    encoding: 'utf8',
  });
  return git.status === 0 ? git.stdout.trim() : null;
}

/** Every file that the guest is made of, in the order of the keys that name them. */
export function imageFiles(config: MachineConfig): { key: string; file: string }[] {
  const { boot, machine } = config;
  const files: [key: string, file: string | null][] = [
    ['boot.kernel', boot.kernel],
    ['boot.initrd', boot.initrd],
    ...boot.modules.map((m, i): [string, string] => [`boot.modules.${i}.file`, m.file]),
    ['boot.rom.image', boot.method === 'rom' ? boot.rom.image : null],
    ['machine.bios', machine.bios],
    ['machine.vgaBios', machine.vgaBios],
    ...machine.disks.map((d, i): [string, string] => [`machine.disks.${i}.image`, d.image]),
  ];
  return files.flatMap(([key, file]) => (file === null ? [] : [{ key, file }]));
}

/** Their hashes, and that of a snapshot that the run continues from. */
export function imageHashes(config: MachineConfig, restore?: string): ImageHash[] {
  const files = imageFiles(config);
  if (restore !== undefined) files.push({ key: 'restore', file: restore });
  return files.map(({ key, file }) => ({ key, file, sha256: hashFile(file) }));
}
