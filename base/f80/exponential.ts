/**
 * F2XM1 (Intel SDM vol. 2): 2^x - 1 for -1 <= x <= 1, within 1 ulp (in practice correctly
 * rounded). Outside of that range the manual leaves the result undefined; like real
 * processors this returns the operand. Any finite operand but zero raises PE.
 */
import { BIAS, EXPONENT_MASK, INTEGER_BIT, isInfinity, PE, SIGN_BIT } from './format.js';
import { denormalStops, settleNaN } from './nan.js';
import { begin, type F80Unit, setResult } from './unit.js';
import { copyWide, DIGITS, setInteger, type Wide, type WideArithmetic } from './wide.js';
import { WIDE_LN_2 } from './wide-constants.js';
import { packWide, setF80 } from './wide-transfer.js';

/** The series runs on an argument halved this often, and the result is squared back. */
const HALVINGS = 5;

/** F2XM1. */
export function exp2m1(u: F80Unit, se: number, hi: number, lo: number): void {
  begin(u);
  if (settleNaN(u, se, hi, lo)) return;
  const negative = (se & SIGN_BIT) !== 0;
  if ((hi | lo) === 0) {
    setResult(u, se, hi, lo);
  } else if (isInfinity(se, hi, lo)) {
    setResult(u, negative ? SIGN_BIT | BIAS : se, hi, lo);
  } else if ((se & EXPONENT_MASK) >= BIAS) {
    u.flags |= PE;
    const minusOne = negative && (se & EXPONENT_MASK) === BIAS && hi === INTEGER_BIT && lo === 0;
    setResult(u, minusOne ? se - 1 : se, hi, lo);
  } else if (!denormalStops(u, se, hi, lo)) {
    const { x, sum } = u.wide.registers;
    setF80(x, se, hi, lo);
    u.wide.mul(x, x, WIDE_LN_2);
    expm1(u.wide, sum, (se & EXPONENT_MASK) < BIAS - HALVINGS ? 0 : HALVINGS);
    packWide(u, sum);
    u.flags |= PE;
  }
}

/** sum = e^x - 1 for the register x, |x| < 0.7. */
function expm1(wide: WideArithmetic, sum: Wide, halvings: number): void {
  const { x, y, term } = wide.registers;
  wide.divSmall(x, x, 1 << halvings);
  copyWide(sum, x);
  copyWide(term, x);
  for (let n = 2; ; n++) {
    wide.mul(term, term, x);
    wide.divSmall(term, term, n);
    wide.add(sum, sum, term);
    if (term.exponent < sum.exponent - DIGITS) break;
  }
  // e^2x - 1 = (e^x - 1)(e^x - 1 + 2)
  for (let i = 0; i < halvings; i++) {
    setInteger(y, 2);
    wide.add(y, y, sum);
    wide.mul(sum, sum, y);
  }
}
