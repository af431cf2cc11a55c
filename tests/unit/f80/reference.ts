/**
 * The transcendental functions in 400-bit fixed point on BigInt: an independent reference
 * for the error of base/f80. A value is n * 2^e. Series only, no table shared with the code.
 */
import { BIAS } from '../../../base/f80/index.js';
import type { Triple } from './vectors.js';

export interface Real {
  readonly n: bigint;
  readonly e: number;
}

export const POINT = 400;
const P = BigInt(POINT);
export const ONE = 1n << P;

/** Exponents that fixed point can hold with more than 200 significant bits. */
const SMALLEST = BIAS - 120;
const abs = (n: bigint): bigint => (n < 0n ? -n : n);

export function isFinite80(t: Triple): boolean {
  const exponent = t.se & 0x7fff;
  return t.hi < 0 && exponent !== 0 && exponent !== 0x7fff;
}

export function toReal(t: Triple): Real {
  const n = (BigInt(t.hi >>> 0) << 32n) | BigInt(t.lo >>> 0);
  return { n: (t.se & 0x8000) !== 0 ? -n : n, e: (t.se & 0x7fff || 1) - BIAS - 63 };
}

function toFixed(t: Triple): bigint {
  const { n, e } = toReal(t);
  const shift = P + BigInt(e);
  return shift >= 0n ? n << shift : n >> -shift;
}

const mul = (a: bigint, b: bigint): bigint => (a * b) >> P;
const div = (a: bigint, b: bigint): bigint => (a << P) / b;

function series(first: bigint, next: (term: bigint, k: bigint) => bigint): bigint {
  let sum = 0n;
  let term = first;
  for (let k = 1n; abs(term) > 1n; k++) {
    sum += term;
    term = next(term, k);
  }
  return sum;
}

/** Odd series x - s x^3/3 + ..., s = 1 for arctan and -1 for artanh. */
function oddSeries(x: bigint, s: bigint): bigint {
  const square = mul(x, x);
  let power = x;
  let sum = 0n;
  for (let k = 1n; abs(power) > 1n; k += 2n) {
    sum += power / k;
    power = -s * mul(power, square);
  }
  return sum;
}

export const PI = 16n * oddSeries(ONE / 5n, 1n) - 4n * oddSeries(ONE / 239n, 1n);
export const LN_2 = 2n * oddSeries(ONE / 3n, -1n);

function sinFixed(x: bigint): bigint {
  const r = x % (2n * PI);
  const square = mul(r, r);
  return series(r, (t, k) => -mul(t, square) / (2n * k * (2n * k + 1n)));
}

function cosFixed(x: bigint): bigint {
  const r = x % (2n * PI);
  const square = mul(r, r);
  return series(ONE, (t, k) => -mul(t, square) / ((2n * k - 1n) * 2n * k));
}

function sqrtFixed(x: bigint): bigint {
  let root = x + ONE;
  for (;;) {
    const better = (root + div(x, root)) >> 1n;
    if (better >= root) return root;
    root = better;
  }
}

export function arctanFixed(t: bigint): bigint {
  // arctan t = 2 arctan(t / (1 + sqrt(1 + t^2))), three times.
  let x = t;
  for (let i = 0; i < 3; i++) x = div(x, ONE + sqrtFixed(ONE + mul(x, x)));
  return 8n * oddSeries(x, 1n);
}

export function log2Fixed(x: bigint): bigint {
  let power = 0n;
  let m = x;
  for (; m > (3n * ONE) / 2n; m /= 2n) power++;
  for (; m < (3n * ONE) / 4n; m *= 2n) power--;
  return div(2n * oddSeries(div(m - ONE, m + ONE), -1n), LN_2) + (power << P);
}

/** log2(1 + x) with the relative precision of a small x. */
function log2p1Fixed(x: bigint): bigint {
  if (abs(x) > ONE / 4n) return log2Fixed(ONE + x);
  return div(2n * oddSeries(div(x, 2n * ONE + x), -1n), LN_2);
}

const inRange = (t: Triple, low: number, high: number): boolean => {
  const exponent = t.se & 0x7fff;
  return isFinite80(t) && exponent >= low && exponent < high;
};
const fixed = (n: bigint): Real => ({ n, e: -POINT });
const times = (y: Triple, log: bigint): Real => ({ n: toReal(y).n * log, e: toReal(y).e - POINT });

/** The value of a function for ST0 = a, ST1 = b; undefined where this reference does not reach. */
export const references: Readonly<
  Record<string, (a: Triple, b: Triple) => readonly Real[] | undefined>
> = {
  fsin: (a) => (inRange(a, SMALLEST, BIAS + 63) ? [fixed(sinFixed(toFixed(a)))] : undefined),
  fcos: (a) => (inRange(a, SMALLEST, BIAS + 63) ? [fixed(cosFixed(toFixed(a)))] : undefined),
  fsincos: (a) => {
    if (!inRange(a, SMALLEST, BIAS + 63)) return undefined;
    return [fixed(sinFixed(toFixed(a))), fixed(cosFixed(toFixed(a)))];
  },
  fptan: (a) => {
    if (!inRange(a, SMALLEST, BIAS + 63)) return undefined;
    return [fixed(div(sinFixed(toFixed(a)), cosFixed(toFixed(a))))];
  },
  f2xm1: (a) => {
    if (!inRange(a, SMALLEST, BIAS)) return undefined;
    const z = mul(toFixed(a), LN_2);
    return [fixed(series(z, (t, k) => mul(t, z) / (k + 1n)))];
  },
  fyl2x: (a, b) => {
    if (!inRange(a, 1, 0x7fff) || !isFinite80(b) || (a.se & 0x8000) !== 0) return undefined;
    const power = (a.se & 0x7fff) - BIAS;
    const log = log2Fixed(toFixed({ ...a, se: BIAS })) + (BigInt(power) << P);
    // Just below a power of two the sum cancels: recompute from x - 1, which is exact.
    const near = power === -1 ? log2p1Fixed(toFixed(a) - ONE) : log;
    return near === 0n ? undefined : [times(b, power === 0 ? log2p1Fixed(toFixed(a) - ONE) : near)];
  },
  fyl2xp1: (a, b) => {
    if (!inRange(a, SMALLEST, BIAS + 120) || !isFinite80(b)) return undefined;
    if ((a.se & 0x8000) !== 0 && (a.se & 0x7fff) >= BIAS) return undefined;
    return [times(b, log2p1Fixed(toFixed(a)))];
  },
  fpatan: (a, b) => {
    const distance = (b.se & 0x7fff) - (a.se & 0x7fff);
    if (!isFinite80(a) || !isFinite80(b) || Math.abs(distance) > 120) return undefined;
    const ratio = ((abs(toReal(b).n) << (P + BigInt(distance + 200))) / abs(toReal(a).n)) >> 200n;
    const angle = (a.se & 0x8000) !== 0 ? PI - arctanFixed(ratio) : arctanFixed(ratio);
    return [fixed((b.se & 0x8000) !== 0 ? -angle : angle)];
  },
};

/** Error of a result in units of its last place, and whether it is the correctly rounded one. */
export function judge(
  result: Triple,
  exact: Real,
  rounding: number,
): { ulps: number; correct: boolean } {
  const got = toReal(result);
  const shift = BigInt(got.e - exact.e);
  // Both in units of 2^(exact.e): shift > 0, as the reference has far more bits.
  const unit = 1n << shift;
  const error = got.n * unit - exact.n;
  const ulps = Number((abs(error) * 1000000n) / unit) / 1e6;
  const nearest = 2n * abs(error) <= unit;
  const toward = error === 0n || error < 0n === exact.n > 0n;
  const below = error <= 0n;
  const correct = [nearest, below, error >= 0n, toward][rounding] as boolean;
  return { ulps, correct: correct && abs(error) < unit };
}
