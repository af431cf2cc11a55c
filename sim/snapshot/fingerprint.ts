/**
 * What a snapshot must fit: the values of the configuration that shape the machine (not what it
 * boots, not when it ends, not where files lie) and the contents of ROM and disk images.
 */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { GuestLoadError } from '../../base/errors.js';
import { displayPath } from '../config/paths.js';
import type { MachineConfig } from '../config/schema.js';

export interface ImageFingerprint {
  /** Key of the configuration that names the file. */
  readonly key: string;
  readonly sha256: string;
}

export interface MachineFingerprint {
  /** Dotted key to value, sorted by key. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly images: readonly ImageFingerprint[];
}

export function fingerprint(config: MachineConfig): MachineFingerprint {
  const values: Record<string, unknown> = {};
  const visit = (value: unknown, key: string): void => {
    if (typeof value === 'object' && value !== null) {
      for (const [name, child] of Object.entries(value)) visit(child, `${key}.${name}`);
      return;
    }
    values[key] = value;
  };
  const { bios, vgaBios, disks, ...board } = config.machine;
  visit(config.host, 'host');
  visit(board, 'machine');
  visit(config.cpu, 'cpu');
  for (const [i, disk] of disks.entries()) values[`machine.disks.${i}.type`] = disk.type;
  const files: [string, string | null][] = [
    ['machine.bios', bios],
    ['machine.vgaBios', vgaBios],
    ['boot.rom.image', config.boot.method === 'rom' ? config.boot.rom.image : null],
    ...disks.map((disk, i): [string, string] => [`machine.disks.${i}.image`, disk.image]),
  ];
  const images = files.flatMap(([key, path]) =>
    path === null ? [] : [{ key, sha256: hashFile(path) }],
  );
  return {
    values: Object.fromEntries(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1))),
    images,
  };
}

/** One clause for the first difference, or undefined when the machine fits. */
export function misfit(
  snapshot: MachineFingerprint,
  machine: MachineFingerprint,
): string | undefined {
  const keys = new Set([...Object.keys(snapshot.values), ...Object.keys(machine.values)]);
  for (const key of keys) {
    const [then, now] = [snapshot.values[key], machine.values[key]];
    if (then !== now) {
      return `${key} was ${JSON.stringify(then) ?? 'absent'} and is ${JSON.stringify(now) ?? 'absent'} now`;
    }
  }
  for (const key of new Set([...snapshot.images, ...machine.images].map((image) => image.key))) {
    const then = snapshot.images.find((image) => image.key === key)?.sha256;
    const now = machine.images.find((image) => image.key === key)?.sha256;
    if (then !== now) return `the file of ${key} is not the one that the snapshot was taken with`;
  }
  return undefined;
}

/** SHA-256 of a file, read piece by piece (disk images are large). */
export function hashFile(path: string): string {
  const hash = createHash('sha256');
  const piece = new Uint8Array(1 << 20);
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    throw new GuestLoadError(
      `${displayPath(path)}: the file cannot be read (${(error as NodeJS.ErrnoException).code}); check the path`,
    );
  }
  try {
    for (let count = readSync(fd, piece); count > 0; count = readSync(fd, piece))
      hash.update(piece.subarray(0, count));
  } finally {
    closeSync(fd);
  }
  return hash.digest('hex');
}
