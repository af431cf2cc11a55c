/**
 * FSCALE, FXTRACT and the constants (Intel SDM vol. 2, FSCALE, FXTRACT, FLD1 and its
 * companions; vol. 1, 8.3.8). None of them obeys the precision control.
 */
import {
  BIAS,
  EXPONENT_MASK,
  EXPONENT_MAX,
  INTEGER_BIT,
  isInfinity,
  leadingZeros,
  OE,
  PE,
  ROUND_NEAREST,
  ROUND_UP,
  SIGN_BIT,
  shiftLeftHi,
  shiftLeftLo,
  UE,
  UNMASKED_BIAS,
  ZE,
} from './format.js';
import { fromInt32 } from './integer.js';
import { denormalStops, denormalsStop, settleNaN, settleNaNs } from './nan.js';
import { roundPackTo } from './round.js';
import { begin, type F80Unit, invalid, raise, setResult, setSecond } from './unit.js';

/** Scale factors beyond this leave the format from anywhere inside of it. */
const SCALE_LIMIT = 0x18000;

/** FSCALE: a * 2^trunc(b). Out of reach of the exponent bias of an unmasked response it delivers infinity or zero. */
export function scale(
  u: F80Unit,
  ase: number,
  ahi: number,
  alo: number,
  bse: number,
  bhi: number,
  blo: number,
): void {
  begin(u);
  if (settleNaNs(u, ase, ahi, alo, bse, bhi, blo)) return;
  const bInfinite = isInfinity(bse, bhi, blo);
  const aInfinite = isInfinity(ase, ahi, alo);
  const down = (bse & SIGN_BIT) !== 0;
  const aZero = (ahi | alo) === 0;
  if (bInfinite && (down ? aInfinite : aZero)) {
    invalid(u);
    return;
  }
  if (denormalsStop(u, ase, ahi, alo, bse, bhi, blo)) return;
  const sign = ase & SIGN_BIT;
  if (bInfinite) {
    if (down) setResult(u, sign, 0, 0);
    else setResult(u, sign | EXPONENT_MAX, INTEGER_BIT, 0);
    return;
  }
  if (aInfinite || aZero) {
    setResult(u, ase, ahi, alo);
    return;
  }
  const n = leadingZeros(ahi, alo);
  const exponent = (ase & EXPONENT_MASK || 1) - n + truncated(bse, bhi);
  if (exponent - UNMASKED_BIAS >= EXPONENT_MAX && (u.masks & OE) === 0) {
    u.flags |= OE | PE;
    u.roundedUp = true;
    setResult(u, sign | EXPONENT_MAX, INTEGER_BIT, 0);
  } else if (exponent + UNMASKED_BIAS <= 0 && (u.masks & UE) === 0) {
    u.flags |= UE | PE;
    setResult(u, sign, 0, 0);
  } else {
    roundPackTo(u, 64, sign, exponent, shiftLeftHi(ahi, alo, n), shiftLeftLo(alo, n), 0);
  }
}

/** trunc(b), limited to +-SCALE_LIMIT. */
function truncated(se: number, hi: number): number {
  const exponent = (se & EXPONENT_MASK) - BIAS;
  if (exponent < 0) return 0;
  const value = exponent > 16 ? SCALE_LIMIT : Math.min(hi >>> (31 - exponent), SCALE_LIMIT);
  return (se & SIGN_BIT) !== 0 ? -value : value;
}

/** FXTRACT: the exponent as a number is the result, the significand in [1, 2) the second result. */
export function extract(u: F80Unit, se: number, hi: number, lo: number): void {
  begin(u);
  if (settleNaN(u, se, hi, lo)) {
    setSecond(u, u.se, u.hi, u.lo);
    return;
  }
  if ((hi | lo) === 0) {
    raise(u, ZE);
    setSecond(u, se, hi, lo);
    setResult(u, SIGN_BIT | EXPONENT_MAX, INTEGER_BIT, 0);
    return;
  }
  if (isInfinity(se, hi, lo)) {
    setSecond(u, se, hi, lo);
    setResult(u, EXPONENT_MAX, INTEGER_BIT, 0);
    return;
  }
  const stops = denormalStops(u, se, hi, lo);
  const flags = u.flags;
  const n = leadingZeros(hi, lo);
  fromInt32(u, (se & EXPONENT_MASK || 1) - n - BIAS);
  u.flags = flags;
  u.stored = !stops;
  setSecond(u, (se & SIGN_BIT) | BIAS, shiftLeftHi(hi, lo, n), shiftLeftLo(lo, n));
}

/** `hi, lo` truncated; `near` is 1 where rounding to nearest goes up. */
interface Constant {
  readonly se: number;
  readonly hi: number;
  readonly lo: number;
  readonly near: 0 | 1;
}

/** FLDL2T, FLDL2E, FLDPI, FLDLG2, FLDLN2: log2(10), log2(e), pi, log10(2), ln(2). */
export const LOG2_10: Constant = { se: 0x4000, hi: 0xd49a784b, lo: 0xcd1b8afe, near: 0 };
export const LOG2_E: Constant = { se: 0x3fff, hi: 0xb8aa3b29, lo: 0x5c17f0bb, near: 1 };
export const PI: Constant = { se: 0x4000, hi: 0xc90fdaa2, lo: 0x2168c234, near: 1 };
export const LOG10_2: Constant = { se: 0x3ffd, hi: 0x9a209a84, lo: 0xfbcff798, near: 1 };
export const LN_2: Constant = { se: 0x3ffe, hi: 0xb17217f7, lo: 0xd1cf79ab, near: 1 };

/** Loads a constant, rounded as the rounding control says (P6 and later); raises nothing. */
export function loadConstant(u: F80Unit, constant: Constant): void {
  begin(u);
  const up = u.rounding === ROUND_NEAREST ? constant.near : u.rounding === ROUND_UP ? 1 : 0;
  setResult(u, constant.se, constant.hi | 0, (constant.lo + up) | 0);
}

/** FLD1. */
export function loadOne(u: F80Unit): void {
  begin(u);
  setResult(u, BIAS, INTEGER_BIT, 0);
}

/** FLDZ. */
export function loadZero(u: F80Unit): void {
  begin(u);
  setResult(u, 0, 0, 0);
}
