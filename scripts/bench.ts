/**
 * `npm run bench`: speed of the simulator in guest MIPS (million guest instructions a second), on
 * the golden interpreter alone (engine `reference`) and on the modelled machine (engine `stepper`);
 * then the time that making translations takes. Each run is a process of its own; medians are
 * printed. Processor time stands beside wall time, since a busy computer stretches only the latter.
 *
 *   npm run bench                                everything that is there
 *   npm run bench -- sort linux --runs 5         some workloads (scripts/workloads.ts)
 *   npm run bench -- --engine stepper --millions 30
 *   npm run bench -- translations                the translator alone
 *
 * The reference runs a workload to its end, in its large size; the stepper runs the small size, and
 * of the boots only the first instructions (`--millions`).
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { jsonOf } from './processes.js';
import { timeTranslations, translationLines } from './translation-speed.js';
import { isFetched, machineAtStart, runUntil, WORKLOADS, type Workload } from './workloads.js';

const SCRIPT = fileURLToPath(import.meta.url);
const ENGINES = ['reference', 'stepper'] as const;
type Engine = (typeof ENGINES)[number];

/** Workloads that only run where they are named. */
const ON_DEMAND = ['kernel'];
/** Whose translations are timed: programs of an operating system that come and go, and a kernel. */
const TRANSLATING = ['demo', 'kernel'];

interface Job {
  readonly workload: string;
  readonly engine: Engine;
  /** Million instructions at most. */
  readonly millions: number;
  readonly translations?: boolean;
}

interface PartResult {
  readonly name: string;
  readonly instructions: number;
  readonly molecules: number;
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
}

interface RunResult {
  readonly parts: readonly PartResult[];
  /** Largest resident memory of the process, guest RAM that was touched included. */
  readonly peakMB: number;
  readonly lines: readonly string[];
}

const machineOf = (workload: Workload, engine: Engine) =>
  machineAtStart(workload, {
    over: [],
    set: [`simulation.engine=${engine}`],
    size: engine === 'reference' ? 'large' : 'small',
  });

/** Runs a workload once, in this process. */
function runOnce({ workload: name, engine, millions, translations }: Job): RunResult {
  const workload = WORKLOADS.find((w) => w.name === name) as Workload;
  const machine = machineOf(workload, engine);
  const end = machine.instructions + millions * 1e6;
  const parts: PartResult[] = [];
  const lines =
    translations === true ? translationLines(timeTranslations(machine, millions * 1e6)) : [];
  for (const { name, until } of workload.parts) {
    if (machine.instructions >= end) break;
    const { instructions } = machine;
    const molecules = moleculesOf(machine);
    const wall = performance.now();
    const cpu = process.cpuUsage();
    runUntil(machine, until, end - machine.instructions);
    const used = process.cpuUsage(cpu);
    parts.push({
      name,
      instructions: machine.instructions - instructions,
      molecules: moleculesOf(machine) - molecules,
      wallSeconds: (performance.now() - wall) / 1000,
      cpuSeconds: (used.user + used.system) / 1e6,
    });
  }
  return { parts, peakMB: process.resourceUsage().maxRSS / 1024, lines };
}

const moleculesOf = (machine: ReturnType<typeof machineOf>): number =>
  machine.statistics().find(({ name }) => name === 'host.molecules')?.value ?? 0;

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] as number;

/** Prints a workload's parts; the guest MIPS of each, by processor time. */
function report(
  workload: Workload,
  runs: readonly RunResult[],
  beside: readonly number[],
): number[] {
  const peak = median(runs.map((run) => run.peakMB)).toFixed(0);
  return (runs[0] as RunResult).parts.map(({ name, instructions, molecules }, i) => {
    const results = runs.map((run) => run.parts[i] as PartResult);
    const wall = median(results.map((r) => r.wallSeconds));
    const cpu = median(results.map((r) => r.cpuSeconds));
    const mips = instructions / 1e6 / cpu;
    const numbers = [instructions / 1e6, wall, instructions / 1e6 / wall, mips];
    const cells = numbers.map((n) => n.toFixed(2).padStart(10));
    if (molecules > 0) cells.push((molecules / 1e6 / cpu).toFixed(2).padStart(10));
    else cells.push(''.padStart(10));
    const reference = beside[i];
    cells.push((reference === undefined ? '' : (reference / mips).toFixed(1)).padStart(10));
    const title = `${workload.name}${name ? `: ${name}` : ''}`.padEnd(22);
    console.log(`${title}${cells.join('')}${peak.padStart(10)}`);
    return mips;
  });
}

const HEAD = ['M instr.', 'wall s', 'MIPS', 'MIPS/cpu', 'M mol/cpu', 'slower', 'peak MB'];

interface Wishes {
  readonly workloads: readonly Workload[];
  readonly engines: readonly Engine[];
  readonly runs: number;
  readonly millions: number;
  readonly translations: boolean;
}

function wishes(args: readonly string[]): Wishes | string {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      runs: { type: 'string', default: '3' },
      engine: { type: 'string' },
      millions: { type: 'string', default: '30' },
    },
  });
  const names = positionals.filter((name) => name !== 'translations');
  const unknown = names.filter((n) => !WORKLOADS.some((w) => w.name === n));
  if (unknown.length > 0)
    return `no workload ${unknown.join(', ')}; there are ${WORKLOADS.map((w) => w.name).join(', ')}, translations`;
  const engines = ENGINES.filter((e) => values.engine === undefined || values.engine === e);
  if (engines.length === 0) return `no engine ${values.engine}; there are ${ENGINES.join(', ')}`;
  const [runs, millions] = [Number(values.runs), Number(values.millions)];
  if (!(runs >= 1 && millions > 0)) return '--runs and --millions are positive numbers';
  const all = positionals.length === 0;
  const workloads = WORKLOADS.filter((w) =>
    all ? !ON_DEMAND.includes(w.name) : names.includes(w.name),
  );
  const translations =
    positionals.includes('translations') || (all && values.engine !== 'reference');
  return { workloads, engines, runs, millions, translations };
}

async function several(runs: number, job: Job): Promise<RunResult[]> {
  const results: RunResult[] = [];
  for (let i = 0; i < runs; i++)
    results.push((await jsonOf(SCRIPT, ['--one', JSON.stringify(job)])) as RunResult);
  return results;
}

async function speeds({ workloads, engines, runs, millions }: Wishes): Promise<void> {
  const reference = new Map<string, number[]>();
  for (const engine of engines) {
    console.log(`engine ${engine}, medians of ${runs}`);
    console.log(`${'workload'.padEnd(22)}${HEAD.map((title) => title.padStart(10)).join('')}`);
    for (const workload of workloads) {
      if (!isFetched(workload)) {
        console.log(`${workload.name.padEnd(22)} not fetched: npm run guest:debian`);
        continue;
      }
      const { name: workloadName } = workload;
      const most = engine === 'reference' ? 1e6 : millions;
      const results = await several(runs, { workload: workloadName, engine, millions: most });
      const mips = report(workload, results, reference.get(workloadName) ?? []);
      if (engine === 'reference') reference.set(workloadName, mips);
    }
    console.log('');
  }
}

async function translations({ millions }: Wishes): Promise<void> {
  for (const workload of WORKLOADS.filter(({ name }) => TRANSLATING.includes(name))) {
    if (!isFetched(workload)) continue;
    const job = {
      workload: workload.name,
      engine: 'stepper',
      millions,
      translations: true,
    } as const;
    const { lines } = (await several(1, job))[0] as RunResult;
    console.log(`translations of ${workload.name}, host time a region, ${millions} M instructions`);
    console.log(`${lines.join('\n')}\n`);
  }
}

async function main(args: readonly string[]): Promise<void> {
  if (args[0] === '--one') {
    process.stdout.write(JSON.stringify(runOnce(JSON.parse(args[1] as string) as Job)));
    return;
  }
  const wanted = wishes(args);
  if (typeof wanted === 'string') {
    console.error(`bench: ${wanted}`);
    process.exitCode = 2;
    return;
  }
  if (wanted.workloads.length > 0) await speeds(wanted);
  if (wanted.translations) await translations(wanted);
}

await main(process.argv.slice(2));
