/**
 * FPREM and FPREM1 (Intel SDM vol. 2 under those names).
 *
 * The remainder is developed bit by bit, as the hardware does, and is always exact. An
 * exponent difference of 64 or more is reduced by 32 to 63 per execution, C2 (here
 * `incomplete`) telling that another one is needed; the manual leaves the amount open,
 * this is what processors do.
 */
import {
  compareSignificands,
  EXPONENT_MASK,
  isInfinity,
  leadingZeros,
  SIGN_BIT,
  shiftLeftHi,
  shiftLeftLo,
} from './format.js';
import { denormalsStop, settleNaNs } from './nan.js';
import { roundPackTo } from './round.js';
import { begin, type F80Unit, invalid, setResult } from './unit.js';

/** FPREM: a - b * trunc(a / b); u.quotient holds the low three bits of the quotient. */
export function remainderTruncated(
  u: F80Unit,
  ase: number,
  ahi: number,
  alo: number,
  bse: number,
  bhi: number,
  blo: number,
): void {
  remainder(u, ase, ahi, alo, bse, bhi, blo, false);
}

/** FPREM1: the quotient is rounded to nearest even, as IEEE 754 has it. */
export function remainderNearest(
  u: F80Unit,
  ase: number,
  ahi: number,
  alo: number,
  bse: number,
  bhi: number,
  blo: number,
): void {
  remainder(u, ase, ahi, alo, bse, bhi, blo, true);
}

function remainder(
  u: F80Unit,
  ase: number,
  ahi: number,
  alo: number,
  bse: number,
  bhi: number,
  blo: number,
  nearest: boolean,
): void {
  begin(u);
  u.quotient = 0;
  u.incomplete = false;
  if (settleNaNs(u, ase, ahi, alo, bse, bhi, blo)) return;
  if (isInfinity(ase, ahi, alo) || (bhi | blo) === 0) {
    invalid(u);
    return;
  }
  if (denormalsStop(u, ase, ahi, alo, bse, bhi, blo)) return;
  if ((ahi | alo) === 0) {
    setResult(u, ase, ahi, alo);
    return;
  }
  const an = leadingZeros(ahi, alo);
  const bn = leadingZeros(bhi, blo);
  const ae = (ase & EXPONENT_MASK || 1) - an;
  const be = (bse & EXPONENT_MASK || 1) - bn;
  ahi = shiftLeftHi(ahi, alo, an);
  alo = shiftLeftLo(alo, an);
  bhi = shiftLeftHi(bhi, blo, bn);
  blo = shiftLeftLo(blo, bn);
  const sign = ase & SIGN_BIT;
  const difference = ae - be;
  if (difference < -1 || (difference < 0 && !nearest) || isInfinity(bse, bhi, blo)) {
    roundPackTo(u, 64, sign, ae, ahi, alo, 0);
    return;
  }
  reduce(u, sign, ae, ahi, alo, difference, bhi, blo, nearest);
}

/** Normalized operands, exponent difference -1 or more. */
function reduce(
  u: F80Unit,
  sign: number,
  ae: number,
  hi: number,
  lo: number,
  difference: number,
  bhi: number,
  blo: number,
  nearest: boolean,
): void {
  u.incomplete = difference >= 64;
  const steps = u.incomplete ? (difference & 31) | 32 : difference;
  let quotient = 0;
  if (steps >= 0) {
    // The remainder is below 2 * b before each subtraction: `top` is its 65th bit.
    let top = 0;
    for (let i = steps; ; i--) {
      if (top !== 0 || compareSignificands(hi, lo, bhi, blo) >= 0) {
        hi = (hi - bhi - (lo >>> 0 < blo >>> 0 ? 1 : 0)) | 0;
        lo = (lo - blo) | 0;
        quotient |= 1;
      }
      if (i === 0) break;
      quotient = (quotient << 1) & 7;
      top = hi >>> 31;
      hi = (hi << 1) | (lo >>> 31);
      lo <<= 1;
    }
  }
  let exponent = steps < 0 ? ae : ae - steps;
  if (nearest && !u.incomplete) {
    // steps = -1: the operand itself is the remainder of a quotient 0, in [b/2, b).
    const order = compareHalf(steps < 0, hi, lo, bhi, blo);
    if (order > 0 || (order === 0 && (quotient & 1) !== 0)) {
      if (steps < 0) {
        // b - a/2 at a's scale: 2b - a.
        const carry = blo >>> 31;
        const twiceLo = blo << 1;
        hi = ((bhi << 1) + carry - hi - (twiceLo >>> 0 < lo >>> 0 ? 1 : 0)) | 0;
        lo = (twiceLo - lo) | 0;
      } else {
        hi = (bhi - hi - (blo >>> 0 < lo >>> 0 ? 1 : 0)) | 0;
        lo = (blo - lo) | 0;
      }
      sign ^= SIGN_BIT;
      quotient++;
    }
  }
  u.quotient = u.incomplete ? 0 : quotient & 7;
  if ((hi | lo) === 0) {
    setResult(u, sign, 0, 0);
    return;
  }
  const n = leadingZeros(hi, lo);
  exponent -= n;
  roundPackTo(u, 64, sign, exponent, shiftLeftHi(hi, lo, n), shiftLeftLo(lo, n), 0);
}

/** Sign of r - b/2, where r = (hi, lo), or half of it if `halved`. */
function compareHalf(halved: boolean, hi: number, lo: number, bhi: number, blo: number): number {
  if (halved) return compareSignificands(hi, lo, bhi, blo);
  if (hi < 0) return 1;
  return compareSignificands((hi << 1) | (lo >>> 31), lo << 1, bhi, blo);
}
