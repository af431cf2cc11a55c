/**
 * Between the 80-bit format and the wide numbers of the transcendental functions.
 */
import { BIAS, EXPONENT_MASK, leadingZeros, SIGN_BIT, shiftLeftHi, shiftLeftLo } from './format.js';
import { roundPackTo } from './round.js';
import type { F80Unit } from './unit.js';
import type { Wide } from './wide.js';

/** An exact finite f80 value, denormals included. */
export function setF80(to: Wide, se: number, hi: number, lo: number): void {
  to.digits.fill(0);
  to.negative = (se & SIGN_BIT) !== 0;
  const n = leadingZeros(hi, lo);
  if (n === 64) return;
  const position = (se & EXPONENT_MASK || 1) - n - BIAS;
  hi = shiftLeftHi(hi, lo, n);
  lo = shiftLeftLo(lo, n);
  to.exponent = Math.floor(position / 24) + 1;
  const bits = position - 24 * (to.exponent - 1) + 1;
  to.digits[0] = hi >>> (32 - bits);
  let upper = shiftLeftHi(hi, lo, bits);
  let lower = lo << bits;
  for (let i = 1; i < 4; i++) {
    to.digits[i] = upper >>> 8;
    upper = (upper << 24) | (lower >>> 8);
    lower <<= 24;
  }
}

/** Rounds to the full 64 bits and packs; a zero keeps its sign. */
export function packWide(u: F80Unit, from: Wide): void {
  const d = from.digits;
  const [d0, d1, d2, d3, d4, d5] = [d[0] | 0, d[1] | 0, d[2] | 0, d[3] | 0, d[4] | 0, d[5] | 0];
  const shift = Math.clz32(d0) - 8;
  const position = 24 * from.exponent - 1 - shift;
  const w0 = (d0 << 8) | (d1 >>> 16);
  const w1 = (d1 << 16) | (d2 >>> 8);
  const w2 = (d2 << 24) | d3;
  const w3 = (d4 << 8) | (d5 >>> 16);
  const hi = shiftLeftHi(w0, w1, shift);
  const lo = shiftLeftHi(w1, w2, shift);
  const ext = shiftLeftHi(w2, w3, shift) | ((w3 << shift) | (d5 & 0xffff) ? 1 : 0);
  roundPackTo(u, 64, from.negative ? SIGN_BIT : 0, position + BIAS, hi, lo, ext);
}
