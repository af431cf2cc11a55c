import { describe, expect, it } from 'vitest';
import { Samples, sampleOf } from '../../../cli/dashboard/samples.js';

const sample = (atMs: number, cycles: number) =>
  sampleOf(atMs, [{ name: 'run.cycles', value: cycles, unit: 'cycles', text: '' }]);

describe('samples', () => {
  it('tell what came in the last second', () => {
    const samples = new Samples(sample(0, 100));
    for (const at of [500, 1000, 1500, 2000]) samples.add(sample(at, 100 + at));
    expect(samples.recent('run.cycles')).toBe(1000);
    expect(samples.recentSeconds).toBe(1);
  });

  it('begin anew with the counters, behind a fast-forward', () => {
    const samples = new Samples(sample(0, 100));
    samples.add(sample(500, 90_000));
    expect(samples.add(sample(600, 30))).toBe(true);
    expect(samples.recent('run.cycles')).toBe(0);
    expect(samples.total('run.cycles')).toBe(30);
    expect(samples.add(sample(700, 50))).toBe(false);
    expect(samples.recent('run.cycles')).toBe(20);
  });
});
