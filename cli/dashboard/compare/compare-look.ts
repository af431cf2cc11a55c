/** What the live comparison has seen of its variants: what the runner reports, handed on as a model. */
import { Course } from '../../../sim/compare/course.js';
import type { RunRecord } from '../../../sim/results/run-record.js';
import { readSeries } from '../../../sim/results/run-record.js';
import type { CounterText, RunEvent } from '../../run-events.js';
import type { PointJob, PointListener, PointResult } from '../../sweep-runner.js';
import type { PointTimes } from '../../sweep-time-left.js';
import type { CompareModel, VariantModel, VariantState } from './compare-model.js';

/** A variant as the command line names it; `record`: of a run that is over, in its folder. */
export interface VariantPlan {
  readonly label: string;
  readonly folder: string;
  readonly tcacheBytes: number;
  readonly record?: RunRecord;
}

interface Seen {
  state: VariantState;
  sentence: string;
  course: Course;
  /** When it had come how far, lately: seconds of the wall clock, guest instructions. */
  steps: (readonly [seconds: number, instructions: number])[];
}

/** How far back a speed looks. */
const WINDOW_SECONDS = 3;

export class CompareLook implements PointListener {
  /** By folder: variants that are the same machine share one. */
  private readonly seen = new Map<string, Seen>();
  private counters: readonly CounterText[] = [];
  private guest = '';

  constructor(
    private readonly plans: readonly VariantPlan[],
    private readonly times: Pick<PointTimes, 'left'>,
  ) {
    for (const { folder, record } of plans) {
      this.seen.set(folder, { state: 'waiting', sentence: '', course: new Course(), steps: [] });
      if (record !== undefined) this.isOver(folder, record);
    }
  }

  started({ folder }: PointJob): void {
    this.of(folder).state = 'running';
  }

  event({ folder }: PointJob, event: RunEvent): void {
    const seen = this.of(folder);
    if (event.event === 'start') {
      this.describe(event.counters, event.guest);
    } else if (event.event === 'progress') {
      const { wallSeconds, instructions, statistics } = event;
      seen.course.add(statistics);
      seen.steps.push([wallSeconds, instructions]);
      const old = seen.steps.findLastIndex(([at]) => at <= wallSeconds - WINDOW_SECONDS);
      if (old > 0) seen.steps = seen.steps.slice(old);
    }
  }

  ended({ job: { folder }, state, record, reused, sentence }: PointResult): void {
    if (reused && record !== undefined) this.isOver(folder, record);
    const seen = this.of(folder);
    const states = { done: 'ended', failed: 'failed', interrupted: 'stopped' } as const;
    seen.state = states[state];
    seen.sentence = sentence;
    seen.steps = [];
  }

  model(notice: string, over: boolean): CompareModel {
    const { guest, counters } = this;
    const variants = this.plans.map((plan) => this.variant(plan));
    return { guest, counters, variants, notice, over, secondsLeft: this.times.left() };
  }

  private variant({ label, folder, tcacheBytes }: VariantPlan): VariantModel {
    const { state, sentence, course, steps } = this.of(folder);
    const [first, last] = [steps[0] ?? [0, 0], steps.at(-1) ?? [0, 0]];
    const seconds = last[0] - first[0];
    const mips = seconds > 0 ? (last[1] - first[1]) / seconds / 1e6 : Number.NaN;
    const isUnderWay = state === 'running' || state === 'waiting';
    const secondsLeft = isUnderWay ? this.times.left(folder) : undefined;
    return { label, state, sentence, course, mips, secondsLeft, tcacheBytes };
  }

  /** A run that was over before: its series is there. */
  private isOver(folder: string, record: RunRecord): void {
    const seen = this.of(folder);
    seen.state = 'ended';
    seen.sentence = record.sentence;
    seen.course = courseOf(folder);
    this.describe(record.statistics, record.guest);
  }

  /** Machines may count more than others. */
  private describe(counters: readonly CounterText[], guest: string): void {
    if (counters.length > this.counters.length) this.counters = counters;
    if (this.guest === '') this.guest = guest;
  }

  private of(folder: string): Seen {
    const seen = this.seen.get(folder);
    if (seen === undefined) throw new Error(`no variant has the folder ${folder}`);
    return seen;
  }
}

/** Whoever compares the folders says what is wrong with one. */
function courseOf(folder: string): Course {
  try {
    return Course.ofSeries(readSeries(folder));
  } catch {
    return new Course();
  }
}
