/**
 * What the live comparison shows: plain data of each variant, and where they are compared: at the guest
 * instructions that all of them have reached, since each gets there at a time of its own.
 */
import type { Course } from '../../../sim/compare/course.js';
import { type Figures, figuresOf, percentChange } from '../../../sim/compare/figures.js';
import type { CounterText } from '../../run-events.js';

export type VariantState = 'waiting' | 'running' | 'ended' | 'stopped' | 'failed';

export interface VariantModel {
  readonly label: string;
  readonly state: VariantState;
  /** How it ended; empty before. */
  readonly sentence: string;
  readonly course: Course;
  /** Guest instructions simulated in a microsecond of the wall clock, in the last seconds; NaN: none. */
  readonly mips: number;
  readonly secondsLeft: number | undefined;
  readonly tcacheBytes: number;
}

export interface CompareModel {
  readonly guest: string;
  /** Differences are against the first one. */
  readonly variants: readonly VariantModel[];
  /** Counters in their order, with unit and sentence. */
  readonly counters: readonly CounterText[];
  readonly secondsLeft: number | undefined;
  /** A sentence for a few seconds. */
  readonly notice: string;
  /** Nothing runs any more. */
  readonly over: boolean;
}

/** A variant at the place where all are compared. */
export interface Reached {
  readonly variant: VariantModel;
  readonly figures: Figures;
}

/** Guest instructions that all variants have reached which run, or have; 0: none has. */
export function commonPoint(variants: readonly VariantModel[]): number {
  const ends = variants
    .filter(({ state, course }) => state !== 'failed' && course.end > 0)
    .map(({ course }) => course.end);
  return ends.length === 0 ? 0 : Math.min(...ends);
}

/** Undefined: it has not come so far. */
export function reachedAt(variant: VariantModel, instructions: number): Reached | undefined {
  const { course } = variant;
  if (instructions === 0 || course.end < instructions) return undefined;
  return { variant, figures: figuresOf(course.at(instructions)) };
}

/** What the plain lines of a comparison say beside how far each is: "at 12.3 M: no-alias +4.2 % cycles". */
export function differenceWords(
  variants: readonly VariantModel[],
  count: (n: number) => string,
): string[] {
  const at = commonPoint(variants);
  const [base, ...others] = variants.map((variant) => reachedAt(variant, at));
  if (base === undefined || base.figures.cycles === 0) return [];
  const words = others.flatMap((other) => {
    if (other === undefined) return [];
    const percent = percentChange(other.figures.cycles, base.figures.cycles);
    return [`${other.variant.label} ${percentText(percent)} cycles`];
  });
  return words.length === 0 ? [] : [`at ${count(Math.round(at))}: ${words.join(', ')}`];
}

/** Eight columns at most: +4.2 %, -100.0 %, ×12.3, new. */
export function percentText(percent: number): string {
  if (!Number.isFinite(percent)) return 'new';
  if (percent >= 1000) {
    const times = 1 + percent / 100;
    return times >= 99_999.5 ? '>×10^5' : `×${times.toFixed(times < 99.95 ? 1 : 0)}`;
  }
  // What rounds to nothing has no sign.
  const text = Math.abs(percent).toFixed(1);
  const sign = text === '0.0' ? '' : percent < 0 ? '-' : '+';
  return `${sign}${text} %`;
}
