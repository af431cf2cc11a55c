/** Conditions that points of a sweep must meet. */
import { describe, expect, it } from 'vitest';
import { Condition, type ConditionValue } from '../../../sim/sweep/condition.js';
import { messageOf } from '../config/support.js';

const values: Record<string, ConditionValue> = {
  'host.l1d.sizeKB': 64,
  'host.l2.sizeKB': 512,
  machine: 'no-alias',
  chained: true,
  threshold: null,
};
const holds = (text: string): boolean => new Condition(text).holds((name) => values[name]);

describe('a condition', () => {
  it.each([
    ['host.l1d.sizeKB == 64', true],
    ['host.l1d.sizeKB*8 <= host.l2.sizeKB', true],
    ['host.l1d.sizeKB * 8 < host.l2.sizeKB', false],
    ['(host.l1d.sizeKB + 64) / 2 == 64 and chained', true],
    ['2 + 3 * 4 == 14', true],
    ['10 - 2 - 3 == 5', true],
    ['-3 < 2e0', true],
    ["machine == 'no-alias'", true],
    ['machine != "no-alias" or not chained', false],
    ['not chained or machine == "no-alias" and true', true],
    ['threshold == null', true],
    ['threshold > 5', false],
    ['threshold <= 5', false],
    ['1.5 > 1', true],
  ])('%s', (text, expected) => {
    expect(holds(text)).toBe(expected);
  });

  it.each([
    ['', 'something is missing at its end'],
    ['host.l1d.sizeKB >', 'something is missing at its end'],
    ['(1 == 1', 'a parenthesis is not closed'],
    ['1 == 1 1', '"1" is not expected there'],
    ['machine = 3', '"machine = 3" cannot be read at "= 3"'],
    ['host.l1d.sizeKB', '"host.l1d.sizeKB" is no condition: it gives 64'],
    ['machine + 1 > 2', '"no-alias" and 1 are not both numbers'],
    ['1 and chained', '1 is neither true nor false'],
    ['nothing == 1', 'nothing is neither an axis nor a key with a single value'],
  ])('%s is refused', (text, message) => {
    expect(messageOf(() => holds(text))).toBe(message);
  });
});
