/**
 * `chrysalis sweep FILE`: all points of a sweep in processes of their own, so many beside each other; then
 * tables, tidy files and a page with figures. A sweep that was interrupted goes on where it was: points are
 * kept by the hash of what decides their results. A point that fails is reported, and the rest goes on.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { ExitCode } from '../base/errors.js';
import { didYouMean } from '../sim/config/nearest-name.js';
import { readSeries } from '../sim/results/run-record.js';
import type { Series } from '../sim/results/series.js';
import { csv, jsonLines, type TidyRow } from '../sim/results/tidy.js';
import { runRow } from '../sim/results/tidy-runs.js';
import { sweepPage } from '../sim/sweep/sweep-page.js';
import { type SweepPoint, type SweepResult, sweepResult } from '../sim/sweep/sweep-result.js';
import type { CliHost } from './cli-host.js';
import { claim, jobCount, keep } from './compare-command.js';
import { checkFigures } from './counter-names.js';
import { many } from './guest-options.js';
import { type RunOptions, usage } from './run-options.js';
import { type PlannedSweep, planSweep, type SweepPlan } from './sweep-plan.js';
import { PointProgress } from './sweep-progress.js';
import { type PointResult, PointRunner } from './sweep-runner.js';
import { type SlurmOptions, SlurmRunner } from './sweep-slurm.js';
import { sweepJson, sweepText } from './sweep-text.js';

interface SweepOptions {
  readonly set?: string[];
  readonly workload?: string[];
  readonly out?: string;
  readonly jobs?: string;
  readonly rerun?: boolean;
  readonly restore?: string;
  readonly dryRun?: boolean;
  readonly on: 'local' | 'slurm';
  readonly slurmOption?: string[];
  readonly json?: boolean;
}

const examples = `Examples:
  chrysalis sweep chaining                           an experiment of configs/experiments
  chrysalis sweep mine.yaml --jobs 8 --out runs/mine
  chrysalis sweep mine.yaml --dry-run                the points, without running them
  chrysalis sweep hot-threshold --workload lz --workload sort
  chrysalis sweep mine.yaml --set run.maxInstructions=1000000
`;

export function addSweepCommand(
  program: Command,
  host: CliHost,
  exit: (code: ExitCode) => void,
): void {
  program
    .command('sweep')
    .summary('run many variants, resume, and summarize')
    .description(
      'Runs every point of a sweep (a YAML file with axes and workloads), as many at a time as there are processors, and summarizes. What is finished is not run again.',
    )
    .argument('<sweep>', 'YAML file, or the name of an experiment')
    .addHelpText('before', examples)
    .addOption(many('--set <key=value>', 'override one key of every point (repeatable)'))
    .addOption(many('--workload <name>', 'only this workload (repeatable)'))
    .option('--out <folder>', 'where results go (default: runs/NAME)')
    .option('--jobs <n>', 'points beside each other (default: one for each processor)')
    .option('--rerun', 'run again what is there already')
    .option('--restore <file>', 'continue from a snapshot, which must fit every point')
    .option('--dry-run', 'list the points and what is there of them')
    .addOption(
      new Option('--on <where>', 'local: processes here; slurm: a job array of a cluster')
        .choices(['local', 'slurm'])
        .default('local'),
    )
    .addOption(
      many('--slurm-option <option>', 'option of sbatch, such as --partition=long (repeatable)'),
    )
    .option('--json', 'print one JSON object instead of tables')
    .action(async (file: string, options: SweepOptions) => exit(await sweep(file, options, host)));
}

async function sweep(file: string, options: SweepOptions, host: CliHost): Promise<ExitCode> {
  const together = jobCount(options.jobs);
  const given: RunOptions = options.set ? { set: options.set } : {};
  const wishes = { given, out: options.out, restore: options.restore };
  const plan = onlyWorkloads(planSweep(file, wishes, host), options.workload);
  if (options.dryRun) return dryRun(plan, host);
  await checkNames(plan, host);
  claim(plan.out);
  const { results, signal } = await runPoints(plan, options, together, host);
  const result = summary(plan, results);
  write(plan.out, result);
  const text = options.json ? JSON.stringify(sweepJson(result), null, 2) : sweepText(result);
  host.stdout.write(`${text}\n`);
  host.stderr.write(
    `chrysalis: figures in ${join(plan.out, 'report.html')}, data in results.csv\n`,
  );
  if (signal !== undefined) {
    host.stderr.write('chrysalis: interrupted; the same command goes on where it was\n');
    return signal;
  }
  return results.every(({ state }) => state === 'done') ? ExitCode.ok : ExitCode.sweep;
}

function onlyWorkloads<T extends SweepPlan>(plan: T, wanted: string[] | undefined): T {
  if (wanted === undefined) return plan;
  const known = [...new Set(plan.points.map(({ job }) => job.workload))];
  for (const name of wanted)
    if (!known.includes(name))
      throw usage(
        `--workload ${name}: the sweep has ${known.join(', ')}${didYouMean(name, known)}`,
      );
  return { ...plan, points: plan.points.filter(({ job }) => wanted.includes(job.workload)) };
}

/** Figures that the file names are counted. */
async function checkNames({ read, points }: SweepPlan, host: CliHost): Promise<void> {
  const { metrics, published, pareto } = read.sweep;
  const axes = pareto ? [pareto.x, pareto.y] : [];
  const names = [...metrics, ...axes, ...published.map(({ metric }) => metric)];
  const first = points[0];
  if (first) await checkFigures(names, first.config, host);
}

function dryRun({ points }: SweepPlan, host: CliHost): ExitCode {
  for (const { job } of points) host.stdout.write(`${job.folder}  ${job.label}\n`);
  host.stderr.write(`chrysalis: ${points.length} points\n`);
  return ExitCode.ok;
}

function slurmOptions({ read, out }: PlannedSweep, options: SweepOptions): SlurmOptions {
  return {
    ...{ name: read.sweep.name, out },
    together: options.jobs === undefined ? undefined : jobCount(options.jobs),
    options: options.slurmOption ?? [],
  };
}

async function runPoints(
  plan: PlannedSweep,
  options: SweepOptions,
  together: number,
  host: CliHost,
): Promise<{ results: PointResult[]; signal: ExitCode | undefined }> {
  const jobs = plan.points.map(({ job }) => job);
  if (options.rerun)
    for (const { folder } of jobs) rmSync(folder, { recursive: true, force: true });
  const listener = new PointProgress(jobs, together, host);
  const runner =
    options.on === 'slurm'
      ? new SlurmRunner(listener, host, slurmOptions(plan, options))
      : new PointRunner(listener);
  let signal: ExitCode | undefined;
  const off = host.onSignal((name) => {
    signal = name === 'SIGINT' ? ExitCode.sigint : ExitCode.sigterm;
    runner.stop();
  });
  const results = await runner.run(jobs, together);
  off();
  return { results, signal };
}

function summary({ read, axes, points }: SweepPlan, results: readonly PointResult[]): SweepResult {
  const found = results.map((result, i): SweepPoint => {
    const { job, record, state, exitCode, sentence } = result;
    const { label, workload, folder } = job;
    return {
      ...{ label, workload, folder, state, exitCode, sentence },
      at: points[i]?.at ?? {},
      ...(record === undefined ? {} : { record }),
    };
  });
  return sweepResult(read.sweep, axes, found);
}

/** Everything that is made of the points. */
function write(out: string, result: SweepResult): void {
  const rows = result.points.map(tidyRow);
  keep(out, 'results.csv', csv(rows));
  keep(out, 'results.jsonl', jsonLines(rows));
  keep(out, 'sweep.json', `${JSON.stringify(sweepJson(result), null, 2)}\n`);
  keep(out, 'report.html', sweepPage({ result, seriesOf }));
}

function tidyRow({ label, workload, at, folder, state, record }: SweepPoint): TidyRow {
  const identity = { point: label, workload, ...at, state, folder };
  return record && state === 'done' ? runRow(identity, record) : identity;
}

/** A series that is missing costs a curve, not the page. */
function seriesOf({ folder }: SweepPoint): Series | undefined {
  try {
    return readSeries(folder);
  } catch {
    return undefined;
  }
}
