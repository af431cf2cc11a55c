/**
 * Runs points (of a sweep, or the variants of a comparison) in child processes, so many beside each
 * other: `chrysalis run ... --out FOLDER --events`. What a child reports as JSON lines is passed on to a
 * listener; a live view can be one. One point that fails never stops the others, and a folder that holds
 * a whole run already is not run again.
 *
 * Children are in a process group of their own, so that ctrl-c reaches them once, from here. When this
 * process is killed their output has no reader, at which a run ends by itself.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ExitCode } from '../base/errors.js';
import { isBeingWritten } from '../sim/results/run-folder.js';
import { FILES, type RunRecord, readRunRecord } from '../sim/results/run-record.js';
import type { RunEvent } from './run-events.js';

export interface PointJob {
  readonly label: string;
  /** Points with the same one boot the same guest: their lengths are alike. */
  readonly workload: string;
  /** Arguments of `run`. */
  readonly arguments: readonly string[];
  readonly folder: string;
}

export interface PointResult {
  readonly job: PointJob;
  /** Absent when the run left none. */
  readonly record?: RunRecord;
  readonly state: 'done' | 'failed' | 'interrupted';
  /** It was there already. */
  readonly reused: boolean;
  readonly exitCode: number;
  readonly sentence: string;
}

export interface PointListener {
  started?(job: PointJob): void;
  event?(job: PointJob, event: RunEvent): void;
  ended?(result: PointResult): void;
}

const LINES_KEPT = 60;
const PATIENCE_MS = 5000;
export const mainModule = join(dirname(fileURLToPath(import.meta.url)), 'main.js');

export class PointRunner {
  private readonly children = new Set<ChildProcess>();
  private stopped = false;

  constructor(private readonly listener: PointListener) {}

  /** Results in the order of the jobs; jobs with the same folder are run once. */
  async run(jobs: readonly PointJob[], together: number): Promise<PointResult[]> {
    const byFolder = new Map<string, Promise<PointResult>>();
    const results: PointResult[] = [];
    let next = 0;
    const work = async (): Promise<void> => {
      for (let i = next++; i < jobs.length; i = next++) {
        const job = jobs[i] as PointJob;
        const running = byFolder.get(job.folder) ?? this.point(job);
        byFolder.set(job.folder, running);
        results[i] = { ...(await running), job };
      }
    };
    await Promise.all(Array.from({ length: Math.max(1, together) }, work));
    return results;
  }

  /** Ends the runs under way (they keep what there is) and begins no others. */
  stop(): void {
    this.stopped = true;
    for (const child of this.children) child.kill('SIGTERM');
  }

  private async point(job: PointJob): Promise<PointResult> {
    const there = finished(job.folder);
    const result = there
      ? pointResult(job, there, true)
      : this.stopped
        ? notRun(job)
        : await this.alone(job);
    this.listener.ended?.(result);
    return result;
  }

  /** A run of a sweep that was killed may still be on its way out. */
  private async alone(job: PointJob): Promise<PointResult> {
    for (let waited = 0; waited < PATIENCE_MS && isBeingWritten(job.folder); waited += 100)
      await new Promise((done) => setTimeout(done, 100));
    return this.spawn(job);
  }

  private spawn(job: PointJob): Promise<PointResult> {
    mkdirSync(dirname(job.folder), { recursive: true });
    rmSync(job.folder, { recursive: true, force: true });
    rmSync(messagesFile(job.folder), { force: true });
    this.listener.started?.(job);
    const child = spawn(process.execPath, [...process.execArgv, mainModule, ...runArguments(job)], {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    this.children.add(child);
    const messages: string[] = [];
    let end: string | undefined;
    createInterface({ input: child.stdout }).on('line', (line) => {
      const event = eventOf(line);
      if (event?.event === 'end') end = event.sentence;
      if (event) this.listener.event?.(job, event);
    });
    createInterface({ input: child.stderr }).on('line', (line) => {
      messages.push(line);
      if (messages.length > LINES_KEPT) messages.shift();
    });
    return new Promise((done) => {
      const over = (code: number): void => {
        this.children.delete(child);
        done(this.outcome(job, code, end ?? lastSentence(messages), messages));
      };
      child.on('error', (error) => {
        messages.push(`chrysalis: the process cannot be started: ${error.message}`);
        over(ExitCode.bug);
      });
      child.on('close', (status, signal) => {
        if (signal && !this.stopped) messages.push(`chrysalis: ${killedBy(signal)}`);
        over(status ?? (signal ? 128 : ExitCode.bug));
      });
    });
  }

  private outcome(
    job: PointJob,
    exitCode: number,
    sentence: string,
    messages: readonly string[],
  ): PointResult {
    const interrupted = this.stopped && (exitCode >= 128 || exitCode === ExitCode.sigterm);
    const record = existsSync(job.folder) ? recordOf(job.folder) : undefined;
    const succeeded = isSuccess(exitCode) && record !== undefined && !record.partial;
    if (!succeeded && !interrupted) keepMessages(job.folder, messages);
    return {
      job,
      ...(record === undefined ? {} : { record }),
      state: succeeded ? 'done' : interrupted ? 'interrupted' : 'failed',
      reused: false,
      exitCode,
      sentence,
    };
  }
}

/** Nobody but the system kills without a word: mostly because memory ran out. */
function killedBy(signal: NodeJS.Signals): string {
  const why = signal === 'SIGKILL' ? '; memory may have run out, fewer --jobs need less' : '';
  return `the process was killed (${signal})${why}`;
}

/** The arguments with which a point is run by itself. */
export function runArguments(job: PointJob): string[] {
  return ['run', ...job.arguments, '--out', job.folder, '--events', '--no-interactive'];
}

/** A guest that ended well, or reached the limit it was given. */
export function isSuccess(exitCode: number): boolean {
  return exitCode === ExitCode.ok || exitCode === ExitCode.limit;
}

/** The record of a folder whose run ended by itself. */
export function finished(folder: string): RunRecord | undefined {
  if (!existsSync(join(folder, FILES.run))) return undefined;
  const record = recordOf(folder);
  return record?.partial === false ? record : undefined;
}

function recordOf(folder: string): RunRecord | undefined {
  try {
    return readRunRecord(folder);
  } catch {
    // Damaged, or of another version: as good as none.
    return undefined;
  }
}

/** What the record of a run that ended by itself says. */
export function pointResult(job: PointJob, record: RunRecord, reused: boolean): PointResult {
  const { exitCode, sentence } = record;
  const state = isSuccess(exitCode) ? 'done' : 'failed';
  return { job, record, state, reused, exitCode, sentence };
}

function notRun(job: PointJob): PointResult {
  const sentence = 'not run: interrupted';
  return { job, state: 'interrupted', reused: false, exitCode: ExitCode.sigterm, sentence };
}

function eventOf(line: string): RunEvent | undefined {
  try {
    return JSON.parse(line) as RunEvent;
  } catch {
    return undefined;
  }
}

/** What the command itself would have said last. */
function lastSentence(messages: readonly string[]): string {
  const last = messages.filter((line) => line.startsWith('chrysalis: ')).at(-1);
  return last?.slice('chrysalis: '.length) ?? messages.at(-1) ?? 'the process ended without a word';
}

export function messagesFile(folder: string): string {
  return `${folder}.messages.txt`;
}

function keepMessages(folder: string, messages: readonly string[]): void {
  try {
    writeFileSync(messagesFile(folder), `${messages.join('\n')}\n`);
  } catch {
    // The disk is full: the sentence is told all the same.
  }
}
