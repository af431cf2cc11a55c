/**
 * Argument reduction of the trigonometric functions: x = quadrant * pi/2 + r, |r| at most a
 * little above pi/4, with pi/2 to 288 bits after the point. Since no 80-bit number below
 * 2^63 comes nearer than about 2^-66 to a multiple of pi/2, r keeps more than 120
 * significant bits. Processors that reduce with a pi of 66 bits only (as the manual
 * describes them) give other results near the multiples of pi; newer manuals and other
 * vendors promise 1 ulp of the true value, which is what this does.
 */
import { DIGITS, type Wide } from './wide.js';
import { HALF_PI_DIGITS, TWO_OVER_PI_DIGITS } from './wide-constants.js';

const BASE = 0x1000000;
const INVERSE = 1 / BASE;
/** Digits before the point: 72 bits. */
const WHOLE = 3;
const LENGTH = WHOLE + HALF_PI_DIGITS.length - 1;

export class PiReduction {
  private readonly fixed = new Float64Array(LENGTH);
  private readonly multiple = new Float64Array(WHOLE + 4);

  /** Replaces x, |x| in [2^-24, 2^63), by r; returns the quadrant of |x| and leaves r signed for |x|. */
  reduce(x: Wide): number {
    const fixed = this.fixed;
    fixed.fill(0);
    for (let i = 0; i < 4; i++) fixed[WHOLE - x.exponent + i] = x.digits[i];
    this.estimateMultiple();
    for (let i = 0; i < WHOLE; i++) {
      const digit = this.multiple[i];
      for (let j = 0; j < HALF_PI_DIGITS.length; j++) fixed[i + j] -= digit * HALF_PI_DIGITS[j];
    }
    propagate(fixed, LENGTH);
    x.negative = fixed[0] < 0;
    if (x.negative) {
      for (let i = 0; i < LENGTH; i++) fixed[i] = -fixed[i];
      propagate(fixed, LENGTH);
    }
    let first = 0;
    while (first < LENGTH - DIGITS && fixed[first] === 0) first++;
    for (let i = 0; i < DIGITS; i++) x.digits[i] = fixed[first + i];
    x.exponent = WHOLE - first;
    return this.multiple[WHOLE - 1] & 3;
  }

  /** multiple = round(fixed * 2/pi), in its first digits. */
  private estimateMultiple(): void {
    const columns = this.multiple;
    columns.fill(0);
    for (let i = 0; i < columns.length - 1; i++) {
      for (let j = 0; j < TWO_OVER_PI_DIGITS.length && i + j + 1 < columns.length; j++) {
        columns[i + j + 1] += this.fixed[i] * TWO_OVER_PI_DIGITS[j];
      }
    }
    columns[WHOLE] += BASE / 2;
    propagate(columns, columns.length);
  }
}

function propagate(columns: Float64Array, count: number): void {
  for (let i = count - 1; i > 0; i--) {
    const carry = Math.floor(columns[i] * INVERSE);
    columns[i] -= carry * BASE;
    columns[i - 1] += carry;
  }
}
