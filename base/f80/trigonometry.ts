/**
 * FSIN, FCOS, FSINCOS, FPTAN (Intel SDM vol. 1, 8.3.7, 8.3.10; vol. 2 under those names).
 *
 * Taylor series of the reduced argument in wide arithmetic; results are within 1 ulp (in
 * practice correctly rounded in the current rounding mode). Precision control has no
 * effect. |x| >= 2^63 sets `incomplete` (C2) and stores nothing. Any other finite
 * operand but zero raises PE.
 */
import { BIAS, EXPONENT_MASK, INTEGER_BIT, isInfinity, PE } from './format.js';
import { denormalStops, settleNaN } from './nan.js';
import { begin, type F80Unit, invalid, setResult, setSecond } from './unit.js';
import { copyWide, DIGITS, setInteger, type Wide, type WideArithmetic } from './wide.js';
import { packWide, setF80 } from './wide-transfer.js';

const LIMIT = BIAS + 63;
/** Below 2^-40 the fifth power is worth less than 2^-160 of the argument. */
const SMALL_TANGENT = BIAS - 40;

/** FSIN. */
export function sine(u: F80Unit, se: number, hi: number, lo: number): void {
  if (settled(u, se, hi, lo)) return;
  if ((hi | lo) === 0) {
    setResult(u, se, hi, lo);
    return;
  }
  const quadrant = reduced(u, se, hi, lo);
  const { sum } = u.wide.registers;
  if ((quadrant & 1) === 0) sineSeries(u.wide, sum);
  else cosineSeries(u.wide, sum);
  sum.negative = sum.negative !== sineIsNegative(se, quadrant);
  finish(u, sum);
}

/** FCOS. */
export function cosine(u: F80Unit, se: number, hi: number, lo: number): void {
  if (settled(u, se, hi, lo)) return;
  if ((hi | lo) === 0) {
    setResult(u, BIAS, INTEGER_BIT, 0);
    return;
  }
  const quadrant = reduced(u, se, hi, lo);
  const { sum } = u.wide.registers;
  if ((quadrant & 1) === 0) cosineSeries(u.wide, sum);
  else sineSeries(u.wide, sum);
  sum.negative = sum.negative !== cosineIsNegative(quadrant);
  finish(u, sum);
}

/** FSINCOS: the sine is the result (it replaces ST0), the cosine the second result (pushed). */
export function sineCosine(u: F80Unit, se: number, hi: number, lo: number): void {
  if (settled(u, se, hi, lo)) {
    setSecond(u, u.se, u.hi, u.lo);
    return;
  }
  if ((hi | lo) === 0) {
    setResult(u, se, hi, lo);
    setSecond(u, BIAS, INTEGER_BIT, 0);
    return;
  }
  const { sin, cos } = both(u, se, hi, lo);
  finish(u, cos);
  setSecond(u, u.se, u.hi, u.lo);
  finish(u, sin);
}

/** FPTAN: the tangent is the result (it replaces ST0), 1.0 the second result (pushed). */
export function tangent(u: F80Unit, se: number, hi: number, lo: number): void {
  if (settled(u, se, hi, lo)) {
    setSecond(u, u.se, u.hi, u.lo);
    return;
  }
  setSecond(u, BIAS, INTEGER_BIT, 0);
  if ((hi | lo) === 0) {
    setResult(u, se, hi, lo);
    return;
  }
  if ((se & EXPONENT_MASK) < SMALL_TANGENT) {
    finish(u, smallTangent(u, se, hi, lo));
    return;
  }
  const { sin, cos } = both(u, se, hi, lo);
  u.wide.div(sin, sin, cos);
  finish(u, sin);
}

/** x + x^3/3: a quotient would not tell on which side of x it lies. */
function smallTangent(u: F80Unit, se: number, hi: number, lo: number): Wide {
  const { x, term, square, sum } = u.wide.registers;
  setF80(x, se, hi, lo);
  u.wide.mul(square, x, x);
  u.wide.mul(term, square, x);
  u.wide.divSmall(term, term, 3);
  u.wide.add(sum, x, term);
  return sum;
}

/** NaN, infinity, out of range, unmasked denormal: true if there is nothing left to compute. */
function settled(u: F80Unit, se: number, hi: number, lo: number): boolean {
  begin(u);
  u.incomplete = false;
  if (settleNaN(u, se, hi, lo)) return true;
  if (isInfinity(se, hi, lo)) {
    invalid(u);
    return true;
  }
  if ((se & EXPONENT_MASK) >= LIMIT) {
    u.incomplete = true;
    u.stored = false;
    return true;
  }
  return denormalStops(u, se, hi, lo);
}

/** Leaves the reduced argument in register x and returns the quadrant, both of |value|. */
function reduced(u: F80Unit, se: number, hi: number, lo: number): number {
  const { x } = u.wide.registers;
  setF80(x, se & EXPONENT_MASK, hi, lo);
  return (se & EXPONENT_MASK) < BIAS - 1 ? 0 : u.reduction.reduce(x);
}

function sineIsNegative(se: number, quadrant: number): boolean {
  return ((se & EXPONENT_MASK) !== se) !== quadrant >= 2;
}

function cosineIsNegative(quadrant: number): boolean {
  return quadrant === 1 || quadrant === 2;
}

function both(u: F80Unit, se: number, hi: number, lo: number): { sin: Wide; cos: Wide } {
  const quadrant = reduced(u, se, hi, lo);
  const registers = u.wide.registers;
  const odd = (quadrant & 1) !== 0;
  const sin = odd ? registers.cosine : registers.sine;
  const cos = odd ? registers.sine : registers.cosine;
  sineSeries(u.wide, registers.sine);
  cosineSeries(u.wide, registers.cosine);
  sin.negative = sin.negative !== sineIsNegative(se, quadrant);
  cos.negative = cos.negative !== cosineIsNegative(quadrant);
  return { sin, cos };
}

function finish(u: F80Unit, value: Wide): void {
  packWide(u, value);
  u.flags |= PE;
}

/** to = x - x^3/3! + x^5/5! - ... */
function sineSeries(wide: WideArithmetic, to: Wide): void {
  copyWide(to, wide.registers.x);
  alternate(wide, to, 2);
}

/** to = 1 - x^2/2! + x^4/4! - ... */
function cosineSeries(wide: WideArithmetic, to: Wide): void {
  setInteger(to, 1);
  alternate(wide, to, 1);
}

/** Adds the terms that follow `sum`: each is the last one times -x^2 / (n (n + 1)). */
function alternate(wide: WideArithmetic, sum: Wide, first: number): void {
  const { x, term, square } = wide.registers;
  wide.mul(square, x, x);
  copyWide(term, sum);
  for (let n = first; ; n += 2) {
    wide.mul(term, term, square);
    wide.divSmall(term, term, n * (n + 1));
    term.negative = !term.negative;
    wide.add(sum, sum, term);
    if (term.exponent < sum.exponent - DIGITS) return;
  }
}
