/**
 * The x87 double extended format and the names of its bits (Intel SDM vol. 1, 4.2 and 8.1.3).
 *
 * A value travels as three numbers: `se` = sign << 15 | biased exponent (0..0xffff), and
 * `hi`, `lo` = the halves of the 64-bit significand as int32. Bit 31 of `hi` is the
 * explicit integer bit J. Encodings with J clear and a non-zero exponent (unnormal,
 * pseudo-infinity, pseudo-NaN) are unsupported operands; exponent 0 with J set is a
 * pseudo-denormal and has the value of exponent 1.
 */
export const IE = 1;
export const DE = 2;
export const ZE = 4;
export const OE = 8;
export const UE = 16;
export const PE = 32;

export const BIAS = 0x3fff;
export const EXPONENT_MAX = 0x7fff;
export const EXPONENT_MASK = 0x7fff;
export const SIGN_BIT = 0x8000;
export const INTEGER_BIT = 0x80000000 | 0;
export const QUIET_BIT = 0x40000000;
/** Subtracted from (added to) the exponent by an unmasked overflow (underflow), SDM vol. 1, 8.5.4. */
export const UNMASKED_BIAS = 24576;

/** The real indefinite: the quiet NaN that a masked invalid operation delivers. */
export const INDEFINITE_SE = 0xffff;
export const INDEFINITE_HI = 0xc0000000 | 0;

/** Rounding control as in the control word. */
export type Rounding = 0 | 1 | 2 | 3;
export const ROUND_NEAREST = 0;
export const ROUND_DOWN = 1;
export const ROUND_UP = 2;
export const ROUND_ZERO = 3;

/** Width of the significand that add, subtract, multiply, divide and square root round to. */
export type Precision = 24 | 53 | 64;

export function isZero(se: number, hi: number, lo: number): boolean {
  return (hi | lo) === 0 && (se & EXPONENT_MASK) === 0;
}

/** Denormals and pseudo-denormals: both raise the denormal operand exception. */
export function isDenormal(se: number, hi: number, lo: number): boolean {
  return (se & EXPONENT_MASK) === 0 && (hi | lo) !== 0;
}

export function isInfinity(se: number, hi: number, lo: number): boolean {
  return (se & EXPONENT_MASK) === EXPONENT_MAX && hi === INTEGER_BIT && lo === 0;
}

/** A quiet or signalling NaN, not a pseudo-NaN. */
export function isNaN80(se: number, hi: number, lo: number): boolean {
  return (se & EXPONENT_MASK) === EXPONENT_MAX && hi < 0 && ((hi << 1) | lo) !== 0;
}

export function isSignalling(se: number, hi: number, lo: number): boolean {
  return isNaN80(se, hi, lo) && (hi & QUIET_BIT) === 0;
}

/** Unnormal, pseudo-infinity or pseudo-NaN. */
export function isUnsupported(se: number, hi: number): boolean {
  return (se & EXPONENT_MASK) !== 0 && hi >= 0;
}

/** Leading zeros of a 64-bit significand; 64 for zero. */
export function leadingZeros(hi: number, lo: number): number {
  return hi !== 0 ? Math.clz32(hi) : 32 + Math.clz32(lo);
}

/** Upper half of (hi, lo) << count, 0 <= count < 64. */
export function shiftLeftHi(hi: number, lo: number, count: number): number {
  if (count === 0) return hi;
  return count < 32 ? (hi << count) | (lo >>> (32 - count)) : lo << (count - 32);
}

/** Lower half of (hi, lo) << count, 0 <= count < 64. */
export function shiftLeftLo(lo: number, count: number): number {
  return count < 32 ? lo << count : 0;
}

/** Unsigned comparison of two 64-bit significands: below 0, 0 or above 0. */
export function compareSignificands(ahi: number, alo: number, bhi: number, blo: number): number {
  if (ahi !== bhi) return ahi >>> 0 < bhi >>> 0 ? -1 : 1;
  if (alo !== blo) return alo >>> 0 < blo >>> 0 ? -1 : 1;
  return 0;
}
