/** Series of counters: sampling, thinning out, the file. */
import { describe, expect, it } from 'vitest';
import type { Statistic } from '../../../sim/machine-api.js';
import { MOST_EVEN } from '../../../sim/results/sample-grid.js';
import { column, decodeSeries, encodeSeries, SeriesRecorder } from '../../../sim/results/series.js';

class Counting {
  instructions = 0;
  cyclesEach = 2;

  statistics(): Statistic[] {
    const counter = (name: string, value: number): Statistic => ({
      ...{ name, value, unit: 'cycles' },
      text: 'A counter.',
    });
    return [
      counter('guest.instructions', this.instructions),
      counter('run.cycles', this.instructions * this.cyclesEach),
      counter('never', 0),
    ];
  }
}

/** Runs in slices that overshoot by one, as translations do. */
function recorded(end: number): SeriesRecorder {
  const machine = new Counting();
  const recorder = new SeriesRecorder(machine);
  while (machine.instructions < end) {
    machine.instructions = Math.min(end, recorder.next + 1);
    recorder.look();
  }
  return recorder;
}

describe('a series', () => {
  it('has a sample behind each point and one at the end', () => {
    const series = recorded(250_000).series();
    expect(series.points[0]).toBe(1000);
    expect(column(series, 'guest.instructions')[0]).toBe(1001);
    expect(series.points.at(-1)).toBe(250_000);
    expect(column(series, 'run.cycles').at(-1)).toBe(500_000);
  });

  it('ends once, where the run ends at a point', () => {
    const { points } = recorded(10_001).series();
    expect(points.slice(-2)).toEqual([9085, 10_001]);
  });

  it('leaves out what never happened', () => {
    const series = recorded(10_000).series();
    expect(Object.keys(series.columns)).toEqual(['guest.instructions', 'run.cycles']);
    expect(column(series, 'never')).toEqual(series.points.map(() => 0));
  });

  it('stays small', () => {
    const { points, columns } = recorded(1_000_000_000).series();
    expect(points.length).toBeLessThan(MOST_EVEN + 200);
    expect(columns['run.cycles']?.values).toHaveLength(points.length);
  });

  it('survives the file, counts above 32 bits included', () => {
    const series = {
      schema: 'chrysalis/series/1' as const,
      points: [1000, 2 ** 40],
      columns: { 'run.cycles': { unit: 'cycles', values: [5, Number.MAX_SAFE_INTEGER] } },
    };
    expect(decodeSeries(encodeSeries(series))).toEqual(series);
  });

  it('refuses bytes that are none', () => {
    expect(() => decodeSeries(Uint8Array.of(0x81, 0xa1, 0x61, 0x01))).toThrow();
    expect(() => decodeSeries(encodeSeries(recorded(5000).series()).subarray(0, 40))).toThrow();
  });
});
