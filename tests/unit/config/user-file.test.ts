/** Files that users name: what they may be, and the clause for each that they may not. */
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { FileProblem, readUserFile } from '../../../sim/config/user-file.js';
import { folderWith } from './support.js';

function problem(path: string, largest = 1 << 20): [string, string] {
  try {
    readUserFile(path, largest);
  } catch (error) {
    expect(error).toBeInstanceOf(FileProblem);
    return [(error as FileProblem).kind, (error as FileProblem).message];
  }
  throw new Error('nothing was thrown');
}

it('reads a file whole, an empty one as well', () => {
  const folder = folderWith({ a: 'x'.repeat(200_000), b: '' });
  expect(readUserFile(join(folder, 'a'), 200_000)).toHaveLength(200_000);
  expect(readUserFile(join(folder, 'b'), 10)).toHaveLength(0);
});

it('says what is wrong', () => {
  const folder = folderWith({ a: new Uint8Array(3 << 20) });
  mkdirSync(join(folder, 'f'));
  expect(problem(join(folder, 'gone'))).toEqual(['missing', 'does not exist']);
  expect(problem(join(folder, 'a', 'b'))).toEqual(['missing', 'does not exist']);
  expect(problem(join(folder, 'f'))).toEqual(['folder', 'is a folder, not a file']);
  expect(problem(join(folder, 'a'), 2 << 20)).toEqual(['tooLarge', 'is larger than 2 MB']);
});

it.runIf(existsSync('/dev/zero'))('refuses a device, which may never end', () => {
  expect(problem('/dev/zero')).toEqual(['device', 'is a device, not a file']);
});

it.skipIf(process.getuid?.() === 0)('says which permission is missing', () => {
  const folder = folderWith({ a: '' });
  chmodSync(join(folder, 'a'), 0);
  expect(problem(join(folder, 'a'))).toEqual(['unreadable', 'cannot be read (EACCES)']);
});

it.skipIf(process.platform === 'win32')('reads a pipe to its end, but not beyond the limit', () => {
  const folder = folderWith({ data: new Uint8Array(300_000).fill(7) });
  const pipe = join(folder, 'pipe');
  const feed = (): void => {
    spawn('sh', ['-c', 'cat "$0" > "$1"', join(folder, 'data'), pipe], { stdio: 'ignore' });
  };
  execFileSync('mkfifo', [pipe]);
  feed();
  expect(readUserFile(pipe, 1 << 20)).toEqual(new Uint8Array(300_000).fill(7));
  feed();
  expect(problem(pipe, 1 << 16)[0]).toBe('tooLarge');
  writeFileSync(join(folder, 'data'), '');
});
