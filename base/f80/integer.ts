/**
 * FRNDINT, FILD, FIST and the packed BCD transfers FBLD and FBSTP (Intel SDM vol. 1,
 * 4.2.2, 4.7, 8.1.5, table 8-2; vol. 2 under those names).
 *
 * Integer results are left two's complement in (u.hi, u.lo), 64 bits wide whatever the
 * destination. Out of range, infinity and NaN are invalid: the masked response is the
 * integer indefinite, the smallest number of the destination. Stores to integer and
 * BCD raise neither DE nor UE.
 */
import {
  BIAS,
  EXPONENT_MASK,
  IE,
  INDEFINITE_HI,
  INDEFINITE_SE,
  INTEGER_BIT,
  isUnsupported,
  leadingZeros,
  PE,
  SIGN_BIT,
  shiftLeftHi,
  shiftLeftLo,
} from './format.js';
import { denormalStops, settleNaN } from './nan.js';
import { roundSignificand, shiftRightExt, shiftRightHi, shiftRightLo } from './round.js';
import { begin, type F80Unit, raise, setResult } from './unit.js';

/** Exponent of a significand whose lowest bit is 1. */
const INTEGER_EXPONENT = BIAS + 63;

/** FRNDINT: rounds to an integer in the current rounding mode. */
export function roundToInteger(u: F80Unit, se: number, hi: number, lo: number): void {
  begin(u);
  if (settleNaN(u, se, hi, lo)) return;
  if (denormalStops(u, se, hi, lo)) return;
  if ((hi | lo) === 0 || (se & EXPONENT_MASK) >= INTEGER_EXPONENT) {
    setResult(u, se, hi, lo);
    return;
  }
  if (magnitude(u, se, hi, lo)) u.flags |= PE;
  packInteger(u, se & SIGN_BIT, u.hi, u.lo);
}

/** Rounds |value| < 2^64 to an unsigned integer in (u.hi, u.lo); true if inexact. */
function magnitude(u: F80Unit, se: number, hi: number, lo: number): boolean {
  const count = INTEGER_EXPONENT - (se & EXPONENT_MASK || 1);
  return roundSignificand(
    u,
    64,
    se & SIGN_BIT,
    shiftRightHi(hi, count),
    shiftRightLo(hi, lo, count),
    shiftRightExt(hi, lo, 0, count),
  );
}

/** Makes a number of a sign and an unsigned 64-bit integer. */
function packInteger(u: F80Unit, sign: number, hi: number, lo: number): void {
  if ((hi | lo) === 0) {
    setResult(u, sign, 0, 0);
    return;
  }
  const n = leadingZeros(hi, lo);
  setResult(u, sign | (INTEGER_EXPONENT - n), shiftLeftHi(hi, lo, n), shiftLeftLo(lo, n));
}

/** FILD m16int and m32int. */
export function fromInt32(u: F80Unit, value: number): void {
  begin(u);
  if (value === 0) {
    setResult(u, 0, 0, 0);
    return;
  }
  const bits = value < 0 ? -value | 0 : value;
  const n = Math.clz32(bits);
  setResult(u, (value < 0 ? SIGN_BIT : 0) | (BIAS + 31 - n), bits << n, 0);
}

/** FILD m64int. */
export function fromInt64(u: F80Unit, hi: number, lo: number): void {
  begin(u);
  if (hi >= 0) {
    packInteger(u, 0, hi, lo);
    return;
  }
  packInteger(u, SIGN_BIT, lo === 0 ? -hi | 0 : ~hi, -lo | 0);
}

/** FIST m16int: result in u.lo, sign extended. */
export function toInt16(u: F80Unit, se: number, hi: number, lo: number): void {
  toInteger(u, se, hi, lo, 16);
}

/** FIST m32int: result in u.lo. */
export function toInt32(u: F80Unit, se: number, hi: number, lo: number): void {
  toInteger(u, se, hi, lo, 32);
}

/** FISTP m64int: result in u.hi, u.lo. */
export function toInt64(u: F80Unit, se: number, hi: number, lo: number): void {
  toInteger(u, se, hi, lo, 64);
}

function toInteger(u: F80Unit, se: number, hi: number, lo: number, width: 16 | 32 | 64): void {
  begin(u);
  const negative = (se & SIGN_BIT) !== 0;
  if (isUnsupported(se, hi) || (se & EXPONENT_MASK) > INTEGER_EXPONENT) {
    integerIndefinite(u, width);
    return;
  }
  const inexact = magnitude(u, se, hi, lo);
  if (!fits(u.hi, u.lo, negative, width)) {
    integerIndefinite(u, width);
    return;
  }
  if (inexact) u.flags |= PE;
  if (negative) {
    u.hi = u.lo === 0 ? -u.hi | 0 : ~u.hi;
    u.lo = -u.lo | 0;
  }
}

/** Is an unsigned magnitude at most 2^(width-1) (negative) or below it? */
function fits(hi: number, lo: number, negative: boolean, width: 16 | 32 | 64): boolean {
  if (width === 64) return hi >= 0 || (negative && hi === INTEGER_BIT && lo === 0);
  const limit = width === 16 ? 0x8000 : 0x80000000;
  return hi === 0 && (negative ? lo >>> 0 <= limit : lo >>> 0 < limit);
}

function integerIndefinite(u: F80Unit, width: 16 | 32 | 64): void {
  raise(u, IE);
  u.roundedUp = false;
  u.hi = width === 64 ? INTEGER_BIT : -1;
  u.lo = width === 64 ? 0 : width === 32 ? INTEGER_BIT : -0x8000;
}

/** FBLD: `top` is the sign byte and the two highest of 18 digits, hi and lo eight digits each. */
export function fromBcd(u: F80Unit, top: number, hi: number, lo: number): void {
  begin(u);
  const high = digitsToNumber(top & 0xff) * 1e8 + digitsToNumber(hi);
  // high * 1e8 + low without leaving 53 bits: high is split at 16 bits.
  const upper = Math.floor(high / 0x10000);
  const lower = (high - upper * 0x10000) * 1e8 + digitsToNumber(lo);
  const scaled = upper * 1e8;
  const carry = Math.floor(scaled / 0x10000);
  const low = lower + (scaled - carry * 0x10000) * 0x10000;
  const overflow = Math.floor(low / 0x100000000);
  packInteger(u, top & SIGN_BIT, (carry + overflow) | 0, (low - overflow * 0x100000000) | 0);
}

function digitsToNumber(packed: number): number {
  let value = 0;
  for (let shift = 28; shift >= 0; shift -= 4) value = value * 10 + ((packed >>> shift) & 15);
  return value;
}

/** FBSTP: ten bytes in u.se (top two), u.hi, u.lo. */
export function toBcd(u: F80Unit, se: number, hi: number, lo: number): void {
  begin(u);
  if (isUnsupported(se, hi) || (se & EXPONENT_MASK) > BIAS + 59) {
    bcdIndefinite(u);
    return;
  }
  const inexact = magnitude(u, se, hi, lo);
  const low = u.lo >>> 0;
  // 10^18 = 0x0de0b6b3_a7640000.
  if (u.hi > 0x0de0b6b3 || (u.hi === 0x0de0b6b3 && low >= 0xa7640000)) {
    bcdIndefinite(u);
    return;
  }
  if (inexact) u.flags |= PE;
  // Long division by 10^9 in steps of 16 bits: the dividend is below 10^18.
  const step1 = u.hi * 0x10000 + (low >>> 16);
  const quotient1 = Math.floor(step1 / 1e9);
  const step2 = (step1 - quotient1 * 1e9) * 0x10000 + (low & 0xffff);
  const quotient2 = Math.floor(step2 / 1e9);
  const upper = quotient1 * 0x10000 + quotient2;
  const lower = step2 - quotient2 * 1e9;
  // Nine digits each: 2 + 7 and 1 + 8.
  const top = Math.floor(upper / 1e7);
  const ninth = Math.floor(lower / 1e8);
  u.se = (se & SIGN_BIT) | numberToDigits(top);
  u.hi = (numberToDigits(upper - top * 1e7) << 4) | ninth;
  u.lo = numberToDigits(lower - ninth * 1e8);
}

function numberToDigits(value: number): number {
  let packed = 0;
  for (let shift = 0; shift < 32; shift += 4) {
    const tenth = Math.floor(value / 10);
    packed |= (value - tenth * 10) << shift;
    value = tenth;
  }
  return packed;
}

function bcdIndefinite(u: F80Unit): void {
  raise(u, IE);
  u.roundedUp = false;
  setResult(u, INDEFINITE_SE, INDEFINITE_HI, 0);
}
