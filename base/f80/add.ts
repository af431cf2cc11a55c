/**
 * FADD, FSUB (Intel SDM vol. 1, 8.3.3, table 8-10 and the tables of FADD and FSUB in vol. 2).
 *
 * FSUB is an addition with the second operand's sign flipped, except that a NaN keeps its
 * sign. An exact zero difference is +0, or -0 when rounding down.
 */
import {
  EXPONENT_MASK,
  EXPONENT_MAX,
  INTEGER_BIT,
  isInfinity,
  leadingZeros,
  ROUND_DOWN,
  SIGN_BIT,
  shiftLeftHi,
  shiftLeftLo,
} from './format.js';
import { denormalsStop, settleNaNs } from './nan.js';
import { roundPack, shiftRightExt, shiftRightHi, shiftRightLo } from './round.js';
import { begin, type F80Unit, invalid, setResult } from './unit.js';

/** a + b */
export function add(
  u: F80Unit,
  ase: number,
  ahi: number,
  alo: number,
  bse: number,
  bhi: number,
  blo: number,
): void {
  addFlipped(u, ase, ahi, alo, bse, bhi, blo, 0);
}

/** a - b */
export function sub(
  u: F80Unit,
  ase: number,
  ahi: number,
  alo: number,
  bse: number,
  bhi: number,
  blo: number,
): void {
  addFlipped(u, ase, ahi, alo, bse, bhi, blo, SIGN_BIT);
}

function addFlipped(
  u: F80Unit,
  ase: number,
  ahi: number,
  alo: number,
  bse: number,
  bhi: number,
  blo: number,
  flip: number,
): void {
  begin(u);
  const ae = ase & EXPONENT_MASK;
  const be = bse & EXPONENT_MASK;
  const plain =
    (ahi & bhi) < 0 && ae !== 0 && be !== 0 && ae !== EXPONENT_MAX && be !== EXPONENT_MAX;
  if (plain && u.denormalOperand === 0) addNormal(u, ase, ae, ahi, alo, bse ^ flip, be, bhi, blo);
  else addSpecial(u, ase, ahi, alo, bse, bhi, blo, flip);
}

function addSpecial(
  u: F80Unit,
  ase: number,
  ahi: number,
  alo: number,
  bse: number,
  bhi: number,
  blo: number,
  flip: number,
): void {
  if (settleNaNs(u, ase, ahi, alo, bse, bhi, blo)) return;
  const sign = bse ^ flip;
  const aInfinite = isInfinity(ase, ahi, alo);
  const bInfinite = isInfinity(bse, bhi, blo);
  if (aInfinite && bInfinite && ase !== sign) {
    invalid(u);
    return;
  }
  if (denormalsStop(u, ase, ahi, alo, bse, bhi, blo)) return;
  if (aInfinite) {
    setResult(u, ase, ahi, alo);
    return;
  }
  if (bInfinite) {
    setResult(u, sign, bhi, blo);
    return;
  }
  const aZero = (ahi | alo) === 0;
  const bZero = (bhi | blo) === 0;
  if (aZero && bZero) {
    setResult(
      u,
      ((ase ^ sign) & SIGN_BIT) === 0 ? ase : u.rounding === ROUND_DOWN ? SIGN_BIT : 0,
      0,
      0,
    );
    return;
  }
  if (aZero) {
    addToZero(u, sign, bhi, blo);
    return;
  }
  if (bZero) {
    addToZero(u, ase, ahi, alo);
    return;
  }
  const an = leadingZeros(ahi, alo);
  const bn = leadingZeros(bhi, blo);
  const ae = (ase & EXPONENT_MASK || 1) - an;
  const be = (sign & EXPONENT_MASK || 1) - bn;
  ahi = shiftLeftHi(ahi, alo, an);
  alo = shiftLeftLo(alo, an);
  bhi = shiftLeftHi(bhi, blo, bn);
  blo = shiftLeftLo(blo, bn);
  addNormal(u, ase, ae, ahi, alo, sign, be, bhi, blo);
}

function addToZero(u: F80Unit, se: number, hi: number, lo: number): void {
  const n = leadingZeros(hi, lo);
  const exponent = (se & EXPONENT_MASK || 1) - n;
  roundPack(u, se & SIGN_BIT, exponent, shiftLeftHi(hi, lo, n), shiftLeftLo(lo, n), 0);
}

/** Normalized operands with exponents that may lie below 1; ase, bse give the signs. */
function addNormal(
  u: F80Unit,
  ase: number,
  ae: number,
  ahi: number,
  alo: number,
  bse: number,
  be: number,
  bhi: number,
  blo: number,
): void {
  if (((ase ^ bse) & SIGN_BIT) !== 0) {
    if (ae > be) subMagnitudes(u, ase & SIGN_BIT, ae, ahi, alo, ae - be, bhi, blo);
    else if (ae < be) subMagnitudes(u, bse & SIGN_BIT, be, bhi, blo, be - ae, ahi, alo);
    else subAligned(u, ase & SIGN_BIT, ae, ahi, alo, bhi, blo);
  } else if (ae >= be) addMagnitudes(u, ase & SIGN_BIT, ae, ahi, alo, ae - be, bhi, blo);
  else addMagnitudes(u, ase & SIGN_BIT, be, bhi, blo, be - ae, ahi, alo);
}

/** a + (b >>> count), with a's exponent. */
function addMagnitudes(
  u: F80Unit,
  sign: number,
  exponent: number,
  ahi: number,
  alo: number,
  count: number,
  bhi: number,
  blo: number,
): void {
  let ext = shiftRightExt(bhi, blo, 0, count);
  blo = shiftRightLo(bhi, blo, count);
  bhi = shiftRightHi(bhi, count);
  let lo = (alo + blo) | 0;
  const carry = ((alo & blo) | ((alo | blo) & ~lo)) >>> 31;
  let hi = (ahi + bhi + carry) | 0;
  if (((ahi & bhi) | ((ahi | bhi) & ~hi)) < 0) {
    ext = (lo << 31) | (ext >>> 1) | (ext & 1);
    lo = (hi << 31) | (lo >>> 1);
    hi = (hi >>> 1) | INTEGER_BIT;
    exponent++;
  }
  roundPack(u, sign, exponent, hi, lo, ext);
}

/** a - (b >>> count), count > 0, so that a is the larger one. */
function subMagnitudes(
  u: F80Unit,
  sign: number,
  exponent: number,
  ahi: number,
  alo: number,
  count: number,
  bhi: number,
  blo: number,
): void {
  const lost = shiftRightExt(bhi, blo, 0, count);
  blo = shiftRightLo(bhi, blo, count);
  bhi = shiftRightHi(bhi, count);
  let ext = -lost | 0;
  const borrow = lost !== 0 ? 1 : 0;
  let lo = (alo - blo - borrow) | 0;
  const borrowHi = ((~alo & blo) | ((~alo | blo) & lo)) >>> 31;
  let hi = (ahi - bhi - borrowHi) | 0;
  // With count > 1 one bit at most; with count 1 any number, but then ext has one bit only.
  while (hi === 0) {
    hi = lo;
    lo = ext;
    ext = 0;
    exponent -= 32;
  }
  if (hi > 0) {
    const n = Math.clz32(hi);
    hi = (hi << n) | (lo >>> (32 - n));
    lo = (lo << n) | (ext >>> (32 - n));
    ext <<= n;
    exponent -= n;
  }
  roundPack(u, sign, exponent, hi, lo, ext);
}

/** |a| - |b| with equal exponents: always exact. */
function subAligned(
  u: F80Unit,
  sign: number,
  exponent: number,
  ahi: number,
  alo: number,
  bhi: number,
  blo: number,
): void {
  let lo = (alo - blo) | 0;
  const borrow = alo >>> 0 < blo >>> 0 ? 1 : 0;
  let hi = (ahi - bhi - borrow) | 0;
  if ((hi | lo) === 0) {
    setResult(u, u.rounding === ROUND_DOWN ? SIGN_BIT : 0, 0, 0);
    return;
  }
  // Both have their top bit set, so the difference fits 63 bits and a set top bit is a borrow.
  if (hi < 0) {
    sign ^= SIGN_BIT;
    lo = -lo | 0;
    hi = lo === 0 ? -hi | 0 : ~hi;
  }
  const n = leadingZeros(hi, lo);
  roundPack(u, sign, exponent - n, shiftLeftHi(hi, lo, n), shiftLeftLo(lo, n), 0);
}
