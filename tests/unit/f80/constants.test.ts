/**
 * The constants of the transcendental functions and of FLDPI and its companions against
 * series in 400-bit fixed point: every stored digit must be the truncated expansion.
 */
import { describe, expect, it } from 'vitest';
import { LN_2, LOG2_10, LOG2_E, LOG10_2, PI } from '../../../base/f80/index.js';
import { DIGITS, type Wide } from '../../../base/f80/wide.js';
import * as wide from '../../../base/f80/wide-constants.js';
import * as reference from './reference.js';

const { ONE, POINT } = reference;
const digitsOf = (value: bigint, whole: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) =>
    Number((value >> BigInt(POINT - 24 * (i + 1 - whole))) & 0xffffffn),
  );
const expectWide = (constant: Wide, value: bigint): void => {
  expect(constant.negative).toBe(false);
  expect([...constant.digits]).toEqual(digitsOf(value, constant.exponent, DIGITS));
  expect(value >> BigInt(POINT + 24 * constant.exponent)).toBe(0n);
};

describe('wide constants', () => {
  it('pi and its parts', () => {
    expectWide(wide.WIDE_PI, reference.PI);
    expectWide(wide.WIDE_HALF_PI, reference.PI / 2n);
    expectWide(wide.WIDE_QUARTER_PI, reference.PI / 4n);
    expectWide(wide.WIDE_THREE_QUARTERS_PI, (3n * reference.PI) / 4n);
    expect(wide.HALF_PI_DIGITS).toEqual(digitsOf(reference.PI / 2n, 1, 13));
    expect(wide.TWO_OVER_PI_DIGITS).toEqual(digitsOf((2n * ONE * ONE) / reference.PI, 0, 6));
  });
  it('logarithms', () => {
    expectWide(wide.WIDE_LN_2, reference.LN_2);
    expectWide(wide.WIDE_LOG2_E, (ONE * ONE) / reference.LN_2);
  });
  it.each(wide.ARCTANGENTS.map((constant, i) => [i + 1, constant] as const))(
    'arctan(%i/16)',
    (i, constant) => expectWide(constant, reference.arctanFixed((BigInt(i) * ONE) / 16n)),
  );
});

describe('constants of the load instructions', () => {
  const log2of10 = reference.log2Fixed(10n * ONE);
  it.each([
    ['pi', PI, reference.PI],
    ['ln 2', LN_2, reference.LN_2],
    ['log2 e', LOG2_E, (ONE * ONE) / reference.LN_2],
    ['log2 10', LOG2_10, log2of10],
    ['log10 2', LOG10_2, (ONE * ONE) / log2of10],
  ] as const)('%s', (_name, constant, value) => {
    const shift = BigInt(POINT - 63 + constant.se - 0x3fff);
    const truncated = value >> shift;
    expect((BigInt(constant.hi >>> 0) << 32n) | BigInt(constant.lo >>> 0)).toBe(truncated);
    expect(constant.near).toBe(Number((value >> (shift - 1n)) & 1n));
  });
});
