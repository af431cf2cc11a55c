/** The line of a run without a terminal: what it says of the cycles since the line before. */
import { describe, expect, it } from 'vitest';
import { cyclesText } from '../../../cli/progress.js';
import { StatisticValues } from '../../../cli/statistics-text.js';

const values = (counts: Record<string, number>): StatisticValues =>
  new StatisticValues(
    Object.entries(counts).map(([name, value]) => ({ name, value, unit: '', text: '' })),
  );

describe('the progress line', () => {
  it('names IPC and the largest causes of cycles since the one before', () => {
    const before = values({ 'run.cycles': 100, 'run.instructions': 10, 'cpi.interpret': 100 });
    const now = values({
      'run.cycles': 1100,
      'run.instructions': 410,
      'cpi.interpret': 200,
      'cpi.issue': 500,
      'cpi.memory': 200,
      'cpi.idle': 200,
    });
    expect(cyclesText(before, now)).toEqual(['IPC 0.50', 'issue 50 %', 'memory 20 %']);
  });

  it('is silent where there is no host, and while the guest sleeps', () => {
    expect(cyclesText(values({}), values({ 'guest.faults': 1 }))).toEqual([]);
    expect(cyclesText(values({}), values({ 'run.cycles': 9, 'cpi.idle': 9 }))).toEqual([]);
  });
});
