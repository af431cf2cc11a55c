/**
 * FPATAN (Intel SDM vol. 2, table of FPATAN results): arctan(y / x) in the quadrant of the
 * point (x, y), within 1 ulp (in practice correctly rounded).
 *
 * The smaller of |x|, |y| over the larger is t in [0, 1]; with c the nearest sixteenth,
 * arctan(t) = arctan(c) + arctan((t - c) / (1 + t c)), whose series runs on at most 1/32.
 */
import { EXPONENT_MASK, isInfinity, PE, SIGN_BIT } from './format.js';
import { denormalsStop, settleNaNs } from './nan.js';
import { begin, type F80Unit, setResult } from './unit.js';
import { copyWide, DIGITS, type Wide, type WideArithmetic } from './wide.js';
import {
  ARCTANGENTS,
  WIDE_HALF_PI,
  WIDE_PI,
  WIDE_QUARTER_PI,
  WIDE_THREE_QUARTERS_PI,
} from './wide-constants.js';
import { packWide, setF80 } from './wide-transfer.js';

/** FPATAN: x is ST0, y is ST1. */
export function arctangent(
  u: F80Unit,
  xse: number,
  xhi: number,
  xlo: number,
  yse: number,
  yhi: number,
  ylo: number,
): void {
  begin(u);
  if (settleNaNs(u, xse, xhi, xlo, yse, yhi, ylo)) return;
  if (denormalsStop(u, xse, xhi, xlo, yse, yhi, ylo)) return;
  const left = (xse & SIGN_BIT) !== 0;
  const below = yse & SIGN_BIT;
  const xInfinite = isInfinity(xse, xhi, xlo);
  const yInfinite = isInfinity(yse, yhi, ylo);
  if (yInfinite && xInfinite) {
    finish(u, left ? WIDE_THREE_QUARTERS_PI : WIDE_QUARTER_PI, below);
  } else if (yInfinite || ((xhi | xlo) === 0 && (yhi | ylo) !== 0)) {
    finish(u, WIDE_HALF_PI, below);
  } else if (xInfinite || (yhi | ylo) === 0) {
    if (left) finish(u, WIDE_PI, below);
    else setResult(u, below, 0, 0);
  } else {
    const { x, y } = u.wide.registers;
    setF80(x, xse & EXPONENT_MASK, xhi, xlo);
    setF80(y, yse & EXPONENT_MASK, yhi, ylo);
    finish(u, angle(u.wide, left), below);
  }
}

function finish(u: F80Unit, value: Wide, sign: number): void {
  const { scratch } = u.wide.registers;
  copyWide(scratch, value);
  scratch.negative = sign !== 0;
  packWide(u, scratch);
  u.flags |= PE;
}

/** The angle of (-x, y) or (x, y), both registers positive, in register sum. */
function angle(wide: WideArithmetic, left: boolean): Wide {
  const { x, y, sum } = wide.registers;
  const steep = compareMagnitudes(y, x) > 0;
  if (steep) arctanRatio(wide, x, y);
  else arctanRatio(wide, y, x);
  if (steep) {
    // pi/2 -+ arctan(x / y)
    if (left) wide.add(sum, WIDE_HALF_PI, sum);
    else wide.sub(sum, WIDE_HALF_PI, sum);
  } else if (left) {
    wide.sub(sum, WIDE_PI, sum);
  }
  return sum;
}

function compareMagnitudes(a: Wide, b: Wide): number {
  if (a.exponent !== b.exponent) return a.exponent - b.exponent;
  for (let i = 0; i < DIGITS; i++) {
    if (a.digits[i] !== b.digits[i]) return a.digits[i] - b.digits[i];
  }
  return 0;
}

/** sum = arctan(small / large), 0 < small <= large; the operands are destroyed. */
function arctanRatio(wide: WideArithmetic, small: Wide, large: Wide): void {
  const { term, square, scratch, sum } = wide.registers;
  const distance = large.exponent - small.exponent;
  const ratio = distance > 2 ? 0 : (leading(small) / leading(large)) * 2 ** (-24 * distance);
  const sixteenths = Math.round(16 * ratio);
  if (sixteenths === 0) {
    wide.div(square, small, large);
    arctanSeries(wide);
    return;
  }
  // (16 small - i large) / (16 large + i small)
  wide.mulSmall(scratch, large, sixteenths);
  wide.mulSmall(term, small, 16);
  wide.sub(term, term, scratch);
  if (term.isZero()) {
    copyWide(sum, ARCTANGENTS[sixteenths - 1]);
    return;
  }
  wide.mulSmall(scratch, small, sixteenths);
  wide.mulSmall(large, large, 16);
  wide.add(scratch, scratch, large);
  wide.div(square, term, scratch);
  arctanSeries(wide);
  wide.add(sum, sum, ARCTANGENTS[sixteenths - 1]);
}

function leading(value: Wide): number {
  return value.digits[0] + value.digits[1] / 0x1000000;
}

/** sum = arctan(t) for t in register square: t - t^3/3 + t^5/5 - ... */
function arctanSeries(wide: WideArithmetic): void {
  const { square, power, term, sum } = wide.registers;
  copyWide(sum, square);
  copyWide(power, square);
  wide.mul(square, square, square);
  square.negative = true;
  for (let n = 3; ; n += 2) {
    wide.mul(power, power, square);
    wide.divSmall(term, power, n);
    wide.add(sum, sum, term);
    if (term.exponent < sum.exponent - DIGITS) return;
  }
}
