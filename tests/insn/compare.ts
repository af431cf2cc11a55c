/** Compares two outcomes of a case, and says what differs. */
import type { Case, Outcome, Patch } from './case.js';

const NAMES = ['eax', 'ecx', 'edx', 'ebx', 'esp', 'ebp', 'esi', 'edi'];
const SEGMENT_NAMES = ['es', 'cs', 'ss', 'ds', 'fs', 'gs'];
const TF = 0x100;

export const hex = (value: number, digits = 8): string => (value >>> 0).toString(16).padStart(digits, '0');
export const bytesText = (bytes: readonly number[]): string => bytes.map((b) => hex(b, 2)).join(' ');

/** One line for each difference; empty if there is none. */
export function differences(expected: Outcome, got: Outcome, ignoredFlags: number): string[] {
  const found: string[] = [];
  const differ = (what: string, want: number, have: number): void => {
    if (want >>> 0 !== have >>> 0) found.push(`${what}: silicon ${hex(want)}, got ${hex(have)}`);
  };
  differ('fault', expected.fault, got.fault);
  if (expected.fault >= 0 && got.fault >= 0) differ('error code', expected.errorCode, got.errorCode);
  if (expected.fault === 14) differ('cr2', expected.cr2, got.cr2);
  differ('eip', expected.eip, got.eip);
  for (let i = 0; i < 8; i++) differ(NAMES[i], expected.registers[i], got.registers[i]);
  const flags = ~(ignoredFlags | TF);
  differ('eflags', expected.eflags & flags, got.eflags & flags);
  for (let i = 0; i < 6; i++) differ(SEGMENT_NAMES[i], expected.segments[i], got.segments[i]);
  if (changesText(expected.changes) !== changesText(got.changes)) {
    found.push(`memory: silicon ${changesText(expected.changes)}, got ${changesText(got.changes)}`);
  }
  return found;
}

/** Runs of changed bytes, joined where they touch. */
function changesText(changes: readonly Patch[]): string {
  let end = -1;
  let text = '';
  for (const { at, bytes } of changes) {
    text += `${at === end ? ' ' : `${text === '' ? '' : '; '}${hex(at)}: `}${bytesText(bytes)}`;
    end = at + bytes.length;
  }
  return text === '' ? '(unchanged)' : text;
}

/** The state before a case, for messages. */
export function caseText(c: Case): string {
  const registers = NAMES.map((name, i) => `${name}=${hex(c.registers[i])}`).join(' ');
  const patches = c.patches.map((p) => ` ${hex(p.at)}: ${bytesText(p.bytes)}`).join(';');
  return `${bytesText(c.code)} at eip ${hex(c.eip)}, segment set ${c.segments}${c.run ? ', to its end' : ''}
    ${registers} eflags=${hex(c.eflags)}${patches === '' ? '' : `\n    memory${patches}`}`;
}
