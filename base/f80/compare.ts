/**
 * FCOM, FUCOM, FTST, FXAM and the sign operations (Intel SDM vol. 2 under those names).
 *
 * Relations are returned as the condition code bits of the status word, ready to be ORed
 * in. With an unmasked exception `stored` is false: nothing is popped, and if it is IE the
 * condition code stays as it was (the manual; other vendors set it nevertheless).
 */
import {
  compareSignificands,
  EXPONENT_MASK,
  EXPONENT_MAX,
  IE,
  isNaN80,
  isSignalling,
  isUnsupported,
  SIGN_BIT,
} from './format.js';
import { denormalsStop } from './nan.js';
import { begin, type F80Unit, raise } from './unit.js';

export const C0 = 0x0100;
export const C1 = 0x0200;
export const C2 = 0x0400;
export const C3 = 0x4000;

export const GREATER = 0;
export const LESS = C0;
export const EQUAL = C3;
export const UNORDERED = C3 | C2 | C0;

/** FCOM, FCOMI: any NaN is invalid. */
export function compare(
  u: F80Unit,
  ase: number,
  ahi: number,
  alo: number,
  bse: number,
  bhi: number,
  blo: number,
): number {
  begin(u);
  if (
    isUnsupported(ase, ahi) ||
    isUnsupported(bse, bhi) ||
    isNaN80(ase, ahi, alo) ||
    isNaN80(bse, bhi, blo)
  ) {
    return unordered(u, true);
  }
  return compareNumbers(u, ase, ahi, alo, bse, bhi, blo);
}

/** FUCOM, FUCOMI: a quiet NaN is just unordered. */
export function compareQuiet(
  u: F80Unit,
  ase: number,
  ahi: number,
  alo: number,
  bse: number,
  bhi: number,
  blo: number,
): number {
  begin(u);
  if (isUnsupported(ase, ahi) || isUnsupported(bse, bhi)) return unordered(u, true);
  if (isNaN80(ase, ahi, alo) || isNaN80(bse, bhi, blo)) {
    return unordered(u, isSignalling(ase, ahi, alo) || isSignalling(bse, bhi, blo));
  }
  return compareNumbers(u, ase, ahi, alo, bse, bhi, blo);
}

function unordered(u: F80Unit, isInvalid: boolean): number {
  if (isInvalid) raise(u, IE);
  u.denormalOperand = 0;
  return UNORDERED;
}

function compareNumbers(
  u: F80Unit,
  ase: number,
  ahi: number,
  alo: number,
  bse: number,
  bhi: number,
  blo: number,
): number {
  denormalsStop(u, ase, ahi, alo, bse, bhi, blo);
  const aZero = (ahi | alo) === 0;
  const bZero = (bhi | blo) === 0;
  if (aZero && bZero) return EQUAL;
  const aNegative = (ase & SIGN_BIT) !== 0;
  if (aZero) return (bse & SIGN_BIT) !== 0 ? GREATER : LESS;
  if (bZero || ((ase ^ bse) & SIGN_BIT) !== 0) return aNegative ? LESS : GREATER;
  // A pseudo-denormal has the exponent field 0 and the value of exponent 1.
  const ae = ase & EXPONENT_MASK || 1;
  const be = bse & EXPONENT_MASK || 1;
  const order = ae !== be ? ae - be : compareSignificands(ahi, alo, bhi, blo);
  if (order === 0) return EQUAL;
  return order < 0 !== aNegative ? LESS : GREATER;
}

/** FXAM of a register that is not empty: class in C3, C2, C0 and the sign in C1. */
export function classify(se: number, hi: number, lo: number): number {
  const sign = (se & SIGN_BIT) !== 0 ? C1 : 0;
  const exponent = se & EXPONENT_MASK;
  if (exponent === 0) return sign | ((hi | lo) === 0 ? C3 : C3 | C2);
  if (hi >= 0) return sign;
  if (exponent !== EXPONENT_MAX) return sign | C2;
  return sign | (isNaN80(se, hi, lo) ? C0 : C2 | C0);
}
