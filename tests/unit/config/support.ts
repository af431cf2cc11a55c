/** A folder of YAML files for one test. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Writes the files into a new folder, which the end of the test removes; gives the folder. */
export function folderWith(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'chrysalis-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

/** The message of what `action` throws, with the folder's name taken out. */
export function messageOf(action: () => unknown, folder = ''): string {
  try {
    action();
  } catch (error) {
    return (error as Error).message.replaceAll(folder === '' ? '\0' : `${folder}/`, '');
  }
  throw new Error('nothing was thrown');
}
