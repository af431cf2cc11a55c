/** What was published beside what this sweep found: the figure, and whether the direction is the same. */

import type { Published } from './sweep-file.js';
import { average, type Group, groupAt, ratio, type SweepResult } from './sweep-result.js';

export interface Reproduction {
  readonly text: string;
  readonly source: string;
  readonly published: string;
  readonly ours: string;
  /** Ours as a number: per cent of change, or the figure. */
  readonly value: number | null;
  /** Both are changes in per cent. */
  readonly isChange: boolean;
  readonly publishedValue: number | null;
  readonly verdict:
    | 'as published'
    | 'same direction'
    | 'opposite direction'
    | 'no difference'
    | 'not measured'
    | 'shown';
}

/** A change within so many per cent is none. */
const NOTHING = 0.5;
/** Within this factor of the published figure it is called the same. */
const NEAR = 1.5;

export function reproductions(result: SweepResult): Reproduction[] {
  return result.sweep.published.map((one) => reproduction(one, result));
}

function reproduction(one: Published, result: SweepResult): Reproduction {
  const baseline = result.baseline?.at ?? {};
  const group = groupAt(result.groups, { ...baseline, ...one.at });
  const against = one.against && groupAt(result.groups, { ...baseline, ...one.against });
  const value = group && measured(one, group, against);
  const unit = one.against ? ' %' : '';
  const sign = (n: number): string =>
    (one.against && n >= 0 ? '+' : '') + Number(n.toPrecision(3)) + unit;
  return {
    text: one.text,
    source: one.source,
    published: one.value === null ? (one.expect ?? '') : sign(one.value),
    ours: value === undefined ? '-' : sign(value),
    value: value ?? null,
    isChange: one.against !== undefined,
    publishedValue: one.value,
    verdict: value === undefined ? 'not measured' : verdict(one, value),
  };
}

function measured(one: Published, group: Group, against: Group | undefined): number | undefined {
  if (!one.against) return average(one.metric, group);
  const factor = against && ratio(one.metric, group, against);
  return factor === undefined ? undefined : 100 * (factor - 1);
}

function verdict(one: Published, value: number): Reproduction['verdict'] {
  if (!one.against) return one.value !== null && near(value, one.value) ? 'as published' : 'shown';
  const expected = one.expect ?? (one.value === null ? 'same' : one.value > 0 ? 'more' : 'fewer');
  if (Math.abs(value) < NOTHING) return expected === 'same' ? 'as published' : 'no difference';
  if (expected === 'same') return 'opposite direction';
  if (value > 0 !== (expected === 'more')) return 'opposite direction';
  return one.value !== null && near(value, one.value) ? 'as published' : 'same direction';
}

function near(ours: number, published: number): boolean {
  const factor = ours / published;
  return factor > 1 / NEAR && factor < NEAR;
}
