/**
 * FYL2X and FYL2XP1 (Intel SDM vol. 2): y * log2(x) and y * log2(x + 1), within 1 ulp (in
 * practice correctly rounded).
 *
 * log2(x) = k + 2/ln(2) * atanh((m - 1) / (m + 1)) with x = m * 2^k, m in [sqrt(1/2), sqrt(2)].
 * The manual defines FYL2XP1 for |x| < 1 - sqrt(1/2) only; here it holds for all x > -1, and
 * for x <= -1, like real processors, the operand comes back. Any finite result that is not
 * zero counts as inexact, even y * log2(2^k), as on processors.
 */
import {
  BIAS,
  EXPONENT_MASK,
  EXPONENT_MAX,
  INTEGER_BIT,
  isInfinity,
  PE,
  SIGN_BIT,
  UE,
  ZE,
} from './format.js';
import { denormalsStop, settleNaNs } from './nan.js';
import { begin, type F80Unit, invalid, raise, setResult } from './unit.js';
import { copyWide, DIGITS, setInteger, type Wide, type WideArithmetic } from './wide.js';
import { WIDE_LOG2_E } from './wide-constants.js';
import { packWide, setF80 } from './wide-transfer.js';

const SQRT_2 = Math.SQRT2;

/** FYL2X: x is ST0, y is ST1. */
export function yLog2x(
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
  const xZero = (xhi | xlo) === 0;
  const yZero = (yhi | ylo) === 0;
  const xInfinite = isInfinity(xse, xhi, xlo);
  const yInfinite = isInfinity(yse, yhi, ylo);
  const xIsOne = xse === BIAS && xhi === INTEGER_BIT && xlo === 0;
  const negative = (xse & SIGN_BIT) !== 0 && !xZero;
  if (negative || ((xZero || xInfinite) && yZero) || (xIsOne && yInfinite)) {
    invalid(u);
    return;
  }
  const sign = (yse & SIGN_BIT) ^ ((xse & EXPONENT_MASK) < BIAS ? SIGN_BIT : 0);
  if (xZero && !yInfinite) {
    raise(u, ZE);
    setResult(u, sign | EXPONENT_MAX, INTEGER_BIT, 0);
    return;
  }
  if (denormalsStop(u, xse, xhi, xlo, yse, yhi, ylo)) return;
  if (xInfinite || yInfinite) {
    setResult(u, sign | EXPONENT_MAX, INTEGER_BIT, 0);
  } else if (yZero || xIsOne) {
    setResult(u, sign, 0, 0);
  } else {
    const { x } = u.wide.registers;
    setF80(x, xse, xhi, xlo);
    finish(u, logarithm(u.wide), yse, yhi, ylo);
  }
}

/** FYL2XP1: x is ST0, y is ST1. */
export function yLog2xp1(
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
  const xZero = (xhi | xlo) === 0;
  const yZero = (yhi | ylo) === 0;
  const xInfinite = isInfinity(xse, xhi, xlo);
  const yInfinite = isInfinity(yse, yhi, ylo);
  const negative = (xse & SIGN_BIT) !== 0;
  if ((xInfinite && (negative || yZero)) || (yInfinite && xZero)) {
    invalid(u);
    return;
  }
  if (denormalsStop(u, xse, xhi, xlo, yse, yhi, ylo)) return;
  const sign = (xse ^ yse) & SIGN_BIT;
  const exponent = xse & EXPONENT_MASK;
  if (xInfinite || yInfinite) {
    setResult(u, sign | EXPONENT_MAX, INTEGER_BIT, 0);
  } else if (xZero || yZero) {
    setResult(u, sign, 0, 0);
  } else if (negative && exponent >= BIAS) {
    u.flags |= PE;
    setResult(u, xse, xhi, xlo);
  } else {
    finish(u, logarithmOfSum(u.wide, xse, xhi, xlo), yse, yhi, ylo);
  }
}

function finish(u: F80Unit, log: Wide, yse: number, yhi: number, ylo: number): void {
  const { y } = u.wide.registers;
  setF80(y, yse, yhi, ylo);
  u.wide.mul(log, log, y);
  packWide(u, log);
  u.flags |= (u.se & EXPONENT_MASK) === 0 ? PE | UE : PE;
}

/** log2(1 + x) in register sum. */
function logarithmOfSum(wide: WideArithmetic, xse: number, xhi: number, xlo: number): Wide {
  const { x, y, square } = wide.registers;
  setF80(x, xse, xhi, xlo);
  if ((xse & EXPONENT_MASK) >= BIAS - 2) {
    setInteger(y, 1);
    wide.add(x, x, y);
    return logarithm(wide);
  }
  setInteger(y, 2);
  wide.add(y, y, x);
  wide.div(square, x, y);
  return twiceAtanh(wide);
}

/** log2 of the positive register x, in register sum. */
function logarithm(wide: WideArithmetic): Wide {
  const { x, y, square, scratch } = wide.registers;
  let bits = 32 - Math.clz32(x.digits[0]);
  let power = 24 * (x.exponent - 1) + bits - 1;
  const leading = (x.digits[0] + x.digits[1] / 0x1000000) / 2 ** (bits - 1);
  if (leading > SQRT_2) {
    power++;
    bits++;
  }
  // m = x / 2^power, leading digit 1 or 0.
  x.exponent = 1;
  wide.divSmall(x, x, 2 ** (bits - 1));
  setInteger(y, 1);
  wide.sub(scratch, x, y);
  wide.add(y, x, y);
  if (scratch.isZero()) {
    setInteger(wide.registers.sum, power);
    return wide.registers.sum;
  }
  wide.div(square, scratch, y);
  const sum = twiceAtanh(wide);
  if (power !== 0) {
    setInteger(scratch, power);
    wide.add(sum, sum, scratch);
  }
  return sum;
}

/** sum = 2/ln(2) * atanh(s) for s in register square: s + s^3/3 + s^5/5 + ... */
function twiceAtanh(wide: WideArithmetic): Wide {
  const { square, power, term, sum } = wide.registers;
  copyWide(sum, square);
  copyWide(power, square);
  wide.mul(square, square, square);
  for (let n = 3; ; n += 2) {
    wide.mul(power, power, square);
    wide.divSmall(term, power, n);
    wide.add(sum, sum, term);
    if (term.exponent < sum.exponent - DIGITS) break;
  }
  wide.mulSmall(sum, sum, 2);
  wide.mul(sum, sum, WIDE_LOG2_E);
  return sum;
}
