/**
 * The committed expectations: the text that a kernel prints, what QEMU prints instead where the
 * manual overrules it (NAME.qemu.diff), and why (NAME.deviations.txt: `pattern :: reason`).
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface Deviation {
  readonly pattern: RegExp;
  /** Begins with where it stands: a section of the manual, or how silicon was seen to behave. */
  readonly reason: string;
}

export function expectationPath(file: string): string {
  return fileURLToPath(new URL(`./expected/${file}`, import.meta.url));
}

export function expectedOutput(name: string): string {
  return readFileSync(expectationPath(`${name}.expected.txt`), 'utf8');
}

export function storedQemuDiff(name: string): string {
  const path = expectationPath(`${name}.qemu.diff`);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

export function deviationsOf(name: string): readonly Deviation[] {
  const path = expectationPath(`${name}.deviations.txt`);
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.filter((line) => line !== '' && !line.startsWith('#')).map(parseDeviation);
}

function parseDeviation(line: string): Deviation {
  const [pattern, reason, ...more] = line.split(' :: ');
  if (!pattern || !reason || more.length > 0) throw new Error(`not "pattern :: reason": ${line}`);
  return { pattern: new RegExp(pattern), reason };
}

/** The lines of a stored difference, without their marks. */
export function differingLines(diff: string): readonly string[] {
  return diff
    .split('\n')
    .filter((line) => /^[-+]/.test(line))
    .map((line) => line.slice(1));
}
