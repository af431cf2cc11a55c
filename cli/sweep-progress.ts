/**
 * Progress of points as plain lines on stderr: each one that ends, and every few seconds how far those
 * under way are. It only listens; a full-screen view can listen in its place.
 */
import type { CliHost } from './cli-host.js';
import { count } from './progress.js';
import type { ProgressEvent, RunEvent } from './run-events.js';
import type { PointJob, PointListener, PointResult } from './sweep-runner.js';
import { duration, PointTimes } from './sweep-time-left.js';

const EVERY_MS = 5000;

export interface ProgressWishes {
  /** False: only what has ended is told. */
  readonly ticks?: boolean;
  /** What else belongs into the line of how far everything is. */
  readonly also?: () => readonly string[];
}

export class PointProgress implements PointListener {
  readonly times: PointTimes;
  private readonly latest = new Map<string, { job: PointJob; event?: ProgressEvent }>();
  private readonly total: number;
  private finished = 0;
  private failed = 0;
  private lastAt: number;

  constructor(
    jobs: readonly PointJob[],
    together: number,
    private readonly host: Pick<CliHost, 'wallClock' | 'stderr'>,
    private readonly wishes: ProgressWishes = {},
  ) {
    this.total = new Set(jobs.map(({ folder }) => folder)).size;
    this.times = new PointTimes(jobs, together, () => host.wallClock());
    this.lastAt = host.wallClock();
  }

  started(job: PointJob): void {
    this.latest.set(job.folder, { job });
    this.times.started(job);
  }

  event(job: PointJob, event: RunEvent): void {
    this.times.event(job, event);
    if (event.event !== 'progress') return;
    this.latest.set(job.folder, { job, event });
    this.tick();
  }

  ended(result: PointResult): void {
    const { job, state } = result;
    this.latest.delete(job.folder);
    this.times.ended(result);
    this.finished++;
    if (state === 'failed') this.failed++;
    this.say(`${this.finished}/${this.total} ${job.label}: ${endWords(result)}`);
  }

  private tick(): void {
    const now = this.host.wallClock();
    if (this.wishes.ticks === false || now - this.lastAt < EVERY_MS) return;
    this.lastAt = now;
    this.say(this.line());
  }

  /** How far everything is, in one line. */
  line(): string {
    const running = [...this.latest.values()].map(({ job, event }) => pointWords(job, event));
    const seconds = this.times.left();
    const done = `${this.finished}/${this.total} done`;
    const failed = this.failed > 0 ? [`${this.failed} failed`] : [];
    const left = seconds === undefined ? [] : [`about ${duration(seconds)} left`];
    const also = this.wishes.also?.() ?? [];
    return [[done, ...failed, ...left].join(', '), ...running, ...also].join(' | ');
  }

  private say(text: string): void {
    this.host.stderr.write(`chrysalis: ${text}\n`);
  }
}

function pointWords(job: PointJob, event: ProgressEvent | undefined): string {
  if (!event) return `${job.label} starts`;
  const busy = event.cycles - event.idleCycles;
  const ipc = busy > 0 ? `, IPC ${(event.instructions / busy).toFixed(3)}` : '';
  const mips = event.wallSeconds > 0 ? event.instructions / event.wallSeconds / 1e6 : 0;
  return `${job.label} ${count(event.instructions)}${ipc}, ${mips.toFixed(1)} MIPS`;
}

function endWords({ record, state, reused, sentence, exitCode }: PointResult): string {
  if (state === 'failed') return `failed (exit code ${exitCode}): ${sentence}`;
  if (state === 'interrupted' || !record) return sentence;
  const busy = record.cycles - record.idleCycles;
  const ipc = busy === 0 ? 0 : record.instructions / busy;
  const how = reused ? 'there already' : duration(record.host.wallSeconds);
  return `${count(record.instructions)} instructions, IPC ${ipc.toFixed(3)} (${how})`;
}
