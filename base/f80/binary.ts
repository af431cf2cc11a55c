/**
 * Transfers between the 80-bit format and single and double precision in memory (Intel
 * SDM vol. 1, 4.2.2, 4.8, 8.5.4-5; vol. 2, FLD, FST), and exact transfers from and to a
 * JavaScript number.
 *
 * Loads are exact; they quieten a signalling NaN and report a denormal. Stores round to
 * the destination in the current rounding mode whatever the precision control says. With
 * unmasked overflow or underflow a store to memory does not happen.
 */
import {
  BIAS,
  DE,
  EXPONENT_MASK,
  EXPONENT_MAX,
  INTEGER_BIT,
  isNaN80,
  isUnsupported,
  leadingZeros,
  OE,
  PE,
  QUIET_BIT,
  ROUND_DOWN,
  ROUND_NEAREST,
  ROUND_UP,
  SIGN_BIT,
  shiftLeftHi,
  shiftLeftLo,
  UE,
} from './format.js';
import { settleNaN } from './nan.js';
import { roundSignificand, shiftRightExt, shiftRightHi, shiftRightLo } from './round.js';
import { begin, type F80Unit, raise } from './unit.js';

const BIAS_32 = 127;
const BIAS_64 = 1023;

/**
 * A single-precision memory operand of an arithmetic instruction, exact in u.se, u.hi,
 * u.lo: a signalling NaN stays one and a denormal is noted in u.denormalOperand, since the
 * operation itself decides what is raised. Pass the triple to the operation next.
 */
export function widenF32(u: F80Unit, bits: number): void {
  const exponent = (bits >>> 23) & 0xff;
  const fraction = bits << 9;
  widen(u, bits >>> 31, exponent, 0xff, BIAS_32, (bits << 8) & 0x7fffffff, 0, fraction !== 0);
}

/** The same for double precision. */
export function widenF64(u: F80Unit, bitsHi: number, bitsLo: number): void {
  const exponent = (bitsHi >>> 20) & 0x7ff;
  const hi = ((bitsHi << 11) & 0x7fffffff) | (bitsLo >>> 21);
  widen(u, bitsHi >>> 31, exponent, 0x7ff, BIAS_64, hi, bitsLo << 11, (hi | (bitsLo << 11)) !== 0);
}

/** `hi, lo`: the fraction below the integer bit. */
function widen(
  u: F80Unit,
  negative: number,
  exponent: number,
  special: number,
  bias: number,
  hi: number,
  lo: number,
  hasFraction: boolean,
): void {
  const sign = negative << 15;
  u.denormalOperand = 0;
  u.lo = lo;
  u.hi = hi | INTEGER_BIT;
  if (exponent === special) {
    u.se = sign | EXPONENT_MAX;
  } else if (exponent !== 0) {
    u.se = sign | (exponent - bias + BIAS);
  } else if (!hasFraction) {
    u.se = sign;
    u.hi = 0;
  } else {
    const n = leadingZeros(hi, lo);
    u.denormalOperand = DE;
    u.se = sign | (1 - bias + BIAS - n);
    u.hi = shiftLeftHi(hi, lo, n);
    u.lo = shiftLeftLo(lo, n);
  }
}

/** FLD m32fp. */
export function loadF32(u: F80Unit, bits: number): void {
  begin(u);
  widenF32(u, bits);
  finishLoad(u);
}

/** FLD m64fp. */
export function loadF64(u: F80Unit, bitsHi: number, bitsLo: number): void {
  begin(u);
  widenF64(u, bitsHi, bitsLo);
  finishLoad(u);
}

function finishLoad(u: F80Unit): void {
  const denormal = u.denormalOperand;
  u.denormalOperand = 0;
  // Unlike an arithmetic instruction, a load delivers its result although DE is unmasked.
  if (denormal !== 0) u.flags |= DE;
  else if ((u.se & EXPONENT_MASK) === EXPONENT_MAX) settleNaN(u, u.se, u.hi, u.lo);
}

/** FST m32fp: the bits in u.lo. */
export function toF32(u: F80Unit, se: number, hi: number, lo: number): void {
  begin(u);
  const exponent = narrow(u, 24, BIAS_32, se, hi, lo);
  u.lo = ((u.se & SIGN_BIT) << 16) | (exponent << 23) | ((u.hi >>> 8) & 0x7fffff);
}

/** FST m64fp: the bits in u.hi, u.lo. */
export function toF64(u: F80Unit, se: number, hi: number, lo: number): void {
  begin(u);
  const exponent = narrow(u, 53, BIAS_64, se, hi, lo);
  const upper = u.hi;
  u.hi = ((u.se & SIGN_BIT) << 16) | (exponent << 20) | ((upper >>> 11) & 0xfffff);
  u.lo = (u.lo >>> 11) | (upper << 21);
}

/** Leaves the rounded significand in u.hi, u.lo and returns the exponent field. */
function narrow(
  u: F80Unit,
  precision: 24 | 53,
  bias: number,
  se: number,
  hi: number,
  lo: number,
): number {
  const special = 2 * bias + 1;
  const wide = se & EXPONENT_MASK;
  u.se = se;
  if (isUnsupported(se, hi) || isNaN80(se, hi, lo)) {
    settleNaN(u, se, hi, lo);
    return special;
  }
  if ((hi | lo) === 0 || wide === EXPONENT_MAX) {
    u.hi = hi;
    u.lo = lo;
    return wide === 0 ? 0 : special;
  }
  const exponent = wide - BIAS + bias;
  const inexact = roundSignificand(u, precision, se & SIGN_BIT, hi, lo, 0);
  let rounded = exponent;
  if (u.hi >= 0) {
    u.hi = INTEGER_BIT;
    rounded++;
  }
  if (rounded >= special) return narrowOverflow(u, precision, se & SIGN_BIT, special);
  if (rounded <= 0) return narrowUnderflow(u, precision, se & SIGN_BIT, hi, lo, 1 - exponent);
  if (inexact) u.flags |= PE;
  return rounded;
}

function narrowOverflow(u: F80Unit, precision: 24 | 53, sign: number, special: number): number {
  u.roundedUp = false;
  if (raise(u, OE)) return special;
  u.flags |= PE;
  u.roundedUp = u.rounding === ROUND_NEAREST || u.rounding === (sign !== 0 ? ROUND_DOWN : ROUND_UP);
  u.hi = u.roundedUp ? INTEGER_BIT : -1;
  u.lo = u.roundedUp || precision === 24 ? 0 : -1;
  return u.roundedUp ? special : special - 1;
}

function narrowUnderflow(
  u: F80Unit,
  precision: 24 | 53,
  sign: number,
  hi: number,
  lo: number,
  count: number,
): number {
  u.roundedUp = false;
  if ((u.masks & UE) === 0) {
    raise(u, UE);
    return 0;
  }
  const inexact = roundSignificand(
    u,
    precision,
    sign,
    shiftRightHi(hi, count),
    shiftRightLo(hi, lo, count),
    shiftRightExt(hi, lo, 0, count),
  );
  if (inexact) u.flags |= UE | PE;
  return u.hi < 0 ? 1 : 0;
}

/** Exact f80 of a number; a NaN keeps its payload but is quietened by some engines before it gets here. */
export function fromNumber(u: F80Unit, value: number): void {
  u.scratchF64[0] = value;
  widenF64(u, u.scratchI32[1] as number, u.scratchI32[0] as number);
  u.denormalOperand = 0;
  if ((u.se & EXPONENT_MASK) === EXPONENT_MAX && u.hi << 1 !== 0) u.hi |= QUIET_BIT;
}

/** True if a finite value has a normal double as its exact equal (zero included). */
export function fitsNumber(se: number, hi: number, lo: number): boolean {
  const exponent = se & EXPONENT_MASK;
  if ((hi | lo) === 0) return exponent === 0;
  return hi < 0 && (lo & 0x7ff) === 0 && exponent > BIAS - BIAS_64 && exponent <= BIAS + BIAS_64;
}

/** The double equal to a value for which `fitsNumber` holds. */
export function toNumber(u: F80Unit, se: number, hi: number, lo: number): number {
  const exponent = (hi | lo) === 0 ? 0 : (se & EXPONENT_MASK) - BIAS + BIAS_64;
  u.scratchI32[1] = ((se & SIGN_BIT) << 16) | (exponent << 20) | ((hi >>> 11) & 0xfffff);
  u.scratchI32[0] = (lo >>> 11) | (hi << 21);
  return u.scratchF64[0] as number;
}
