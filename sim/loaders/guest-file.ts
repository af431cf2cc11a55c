/**
 * Reads the files that a guest is made of. What can be wrong with a file as such (missing, a
 * folder, unreadable, empty) is said here, in one sentence with the remedy; what is wrong with
 * its contents is said by the loader of its format.
 */
import { closeSync, readSync, writeSync } from 'node:fs';
import { GuestLoadError } from '../../base/errors.js';
import type { BlockSource } from '../../hw/platform/disk-image.js';
import { displayPath } from '../config/paths.js';
import {
  FileProblem,
  type FileProblemKind,
  openUserFile,
  readUserFile,
} from '../config/user-file.js';

/** A file's bytes under the name that messages use. */
export interface GuestFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const largestFileBytes = 1 << 30;

/** Bytes of a file up to 1 GB. `role` names it in messages ("the kernel"); `hint` is appended when it is missing. */
export function readGuestFile(path: string, role: string, hint = ''): GuestFile {
  const bytes = explained(path, role, hint, () => readUserFile(path, largestFileBytes));
  if (bytes.length === 0) throw problem(path, role, 'is empty', hint);
  return { name: displayPath(path), bytes };
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
  const role = 'the disk image';
  const name = displayPath(path);
  const { fd, status } = explained(path, role, hint, () => openUserFile(path, writable));
  const sizeBytes = status.size;
  const unusable = !status.isFile() ? 'is a pipe, not a file' : sizeBytes === 0 ? 'is empty' : '';
  if (unusable !== '') {
    closeSync(fd);
    throw problem(path, role, unusable, hint);
  }
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

/** What to do about a file that cannot be used, where the preset has no hint of its own. */
const remedies: Readonly<Record<FileProblemKind, string>> = {
  missing: 'check the path',
  folder: 'name the file itself',
  device: 'copy it to a file first',
  tooLarge: 'check that it is the right file',
  unreadable: 'check its permissions',
};

/** The result of `action`, or the sentence about the file. */
function explained<T>(path: string, role: string, hint: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof FileProblem)) throw error;
    const remedy = error.kind === 'missing' && hint !== '' ? hint : remedies[error.kind];
    throw problem(path, role, error.message, remedy);
  }
}

function problem(path: string, role: string, what: string, remedy: string): GuestLoadError {
  return new GuestLoadError(
    `${displayPath(path)}: ${role} ${what}${remedy === '' ? '' : `; ${remedy}`}`,
  );
}
