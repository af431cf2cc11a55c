/**
 * Progress of points as plain lines on stderr: each one that ends, and every few seconds how far those
 * under way are. It only listens; a full-screen view can listen in its place.
 */
import type { CliHost } from './cli-host.js';
import { count } from './progress.js';
import type { ProgressEvent, RunEvent } from './run-events.js';
import type { PointJob, PointListener, PointResult } from './sweep-runner.js';
import { duration, TimeLeft } from './sweep-time-left.js';

const EVERY_MS = 5000;

export class PointProgress implements PointListener {
  private readonly latest = new Map<string, { job: PointJob; event?: ProgressEvent }>();
  private readonly waiting: Map<string, PointJob>;
  private readonly timeLeft: TimeLeft;
  private readonly total: number;
  private finished = 0;
  private failed = 0;
  private lastAt: number;

  constructor(
    jobs: readonly PointJob[],
    together: number,
    private readonly host: CliHost,
  ) {
    this.waiting = new Map(jobs.map((job) => [job.folder, job]));
    this.total = this.waiting.size;
    this.timeLeft = new TimeLeft(together, () => host.wallClock());
    this.lastAt = host.wallClock();
  }

  started(job: PointJob): void {
    this.latest.set(job.folder, { job });
    this.timeLeft.started(job.folder);
  }

  event(job: PointJob, event: RunEvent): void {
    if (event.event === 'start' && event.maxInstructions !== null)
      this.timeLeft.limit(job.workload, event.maxInstructions);
    if (event.event !== 'progress') return;
    this.latest.set(job.folder, { job, event });
    this.timeLeft.progress(job.folder, event.instructions);
    this.tick();
  }

  ended(result: PointResult): void {
    const { job, record, state } = result;
    this.latest.delete(job.folder);
    this.waiting.delete(job.folder);
    this.timeLeft.ended(
      job.folder,
      job.workload,
      state === 'done' ? (record?.instructions ?? 0) : 0,
    );
    this.finished++;
    if (state === 'failed') this.failed++;
    this.say(`${this.finished}/${this.total} ${job.label}: ${endWords(result)}`);
  }

  private tick(): void {
    const now = this.host.wallClock();
    if (now - this.lastAt < EVERY_MS) return;
    this.lastAt = now;
    this.say(this.line());
  }

  /** How far everything is, in one line. */
  line(): string {
    const running = [...this.latest.values()].map(({ job, event }) => pointWords(job, event));
    const points = [...this.waiting.values()].map((job) => ({
      id: job.folder,
      workload: job.workload,
    }));
    const seconds = this.timeLeft.seconds(points);
    const done = `${this.finished}/${this.total} done`;
    const failed = this.failed > 0 ? [`${this.failed} failed`] : [];
    const left = seconds === undefined ? [] : [`about ${duration(seconds)} left`];
    return [[done, ...failed, ...left].join(', '), ...running].join(' | ');
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
