/**
 * Operands that x87 instructions stumble over: numbers near each rounding boundary and limit,
 * zeros, infinities, both kinds of NaN, denormals and the encodings that are no numbers.
 */
import type { Rng } from '../../../base/rng.js';

/** Bytes of a value, least significant first. */
export type Bytes = number[];

const little = (value: bigint, bytes: number): Bytes =>
  Array.from({ length: bytes }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));

const bits64 = (rng: Rng): bigint => (BigInt(rng.u32()) << 32n) | BigInt(rng.u32());
const TOP = 1n << 63n;
const ONES = (1n << 64n) - 1n;

/** Normalized: random, few bits, many trailing zeros, halfway cases of 24 and 53 bits. */
function significand(rng: Rng): bigint {
  const m = bits64(rng);
  const shift = BigInt(rng.below(64));
  switch (rng.below(9)) {
    case 0:
      return TOP;
    case 1:
      return ONES;
    case 2:
      return TOP | (1n << shift);
    case 3:
      return TOP | (m & ((ONES << shift) & ONES));
    case 4:
      return TOP | (m & (ONES ^ ((1n << 40n) - 1n))) | (1n << 39n) | BigInt(rng.below(2));
    case 5:
      return TOP | (m & (ONES ^ 0x7ffn)) | 0x400n | BigInt(rng.below(2));
    default:
      return TOP | m;
  }
}

const f80 = (sign: number, exponent: number, m: bigint): Bytes => [
  ...little(m, 8),
  ...little(BigInt((sign << 15) | exponent), 2),
];

function special(rng: Rng): Bytes {
  const sign = rng.below(2);
  const m = significand(rng);
  switch (rng.below(11)) {
    case 0:
    case 1:
      return f80(sign, 0, 0n);
    case 2:
      return f80(sign, 0x7fff, TOP);
    case 3:
      return f80(sign, 0x7fff, m | (3n << 62n));
    case 4:
      return f80(sign, 0x7fff, (m & ~(1n << 62n)) | 1n);
    case 5:
      return f80(sign, 0, (m >> BigInt(1 + rng.below(63))) | 1n);
    case 6:
      return f80(sign, 0, m);
    case 7:
      return f80(sign, 1 + rng.below(0x7ffe), m & (TOP - 1n));
    case 8:
      return f80(sign, 0x7fff, rng.chance(0.5) ? 0n : m & (TOP - 1n));
    case 9:
      return f80(sign, rng.chance(0.5) ? 1 : 0x7ffe, m);
    default:
      return f80(sign, 0x3fff, TOP);
  }
}

/** Exponents where something happens: near 1, limits of the narrower formats, limits of f80. */
const CENTERS = [0x3fff, 0x3fff, 0x3fff, 0x3fff - 126, 0x3fff + 127, 0x3fff - 1022, 0x3fff + 1023];
const INTEGER_WIDTHS = [15, 31, 63, 59];

function number(rng: Rng): Bytes {
  let exponent = 0x3fff;
  switch (rng.below(7)) {
    case 0:
      exponent = 1 + rng.below(0x7ffe);
      break;
    case 1:
      exponent = rng.chance(0.5) ? 1 + rng.below(70) : 0x7ffe - rng.below(70);
      break;
    case 2:
      exponent = rng.pick(CENTERS) + rng.below(60) - 30;
      break;
    case 3:
      exponent = 0x3fff + rng.pick(INTEGER_WIDTHS) + rng.below(3) - 1;
      break;
    case 4:
      return wholeNumber(rng);
    default:
      exponent = 0x3fff + rng.below(20) - 10;
  }
  return f80(rng.below(2), exponent, significand(rng));
}

/** An integer or something just beside one, or beside a half. */
function wholeNumber(rng: Rng): Bytes {
  const exponent = rng.below(64);
  const unit = 63 - exponent;
  let m = significand(rng);
  if (unit > 0) m &= (ONES << BigInt(unit)) & ONES;
  if (unit > 0 && rng.chance(0.4)) m |= 1n << BigInt(unit - 1);
  if (unit > 1 && rng.chance(0.3)) m |= 1n;
  return f80(rng.below(2), 0x3fff + exponent, m | TOP);
}

export const randomF80 = (rng: Rng): Bytes => (rng.chance(0.25) ? special(rng) : number(rng));

/** A partner for a value: close exponents, equal or opposite values. */
export function relatedF80(rng: Rng, to: Bytes): Bytes {
  const own = randomF80(rng);
  const exponent = ((to[9] & 0x7f) << 8) | to[8];
  if (rng.chance(0.1)) return [...to.slice(0, 9), to[9] ^ (rng.chance(0.5) ? 0x80 : 0)];
  if (rng.chance(0.4) || exponent === 0 || exponent === 0x7fff) return own;
  const near = exponent + rng.below(131) - 65;
  if (near <= 0 || near >= 0x7fff) return own;
  return f80(rng.below(2), near, significand(rng));
}

export function f32Bytes(rng: Rng): Bytes {
  const v = rng.u32();
  const edges = [
    0, 0x7f800000, 0x7fc00000, 0x7f800001, 0x7fbfffff, 1, 0x7fffff, 0x800000, 0x3f800000,
  ];
  const sign = v & 0x80000000;
  if (rng.chance(0.3)) return little(BigInt((rng.pick(edges) | sign) >>> 0), 4);
  if (rng.chance(0.1)) return little(BigInt((v & 0x807fffff) >>> 0), 4);
  return little(BigInt(((v & 0x807fffff) | ((100 + rng.below(56)) << 23)) >>> 0), 4);
}

export function f64Bytes(rng: Rng): Bytes {
  const v = bits64(rng);
  const sign = v & TOP;
  const edges = [
    0n,
    0x7ffn << 52n,
    0xfff8n << 47n,
    (0x7ffn << 52n) | 1n,
    (0x7ffn << 52n) | 0x7ffffffffffffn,
    1n,
    0xfffffffffffffn,
    1n << 52n,
    0x3ffn << 52n,
    (0xfffn << 51n) | 0x123456789abcn,
  ];
  if (rng.chance(0.3)) return little(rng.pick(edges) | sign, 8);
  if (rng.chance(0.1)) return little(v & 0x800fffffffffffffn, 8);
  const exponent = rng.chance(0.2) ? 1 + rng.below(0x7fe) : 0x3ff + rng.below(60) - 30;
  return little((v & 0x800fffffffffffffn) | (BigInt(exponent) << 52n), 8);
}

export function integerBytes(rng: Rng, bytes: number): Bytes {
  const edges = [0n, 1n, -1n, 1n << BigInt(8 * bytes - 1), (1n << BigInt(8 * bytes - 1)) - 1n];
  const value = rng.chance(0.3) ? rng.pick(edges) : bits64(rng) >> BigInt(rng.below(64));
  return little(rng.chance(0.5) ? value : -value, bytes);
}

/** Packed decimal: nine bytes of digits and the sign byte. */
export function bcdBytes(rng: Rng): Bytes {
  const digits = rng.below(19);
  const nibble = (i: number): number => (i < digits ? rng.below(10) : 0);
  const bytes = Array.from({ length: 9 }, (_, i) => nibble(2 * i) | (nibble(2 * i + 1) << 4));
  return [...bytes, rng.below(2) << 7];
}
