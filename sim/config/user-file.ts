/**
 * Files that a user names, whatever they turn out to be: read whole up to a limit, or opened. A
 * missing file, a folder, a device, one that is too large or not readable becomes a clause for
 * the sentence of whoever asked ("the kernel" + "does not exist"). Pipes are read to their end, so
 * that a shell's <(command) works; devices are refused, since some of them never end.
 */
import { closeSync, fstatSync, openSync, readSync, type Stats } from 'node:fs';

export type FileProblemKind = 'missing' | 'folder' | 'device' | 'tooLarge' | 'unreadable';

/** Why a file cannot be used; the message is a clause without a subject. */
export class FileProblem extends Error {
  constructor(
    readonly kind: FileProblemKind,
    message: string,
  ) {
    super(message);
    this.name = 'FileProblem';
  }
}

export interface OpenFile {
  readonly fd: number;
  readonly status: Stats;
}

/** Opens a file or a pipe; the caller closes it. */
export function openUserFile(path: string, writable = false): OpenFile {
  let fd: number;
  try {
    fd = openSync(path, writable ? 'r+' : 'r');
  } catch (error) {
    throw problemOf(error, writable ? 'read and written' : 'read');
  }
  const status = fstatSync(fd);
  if (status.isFile() || status.isFIFO() || status.isSocket()) return { fd, status };
  closeSync(fd);
  throw status.isDirectory()
    ? new FileProblem('folder', 'is a folder, not a file')
    : new FileProblem('device', 'is a device, not a file');
}

/** All bytes of a file or a pipe of at most so many. */
export function readUserFile(path: string, largestBytes: number): Uint8Array {
  const { fd, status } = openUserFile(path);
  try {
    if (status.size > largestBytes) throw tooLarge(largestBytes);
    // A file may grow while it is read, and a pipe does not say how long it is.
    let bytes = new Uint8Array(Math.max(status.size + 1, 0x1_0000));
    let filled = 0;
    for (;;) {
      const count = readSync(fd, bytes, filled, bytes.length - filled, null);
      if (count === 0) return bytes.subarray(0, filled);
      filled += count;
      if (filled > largestBytes) throw tooLarge(largestBytes);
      if (filled < bytes.length) continue;
      const longer = new Uint8Array(bytes.length * 2);
      longer.set(bytes);
      bytes = longer;
    }
  } catch (error) {
    throw error instanceof FileProblem ? error : problemOf(error, 'read');
  } finally {
    closeSync(fd);
  }
}

function tooLarge(largestBytes: number): FileProblem {
  return new FileProblem('tooLarge', `is larger than ${largestBytes >> 20} MB`);
}

function problemOf(error: unknown, access: string): FileProblem {
  const code = (error as NodeJS.ErrnoException).code ?? String(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') return new FileProblem('missing', 'does not exist');
  if (code === 'EISDIR') return new FileProblem('folder', 'is a folder, not a file');
  return new FileProblem('unreadable', `cannot be ${access} (${code})`);
}
