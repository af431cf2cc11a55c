/**
 * The snapshot file, schema chrysalis/snapshot/1:
 *
 *   8 bytes "CHRYSNAP" · u32 header size · SHA-256 of the header · header (msgpack) · parts
 *
 * The header names the schema, the machine's fingerprint, where the run stood, and of each part
 * its size and purpose; one SHA-256 covers all parts. A file that is damaged, cut off, of
 * another version or from another machine is refused before anything of the machine changes.
 */
import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { decode, encode } from '@msgpack/msgpack';
import { GuestLoadError } from '../../base/errors.js';
import { displayPath } from '../config/paths.js';
import type { MachineConfig } from '../config/schema.js';
import { FileProblem, readUserFile } from '../config/user-file.js';
import { fingerprint, type MachineFingerprint, misfit } from './fingerprint.js';
import { type PackedBlob, packState, unpackState } from './snapshot-data.js';

export const snapshotSchema = 'chrysalis/snapshot/1';
const magic = 'CHRYSNAP';
const preambleBytes = 44;
/** The largest guest RAM. */
const largestBlobBytes = 0x8000_0000;

export interface SnapshotInfo {
  readonly instructions: number;
  readonly cycles: number;
  /** Hash of the guest-visible state, compared after restoring. */
  readonly stateHash: string;
}

interface Header {
  readonly schema: string;
  readonly machine: MachineFingerprint;
  readonly info: SnapshotInfo;
  readonly partsSha256: string;
  readonly treeBytes: number;
  readonly blobs: readonly {
    sizeBytes: number;
    runs: readonly number[];
    chunkBytes: readonly number[];
  }[];
}

export function writeSnapshot(
  path: string,
  config: MachineConfig,
  info: SnapshotInfo,
  state: unknown,
): number {
  const packed = packState(state);
  const parts = [packed.tree, ...packed.blobs.flatMap((blob) => blob.chunks)];
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  const header: Header = {
    schema: snapshotSchema,
    machine: fingerprint(config),
    info,
    partsSha256: hash.digest('hex'),
    treeBytes: packed.tree.length,
    blobs: packed.blobs.map((blob) => ({
      sizeBytes: blob.sizeBytes,
      runs: blob.runs,
      chunkBytes: blob.chunks.map((c) => c.length),
    })),
  };
  const headerBytes = encode(header);
  const preamble = Buffer.alloc(preambleBytes);
  preamble.write(magic, 'latin1');
  preamble.writeUInt32LE(headerBytes.length, 8);
  preamble.set(createHash('sha256').update(headerBytes).digest(), 12);
  return writeWhole(path, [preamble, headerBytes, ...parts]);
}

/** Writes beside and renames, so that a file by this name is always whole. */
function writeWhole(path: string, parts: readonly Uint8Array[]): number {
  const beside = `${path}.part`;
  let size = 0;
  let begun = false;
  try {
    const fd = openSync(beside, 'w');
    begun = true;
    try {
      for (const part of parts) {
        for (let done = 0; done < part.length; ) done += writeSync(fd, part, done);
        size += part.length;
      }
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(beside, path);
  } catch (error) {
    if (begun) rmSync(beside, { force: true });
    throw new GuestLoadError(
      `${displayPath(path)}: the snapshot cannot be written (${(error as NodeJS.ErrnoException).code})`,
    );
  }
  return size;
}

export interface Snapshot {
  readonly info: SnapshotInfo;
  readonly state: unknown;
}

/** Reads a snapshot that fits the configuration; GuestLoadError says why it does not. */
export function readSnapshot(path: string, config: MachineConfig): Snapshot {
  const name = displayPath(path);
  const file = readBytes(path, name);
  const { header, partsAt } = readHeader(file, name);
  const difference = misfit(header.machine, fingerprint(config));
  if (difference !== undefined) {
    throw new GuestLoadError(
      `${name}: the snapshot is of another machine: ${difference}; restore it with the configuration it was saved with`,
    );
  }
  const parts = file.subarray(partsAt);
  const announced =
    header.treeBytes +
    header.blobs.reduce((sum, blob) => sum + blob.chunkBytes.reduce((a, b) => a + b, 0), 0);
  if (parts.length < announced) {
    throw new GuestLoadError(
      `${name}: the snapshot is truncated: ${announced - parts.length} of its bytes are missing; copy or save it again`,
    );
  }
  const damaged = createHash('sha256').update(parts).digest('hex') !== header.partsSha256;
  if (damaged)
    throw new GuestLoadError(
      `${name}: the snapshot is damaged (its checksum is wrong); copy or save it again`,
    );
  let at = header.treeBytes;
  const blobs: PackedBlob[] = header.blobs.map((blob) => ({
    sizeBytes: blob.sizeBytes,
    runs: blob.runs,
    chunks: blob.chunkBytes.map((size) => {
      at += size;
      return parts.subarray(at - size, at);
    }),
  }));
  const packed = { tree: parts.subarray(0, header.treeBytes), blobs };
  try {
    return { info: header.info, state: unpackState(packed) };
  } catch (error) {
    throw new GuestLoadError(
      `${name}: the snapshot cannot be unpacked (${(error as Error).message}); save it again`,
    );
  }
}

const largestFileBytes = 0x7fff_ffff;

function readBytes(path: string, name: string): Buffer {
  try {
    const bytes = readUserFile(path, largestFileBytes);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  } catch (error) {
    if (!(error instanceof FileProblem)) throw error;
    const remedy = error.kind === 'missing' ? 'check the path' : 'name a file of --save-snapshot';
    throw new GuestLoadError(`${name}: the snapshot ${error.message}; ${remedy}`);
  }
}

function readHeader(file: Buffer, name: string): { header: Header; partsAt: number } {
  const cut = `${name}: the snapshot is truncated inside its header; copy or save it again`;
  if (
    file.subarray(0, magic.length).toString('latin1') !== magic.slice(0, file.length) ||
    file.length === 0
  ) {
    throw new GuestLoadError(`${name}: is not a Chrysalis snapshot`);
  }
  if (file.length < preambleBytes) throw new GuestLoadError(cut);
  const partsAt = preambleBytes + file.readUInt32LE(8);
  if (file.length < partsAt) throw new GuestLoadError(cut);
  const headerBytes = file.subarray(preambleBytes, partsAt);
  if (!createHash('sha256').update(headerBytes).digest().equals(file.subarray(12, preambleBytes))) {
    throw new GuestLoadError(`${name}: the snapshot's header is damaged; copy or save it again`);
  }
  const header = decoded(headerBytes, name);
  if (header.schema !== snapshotSchema) {
    const found = typeof header.schema === 'string' ? header.schema : 'no version at all';
    throw new GuestLoadError(
      `${name}: the snapshot has ${found}, and this version reads ${snapshotSchema}; save it again with this version`,
    );
  }
  if (!isHeader(header))
    throw new GuestLoadError(`${name}: the snapshot's header is incomplete; save it again`);
  return { header, partsAt };
}

function decoded(headerBytes: Uint8Array, name: string): Partial<Header> {
  try {
    const header = decode(headerBytes);
    if (typeof header === 'object' && header !== null) return header as Partial<Header>;
  } catch {
    // Said below: the checksum is right, so that somebody wrote it so.
  }
  throw new GuestLoadError(`${name}: the snapshot's header is no header; save it again`);
}

/** Whether everything is there that reading it relies on; a file may be made by other programs. */
function isHeader(header: Partial<Header>): header is Header {
  const { machine, info, blobs } = header;
  return (
    isObject(machine?.values) &&
    Array.isArray(machine?.images) &&
    machine.images.every(isObject) &&
    isCount(info?.instructions) &&
    isCount(info?.cycles) &&
    typeof info?.stateHash === 'string' &&
    typeof header.partsSha256 === 'string' &&
    isCount(header.treeBytes) &&
    Array.isArray(blobs) &&
    blobs.every(isBlob)
  );
}

function isBlob(blob: Header['blobs'][number]): boolean {
  return (
    isObject(blob) &&
    isCount(blob.sizeBytes) &&
    blob.sizeBytes <= largestBlobBytes &&
    Array.isArray(blob.runs) &&
    blob.runs.length % 2 === 0 &&
    blob.runs.every(isCount) &&
    Array.isArray(blob.chunkBytes) &&
    blob.chunkBytes.every(isCount)
  );
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
