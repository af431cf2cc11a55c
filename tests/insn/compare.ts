/** Compares two outcomes of a case, and says what differs. */
import type { Case, Outcome, Patch } from './case.js';

const NAMES = ['eax', 'ecx', 'edx', 'ebx', 'esp', 'ebp', 'esi', 'edi'];
const SEGMENT_NAMES = ['es', 'cs', 'ss', 'ds', 'fs', 'gs'];
/** TF drives the native run; RF is set in the image of a fault and gone an instruction later. */
const TF_RF = 0x10100;

export const hex = (value: number, digits = 8): string =>
  (value >>> 0).toString(16).padStart(digits, '0');
export const bytesText = (bytes: readonly number[]): string =>
  bytes.map((b) => hex(b, 2)).join(' ');

/** What is left out of a comparison. */
export interface Ignored {
  /** Bits of EFLAGS. */
  readonly flags: number;
  /** If given, only the bytes for which it says yes are compared. */
  readonly memory?: ((linear: number) => boolean) | undefined;
}

/** One line for each difference; empty if there is none. */
export function differences(expected: Outcome, got: Outcome, ignored: Ignored): string[] {
  const found: string[] = [];
  const differ = (what: string, want: number, have: number): void => {
    if (want >>> 0 !== have >>> 0) found.push(`${what}: silicon ${hex(want)}, got ${hex(have)}`);
  };
  differ('fault', expected.fault, got.fault);
  if (expected.fault >= 0 && got.fault >= 0)
    differ('error code', expected.errorCode, got.errorCode);
  if (expected.fault === 14) differ('cr2', expected.cr2, got.cr2);
  differ('eip', expected.eip, got.eip);
  for (let i = 0; i < 8; i++) differ(NAMES[i], expected.registers[i], got.registers[i]);
  const flags = ~(ignored.flags | TF_RF);
  differ('eflags', expected.eflags & flags, got.eflags & flags);
  for (let i = 0; i < 6; i++) differ(SEGMENT_NAMES[i], expected.segments[i], got.segments[i]);
  const [want, have] = [expected, got].map((o) => changesText(o.changes, ignored.memory));
  if (want !== have) found.push(`memory: silicon ${want}, got ${have}`);
  if (expected.x87 && got.x87) found.push(...x87Differences(expected.x87, got.x87));
  return found;
}

/** Of FNSAVE images: pointers and the kinds that tags distinguish besides empty are left out. */
function x87Differences(expected: Uint8Array, got: Uint8Array): string[] {
  const found: string[] = [];
  const [want, have] = [expected, got].map(readX87);
  const differ = (what: string, a: string, b: string): void => {
    if (a !== b) found.push(`${what}: silicon ${a}, got ${b}`);
  };
  differ('x87 control', hex(want.control, 4), hex(have.control, 4));
  differ('x87 status', hex(want.status, 4), hex(have.status, 4));
  differ('x87 empty', hex(want.empty, 2), hex(have.empty, 2));
  for (let i = 0; i < 8; i++) differ(`st(${i})`, want.registers[i], have.registers[i]);
  return found;
}

interface X87Image {
  readonly control: number;
  readonly status: number;
  /** Bit i: physical register i is empty. */
  readonly empty: number;
  readonly registers: readonly string[];
}

export function readX87(image: Uint8Array): X87Image {
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  const tags = view.getUint16(8, true);
  let empty = 0;
  for (let i = 0; i < 8; i++) if (((tags >> (2 * i)) & 3) === 3) empty |= 1 << i;
  const registers = [0, 1, 2, 3, 4, 5, 6, 7].map((i) => {
    const at = 28 + 10 * i;
    const significand = hex(view.getUint32(at + 4, true)) + hex(view.getUint32(at, true));
    return `${hex(view.getUint16(at + 8, true), 4)}:${significand}`;
  });
  return { control: view.getUint16(0, true), status: view.getUint16(4, true), empty, registers };
}

/** Changed bytes as runs, as far as they are compared. */
function changesText(changes: readonly Patch[], compared: Ignored['memory']): string {
  let end = -1;
  let text = '';
  for (const { at, bytes } of changes) {
    bytes.forEach((byte, i) => {
      const linear = at + i;
      if (compared && !compared(linear)) return;
      text += linear === end ? ' ' : `${text === '' ? '' : '; '}${hex(linear)}: `;
      text += hex(byte, 2);
      end = linear + 1;
    });
  }
  return text === '' ? '(unchanged)' : text;
}

/** The state before a case, for messages. */
export function caseText(c: Case): string {
  const registers = NAMES.map((name, i) => `${name}=${hex(c.registers[i])}`).join(' ');
  const patches = c.patches.map((p) => ` ${hex(p.at)}: ${bytesText(p.bytes)}`).join(';');
  return `${bytesText(c.code)} at eip ${hex(c.eip)}, segment set ${c.segments}${c.run ? ', to its end' : ''}
    ${registers} eflags=${hex(c.eflags)}${patches === '' ? '' : `\n    memory${patches}`}${x87Text(c)}`;
}

function x87Text(c: Case): string {
  if (!c.x87) return '';
  const { control, status, empty, registers } = readX87(c.x87);
  return `\n    x87 control ${hex(control, 4)} status ${hex(status, 4)} empty ${hex(empty, 2)} st ${registers.join(' ')}`;
}
