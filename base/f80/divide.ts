/**
 * FDIV and FSQRT (Intel SDM vol. 1, 8.3.3, 8.5.3; vol. 2, FDIV, FSQRT).
 *
 * Both develop their result by 24-bit digits in doubles: a digit is estimated, the exact
 * remainder is kept and may be slightly negative or too large, which the next digit
 * corrects. All products stay below 2^52, so the remainders are exact.
 */
import {
  BIAS,
  compareSignificands,
  EXPONENT_MASK,
  EXPONENT_MAX,
  INTEGER_BIT,
  isInfinity,
  leadingZeros,
  SIGN_BIT,
  shiftLeftHi,
  shiftLeftLo,
  ZE,
} from './format.js';
import { denormalStops, denormalsStop, settleNaN, settleNaNs } from './nan.js';
import { roundPack } from './round.js';
import { begin, type F80Unit, invalid, raise, setResult } from './unit.js';

const DIGIT = 0x1000000;
const INVERSE = 1 / DIGIT;

/** a / b */
export function div(
  u: F80Unit,
  ase: number,
  ahi: number,
  alo: number,
  bse: number,
  bhi: number,
  blo: number,
): void {
  begin(u);
  const ae = ase & EXPONENT_MASK;
  const be = bse & EXPONENT_MASK;
  const plain =
    (ahi & bhi) < 0 && ae !== 0 && be !== 0 && ae !== EXPONENT_MAX && be !== EXPONENT_MAX;
  if (plain && u.denormalOperand === 0)
    divNormal(u, (ase ^ bse) & SIGN_BIT, ae - be, ahi, alo, bhi, blo);
  else divSpecial(u, ase, ahi, alo, bse, bhi, blo);
}

function divSpecial(
  u: F80Unit,
  ase: number,
  ahi: number,
  alo: number,
  bse: number,
  bhi: number,
  blo: number,
): void {
  if (settleNaNs(u, ase, ahi, alo, bse, bhi, blo)) return;
  const sign = (ase ^ bse) & SIGN_BIT;
  const aInfinite = isInfinity(ase, ahi, alo);
  const bInfinite = isInfinity(bse, bhi, blo);
  const aZero = (ahi | alo) === 0;
  const bZero = (bhi | blo) === 0;
  if ((aInfinite && bInfinite) || (aZero && bZero)) {
    invalid(u);
    return;
  }
  if (bZero && !aInfinite) {
    raise(u, ZE);
    u.denormalOperand = 0;
    setResult(u, sign | EXPONENT_MAX, INTEGER_BIT, 0);
    return;
  }
  if (denormalsStop(u, ase, ahi, alo, bse, bhi, blo)) return;
  if (aInfinite) {
    setResult(u, sign | EXPONENT_MAX, INTEGER_BIT, 0);
    return;
  }
  if (aZero || bInfinite) {
    setResult(u, sign, 0, 0);
    return;
  }
  const an = leadingZeros(ahi, alo);
  const bn = leadingZeros(bhi, blo);
  const exponent = (ase & EXPONENT_MASK || 1) - an - (bse & EXPONENT_MASK || 1) + bn;
  ahi = shiftLeftHi(ahi, alo, an);
  alo = shiftLeftLo(alo, an);
  bhi = shiftLeftHi(bhi, blo, bn);
  blo = shiftLeftLo(blo, bn);
  divNormal(u, sign, exponent, ahi, alo, bhi, blo);
}

/** Normalized significands; `difference` of the biased exponents. */
function divNormal(
  u: F80Unit,
  sign: number,
  difference: number,
  ahi: number,
  alo: number,
  bhi: number,
  blo: number,
): void {
  // The quotient of the significands is `whole` + a fraction of 72 bits.
  const whole = compareSignificands(ahi, alo, bhi, blo) >= 0;
  const b2 = bhi >>> 8;
  const b1 = ((bhi & 0xff) << 16) | (blo >>> 16);
  const b0 = (blo & 0xffff) << 8;
  let r2 = ahi >>> 8;
  let r1 = ((ahi & 0xff) << 16) | (alo >>> 16);
  let r0 = (alo & 0xffff) << 8;
  if (whole) {
    r0 -= b0;
    r1 -= b1;
    r2 -= b2;
  }
  const reciprocal = 1 / (b2 + b1 * INVERSE + b0 * (INVERSE * INVERSE));
  // First digit.
  const q1 = Math.round((r2 * DIGIT + r1 + r0 * INVERSE) * reciprocal);
  let t0 = -q1 * b0;
  let k = Math.floor(t0 * INVERSE);
  let t1 = r0 - q1 * b1 + k;
  r0 = t0 - k * DIGIT;
  k = Math.floor(t1 * INVERSE);
  r2 = r2 * DIGIT + r1 - q1 * b2 + k;
  r1 = t1 - k * DIGIT;
  // Second digit.
  const q2 = Math.round((r2 * DIGIT + r1 + r0 * INVERSE) * reciprocal);
  t0 = -q2 * b0;
  k = Math.floor(t0 * INVERSE);
  t1 = r0 - q2 * b1 + k;
  r0 = t0 - k * DIGIT;
  k = Math.floor(t1 * INVERSE);
  r2 = r2 * DIGIT + r1 - q2 * b2 + k;
  r1 = t1 - k * DIGIT;
  // Third digit, and the sign of the last remainder.
  let q3 = Math.round((r2 * DIGIT + r1 + r0 * INVERSE) * reciprocal);
  t0 = -q3 * b0;
  k = Math.floor(t0 * INVERSE);
  t1 = r0 - q3 * b1 + k;
  r0 = t0 - k * DIGIT;
  k = Math.floor(t1 * INVERSE);
  r2 = r2 * DIGIT + r1 - q3 * b2 + k;
  r1 = t1 - k * DIGIT;
  if (r2 < 0) q3--;
  const inexact = r2 !== 0 || r1 !== 0 || r0 !== 0;
  packDigits(u, sign, difference + BIAS, whole ? 1 : 0, q1, q2, q3, inexact);
}

/** Packs whole + 0.q1q2q3 (digits of 24 bits, q2 and q3 possibly negative or one too large), at least 1/2. */
function packDigits(
  u: F80Unit,
  sign: number,
  exponent: number,
  whole: number,
  q1: number,
  q2: number,
  q3: number,
  inexact: boolean,
): void {
  let k = Math.floor(q3 * INVERSE);
  const d3 = (q3 - k * DIGIT) | 0;
  q2 += k;
  k = Math.floor(q2 * INVERSE);
  const d2 = (q2 - k * DIGIT) | 0;
  q1 += k;
  k = Math.floor(q1 * INVERSE);
  const d1 = (q1 - k * DIGIT) | 0;
  const sticky = inexact ? 1 : 0;
  let hi = (d1 << 8) | (d2 >>> 16);
  let lo = (d2 << 16) | (d3 >>> 8);
  let ext = (d3 << 24) | sticky;
  if (whole + k !== 0) {
    ext = (lo << 31) | (ext >>> 1) | sticky;
    lo = (hi << 31) | (lo >>> 1);
    hi = (hi >>> 1) | INTEGER_BIT;
  } else {
    exponent--;
  }
  roundPack(u, sign, exponent, hi, lo, ext);
}

/** Square root. */
export function sqrt(u: F80Unit, se: number, hi: number, lo: number): void {
  begin(u);
  if (settleNaN(u, se, hi, lo)) return;
  if ((hi | lo) === 0) {
    setResult(u, se, hi, lo);
    return;
  }
  if ((se & SIGN_BIT) !== 0) {
    invalid(u);
    return;
  }
  if (denormalStops(u, se, hi, lo)) return;
  if (isInfinity(se, hi, lo)) {
    setResult(u, se, hi, lo);
    return;
  }
  const n = leadingZeros(hi, lo);
  const exponent = (se & EXPONENT_MASK || 1) - n - BIAS;
  sqrtNormal(u, exponent, shiftLeftHi(hi, lo, n), shiftLeftLo(lo, n));
}

/** `exponent` unbiased. The radicand becomes 0.a1a2a3 in [1/4, 1), the root 0.s1s2s3 in [1/2, 1). */
function sqrtNormal(u: F80Unit, exponent: number, hi: number, lo: number): void {
  let a1 = hi >>> 8;
  let a2 = ((hi & 0xff) << 16) | (lo >>> 16);
  let a3 = (lo & 0xffff) << 8;
  if ((exponent & 1) === 0) {
    a3 = (a3 >>> 1) | ((a2 & 1) << 23);
    a2 = (a2 >>> 1) | ((a1 & 1) << 23);
    a1 >>>= 1;
  }
  const s1 = Math.floor(Math.sqrt(a1 * DIGIT + a2));
  const r1 = a1 * DIGIT + a2 - s1 * s1;
  const s2 = Math.round((r1 * DIGIT + a3) / (2 * s1));
  const r2 = (r1 * DIGIT + a3 - 2 * s1 * s2) * DIGIT - s2 * s2;
  let s3 = Math.round(r2 / (2 * (s1 + s2 * INVERSE)));
  const r3 = (r2 - 2 * s3 * s1) * DIGIT - 2 * s3 * s2;
  const remainder = r3 - s3 * s3 * INVERSE;
  if (remainder < 0) s3--;
  packDigits(u, 0, (exponent >> 1) + BIAS + 1, 0, s1, s2, s3, remainder !== 0);
}
