/**
 * How long points that run beside each other will still take. A point's length in guest instructions
 * is its limit, or what a finished point with the same guest took; its speed is its own so far, and for
 * those that have not begun the mean of all. No guess is made before there is something to base it on.
 */
import type { RunEvent } from './run-events.js';
import type { PointJob, PointListener, PointResult } from './sweep-runner.js';

interface Running {
  readonly startedAt: number;
  instructions: number;
}

/** The first moments are loading and translating, and say nothing of what comes after. */
const TOO_EARLY_MS = 4000;

export class TimeLeft {
  private readonly running = new Map<string, Running>();
  private readonly lengths = new Map<string, number>();
  private finishedInstructions = 0;
  private finishedMs = 0;

  constructor(
    private readonly together: number,
    private readonly now: () => number,
  ) {}

  started(id: string): void {
    this.running.set(id, { startedAt: this.now(), instructions: 0 });
  }

  /** The limit of a guest, when there is one. */
  limit(workload: string, instructions: number): void {
    if (!this.lengths.has(workload)) this.lengths.set(workload, instructions);
  }

  progress(id: string, instructions: number): void {
    const point = this.running.get(id);
    if (point) point.instructions = instructions;
  }

  ended(id: string, workload: string, instructions: number): void {
    const point = this.running.get(id);
    this.running.delete(id);
    if (instructions > 0) this.lengths.set(workload, instructions);
    if (!point) return;
    this.finishedInstructions += instructions;
    this.finishedMs += Math.max(1, this.now() - point.startedAt);
  }

  /** Seconds, or undefined while they cannot be known. */
  seconds(
    points: readonly { readonly id: string; readonly workload: string }[],
  ): number | undefined {
    const speed = this.meanSpeed();
    if (speed === undefined) return undefined;
    let [total, longest] = [0, 0];
    for (const { id, workload } of points) {
      const length = this.lengths.get(workload);
      if (length === undefined) return undefined;
      const ms = this.msLeft(id, length, speed);
      total += ms;
      longest = Math.max(longest, ms);
    }
    return Math.max(total / this.together, longest) / 1000;
  }

  /** At first by the speed of others, then more and more by its own: a start is slower than the rest. */
  private msLeft(id: string, length: number, meanSpeed: number): number {
    const point = this.running.get(id);
    const left = Math.max(0, length - (point?.instructions ?? 0));
    if (!point || point.instructions === 0) return left / meanSpeed;
    const own = point.instructions / (this.now() - point.startedAt);
    const done = Math.min(1, point.instructions / length);
    return done * (left / own) + (1 - done) * (left / meanSpeed);
  }

  /** Instructions in a millisecond: of finished points, or of those that are far enough to tell. */
  private meanSpeed(): number | undefined {
    if (this.finishedInstructions > 0) return this.finishedInstructions / this.finishedMs;
    let [instructions, ms] = [0, 0];
    for (const point of this.running.values()) {
      const elapsed = this.now() - point.startedAt;
      if (elapsed < TOO_EARLY_MS) continue;
      instructions += point.instructions;
      ms += elapsed;
    }
    return instructions > 0 ? instructions / ms : undefined;
  }
}

/** The time left as the events of a runner tell it. */
export class PointTimes implements PointListener {
  private readonly time: TimeLeft;
  /** Those that have not ended. */
  private readonly waiting: Map<string, PointJob>;

  constructor(jobs: readonly PointJob[], together: number, now: () => number) {
    this.time = new TimeLeft(together, now);
    this.waiting = new Map(jobs.map((job) => [job.folder, job]));
  }

  started({ folder }: PointJob): void {
    this.time.started(folder);
  }

  event({ folder, workload }: PointJob, event: RunEvent): void {
    if (event.event === 'start' && event.maxInstructions !== null)
      this.time.limit(workload, event.maxInstructions);
    if (event.event === 'progress') this.time.progress(folder, event.instructions);
  }

  ended({ job: { folder, workload }, state, record }: PointResult): void {
    this.waiting.delete(folder);
    this.time.ended(folder, workload, state === 'done' ? (record?.instructions ?? 0) : 0);
  }

  /** Seconds of one point, or of all; undefined while they cannot be known. */
  left(folder?: string): number | undefined {
    const points = [...this.waiting.values()].filter(
      (job) => folder === undefined || job.folder === folder,
    );
    return this.time.seconds(points.map((job) => ({ id: job.folder, workload: job.workload })));
  }
}

/** "40 s", "12 min", "3 h 20 min". */
export function duration(seconds: number): string {
  if (seconds < 100) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 100) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
