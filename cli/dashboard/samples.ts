/**
 * What a machine has counted, looked at now and then: totals, and what came in the last second of the
 * wall clock. All names are those of the machine's statistics, each declared once with its unit and a sentence.
 */
import type { Statistic } from '../../sim/machine-api.js';
import { StatisticValues } from '../statistics-text.js';

/** How far back `recent` looks: long enough to be read, short enough to follow a phase. */
const WINDOW_MS = 1000;

export interface Sample {
  readonly atMs: number;
  readonly statistics: readonly Statistic[];
  readonly values: StatisticValues;
}

export function sampleOf(atMs: number, statistics: readonly Statistic[]): Sample {
  return { atMs, statistics, values: new StatisticValues(statistics) };
}

export class Samples {
  private window: Sample[];

  constructor(readonly first: Sample) {
    this.window = [first];
  }

  /** True if the host's counters have begun anew since the one before: there is nothing to compare with. */
  add(sample: Sample): boolean {
    if (sample.values.get('run.cycles') < this.total('run.cycles')) {
      this.window = [sample];
      return true;
    }
    this.window.push(sample);
    // The last one that is old enough is what the others are compared with.
    const cut = this.window.findLastIndex((s) => s.atMs <= sample.atMs - WINDOW_MS);
    if (cut > 0) this.window = this.window.slice(cut);
    return false;
  }

  get newest(): Sample {
    return this.window[this.window.length - 1];
  }

  /** Where `recent` begins. */
  get oldest(): Sample {
    return this.window[0];
  }

  total(name: string): number {
    return this.newest.values.get(name);
  }

  recent(name: string): number {
    return this.total(name) - this.oldest.values.get(name);
  }

  /** Wall-clock seconds that `recent` spans. */
  get recentSeconds(): number {
    return (this.newest.atMs - this.oldest.atMs) / 1000;
  }

  get totalSeconds(): number {
    return (this.newest.atMs - this.first.atMs) / 1000;
  }
}
