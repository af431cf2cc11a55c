/** Points of a series: dense at the start, even later, bounded, and the same for every run. */
import { describe, expect, it } from 'vitest';
import { FIRST_STEP, MOST_EVEN, SampleGrid } from '../../../sim/results/sample-grid.js';

function pointsUpTo(end: number): { grid: SampleGrid; points: number[] } {
  const grid = new SampleGrid();
  let points: number[] = [];
  for (let at = grid.next(0); at <= end; at = grid.next(at)) {
    points.push(at);
    if (grid.widen(at)) points = points.filter((point) => grid.keeps(point));
  }
  return { grid, points };
}

describe('the sample grid', () => {
  it('begins with equal ratios', () => {
    const { points } = pointsUpTo(10_000);
    expect(points[0]).toBe(1000);
    expect(points).toHaveLength(25);
    expect(points[24]).toBe(10_000);
    for (let i = 1; i < points.length; i++)
      expect((points[i] as number) / (points[i - 1] as number)).toBeCloseTo(10 ** (1 / 24), 2);
  });

  it('goes on with equal steps as well', () => {
    const { points } = pointsUpTo(5_000_000);
    for (let at = FIRST_STEP; at <= 5_000_000; at += FIRST_STEP) expect(points).toContain(at);
  });

  it('stays small, however long the run is', () => {
    const end = 5_000_000_000;
    const { grid, points } = pointsUpTo(end);
    const even = points.filter((point) => point % grid.step === 0);
    expect(even.length).toBeGreaterThan(MOST_EVEN / 2 - 1);
    expect(even.length).toBeLessThanOrEqual(MOST_EVEN);
    expect(points.length).toBeLessThan(MOST_EVEN + 200);
    expect(points).toEqual([...points].sort((a, b) => a - b));
  });

  it('holds the points of a longer run, so that two series can be laid beside each other', () => {
    const short = new Set(pointsUpTo(50_000_000).points);
    const long = pointsUpTo(800_000_000).points.filter((point) => point <= 40_000_000);
    expect(long.filter((point) => !short.has(point))).toEqual([]);
  });

  it('goes on from where a snapshot begins', () => {
    expect(new SampleGrid().next(1_234_567)).toBe(1_300_000);
  });
});
