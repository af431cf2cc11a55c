/** The course of a run: values between samples, what is kept of a long one, and a series as a course. */
import { describe, expect, it } from 'vitest';
import { Course } from '../../../sim/compare/course.js';
import { figuresOf, valuesAt } from '../../../sim/compare/figures.js';
import { runOf } from './runs.js';

const sample = (instructions: number, cycles: number): Record<string, number> => ({
  'guest.instructions': instructions,
  'cpi.interpret': cycles,
});

describe('a course', () => {
  it('grows in proportion between samples, from zero on, and stays at its end', () => {
    const course = new Course();
    course.add(sample(100, 1000));
    course.add(sample(300, 2000));
    const cycles = (at: number): number => course.at(at).get('cpi.interpret');
    expect([0, 50, 100, 200, 300, 999].map(cycles)).toEqual([0, 500, 1000, 1500, 2000, 2000]);
    expect([course.start, course.end]).toEqual([100, 300]);
  });

  it('takes counters that were zero before, and a sample that tells nothing new for nothing', () => {
    const course = new Course();
    course.add(sample(100, 10));
    course.add({ ...sample(200, 20), 'hostExit.alias': 8 });
    course.add(sample(200, 9999));
    expect(course.at(150).get('hostExit.alias')).toBe(4);
    expect(course.at(200).get('cpi.interpret')).toBe(20);
  });

  it('of a machine that only interprets has a CPI stack', () => {
    const course = new Course();
    course.add({ ...sample(100, 1000), 'host.cycles': 1000 });
    expect(figuresOf(course.at(100)).cpi).toMatchObject({ issue: 0, interpret: 0 });
    expect(new Course().at(5).names()).toEqual([]);
  });

  it('keeps a bounded number of samples, dense at the start, with the last one', () => {
    const course = new Course();
    for (let i = 1; i <= 50_000; i++) course.add(sample(i * 1000, i));
    expect(course.length).toBeLessThanOrEqual(2400);
    expect(course.length).toBeGreaterThan(500);
    expect([course.start, course.end]).toEqual([1000, 50_000_000]);
    for (const at of [3000, 40_000, 123_000, 7_654_000, 49_999_000])
      expect(course.at(at).get('cpi.interpret')).toBeCloseTo(at / 1000, 6);
  });

  it('of a series has the values that a comparison of it has', () => {
    const { record, series } = runOf('a', { counters: { 'cpi.issue': 900_000 } });
    const course = Course.ofSeries(series);
    for (const at of [1, 1234, 500_000])
      for (const name of Object.keys(series.columns))
        expect(course.at(at).get(name)).toBeCloseTo(valuesAt(record, series, at).get(name), 6);
  });
});
