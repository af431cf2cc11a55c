/**
 * Wide floating-point numbers for the transcendental functions: six digits of 24 bits in
 * doubles, base-2^24 exponent, value = +-0.d0 d1 d2 d3 d4 d5 * 2^(24 * exponent), d0 not 0
 * unless the value is 0. At least 121 bits are significant; operations truncate, with a
 * relative error below 2^-118, so that a result rounded to 64 bits from a few dozen
 * operations is within 1/2 + 2^-45 ulp.
 *
 * An addition that loses bits leaves its last digit odd, so that x + tiny differs from x
 * and directed rounding goes the right way. Destination may be one of the operands.
 */
export const DIGITS = 6;
const BASE = 0x1000000;
const INVERSE = 1 / BASE;

export class Wide {
  negative = false;
  exponent = 0;
  readonly digits = new Float64Array(DIGITS);

  isZero(): boolean {
    return this.digits[0] === 0;
  }

  /** A constant given as the hexadecimal digits of a fraction in [2^-24, 1), six for each digit. */
  static fromHex(exponent: number, hex: string): Wide {
    const wide = new Wide();
    wide.exponent = exponent;
    for (let i = 0; i < DIGITS; i++)
      wide.digits[i] = Number.parseInt(hex.slice(6 * i, 6 * i + 6), 16);
    return wide;
  }
}

/** Working storage of one unit: named by nobody twice within one function. */
export class WideRegisters {
  readonly x = new Wide();
  readonly y = new Wide();
  readonly term = new Wide();
  readonly power = new Wide();
  readonly square = new Wide();
  readonly sum = new Wide();
  readonly sine = new Wide();
  readonly cosine = new Wide();
  readonly scratch = new Wide();
}

/** Columns of a product or quotient: a carry or guard digit at each end. */
const COLUMNS = DIGITS + 2;

export function copyWide(to: Wide, from: Wide): void {
  to.negative = from.negative;
  to.exponent = from.exponent;
  to.digits.set(from.digits);
}

/** A whole number below 2^24, with sign. */
export function setInteger(to: Wide, value: number): void {
  to.negative = value < 0;
  to.exponent = 1;
  to.digits.fill(0);
  to.digits[0] = Math.abs(value);
}

/** Makes digits of columns that may be negative or large, drops leading zeros, truncates. */
function normalize(to: Wide, columns: Float64Array, exponent: number, count: number): void {
  let carry = 0;
  for (let i = count - 1; i > 0; i--) {
    const value = columns[i] + carry;
    carry = Math.floor(value * INVERSE);
    columns[i] = value - carry * BASE;
  }
  columns[0] = columns[0] + carry;
  let first = 0;
  while (first < count && columns[first] === 0) first++;
  for (let i = 0; i < DIGITS; i++) to.digits[i] = first + i < count ? columns[first + i] : 0;
  to.exponent = exponent - first;
  for (let i = first + DIGITS; i < count; i++) {
    if (columns[i] !== 0) {
      to.digits[DIGITS - 1] = to.digits[DIGITS - 1] | 1;
      return;
    }
  }
}

/** Arithmetic with its own columns, one per unit. */
export class WideArithmetic {
  readonly registers = new WideRegisters();
  private readonly columns = new Float64Array(COLUMNS + 1);
  private readonly rest = new Float64Array(COLUMNS);

  mul(to: Wide, a: Wide, b: Wide): void {
    const [x0, x1, x2] = [a.digits[0], a.digits[1], a.digits[2]];
    const [x3, x4, x5] = [a.digits[3], a.digits[4], a.digits[5]];
    const [y0, y1, y2] = [b.digits[0], b.digits[1], b.digits[2]];
    const [y3, y4, y5] = [b.digits[3], b.digits[4], b.digits[5]];
    // Written out, since a series spends most of its time here: 47 ns against 106 ns in loops.
    // Column 0 takes the carry; columns past 7 are worth less than an ulp.
    const c7 = x1 * y5 + x2 * y4 + x3 * y3 + x4 * y2 + x5 * y1;
    const k7 = Math.floor(c7 * INVERSE);
    const c6 = x0 * y5 + x1 * y4 + x2 * y3 + x3 * y2 + x4 * y1 + x5 * y0 + k7;
    const k6 = Math.floor(c6 * INVERSE);
    const c5 = x0 * y4 + x1 * y3 + x2 * y2 + x3 * y1 + x4 * y0 + k6;
    const k5 = Math.floor(c5 * INVERSE);
    const c4 = x0 * y3 + x1 * y2 + x2 * y1 + x3 * y0 + k5;
    const k4 = Math.floor(c4 * INVERSE);
    const c3 = x0 * y2 + x1 * y1 + x2 * y0 + k4;
    const k3 = Math.floor(c3 * INVERSE);
    const c2 = x0 * y1 + x1 * y0 + k3;
    const k2 = Math.floor(c2 * INVERSE);
    const c1 = x0 * y0 + k2;
    const k1 = Math.floor(c1 * INVERSE);
    // Operands have a leading digit, so the product has one in column 0 or 1.
    const shift = k1 !== 0 ? 0 : 1;
    const d = to.digits;
    if (shift === 0) d[0] = k1;
    d[1 - shift] = c1 - k1 * BASE;
    d[2 - shift] = c2 - k2 * BASE;
    d[3 - shift] = c3 - k3 * BASE;
    d[4 - shift] = c4 - k4 * BASE;
    d[5 - shift] = c5 - k5 * BASE;
    const d6 = c6 - k6 * BASE;
    const d7 = c7 - k7 * BASE;
    if (shift !== 0) d[5] = d6;
    if (d7 !== 0 || (shift === 0 && d6 !== 0)) d[5] = d[5] | 1;
    to.negative = a.negative !== b.negative;
    to.exponent = a.exponent + b.exponent - shift;
  }

  mulSmall(to: Wide, a: Wide, factor: number): void {
    const c = this.columns;
    c[0] = 0;
    for (let i = 0; i < DIGITS; i++) c[i + 1] = a.digits[i] * factor;
    to.negative = a.negative;
    normalize(to, c, a.exponent + 1, DIGITS + 1);
  }

  divSmall(to: Wide, a: Wide, divisor: number): void {
    const c = this.columns;
    const reciprocal = 1 / divisor;
    let rest = 0;
    for (let i = 0; i < COLUMNS; i++) {
      const value = rest * BASE + (i < DIGITS ? a.digits[i] : 0);
      // One off now and then: the rest is then negative, or too large, and the next digit makes up for it.
      const quotient = Math.floor(value * reciprocal);
      c[i] = quotient;
      rest = value - quotient * divisor;
    }
    to.negative = a.negative;
    normalize(to, c, a.exponent, COLUMNS);
  }

  add(to: Wide, a: Wide, b: Wide): void {
    this.addSigned(to, a, b, b.negative);
  }

  sub(to: Wide, a: Wide, b: Wide): void {
    this.addSigned(to, a, b, !b.negative);
  }

  private addSigned(to: Wide, a: Wide, b: Wide, bNegative: boolean): void {
    if (b.isZero()) {
      copyWide(to, a);
    } else if (a.isZero()) {
      copyWide(to, b);
      to.negative = bNegative;
    } else if (a.exponent >= b.exponent) {
      this.addAligned(to, a, b, a.negative, a.negative !== bNegative);
    } else {
      this.addAligned(to, b, a, bNegative, a.negative !== bNegative);
    }
  }

  /** `high` has the larger exponent; its sign is `negative`. */
  private addAligned(to: Wide, high: Wide, low: Wide, negative: boolean, opposite: boolean): void {
    const c = this.columns;
    const shift = high.exponent - low.exponent;
    const exponent = high.exponent + 1;
    c[0] = 0;
    for (let i = 0; i < DIGITS; i++) c[i + 1] = high.digits[i];
    c[DIGITS + 1] = 0;
    c[DIGITS + 2] = 0;
    let lost = false;
    for (let i = 0; i < DIGITS; i++) {
      const digit = low.digits[i];
      const at = i + 1 + shift;
      if (at <= DIGITS + 1) c[at] += opposite ? -digit : digit;
      else if (digit !== 0) lost = true;
    }
    if (lost) c[DIGITS + 2] = opposite ? -1 : 1;
    to.negative = opposite && isNegative(c, DIGITS + 3) ? !negative : negative;
    if (to.negative !== negative) for (let i = 0; i < DIGITS + 3; i++) c[i] = -c[i];
    normalize(to, c, exponent, DIGITS + 3);
  }

  /** a / b, by digits estimated from the leading 48 or more bits; the remainder stays exact. */
  div(to: Wide, a: Wide, b: Wide): void {
    const c = this.columns;
    const y = b.digits;
    const rest = this.rest;
    const reciprocal = 1 / (y[0] + y[1] * INVERSE + y[2] * (INVERSE * INVERSE));
    rest.fill(0);
    rest.set(a.digits);
    for (let i = 0; i < COLUMNS; i++) {
      const leading = rest[0] + (rest[1] + (rest[2] + rest[3] * INVERSE) * INVERSE) * INVERSE;
      const quotient = Math.round(leading * reciprocal);
      c[i] = quotient;
      for (let j = 0; j < DIGITS; j++) rest[j] -= quotient * y[j];
      let carry = 0;
      for (let j = COLUMNS - 1; j > 0; j--) {
        const value = rest[j] + carry;
        carry = Math.floor(value * INVERSE);
        rest[j] = value - carry * BASE;
      }
      rest[0] = (rest[0] + carry) * BASE + rest[1];
      for (let j = 1; j < COLUMNS - 1; j++) rest[j] = rest[j + 1];
      rest[COLUMNS - 1] = 0;
    }
    to.negative = a.negative !== b.negative;
    normalize(to, c, a.exponent - b.exponent + 1, COLUMNS);
  }
}

/** Sign of columns whose entries are above -2^24 and below 2^24: that of the first one that decides. */
function isNegative(columns: Float64Array, count: number): boolean {
  for (let i = 0; i < count; i++) if (columns[i] !== 0) return columns[i] < 0;
  return false;
}
