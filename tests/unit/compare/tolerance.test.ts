/** Conditions of --fail-if. */
import { describe, expect, it } from 'vitest';
import { figuresOf } from '../../../sim/compare/figures.js';
import { parseTolerance, violation } from '../../../sim/compare/tolerance.js';
import { Values } from '../../../sim/results/run-record.js';
import { messageOf } from '../config/support.js';
import { runOf } from './runs.js';

const figures = (issue: number, more: Record<string, number> = {}) =>
  figuresOf(
    new Values(runOf('run', { counters: { 'cpi.issue': issue, ...more } }).record.statistics),
  );
const base = figures(1_000_000);

const fails = (condition: string, now = figures(1_050_000)): boolean =>
  violation(parseTolerance(condition), 'now', now, base) !== undefined;

describe('a condition', () => {
  it.each([
    ['cycles>+2%', true],
    ['cycles>2%', true],
    ['cycles>+2.5%', false],
    ['cycles >= +2.5 %', true],
    ['cycles<-1%', false],
    ['ipc<0.5', true],
    ['ipc<0.4', false],
    ['cpi>2', true],
    ['cpi.issue>+49999', true],
    ['cpi.issue>+50000', false],
    ['blocks>=400', true],
  ])('%s', (condition, expected) => {
    expect(fails(condition)).toBe(expected);
  });

  it('of a counter that was zero counts any increase as beyond all per cents', () => {
    expect(fails('hostExit.alias>+50%', figures(1_000_000, { 'hostExit.alias': 1 }))).toBe(true);
    expect(fails('hostExit.alias>+50%', figures(1_000_000))).toBe(false);
  });

  it('tells what was found', () => {
    const found = violation(parseTolerance('cycles>+2%'), 'now', figures(1_050_000), base);
    expect(found?.sentence).toBe('now: cycles is +2.50 %, and --fail-if says cycles>+2%');
  });

  it('that cannot be read is refused', () => {
    expect(messageOf(() => parseTolerance('cycles'))).toBe(
      '--fail-if takes a condition such as cycles>+2% or ipc<0.5, and not "cycles"',
    );
    expect(messageOf(() => parseTolerance('cycles>+2%%'))).toContain('--fail-if takes');
    expect(messageOf(() => fails('cpi.isue>5'))).toBe(
      '--fail-if cpi.isue: nothing is counted by this name; did you mean cpi.issue?; chrysalis stats describe shows what is',
    );
  });
});
