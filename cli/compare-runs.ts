/**
 * Runs the variants of a comparison, each in a process of its own, where their results are not there yet.
 * On a terminal the runs are shown side by side while they go on; elsewhere progress is told in lines.
 */
import { rmSync } from 'node:fs';
import { ExitCode, UserError } from '../base/errors.js';
import type { MachineConfig } from '../sim/config/schema.js';
import { readRunRecord } from '../sim/results/run-record.js';
import type { CliHost } from './cli-host.js';
import type { Variant } from './compare-variants.js';
import { CompareLook, type VariantPlan } from './dashboard/compare/compare-look.js';
import { differenceWords } from './dashboard/compare/compare-model.js';
import { LiveCompare } from './dashboard/compare/live-compare.js';
import { fullScreen, hasTerminal } from './full-screen.js';
import { count } from './progress.js';
import type { RunEvent } from './run-events.js';
import { PointProgress } from './sweep-progress.js';
import {
  type PointJob,
  type PointListener,
  type PointResult,
  PointRunner,
} from './sweep-runner.js';

export interface RunWishes {
  readonly together: number;
  readonly rerun: boolean;
  readonly restore: string | undefined;
  /** A full screen, where there is a terminal for it. */
  readonly dashboard: boolean;
}

export type RunsEnd =
  | { readonly kind: 'whole' }
  /** The user has stopped them and wants to see what there is. */
  | { readonly kind: 'left' }
  | { readonly kind: 'interrupted'; readonly exitCode: ExitCode };

/** Throws where a run has failed: without its results there is no comparison. */
export async function runVariants(
  variants: readonly Variant[],
  folders: readonly string[],
  wishes: RunWishes,
  host: CliHost,
): Promise<RunsEnd> {
  const jobs = jobsOf(variants, folders, wishes.restore);
  if (jobs.length === 0) return { kind: 'whole' };
  if (wishes.rerun) for (const { folder } of jobs) rmSync(folder, { recursive: true, force: true });
  const plans = variants.map((variant, i) => planOf(variant, folders[i] as string));
  const openScreen = hasTerminal(host) ? await fullScreen(host, wishes.dashboard) : undefined;
  const follow = openScreen === undefined ? inLines : onScreen(openScreen);
  const ended: { how: RunsEnd } = { how: { kind: 'whole' } };
  const stop = (how: RunsEnd): void => {
    ended.how = how;
    runner.stop();
  };
  const { together } = wishes;
  const { listener, during, leave } = follow({ plans, jobs, together, host, stop });
  const runner = new PointRunner(listener);
  const off = host.onSignal((name) => {
    stop(interrupted(name));
    leave();
  });
  const results = await during(runner.run(jobs, together)).finally(off);
  const { how } = ended;
  if (how.kind !== 'whole') host.stderr.write(`chrysalis: ${STOPPED}\n`);
  const failed = results.find((result) => isFailure(result, how));
  if (failed && how.kind !== 'interrupted') throw failure(failed);
  return how;
}

const STOPPED = 'interrupted; what is finished is kept and not run again';

function interrupted(signal: 'SIGINT' | 'SIGTERM'): RunsEnd {
  const exitCode = signal === 'SIGINT' ? ExitCode.sigint : ExitCode.sigterm;
  return { kind: 'interrupted', exitCode };
}

function jobsOf(
  variants: readonly Variant[],
  folders: readonly string[],
  restore: string | undefined,
): PointJob[] {
  const from = restore === undefined ? [] : [`--restore=${restore}`];
  return variants.flatMap((variant, i): PointJob[] => {
    if (variant.kind === 'folder') return [];
    const { label, arguments: given } = variant;
    const folder = folders[i] as string;
    return [{ label, workload: '', arguments: [...given, ...from], folder }];
  });
}

function planOf(variant: Variant, folder: string): VariantPlan {
  const { label } = variant;
  if (variant.kind === 'machine')
    return { label, folder, tcacheBytes: tcacheBytes(variant.config) };
  const record = readRunRecord(folder);
  return { label, folder, record, tcacheBytes: tcacheBytes(record.config) };
}

const tcacheBytes = ({ cms }: MachineConfig): number => cms.tcache.sizeKB * 1024;

interface Follow {
  readonly plans: readonly VariantPlan[];
  readonly jobs: readonly PointJob[];
  readonly together: number;
  readonly host: CliHost;
  readonly stop: (how: RunsEnd) => void;
}

interface Followed {
  readonly listener: PointListener;
  readonly during: <T>(runs: Promise<T>) => Promise<T>;
  /** Nobody is to be waited for any more. */
  readonly leave: () => void;
}

/** Lines on stderr, with the difference that there is so far. */
function inLines({ plans, jobs, together, host }: Follow): Followed {
  const also = (): string[] => differenceWords(look.model('', false).variants, count);
  const progress = new PointProgress(jobs, together, host, { also });
  const look = new CompareLook(plans, progress.times);
  return { listener: new Both(look, progress), during: (runs) => runs, leave() {} };
}

/** A full screen; what has ended is told in lines behind it. */
const onScreen =
  (openScreen: Parameters<typeof newLive>[1]) =>
  (follow: Follow): Followed => {
    const { jobs, together, host, plans } = follow;
    const lines: string[] = [];
    const later = {
      wallClock: () => host.wallClock(),
      stderr: { write: (text: string | Uint8Array) => lines.push(String(text)) },
    };
    const progress = new PointProgress(jobs, together, later, { ticks: false });
    const live = newLive(follow, openScreen, new CompareLook(plans, progress.times));
    return {
      listener: new Both(progress, live),
      leave: () => live.signalled(),
      during: (runs) => live.during(runs).finally(() => host.stderr.write(lines.join(''))),
    };
  };

function newLive(
  { host, stop }: Follow,
  openScreen: NonNullable<Awaited<ReturnType<typeof fullScreen>>>,
  look: CompareLook,
): LiveCompare {
  const ends: Record<'q' | 'ctrl-c' | 'closed', RunsEnd> = {
    q: { kind: 'left' },
    'ctrl-c': interrupted('SIGINT'),
    closed: interrupted('SIGTERM'),
  };
  return new LiveCompare({ look, host, openScreen, stop: (why) => stop(ends[why]) });
}

/** Two listeners; the first one hears everything first. */
class Both implements PointListener {
  constructor(
    private readonly first: Required<PointListener>,
    private readonly second: Required<PointListener>,
  ) {}

  started(job: PointJob): void {
    this.first.started(job);
    this.second.started(job);
  }

  event(job: PointJob, event: RunEvent): void {
    this.first.event(job, event);
    this.second.event(job, event);
  }

  ended(result: PointResult): void {
    this.first.ended(result);
    this.second.ended(result);
  }
}

/** Those that the user has stopped have not failed. */
function isFailure({ record, state }: PointResult, { kind }: RunsEnd): boolean {
  if (kind === 'left' && state === 'interrupted') return false;
  return record === undefined || record.partial;
}

/** The exit code is that of the run. */
function failure({ job, exitCode, sentence }: PointResult): UserError {
  const known = Object.values(ExitCode).find((code) => code === exitCode);
  const code = known === undefined || known === ExitCode.ok ? ExitCode.bug : known;
  return new UserError(`${job.label}: ${sentence}`, code);
}
