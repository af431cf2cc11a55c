/**
 * Rounding and packing of every arithmetic result (Intel SDM vol. 1, 4.8.4, 4.9.1.4-6, 8.5.4-6).
 *
 * An exact result is (sign, biased exponent, hi, lo, ext): a normalized significand (bit 31
 * of `hi` set) followed by 32 more bits `ext`, whose lowest is sticky. The exponent may lie
 * outside of the format. Tininess is detected after rounding as if the exponent were
 * unbounded; a masked underflow is reported only if the denormalized result is inexact.
 */
import {
  EXPONENT_MAX,
  INTEGER_BIT,
  OE,
  PE,
  type Precision,
  ROUND_DOWN,
  ROUND_NEAREST,
  ROUND_UP,
  UE,
  UNMASKED_BIAS,
} from './format.js';
import type { F80Unit } from './unit.js';

/** Does an inexact value round away from zero? `half`: the first lost bit, `rest`: any later one, `odd`: the last kept one. */
export function roundsUp(
  rounding: number,
  sign: number,
  half: boolean,
  rest: boolean,
  odd: boolean,
): boolean {
  if (rounding === ROUND_NEAREST) return half && (rest || odd);
  return sign !== 0 ? rounding === ROUND_DOWN : rounding === ROUND_UP;
}

/** Rounds and stores a result with the unit's precision. `sign` is 0 or 0x8000. */
export function roundPack(
  u: F80Unit,
  sign: number,
  exponent: number,
  hi: number,
  lo: number,
  ext: number,
): void {
  if (u.precision !== 64 || exponent <= 0 || exponent >= EXPONENT_MAX - 1) {
    roundPackTo(u, u.precision, sign, exponent, hi, lo, ext);
    return;
  }
  if (ext !== 0) {
    // Whether a result rounds up is as good as random, so the common mode has no branch on it.
    const up =
      u.rounding === ROUND_NEAREST
        ? (ext >>> 31) & (ext << 1 !== 0 ? 1 : lo)
        : u.rounding === (sign !== 0 ? ROUND_DOWN : ROUND_UP)
          ? 1
          : 0;
    const low = (lo + up) | 0;
    hi = (hi + ((lo & ~low) >>> 31)) | 0;
    lo = low;
    if (hi === 0) {
      hi = INTEGER_BIT;
      exponent++;
    }
    u.flags |= PE;
    u.roundedUp = up !== 0;
  }
  u.se = sign | exponent;
  u.hi = hi;
  u.lo = lo;
}

/** The general case: any precision, any exponent. */
export function roundPackTo(
  u: F80Unit,
  precision: Precision,
  sign: number,
  exponent: number,
  hi: number,
  lo: number,
  ext: number,
): void {
  const inexact = roundSignificand(u, precision, sign, hi, lo, ext);
  let rounded = exponent;
  if (u.hi >= 0) {
    u.hi = INTEGER_BIT;
    rounded++;
  }
  if (rounded >= EXPONENT_MAX) {
    overflow(u, precision, sign, rounded, inexact);
  } else if (rounded <= 0) {
    underflow(u, precision, sign, exponent, hi, lo, ext, rounded, inexact);
  } else {
    u.se = sign | rounded;
    if (inexact) u.flags |= PE;
  }
}

/**
 * Rounds a significand into (u.hi, u.lo) and sets u.roundedUp; true if inexact. A carry out
 * of the top leaves (0, 0) in place of 2.0; a denormalized significand may carry into J.
 */
export function roundSignificand(
  u: F80Unit,
  precision: Precision,
  sign: number,
  hi: number,
  lo: number,
  ext: number,
): boolean {
  let half: boolean;
  let rest: boolean;
  let step = 1;
  if (precision === 64) {
    half = ext < 0;
    rest = ext << 1 !== 0;
  } else if (precision === 53) {
    half = (lo & 0x400) !== 0;
    rest = ((lo & 0x3ff) | ext) !== 0;
    lo &= ~0x7ff;
    step = 0x800;
  } else {
    half = (hi & 0x80) !== 0;
    rest = ((hi & 0x7f) | lo | ext) !== 0;
    hi &= ~0xff;
    lo = 0;
    step = 0x100;
  }
  const odd = ((precision === 24 ? hi : lo) & step) !== 0;
  const up = (half || rest) && roundsUp(u.rounding, sign, half, rest, odd);
  u.roundedUp = up;
  if (up) {
    if (precision === 24) hi = (hi + step) | 0;
    else {
      lo = (lo + step) | 0;
      if (lo === 0) hi = (hi + 1) | 0;
    }
  }
  u.hi = hi;
  u.lo = lo;
  return half || rest;
}

function overflow(
  u: F80Unit,
  precision: Precision,
  sign: number,
  exponent: number,
  inexact: boolean,
): void {
  if ((u.masks & OE) === 0) {
    u.flags |= inexact ? OE | PE : OE;
    u.se = sign | ((exponent - UNMASKED_BIAS) & 0x7fff);
    return;
  }
  u.flags |= OE | PE;
  const toInfinity =
    u.rounding === ROUND_NEAREST || u.rounding === (sign !== 0 ? ROUND_DOWN : ROUND_UP);
  u.roundedUp = toInfinity;
  if (toInfinity) {
    u.se = sign | EXPONENT_MAX;
    u.hi = INTEGER_BIT;
    u.lo = 0;
  } else {
    u.se = sign | (EXPONENT_MAX - 1);
    u.hi = precision === 24 ? ~0xff : -1;
    u.lo = precision === 64 ? -1 : precision === 53 ? ~0x7ff : 0;
  }
}

/** `hi, lo, ext, exponent`: before rounding; u.hi, u.lo, `rounded`, `inexact`: after it with an unbounded exponent. */
function underflow(
  u: F80Unit,
  precision: Precision,
  sign: number,
  exponent: number,
  hi: number,
  lo: number,
  ext: number,
  rounded: number,
  inexact: boolean,
): void {
  if ((u.masks & UE) === 0) {
    u.flags |= inexact ? UE | PE : UE;
    u.se = sign | ((rounded + UNMASKED_BIAS) & 0x7fff);
    return;
  }
  const count = 1 - exponent;
  const lost = roundSignificand(
    u,
    precision,
    sign,
    shiftRightHi(hi, count),
    shiftRightLo(hi, lo, count),
    shiftRightExt(hi, lo, ext, count),
  );
  if (lost) u.flags |= UE | PE;
  u.se = u.hi < 0 ? sign | 1 : sign;
}

/** Upper 32 bits of (hi, lo, ext) >>> count, count >= 0. */
export function shiftRightHi(hi: number, count: number): number {
  return count < 32 ? (hi >>> count) | 0 : 0;
}

/** Middle 32 bits of (hi, lo, ext) >>> count. */
export function shiftRightLo(hi: number, lo: number, count: number): number {
  if (count === 0) return lo;
  if (count < 32) return (lo >>> count) | (hi << (32 - count));
  return count < 64 ? (hi >>> (count - 32)) | 0 : 0;
}

/** Lower 32 bits of (hi, lo, ext) >>> count, with what falls out ORed into the lowest bit. */
export function shiftRightExt(hi: number, lo: number, ext: number, count: number): number {
  if (count === 0) return ext;
  if (count < 32)
    return (ext >>> count) | (lo << (32 - count)) | (ext << (32 - count) !== 0 ? 1 : 0);
  if (count === 32) return lo | (ext !== 0 ? 1 : 0);
  if (count < 64) {
    const lost = (lo << (64 - count)) | ext;
    return (lo >>> (count - 32)) | (hi << (64 - count)) | (lost !== 0 ? 1 : 0);
  }
  if (count === 64) return hi | ((lo | ext) !== 0 ? 1 : 0);
  if (count < 96) return (hi >>> (count - 64)) | (((hi << (96 - count)) | lo | ext) !== 0 ? 1 : 0);
  return (hi | lo | ext) !== 0 ? 1 : 0;
}
