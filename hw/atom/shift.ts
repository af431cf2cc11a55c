/**
 * Rows of the shifter: shifts and rotates plain and with x86 condition codes (guest-isa/sem/alu-shift.ts),
 * double shifts, bit tests and bit scans. Counts are taken modulo 32; where x86 masks the count to zero
 * it leaves the flags alone, so these rows read the condition codes that they write.
 */
import { eflagsNode, setFromEflags } from './condition.js';
import { type AtomDraft, row, threeForms, twoForms } from './define.js';
import { carryWord, keepCarryOnly, keptCarryWord, WIDTHS, type Width } from './flags.js';
import type { MeaningNode, MeaningRecorder } from './meaning.js';

type WideMeaning = (m: MeaningRecorder, width: Width) => void;

interface Shifted {
  readonly d: MeaningNode;
  /** undefined: the result word, thus ZF SF PF, stays (rotates). */
  readonly result: MeaningNode | undefined;
  readonly carry: MeaningNode;
}

/** Sets d and the condition codes, which a count of zero keeps. */
function setShifted(m: MeaningRecorder, from: MeaningNode, count: MeaningNode, to: Shifted): void {
  m.set('d', m.select(count, to.d, from));
  if (to.result) m.set('result', m.select(count, to.result, m.result));
  m.set('carry', m.select(count, to.carry, m.carry));
}

const bit = (m: MeaningRecorder, value: MeaningNode, n: number | MeaningNode): MeaningNode =>
  m.and(m.shr(value, n), 1);

const shl: WideMeaning = (m, width) => {
  const n = m.and(m.b, 31);
  const r = m.shl(m.a, n);
  // Of 8 and 16 bits the last bit shifted out stands just above the result.
  const carry = width === 32 ? bit(m, m.a, m.sub(32, n)) : bit(m, r, width);
  const result = m.sx(width, r);
  const overflow = m.xor(carry, m.shr(result, 31));
  setShifted(m, m.a, n, { d: r, result, carry: carryWord(m, carry, overflow) });
};

const shr: WideMeaning = (m, width) => {
  const n = m.and(m.b, 31);
  const value = m.zx(width, m.a);
  const r = m.shr(value, n);
  const carry = bit(m, value, m.sub(n, 1));
  // OF: the old sign after one bit, else zero: the two bits at the top of the result.
  const overflow = bit(m, m.xor(m.shl(r, 1), r), width - 1);
  setShifted(m, m.a, n, { d: r, result: m.sx(width, r), carry: carryWord(m, carry, overflow) });
};

const sar: WideMeaning = (m, width) => {
  const n = m.and(m.b, 31);
  const value = m.sx(width, m.a);
  const r = m.sar(value, n);
  const carry = bit(m, value, m.sub(n, 1));
  setShifted(m, m.a, n, { d: r, result: r, carry: carryWord(m, carry, m.constant(0)) });
};

function rotated(m: MeaningRecorder, width: Width, left: boolean): MeaningNode {
  const n = m.and(m.b, width - 1);
  if (width === 32) return m.binary('rotl', m.a, left ? n : m.sub(32, n));
  const value = m.zx(width, m.a);
  const rest = m.sub(width, n);
  return left
    ? m.or(m.shl(value, n), m.shr(value, rest))
    : m.or(m.shr(value, n), m.shl(value, rest));
}

const rol: WideMeaning = (m, width) => {
  const r = rotated(m, width, true);
  const carry = m.and(r, 1);
  const overflow = m.xor(carry, bit(m, r, width - 1));
  const word = keptCarryWord(m, carry, overflow);
  setShifted(m, m.a, m.and(m.b, 31), { d: r, result: undefined, carry: word });
};

const ror: WideMeaning = (m, width) => {
  const r = rotated(m, width, false);
  const carry = bit(m, r, width - 1);
  const overflow = m.xor(carry, bit(m, r, width - 2));
  const word = keptCarryWord(m, carry, overflow);
  setShifted(m, m.a, m.and(m.b, 31), { d: r, result: undefined, carry: word });
};

/** Double shift of d; a fills what d vacates, b counts. */
function double(m: MeaningRecorder, left: boolean): void {
  const n = m.and(m.b, 31);
  const rest = m.sub(32, n);
  const r = left ? m.or(m.shl(m.d, n), m.shr(m.a, rest)) : m.or(m.shr(m.d, n), m.shl(m.a, rest));
  const carry = bit(m, m.d, left ? rest : m.sub(n, 1));
  const overflow = m.shr(m.xor(m.d, r), 31);
  setShifted(m, m.d, n, { d: r, result: r, carry: carryWord(m, carry, overflow) });
}

/** Index of a one of a, or d where there is none; of the flags only ZF changes. */
function scan(m: MeaningRecorder, index: MeaningNode): void {
  const others = m.and(eflagsNode(m), ~0x40);
  m.set('d', m.select(m.a, index, m.d));
  setFromEflags(m, m.or(others, m.shl(m.eqz(m.a), 6)));
}

const FLAGGED: Readonly<Record<string, WideMeaning>> = { shl, shr, sar, rol, ror };

export const SHIFT_ROWS: readonly AtomDraft[] = [
  ...threeForms('shl', 'shift', (m) => m.set('d', m.shl(m.a, m.b))),
  ...threeForms('shr', 'shift', (m) => m.set('d', m.shr(m.a, m.b))),
  ...threeForms('sar', 'shift', (m) => m.set('d', m.sar(m.a, m.b))),
  ...threeForms('rol', 'shift', (m) => m.set('d', m.binary('rotl', m.a, m.b))),
  ...threeForms('ror', 'shift', (m) => m.set('d', m.binary('rotl', m.a, m.sub(32, m.b)))),
  ...Object.entries(FLAGGED).flatMap(([name, meaning]) =>
    WIDTHS.flatMap((width) => threeForms(`${name}${width}.c`, 'shift', (m) => meaning(m, width))),
  ),
  ...twoForms('shld32.c', 'd,a,', 'shift', (m) => double(m, true)),
  ...twoForms('shrd32.c', 'd,a,', 'shift', (m) => double(m, false)),
  ...twoForms('bt16.c', 'a,', 'shift', (m) => keepCarryOnly(m, bit(m, m.a, m.and(m.b, 15)))),
  ...twoForms('bt32.c', 'a,', 'shift', (m) => keepCarryOnly(m, bit(m, m.a, m.and(m.b, 31)))),
  row('bsf32.c', 'd,a', 'shift', (m) => scan(m, m.unary('ctz', m.a))),
  row('bsr32.c', 'd,a', 'shift', (m) => scan(m, m.sub(31, m.unary('clz', m.a)))),
];
