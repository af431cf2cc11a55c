/**
 * The name of a point's results: a hash of all that decides them, which is the resolved configuration
 * (without names, and with contents in place of file names), and version and code of the simulator. The
 * same point of another sweep, or of this one resumed, has the same key; a changed kernel has not.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { MachineConfig } from '../config/schema.js';
import { imageFiles } from '../results/provenance.js';
import { hashFile } from '../snapshot/fingerprint.js';

/** Hashes each file once, however many points boot it. A file that is missing is the run's matter to tell. */
export class PointKeys {
  private readonly images = new Map<string, string>();

  constructor(
    private readonly version: string,
    private readonly code: string,
  ) {}

  /** `restore`: the snapshot that the point continues from. */
  key(config: MachineConfig, restore?: string): string {
    const { name, ...machine } = config;
    const files = imageFiles(config);
    const names = new Set<unknown>(files.map(({ file }) => file));
    const text = JSON.stringify(machine, (key, value: unknown) =>
      key === 'missingHint' || names.has(value) ? undefined : value,
    );
    const hash = createHash('sha256').update(`${this.version}\0${this.code}\0${text}\0`);
    for (const { key, file } of files) hash.update(`${key}=${this.imageHash(file)}\0`);
    if (restore !== undefined) hash.update(`restore=${this.imageHash(restore)}\0`);
    return hash.digest('hex').slice(0, 16);
  }

  private imageHash(file: string): string {
    const known = this.images.get(file);
    if (known !== undefined) return known;
    const hash = existsSync(file) ? hashFile(file) : 'missing';
    this.images.set(file, hash);
    return hash;
  }
}
