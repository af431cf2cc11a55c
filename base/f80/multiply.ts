/**
 * FMUL (Intel SDM vol. 1, 8.3.3; vol. 2, FMUL).
 *
 * The 64x64-bit product is formed from 24-bit digits in doubles: sums of three products
 * stay below 2^50, so every step is exact.
 */
import {
  BIAS,
  EXPONENT_MASK,
  EXPONENT_MAX,
  INTEGER_BIT,
  isInfinity,
  leadingZeros,
  SIGN_BIT,
  shiftLeftHi,
  shiftLeftLo,
} from './format.js';
import { denormalsStop, settleNaNs } from './nan.js';
import { roundPack } from './round.js';
import { begin, type F80Unit, invalid, setResult } from './unit.js';

const DIGIT = 0x1000000;
const INVERSE = 1 / DIGIT;

/** a * b */
export function mul(
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
    mulNormal(u, (ase ^ bse) & SIGN_BIT, ae + be, ahi, alo, bhi, blo);
  else mulSpecial(u, ase, ahi, alo, bse, bhi, blo);
}

function mulSpecial(
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
  const infinite = isInfinity(ase, ahi, alo) || isInfinity(bse, bhi, blo);
  const zero = (ahi | alo) === 0 || (bhi | blo) === 0;
  if (infinite && zero) {
    invalid(u);
    return;
  }
  if (denormalsStop(u, ase, ahi, alo, bse, bhi, blo)) return;
  if (infinite) {
    setResult(u, sign | EXPONENT_MAX, INTEGER_BIT, 0);
    return;
  }
  if (zero) {
    setResult(u, sign, 0, 0);
    return;
  }
  const an = leadingZeros(ahi, alo);
  const bn = leadingZeros(bhi, blo);
  const exponent = (ase & EXPONENT_MASK || 1) - an + (bse & EXPONENT_MASK || 1) - bn;
  ahi = shiftLeftHi(ahi, alo, an);
  alo = shiftLeftLo(alo, an);
  bhi = shiftLeftHi(bhi, blo, bn);
  blo = shiftLeftLo(blo, bn);
  mulNormal(u, sign, exponent, ahi, alo, bhi, blo);
}

/** Normalized significands; `exponents`: the sum of both biased exponents. */
function mulNormal(
  u: F80Unit,
  sign: number,
  exponents: number,
  ahi: number,
  alo: number,
  bhi: number,
  blo: number,
): void {
  const a2 = ahi >>> 8;
  const a1 = ((ahi & 0xff) << 16) | (alo >>> 16);
  const a0 = (alo & 0xffff) << 8;
  const b2 = bhi >>> 8;
  const b1 = ((bhi & 0xff) << 16) | (blo >>> 16);
  const b0 = (blo & 0xffff) << 8;
  const c0 = a0 * b0;
  const k0 = Math.floor(c0 * INVERSE);
  const c1 = a1 * b0 + a0 * b1 + k0;
  const k1 = Math.floor(c1 * INVERSE);
  const c2 = a2 * b0 + a1 * b1 + a0 * b2 + k1;
  const k2 = Math.floor(c2 * INVERSE);
  const c3 = a2 * b1 + a1 * b2 + k2;
  const k3 = Math.floor(c3 * INVERSE);
  const c4 = a2 * b2 + k3;
  const k4 = Math.floor(c4 * INVERSE);
  const d2 = (c2 - k2 * DIGIT) | 0;
  const d3 = (c3 - k3 * DIGIT) | 0;
  const d4 = (c4 - k4 * DIGIT) | 0;
  const low = c0 - k0 * DIGIT + (c1 - k1 * DIGIT);
  // k4 d4 d3 d2 | low, 144 bits with the leading bit at 143 or 142.
  let hi = (k4 << 8) | (d4 >>> 16);
  let lo = (d4 << 16) | (d3 >>> 8);
  let ext = (d3 << 24) | d2 | (low !== 0 ? 1 : 0);
  let exponent = exponents - BIAS + 1;
  if (hi >= 0) {
    hi = (hi << 1) | (lo >>> 31);
    lo = (lo << 1) | (ext >>> 31);
    ext = (ext << 1) | (ext & 1);
    exponent--;
  }
  roundPack(u, sign, exponent, hi, lo, ext);
}
