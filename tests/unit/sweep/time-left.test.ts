/** How long points will still take, by a clock that the test turns. */
import { beforeEach, describe, expect, it } from 'vitest';
import { duration, TimeLeft } from '../../../cli/sweep-time-left.js';

let now = 0;
beforeEach(() => {
  now = 0;
});
const left = (together = 2): TimeLeft => new TimeLeft(together, () => now);
const points = (...ids: string[]) => ids.map((id) => ({ id, workload: 'w' }));

describe('the time left', () => {
  it('is not guessed before there is something to base it on', () => {
    const time = left();
    time.started('a');
    time.limit('w', 1_000_000);
    now = 1000;
    time.progress('a', 1000);
    expect(time.seconds(points('a', 'b'))).toBeUndefined();
  });

  it('is unknown while nobody knows how long a guest is', () => {
    const time = left();
    time.started('a');
    now = 10_000;
    time.progress('a', 500_000);
    expect(time.seconds(points('a'))).toBeUndefined();
  });

  it('follows from the points that are finished', () => {
    const time = left();
    time.started('a');
    now = 20_000;
    time.ended('a', 'w', 2_000_000);
    expect(time.seconds(points('b', 'c', 'd', 'e'))).toBeCloseTo(40);
    expect(time.seconds(points('b'))).toBeCloseTo(20);
  });

  it('takes a slow start for what it is', () => {
    const time = left(1);
    time.started('a');
    now = 10_000;
    time.ended('a', 'w', 1_000_000);
    time.started('b');
    now = 12_000;
    time.progress('b', 10_000);
    expect(time.seconds(points('b'))).toBeLessThan(15);
  });

  it('follows a point that is slower than the others once it is far', () => {
    const time = left(1);
    time.started('a');
    now = 10_000;
    time.ended('a', 'w', 1_000_000);
    time.started('b');
    now = 110_000;
    time.progress('b', 900_000);
    expect(time.seconds(points('b'))).toBeGreaterThan(9);
  });

  it('is told in words', () => {
    expect([0.2, 40, 150, 3600, 12_000].map(duration)).toEqual([
      ...['1 s', '40 s', '3 min', '60 min', '3 h 20 min'],
    ]);
  });
});
