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
    const c = this.columns;
    const x = a.digits;
    const y = b.digits;
    c.fill(0, 0, COLUMNS);
    // Column 0 takes the carry; columns past the last are worth less than an ulp.
    for (let i = 0; i < DIGITS; i++) {
      const xi = x[i];
      const last = Math.min(DIGITS, DIGITS + 1 - i);
      for (let j = 0; j < last; j++) c[i + j + 1] += xi * y[j];
    }
    to.negative = a.negative !== b.negative;
    normalize(to, c, a.exponent + b.exponent, COLUMNS);
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
    let rest = 0;
    for (let i = 0; i < COLUMNS; i++) {
      const value = rest * BASE + (i < DIGITS ? a.digits[i] : 0);
      const quotient = Math.floor(value / divisor);
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
