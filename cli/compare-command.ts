/**
 * `chrysalis compare A B ...`: variants of a machine on the same guest, each in a process of its own,
 * then tables, a JSON object and a page with figures. Points are kept by the hash of what decides them,
 * so a comparison that is repeated or extended runs only what is new.
 */
import { accessSync, constants, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { ExitCode, UserError } from '../base/errors.js';
import { type Compared, type Comparison, compareRuns } from '../sim/compare/comparison.js';
import { comparePage } from '../sim/compare/page/compare-page.js';
import {
  parseTolerance,
  type Tolerance,
  type Violation,
  violation,
} from '../sim/compare/tolerance.js';
import { codeHash } from '../sim/results/provenance.js';
import { writeProblem } from '../sim/results/run-folder.js';
import { readRunRecord, readSeries } from '../sim/results/run-record.js';
import { PointKeys } from '../sim/sweep/point-key.js';
import type { CliHost } from './cli-host.js';
import { comparisonJson } from './compare-json.js';
import { comparisonText } from './compare-text.js';
import { type Variant, variantsOf } from './compare-variants.js';
import { checkFigures } from './counter-names.js';
import { addGuestOptions, many } from './guest-options.js';
import { packageVersion } from './package-info.js';
import { type RunOptions, usage } from './run-options.js';
import { PointProgress } from './sweep-progress.js';
import { type PointJob, type PointResult, PointRunner } from './sweep-runner.js';

interface CompareOptions extends RunOptions {
  readonly out?: string;
  readonly jobs?: string;
  readonly rerun?: boolean;
  readonly restore?: string;
  readonly json?: boolean;
  readonly failIf?: string[];
}

const examples = `Examples:
  chrysalis compare tm5800 no-alias efficeon         presets, on the embedded guest OS
  chrysalis compare debian debian+no-alias debian+host.aliasRegisters=2 --max-instructions 500000000
  chrysalis compare a.yaml b.yaml --append 'script="lz 30000; exit 0"' --fail-if 'cycles>+2%'
  chrysalis compare runs/before runs/after --json    results folders of runs that are over
`;

export function addCompareCommand(
  program: Command,
  host: CliHost,
  exit: (code: ExitCode) => void,
): void {
  const command = program
    .command('compare')
    .summary('run variants of a machine on the same guest, and compare')
    .description(
      'Runs each variant in a process of its own and compares cycles, CPI stacks and counters with the first one.',
    )
    .argument('<variant...>', 'CONFIG[+CONFIG|+key=value...], or a results folder')
    .addHelpText('before', examples);
  addGuestOptions(command)
    .option('--out <folder>', 'where results go (default: runs/compare-NAMES)')
    .option('--jobs <n>', 'runs beside each other (default: one for each processor)')
    .option('--rerun', 'run again what is there already')
    .option('--restore <file>', 'continue from a snapshot, which must fit every variant')
    .addOption(
      many('--fail-if <condition>', 'exit with 7 when one holds, such as cycles>+2% (repeatable)'),
    )
    .option('--json', 'print one JSON object instead of tables')
    .action(async (specs: string[], options: CompareOptions) =>
      exit(await compare(specs, options, host)),
    );
}

async function compare(
  specs: readonly string[],
  options: CompareOptions,
  host: CliHost,
): Promise<ExitCode> {
  if (specs.length < 2) throw usage('compare takes two variants or more');
  const tolerances = (options.failIf ?? []).map(parseTolerance);
  const together = jobCount(options.jobs);
  const variants = variantsOf(specs, options, host);
  const out = options.out ?? join('runs', `compare-${slug(variants.map((v) => v.label))}`);
  const folders = foldersOf(variants, out, options.restore);
  const machine = variants.find((variant) => variant.kind === 'machine');
  if (machine)
    await checkFigures(
      tolerances.map(({ name }) => name),
      machine.config,
      host,
    );
  claim(out);
  const interrupted = await runVariants(
    variants,
    folders,
    { together, rerun: options.rerun === true, restore: options.restore },
    host,
  );
  if (interrupted !== undefined) return interrupted;
  const comparison = compareRuns(variants.map((v, i) => compared(v.label, folders[i] as string)));
  const violations = violationsOf(comparison, tolerances);
  const json = comparisonJson(comparison, violations, folders);
  keep(out, 'compare.json', `${JSON.stringify(json, null, 2)}\n`);
  const labels = variants.map(({ label }) => label);
  keep(out, 'report.html', comparePage({ title: title(labels), comparison }));
  host.stdout.write(
    options.json ? `${JSON.stringify(json, null, 2)}\n` : `${comparisonText(comparison)}\n`,
  );
  host.stderr.write(`chrysalis: figures in ${join(out, 'report.html')}\n`);
  for (const { sentence } of violations) host.stderr.write(`chrysalis: ${sentence}\n`);
  return violations.length > 0 ? ExitCode.tolerance : ExitCode.ok;
}

function title(labels: readonly string[]): string {
  if (labels.length <= 3) return labels.join(' and ');
  return `${labels[0]} and ${labels.length - 1} other machines`;
}

export function jobCount(text: string | undefined): number {
  if (text === undefined) return availableParallelism();
  if (!/^[1-9]\d{0,3}$/.test(text))
    throw usage(`--jobs takes a number from 1 to 9999, and not "${text}"`);
  return Number(text);
}

function slug(labels: readonly string[]): string {
  return labels
    .join('-vs-')
    .replace(/[^\w.+-]+/g, '_')
    .slice(0, 100);
}

function foldersOf(
  variants: readonly Variant[],
  out: string,
  restore: string | undefined,
): string[] {
  const keys = new PointKeys(packageVersion(), codeHash());
  return variants.map((variant) =>
    variant.kind === 'folder'
      ? variant.folder
      : join(out, 'points', keys.key(variant.config, restore)),
  );
}

interface RunWishes {
  readonly together: number;
  readonly rerun: boolean;
  readonly restore: string | undefined;
}

/** Runs what is not there; gives an exit code when there is nothing to compare. */
async function runVariants(
  variants: readonly Variant[],
  folders: readonly string[],
  { together, rerun, restore }: RunWishes,
  host: CliHost,
): Promise<ExitCode | undefined> {
  const from = restore === undefined ? [] : [`--restore=${restore}`];
  const jobs = variants.flatMap((variant, i): PointJob[] => {
    if (variant.kind === 'folder') return [];
    const { label, arguments: given } = variant;
    const folder = folders[i] as string;
    return [{ label, workload: '', arguments: [...given, ...from], folder }];
  });
  if (jobs.length === 0) return undefined;
  if (rerun) for (const { folder } of jobs) rmSync(folder, { recursive: true, force: true });
  const runner = new PointRunner(new PointProgress(jobs, together, host));
  let signal: ExitCode | undefined;
  const off = host.onSignal((name) => {
    signal = name === 'SIGINT' ? ExitCode.sigint : ExitCode.sigterm;
    runner.stop();
  });
  const results = await runner.run(jobs, together);
  off();
  if (signal !== undefined) {
    host.stderr.write('chrysalis: interrupted; what is finished is kept and not run again\n');
    return signal;
  }
  const failed = results.find(({ record }) => record === undefined || record.partial);
  if (failed) throw failure(failed);
  return undefined;
}

/** Without its results there is no comparison; the exit code is that of the run. */
function failure({ job, exitCode, sentence }: PointResult): UserError {
  const known = Object.values(ExitCode).find((code) => code === exitCode);
  const code = known === undefined || known === ExitCode.ok ? ExitCode.bug : known;
  return new UserError(`${job.label}: ${sentence}`, code);
}

function compared(label: string, folder: string): Compared {
  return { label, record: readRunRecord(folder), series: readSeries(folder) };
}

function violationsOf(comparison: Comparison, tolerances: readonly Tolerance[]): Violation[] {
  const [first, ...others] = comparison.variants;
  return tolerances.flatMap((tolerance) =>
    others.flatMap(({ label, figures }) => {
      const found = first && violation(tolerance, label, figures, first.figures);
      return found ? [found] : [];
    }),
  );
}

/** The folder exists and can be written, or a sentence before anything runs. */
export function claim(folder: string): void {
  try {
    mkdirSync(join(folder, 'points'), { recursive: true });
    accessSync(join(folder, 'points'), constants.W_OK);
  } catch (error) {
    throw usage(`${folder}: the results cannot be written${writeProblem(error)}`);
  }
}

/** A file of the results; a sentence where it cannot be written. */
export function keep(folder: string, name: string, content: string): void {
  const path = join(folder, name);
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(path, content);
  } catch (error) {
    throw usage(`${path}: cannot be written${writeProblem(error)}`);
  }
}
