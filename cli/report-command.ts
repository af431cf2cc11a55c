/** `chrysalis report DIR...`: tidy CSV, JSON lines or Parquet of results folders, and of sweeps and comparisons. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Command, Option } from 'commander';
import { ExitCode } from '../base/errors.js';
import { writeProblem } from '../sim/results/run-folder.js';
import { FILES, readRunRecord, readSeries } from '../sim/results/run-record.js';
import { columnsOf, csv, jsonLines, type TidyRow } from '../sim/results/tidy.js';
import { counterRows, type Identity, runRow, seriesRows } from '../sim/results/tidy-runs.js';
import type { CliHost } from './cli-host.js';
import { packageVersion } from './package-info.js';
import { usage } from './run-options.js';

interface ReportOptions {
  readonly format: 'csv' | 'jsonl';
  readonly rows: 'runs' | 'counters' | 'samples';
  readonly parquet?: string;
}

interface Found {
  readonly folder: string;
  readonly identity: Identity;
}

const examples = `Examples:
  chrysalis report runs/* > runs.csv                 a row for each run, a column for each counter
  chrysalis report runs/tcache-size --rows samples > series.csv
  chrysalis report runs/a runs/b --rows counters --format jsonl
  chrysalis report runs/tcache-size --rows samples --parquet series.parquet
`;

export function addReportCommand(
  program: Command,
  host: CliHost,
  exit: (code: ExitCode) => void,
): void {
  program
    .command('report')
    .summary('results as tidy tables')
    .description(
      'Prints results folders (of runs, sweeps and comparisons) as one tidy table, for pandas, R and spreadsheets, or writes it into a Parquet file.',
    )
    .argument('<folder...>', 'results folders')
    .addHelpText('before', examples)
    .addOption(
      new Option('--format <format>', 'csv or jsonl').choices(['csv', 'jsonl']).default('csv'),
    )
    .addOption(
      new Option(
        '--rows <what>',
        'runs: one row a run; counters: one a counter; samples: one a sample',
      )
        .choices(['runs', 'counters', 'samples'])
        .default('runs'),
    )
    .addOption(
      new Option('--parquet <file>', 'write a Parquet file instead of printing').conflicts(
        'format',
      ),
    )
    .action(async (folders: string[], options: ReportOptions) => {
      const rows = folders.flatMap(runsIn).flatMap((found) => rowsOf(found, options.rows));
      if (options.parquet !== undefined) await writeParquet(options.parquet, rows, host);
      else host.stdout.write(options.format === 'csv' ? csv(rows) : jsonLines(rows));
      exit(ExitCode.ok);
    });
}

async function writeParquet(path: string, rows: readonly TidyRow[], host: CliHost): Promise<void> {
  if (rows.length === 0) throw usage('there is nothing to report: no run is over yet');
  const { parquet } = await import('../sim/results/parquet.js');
  const content = parquet(rows, `chrysalis version ${packageVersion()}`);
  try {
    writeFileSync(path, content);
  } catch (error) {
    throw usage(`${path}: cannot be written${writeProblem(error)}`);
  }
  const size = `${rows.length} rows of ${columnsOf(rows).length} columns`;
  host.stderr.write(`chrysalis: ${size} in ${path}\n`);
}

function rowsOf({ folder, identity }: Found, rows: ReportOptions['rows']): TidyRow[] {
  const record = readRunRecord(folder);
  const named = { ...identity, name: record.name };
  switch (rows) {
    case 'runs':
      return [runRow(named, record)];
    case 'counters':
      return counterRows(named, record);
    case 'samples':
      return seriesRows(named, readSeries(folder));
    default:
      return rows satisfies never;
  }
}

/** The folder of a run, or the points of a sweep or a comparison with what tells them apart. */
function runsIn(folder: string): Found[] {
  if (existsSync(join(folder, FILES.run))) return [{ folder, identity: { run: basename(folder) } }];
  const points = join(folder, 'points');
  if (!existsSync(points)) throw usage(`${folder}: holds no results of a run, sweep or comparison`);
  const known = [...sweepPoints(folder), ...comparedRuns(folder)];
  if (known.length > 0) return known;
  return readdirSync(points)
    .map((name) => join(points, name))
    .filter((path) => existsSync(join(path, FILES.run)))
    .map((path) => ({ folder: path, identity: { run: basename(path) } }));
}

interface Listed {
  readonly label: string;
  readonly folder: string;
}

function sweepPoints(folder: string): Found[] {
  const { points } = listing<{ points?: (Listed & { workload: string; at: Identity })[] }>(
    folder,
    'sweep.json',
  );
  return (points ?? []).flatMap(({ label, workload, at, folder: made }) =>
    located(folder, made, { run: label, workload, ...at }),
  );
}

function comparedRuns(folder: string): Found[] {
  const { variants } = listing<{ variants?: Listed[] }>(folder, 'compare.json');
  return (variants ?? []).flatMap(({ label, folder: made }) =>
    located(folder, made, { run: label }),
  );
}

/** The whole may have been moved since it was made. */
function located(folder: string, made: string, identity: Identity): Found[] {
  const inside = join(folder, 'points', basename(made));
  const path = [inside, made].find((one) => existsSync(join(one, FILES.run)));
  return path === undefined ? [] : [{ folder: path, identity }];
}

function listing<T extends object>(folder: string, name: string): Partial<T> {
  try {
    return JSON.parse(readFileSync(join(folder, name), 'utf8')) as T;
  } catch {
    return {};
  }
}
