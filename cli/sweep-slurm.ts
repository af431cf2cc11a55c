/**
 * Points on a Slurm cluster: writes a job array, submits it with sbatch, and looks every few seconds at
 * what has finished. A task leaves the results folder of each point and, beside it, how it ended
 * (`KEY.exit.json`); a task that Slurm ended leaves neither and is reported as failed.
 *
 * When this process is interrupted the cluster goes on; the same command later finds the job and waits
 * for it, or takes what it has finished.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ExitCode, UserError } from '../base/errors.js';
import { slurmScript, taskCount } from '../sim/sweep/slurm-script.js';
import type { CliHost } from './cli-host.js';
import {
  finished,
  mainModule,
  type PointJob,
  type PointListener,
  type PointResult,
  pointResult,
} from './sweep-runner.js';

const LOOK_EVERY_MS = 2000;
/** A shared file system may show a file some time after the task has ended. */
const PATIENCE_MS = 15_000;

export interface SlurmOptions {
  readonly name: string;
  /** The sweep's folder. */
  readonly out: string;
  readonly together: number | undefined;
  readonly options: readonly string[];
}

interface Submitted {
  readonly job: string;
  readonly folders: readonly string[];
}

export class SlurmRunner {
  private stopped = false;

  constructor(
    private readonly listener: PointListener,
    private readonly host: CliHost,
    private readonly wishes: SlurmOptions,
  ) {}

  async run(jobs: readonly PointJob[]): Promise<PointResult[]> {
    const unique = [...new Map(jobs.map((job) => [job.folder, job])).values()];
    const results = new Map<string, PointResult>();
    const settle = (result: PointResult): void => {
      results.set(result.job.folder, result);
      this.listener.ended?.(result);
    };
    const open = new Map<string, PointJob>();
    for (const job of unique) {
      const record = finished(job.folder);
      if (record) settle(pointResult(job, record, true));
      else open.set(job.folder, job);
    }
    if (open.size > 0) await this.wait(this.submitted([...open.values()]), open, settle);
    for (const job of open.values()) settle(notFinished(job));
    return jobs.map((job) => ({ ...(results.get(job.folder) as PointResult), job }));
  }

  /** Looks no longer; the cluster goes on. */
  stop(): void {
    this.stopped = true;
  }

  /** The job that these points run in: one that is under way already, or a new one. */
  private submitted(jobs: readonly PointJob[]): string {
    const folder = join(this.wishes.out, 'slurm');
    const file = join(folder, 'job.json');
    const before = readJob(file);
    const covered = before && jobs.every((job) => before.folders.includes(job.folder));
    if (before && covered && inQueue(before.job)) {
      this.say(`job ${before.job} is under way already; waiting for it`);
      return before.job;
    }
    mkdirSync(folder, { recursive: true });
    for (const job of jobs) rmSync(exitFile(job.folder), { force: true });
    writeFileSync(join(folder, 'points.json'), JSON.stringify(jobs));
    const script = join(folder, 'job.sh');
    writeFileSync(script, this.script(folder, jobs.length));
    const job = submit(script);
    writeFileSync(file, JSON.stringify({ job, folders: jobs.map((one) => one.folder) }));
    this.say(`submitted job ${job}: ${taskCount(jobs.length)} tasks (scancel ${job} ends it)`);
    return job;
  }

  private script(folder: string, count: number): string {
    return slurmScript({
      name: `chrysalis-${this.wishes.name}`,
      node: process.execPath,
      mainModule,
      points: resolve(folder, 'points.json'),
      count,
      together: this.wishes.together,
      workFolder: process.cwd(),
      outputFolder: resolve(folder),
      options: this.wishes.options,
    });
  }

  /** Until all are settled, or nobody works on the others any more. */
  private async wait(
    job: string,
    open: Map<string, PointJob>,
    settle: (result: PointResult) => void,
  ): Promise<void> {
    let goneSince: number | undefined;
    while (open.size > 0 && !this.stopped) {
      await this.host.wait(LOOK_EVERY_MS);
      for (const point of [...open.values()]) {
        const result = ended(point);
        if (!result) continue;
        open.delete(point.folder);
        settle(result);
      }
      if (inQueue(job)) goneSince = undefined;
      else goneSince ??= this.host.wallClock();
      if (goneSince !== undefined && this.host.wallClock() - goneSince > PATIENCE_MS) break;
    }
    if (!this.stopped) this.giveUp(job, open, settle);
  }

  private giveUp(
    job: string,
    open: Map<string, PointJob>,
    settle: (result: PointResult) => void,
  ): void {
    const where = join(this.wishes.out, 'slurm');
    for (const point of open.values()) {
      const sentence = `job ${job} ended without it; ${where} holds what its tasks printed`;
      settle({ ...notFinished(point), state: 'failed', exitCode: ExitCode.bug, sentence });
    }
    open.clear();
  }

  private say(text: string): void {
    this.host.stderr.write(`chrysalis: ${text}\n`);
  }
}

function submit(script: string): string {
  const { status, stdout, stderr, error } = spawnSync('sbatch', ['--parsable', script], {
    encoding: 'utf8',
  });
  if (error)
    throw new UserError(
      `--on slurm needs sbatch, which is not found (${(error as NodeJS.ErrnoException).code})`,
      ExitCode.usage,
    );
  const job = /^(\d+)/.exec(stdout.trim())?.[1];
  if (status === 0 && job !== undefined) return job;
  const reason = stderr.trim().split('\n').at(-1) ?? '';
  throw new UserError(`sbatch refuses the job: ${reason}`, ExitCode.usage);
}

/** Whether any task of it waits or runs. When squeue does not answer, it is thought to. */
function inQueue(job: string): boolean {
  const { status, stdout, stderr } = spawnSync(
    'squeue',
    ['--noheader', '--jobs', job, '--format=%T'],
    {
      encoding: 'utf8',
    },
  );
  if (status !== 0) return !/Invalid job id/i.test(stderr);
  return stdout.trim() !== '';
}

function readJob(file: string): Submitted | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Submitted;
  } catch {
    return undefined;
  }
}

export interface PointExit {
  readonly exitCode: number;
  readonly sentence: string;
}

/** How a point ended, beside its results. */
export function exitFile(folder: string): string {
  return `${folder}.exit.json`;
}

function ended(job: PointJob): PointResult | undefined {
  const record = finished(job.folder);
  if (record) return pointResult(job, record, false);
  if (!existsSync(exitFile(job.folder))) return undefined;
  try {
    const exit = JSON.parse(readFileSync(exitFile(job.folder), 'utf8')) as PointExit;
    return { job, ...exit, state: 'failed', reused: false };
  } catch {
    // Being written at this moment.
    return undefined;
  }
}

function notFinished(job: PointJob): PointResult {
  const sentence = 'not finished: the cluster goes on with it';
  return { job, state: 'interrupted', reused: false, exitCode: ExitCode.sigterm, sentence };
}
