/**
 * `chrysalis compare A B ...`: variants of a machine on the same guest, each in a process of its own,
 * then tables, a JSON object and a page with figures. Points are kept by the hash of what decides them,
 * so a comparison that is repeated or extended runs only what is new.
 */
import { accessSync, constants, mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { ExitCode } from '../base/errors.js';
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
import { runVariants } from './compare-runs.js';
import { comparisonText } from './compare-text.js';
import { isRunFolder, type Variant, variantsOf } from './compare-variants.js';
import { checkFigures } from './counter-names.js';
import { addGuestOptions, many } from './guest-options.js';
import { packageVersion } from './package-info.js';
import { type RunOptions, usage } from './run-options.js';

interface CompareOptions extends RunOptions {
  readonly out?: string;
  readonly jobs?: string;
  readonly rerun?: boolean;
  readonly restore?: string;
  readonly json?: boolean;
  readonly dashboard?: boolean;
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
    .option('--no-dashboard', 'on a terminal: lines of progress instead of the runs side by side')
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
  const ran = await runVariants(
    variants,
    folders,
    {
      ...{ together, rerun: options.rerun === true, restore: options.restore },
      dashboard: options.dashboard !== false && options.json !== true,
    },
    host,
  );
  if (ran.kind === 'interrupted') return ran.exitCode;
  const runs = variants
    .map(({ label }, i) => ({ label, folder: folders[i] as string }))
    .filter(({ folder }) => ran.kind === 'whole' || hasBegun(folder));
  // Stopped before there was anything to compare.
  if (runs.length < 2) return ExitCode.ok;
  // A condition is one of whole runs.
  return publish(runs, ran.kind === 'whole' ? tolerances : [], out, options, host);
}

/** Tables or an object on stdout, both and a page into the folder; the exit code is that of the conditions. */
function publish(
  runs: readonly { readonly label: string; readonly folder: string }[],
  tolerances: readonly Tolerance[],
  out: string,
  options: Pick<CompareOptions, 'json'>,
  host: CliHost,
): ExitCode {
  const comparison = compareRuns(runs.map(({ label, folder }) => compared(label, folder)));
  const violations = violationsOf(comparison, tolerances);
  const folders = runs.map(({ folder }) => folder);
  const json = comparisonJson(comparison, violations, folders);
  keep(out, 'compare.json', `${JSON.stringify(json, null, 2)}\n`);
  const labels = runs.map(({ label }) => label);
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

/** There is something to compare, of a run that may have been stopped. */
function hasBegun(folder: string): boolean {
  return isRunFolder(folder) && readRunRecord(folder).instructions > 0;
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
