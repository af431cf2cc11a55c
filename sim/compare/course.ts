/**
 * The course of a run as it becomes known: all counters at growing counts of guest instructions, from the
 * events of a run under way or the series of one that is over. Between two samples counters grow in
 * proportion, so two courses can be compared at any count that both have reached.
 *
 * However long the run is, a bounded number of samples is kept: dense at the start, on a logarithmic
 * scale, and even ones behind it.
 */
import { Values } from '../results/run-record.js';
import type { Series } from '../results/series.js';
import { between, inProportion } from './figures.js';

const INSTRUCTIONS = 'guest.instructions';
/** More samples than this are thinned out. */
const MOST = 2400;
/** Of what was run so far, and of the count itself: the closest that samples stand then. */
const [EVEN, LOGARITHMIC] = [1 / 800, 0.05];

/** Counters by name; those that are 0 may be left out. */
export type Counters = Readonly<Record<string, number>>;

export class Course {
  /** Guest instructions of each sample. */
  private counts: number[] = [];
  /** Values of each sample, by the index of the counter; those that were not known then are 0. */
  private rows: number[][] = [];
  private readonly index = new Map<string, number>();

  static ofSeries({ columns, points }: Series): Course {
    const course = new Course();
    const named = Object.entries(columns);
    points.forEach((_, i) => {
      course.add(
        Object.fromEntries(named.map(([name, { values }]) => [name, values[i] as number])),
      );
    });
    return course;
  }

  /** A sample behind all others; one that has not come further tells nothing new. */
  add(counters: Counters): void {
    const count = counters[INSTRUCTIONS] ?? 0;
    if (count <= this.end) return;
    const row: number[] = [];
    for (const [name, value] of Object.entries(counters)) row[this.indexOf(name)] = value;
    this.counts.push(count);
    this.rows.push(row);
    if (this.counts.length > MOST) this.thinOut();
  }

  /** Guest instructions that it has come to; 0: nothing is known yet. */
  get end(): number {
    return this.counts.at(-1) ?? 0;
  }

  /** The first count that is known. */
  get start(): number {
    return this.counts[0] ?? 0;
  }

  get names(): string[] {
    return [...this.index.keys()];
  }

  get length(): number {
    return this.counts.length;
  }

  /** Counters at a count of guest instructions; behind the end those of the end. */
  at(instructions: number): Values {
    const place = between(this.counts, Math.min(instructions, this.end));
    const value = (i: number): number =>
      place === undefined ? 0 : inProportion(place, (sample) => this.rows[sample]?.[i] ?? 0);
    return new Values([...this.index].map(([name, i]) => ({ name, value: value(i) })));
  }

  private indexOf(name: string): number {
    const known = this.index.get(name);
    if (known !== undefined) return known;
    const index = this.index.size;
    this.index.set(name, index);
    // A machine that spends cycles on any slot has the whole stack.
    if (name.startsWith('cpi.') && name !== 'cpi.issue') this.indexOf('cpi.issue');
    return index;
  }

  private thinOut(): void {
    const even = this.end * EVEN;
    let kept = 0;
    const isKept = this.counts.map((count, i) => {
      const isLast = i === this.counts.length - 1;
      if (!isLast && i > 0 && count - kept < Math.min(even, kept * LOGARITHMIC)) return false;
      kept = count;
      return true;
    });
    this.counts = this.counts.filter((_, i) => isKept[i]);
    this.rows = this.rows.filter((_, i) => isKept[i]);
  }
}
