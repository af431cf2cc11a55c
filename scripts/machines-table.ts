/**
 * `npm run table`: runs variants of the machine on the same guest and prints Markdown tables of what
 * they do differently. Simulated results do not depend on the load of the computer, so as many runs
 * as there are processors go on beside each other.
 *
 *   npm run table                                        all variants on the programs, summed up
 *   npm run table -- --workload kernel --instructions 30 M million instructions of the kernel proper
 *   npm run table -- --workload sort,vm --variants tm5800,no-alias
 *   npm run table -- --variants tm5800,tm5800+host.aliasRegisters=2 --save results.json
 *
 * A variant is a preset or a YAML file, with `+key=value` for each further change. The first is the
 * one that the others are compared with. Workloads: scripts/workloads.ts; `programs` are all of them.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { presetNames, presetPath } from '../cli/presets.js';
import { allOf, jsonOf } from './processes.js';
import { detailTable, type Figures, ipc, relativeTable } from './table-columns.js';
import { isFetched, machineAtStart, PROGRAMS, runUntil, WORKLOADS } from './workloads.js';

const SCRIPT = fileURLToPath(import.meta.url);

interface Job {
  readonly workload: string;
  readonly variant: string;
  /** Million instructions at most. */
  readonly millions: number;
}

/** One run in this process: the machine's statistics, by name. */
function runOnce({ workload: name, variant, millions }: Job): Figures {
  const workload = WORKLOADS.find((w) => w.name === name);
  if (workload === undefined) throw new Error(`no workload ${name}`);
  const [over, ...set] = variant.split('+');
  const machine = machineAtStart(workload, { over: [over as string], set, size: 'small' });
  const before = machine.instructions;
  const until = workload.parts.at(-1)?.until ?? '';
  runUntil(machine, until, millions * 1e6);
  const figures = machine.statistics().map(({ name, value }) => [name, value] as const);
  return { ...Object.fromEntries(figures), executed: machine.instructions - before };
}

/** Presets whose engine is the modelled machine, the one with the defaults first. */
function allVariants(): string[] {
  const machines = ['tm5800', 'efficeon'];
  const others = presetNames().filter((name) => presetPath(name).includes('variants'));
  return [...machines, ...others];
}

interface Wishes {
  readonly workloads: readonly string[];
  readonly variants: readonly string[];
  readonly millions: number;
  readonly jobs: number;
  readonly save: string | undefined;
}

function wishes(args: readonly string[]): Wishes | string {
  const { values } = parseArgs({
    args: [...args],
    options: {
      workload: { type: 'string', default: 'programs' },
      variants: { type: 'string' },
      instructions: { type: 'string', default: '1000' },
      jobs: { type: 'string', default: String(availableParallelism()) },
      save: { type: 'string' },
    },
  });
  const workloads = values.workload
    .split(',')
    .flatMap((name) => (name === 'programs' ? PROGRAMS.map((p) => p.name) : [name]));
  for (const name of workloads) {
    const workload = WORKLOADS.find((w) => w.name === name);
    if (workload === undefined)
      return `no workload ${name}; there are programs, ${WORKLOADS.map((w) => w.name).join(', ')}`;
    if (!isFetched(workload)) return `${name} is not fetched: npm run guest:debian`;
  }
  const variants = values.variants?.split(',') ?? allVariants();
  const missing = variants.map((v) => v.split('+')[0] as string).find((v) => !isMachine(v));
  if (missing !== undefined) return `no preset ${missing}; there are ${presetNames().join(', ')}`;
  const millions = Number(values.instructions);
  const jobs = Number(values.jobs);
  if (!(millions > 0 && jobs >= 1))
    return '--instructions is in millions, --jobs the number of runs beside each other';
  return { workloads, variants, millions, jobs, save: values.save };
}

const isMachine = (name: string): boolean =>
  presetNames().includes(name) || (name.endsWith('.yaml') && existsSync(name));

async function main(args: readonly string[]): Promise<void> {
  if (args[0] === '--one') {
    process.stdout.write(JSON.stringify(runOnce(JSON.parse(args[1] as string) as Job)));
    return;
  }
  const wanted = wishes(args);
  if (typeof wanted === 'string') {
    console.error(`table: ${wanted}`);
    process.exitCode = 2;
    return;
  }
  const { workloads, variants, millions, jobs, save } = wanted;
  // One workload after the other, so that the first makes the snapshot that the others start from.
  const cells = workloads.flatMap((workload) =>
    variants.map((variant): Job => ({ workload, variant, millions })),
  );
  const runs = cells.map((job) => async (): Promise<Figures> => {
    const figures = (await jsonOf(SCRIPT, ['--one', JSON.stringify(job)])) as Figures;
    process.stderr.write(`${job.workload} ${job.variant}: IPC ${ipc(figures)}\n`);
    return figures;
  });
  const results = await allOf(runs, jobs);
  const of = (variant: string): Figures[] =>
    results.filter((_, i) => cells[i]?.variant === variant);
  const table = variants.map((variant) => ({ variant, figures: of(variant) }));
  if (save !== undefined) writeFileSync(save, JSON.stringify({ workloads, table }));
  if (workloads.length > 1) console.log(`${relativeTable(workloads, table)}\n`);
  console.log(detailTable(table));
}

await main(process.argv.slice(2));
