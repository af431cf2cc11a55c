/**
 * Reads the files that a guest is made of. What can be wrong with a file as such (missing, a
 * folder, unreadable, empty) is said here, in one sentence with the remedy; what is wrong with
 * its contents is said by the loader of its format.
 */
import { closeSync, fstatSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { GuestLoadError } from '../../base/errors.js';
import type { BlockSource } from '../../hw/platform/disk-image.js';
import { displayPath } from '../config/paths.js';

/** A file's bytes under the name that messages use. */
export interface GuestFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Bytes of a file up to 1 GB. `role` names it in messages ("the kernel"); `hint` is appended when it is missing. */
export function readGuestFile(path: string, role: string, hint = ''): GuestFile {
  const fd = openGuestFile(path, role, hint, false);
  try {
    const bytes = readFileSync(fd);
    return {
      name: displayPath(path),
      bytes: new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length),
    };
  } finally {
    closeSync(fd);
  }
}

/** A disk image as the drives read it: sector by sector, from the open file. */
export interface BlockFile extends BlockSource {
  readonly name: string;
  close(): void;
}

export function openBlockFile(
  path: string,
  sectorBytes: number,
  writable: boolean,
  hint = '',
): BlockFile {
  const fd = openGuestFile(path, 'the disk image', hint, writable);
  const name = displayPath(path);
  const sizeBytes = fstatSync(fd).size;
  if (sizeBytes % sectorBytes !== 0) {
    closeSync(fd);
    throw new GuestLoadError(
      `${name}: the disk image has ${sizeBytes} bytes, which is no multiple of its ${sectorBytes}-byte sectors; it is truncated, compressed or not a plain image`,
    );
  }
  return {
    name,
    sizeBytes,
    readAt(offset, into) {
      let done = 0;
      while (done < into.length) {
        const count = readSync(fd, into, done, into.length - done, offset + done);
        if (count === 0)
          throw new GuestLoadError(`${name}: the disk image became shorter during the run`);
        done += count;
      }
    },
    ...(writable
      ? {
          writeAt(offset: number, from: Uint8Array) {
            writeSync(fd, from, 0, from.length, offset);
          },
        }
      : {}),
    close: () => closeSync(fd),
  };
}

function openGuestFile(path: string, role: string, hint: string, writable: boolean): number {
  const name = displayPath(path);
  const fail = (what: string, remedy = ''): never => {
    const more = remedy || hint;
    throw new GuestLoadError(`${name}: ${role} ${what}${more === '' ? '' : `; ${more}`}`);
  };
  let fd: number;
  try {
    fd = openSync(path, writable ? 'r+' : 'r');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR')
      return fail('does not exist', hint || 'check the path');
    if (code === 'EISDIR') return fail('is a folder, not a file', 'name the file itself');
    const access = writable ? 'read and written' : 'read';
    return fail(`cannot be ${access} (${code})`, 'check its permissions');
  }
  const status = fstatSync(fd);
  const problem = status.isDirectory()
    ? 'is a folder, not a file'
    : status.isFile() && status.size === 0
      ? 'is empty'
      : '';
  if (problem !== '') {
    closeSync(fd);
    return fail(problem);
  }
  return fd;
}
