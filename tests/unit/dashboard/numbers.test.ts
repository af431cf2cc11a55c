/** Numbers in columns: what they say, and that they never outgrow them. */
import { describe, expect, it } from 'vitest';
import { Rng } from '../../../base/rng.js';
import { bytes, digits, duration, share, short } from '../../../cli/dashboard/numbers.js';
import { barPieces } from '../../../cli/dashboard/panels/cpi-panel.js';

describe('numbers', () => {
  it.each<[n: number, text: string]>([
    [0, '0'],
    [9_999, '9,999'],
    [10_000, '10.0 k'],
    [999_499, '999 k'],
    [999_950, '1.00 M'],
    [12_345_678, '12.3 M'],
    [4_300_000_000, '4.30 G'],
    [0.5, '0.500'],
    [-42_000, '-42.0 k'],
    [Number.NaN, '-'],
  ])('%d as %s', (n, text) => {
    expect(short(n)).toBe(text);
  });

  it.each<[n: number, text: string]>([
    [0.1234, '0.123'],
    [1.234, '1.23'],
    [9.996, '10.0'],
    [99.96, '100'],
    [1234.5, '1,235'],
  ])('%d in three digits: %s', (n, text) => {
    expect(digits(n)).toBe(text);
  });

  it('shares, sizes and times', () => {
    expect([share(1, 3), share(3, 3), share(0, 0)]).toEqual(['33.3 %', '100 %', '-']);
    expect([bytes(7), bytes(300_000), bytes(14 << 20)]).toEqual(['7 B', '293 KB', '14.0 MB']);
    expect([7, 65, 7384].map(duration)).toEqual(['7 s', '1:05', '2:03:04']);
    expect(duration(Infinity)).toBe('-');
  });

  it('fit in six columns, whatever they are', () => {
    const rng = new Rng(5);
    for (let i = 0; i < 20_000; i++) {
      const n = rng.u32() * 10 ** (rng.u32() % 6) * 10 ** -(rng.u32() % 12);
      expect(short(n).length).toBeLessThanOrEqual(6);
      expect(share(rng.u32(), 0xffff_ffff).length).toBeLessThanOrEqual(6);
    }
  });
});

describe('the pieces of a bar', () => {
  it('fill it, in their proportion', () => {
    const rng = new Rng(6);
    for (let i = 0; i < 2000; i++) {
      const shares = Array.from({ length: 15 }, () => (rng.u32() % 3 === 0 ? rng.u32() : 0));
      const columns = 1 + (rng.u32() % 60);
      const pieces = barPieces(shares, columns);
      const whole = shares.reduce((a, b) => a + b, 0);
      expect(pieces.reduce((a, b) => a + b, 0)).toBe(whole > 0 ? columns : 0);
      pieces.forEach((piece, k) => {
        if (whole > 0) expect(Math.abs(piece - (columns * shares[k]) / whole)).toBeLessThan(1);
      });
    }
  });

  it('are none where there is nothing, or no room', () => {
    expect([barPieces([0, 0], 10), barPieces([1, 2], 0)]).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });
});
