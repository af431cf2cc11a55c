/**
 * Rows of the divider, and the division itself (SDM vol. 2: DIV, IDIV), which the core carries out
 * since a division error traps. The dividend is MQ (high half) and a (low half); of 8 bits it is the
 * low 16 bits of a alone. d becomes the quotient, MQ the remainder.
 */
import { type AtomDraft, effectRow } from './define.js';
import { WIDTHS } from './flags.js';

export const DIVIDE_ROWS: readonly AtomDraft[] = [false, true].flatMap((signed) =>
  WIDTHS.map((bits) =>
    effectRow(
      `${signed ? 'idiv' : 'div'}${bits}`,
      'd,a,b',
      'divide',
      { kind: 'divide', bits, signed },
      { latency: 'divide', readsMq: bits !== 8, writesMq: true },
    ),
  ),
);

/**
 * Quotient to out[0], remainder to out[1], both 32 bits wide (of 8 and 16 bits: extended as the
 * operation is signed). False: the divisor is zero or the quotient does not fit; `out` is unchanged.
 */
export function divide(
  bits: 8 | 16 | 32,
  signed: boolean,
  high: number,
  low: number,
  divisor: number,
  out: Int32Array,
): boolean {
  if (bits === 32)
    return signed ? signed64(high, low, divisor, out) : unsigned64(high, low, divisor, out);
  const shift = 32 - bits;
  const wide = bits === 8 ? low << 16 : (high << 16) | (low & 0xffff);
  const dividend = bits === 8 ? (signed ? wide >> 16 : wide >>> 16) : signed ? wide : wide >>> 0;
  const by = signed ? (divisor << shift) >> shift : (divisor << shift) >>> shift;
  if (by === 0) return false;
  const quotient = Math.trunc(dividend / by);
  const limit = 2 ** (signed ? bits - 1 : bits);
  if (quotient >= limit || quotient < (signed ? -limit : 0)) return false;
  out[0] = quotient;
  out[1] = dividend - quotient * by;
  return true;
}

function unsigned64(high: number, low: number, divisor: number, out: Int32Array): boolean {
  const h = high >>> 0;
  const d = divisor >>> 0;
  if (h >= d) return false;
  if (h < 0x20_0000) {
    // Below 2^53: no quotient rounds up to an integer (the gap, 1/d at least, exceeds q * 2^-53).
    const n = h * 0x1_0000_0000 + (low >>> 0);
    const q = Math.floor(n / d);
    out[0] = q;
    out[1] = n - q * d;
    return true;
  }
  bitwise(h, low >>> 0, d, out);
  return true;
}

/** One quotient bit at a time; high < divisor, so the quotient fits. */
function bitwise(high: number, low: number, divisor: number, out: Int32Array): void {
  let remainder = high;
  let quotient = 0;
  for (let bit = 31; bit >= 0; bit--) {
    remainder = remainder * 2 + ((low >>> bit) & 1);
    quotient <<= 1;
    if (remainder >= divisor) {
      remainder -= divisor;
      quotient |= 1;
    }
  }
  out[0] = quotient;
  out[1] = remainder;
}

/** By magnitudes: the quotient rounds to zero, the remainder has the dividend's sign. */
function signed64(high: number, low: number, divisor: number, out: Int32Array): boolean {
  const negative = high < 0;
  const h = negative ? ~high + (low === 0 ? 1 : 0) : high;
  const l = negative ? -low | 0 : low;
  const quotientBefore = out[0];
  const remainderBefore = out[1];
  if (!unsigned64(h, l, divisor < 0 ? -divisor : divisor, out)) return false;
  const opposite = negative !== divisor < 0;
  if (out[0] >>> 0 > (opposite ? 0x8000_0000 : 0x7fff_ffff)) {
    out[0] = quotientBefore;
    out[1] = remainderBefore;
    return false;
  }
  if (opposite) out[0] = -out[0];
  if (negative) out[1] = -out[1];
  return true;
}
