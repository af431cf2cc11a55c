/**
 * `npm run bench`: speed of the simulator in guest MIPS (million guest instructions a second) on
 * embedded programs and on Debian (decompressor, kernel proper, md5sum and gzip in it), on each
 * engine; the same guests in other emulators where they are installed; ratios; and the time that
 * making translations takes. Each run is a process of its own, the engines take turns, and medians
 * are printed.
 *
 *   npm run bench                                 a few minutes: some programs and Debian, 3 runs
 *   npm run bench -- sort linux --runs 5          some workloads (scripts/workloads.ts), or `all`
 *   npm run bench -- --engine wasm --millions 30  one engine (or two: wasm,stepper)
 *   npm run bench -- --with v86                   one of the other emulators, or `none`
 *   npm run bench -- linux --whole                from power-on to the end, with every engine
 *   npm run bench -- translations                 the translator alone
 *
 * A part of Debian begins in the state that the reference interpreter reached there (made once, in
 * .cache/measure) and runs for `--millions` at most, so each engine meets all of them soon: cold, as
 * to translations; `late` is the speed in the later half of what ran. The other emulators boot and
 * run every part whole.
 */
import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import {
  type Engine,
  type EngineJob,
  type LengthsJob,
  type RunResult,
  runEngine,
  runLengths,
  runTranslations,
  type TranslationsJob,
  workloadNamed,
} from './bench-engines.js';
import { parseWishes, type Wishes } from './bench-options.js';
import { type PeerJob, type PeerName, peerGuest } from './bench-peers.js';
import { qemuAbsent, runQemu } from './bench-qemu.js';
import {
  bootLines,
  type PartRows,
  partLines,
  type Row,
  rowOf,
  summaryLines,
} from './bench-table.js';
import { runV86, v86Absent } from './bench-v86.js';
import { jsonOf } from './processes.js';
import { isFetched, type Workload } from './workloads.js';

const SCRIPT = fileURLToPath(import.meta.url);
type Job = EngineJob | TranslationsJob | LengthsJob | PeerJob;

/**
 * Million instructions of a part at most, so that each engine takes some seconds. Programs of the
 * embedded guest end before, but with the stepper.
 */
const MILLIONS = {
  default: { reference: 150, stepper: 20, wasm: 1000, functional: 1000 },
  debian: { reference: 200, stepper: 5, wasm: 200, functional: 200 },
  cold: { reference: 30, stepper: 5, wasm: 30, functional: 30 },
} as const;
const TRANSLATED_MILLIONS = 10;
/** Whose translations are timed: programs of an operating system that come and go, and a kernel. */
const TRANSLATING = [
  { name: 'demo', part: 0 },
  { name: 'linux', part: 1 },
] as const;

/** Other emulators run under plain Node, ours as the program says in its first line. */
const inProcess = (job: Job): Promise<unknown> =>
  jsonOf(SCRIPT, ['--one', JSON.stringify(job)], job.kind === 'peer' ? [] : programOptions());

function programOptions(): readonly string[] {
  const program = fileURLToPath(new URL('../cli/main.js', import.meta.url));
  const [interpreter] = readFileSync(program, 'utf8').split('\n', 1);
  return interpreter.split(' ').filter((word) => word.startsWith('--'));
}

/** Carries out a job, in this process. */
async function perform(job: Job): Promise<unknown> {
  if (job.kind === 'engine') return runEngine(job);
  if (job.kind === 'translations') return runTranslations(job);
  if (job.kind === 'lengths') return runLengths(job);
  const guest = peerGuest(workloadNamed(job.workload));
  if (guest === undefined) throw new Error(`${job.workload} is not for other emulators`);
  return job.peer === 'v86' ? runV86(guest) : runQemu(guest);
}

/** One run of a workload on an engine: its parts one by one, each in a process, or as a whole. */
async function engineRun(
  { name: workload, parts, preset }: Workload,
  engine: Engine,
  lengths: readonly number[],
  { whole, millions: wish }: Wishes,
): Promise<RunResult> {
  if (whole) {
    const job = { kind: 'engine', workload, engine, part: null, millions: null } as const;
    return (await inProcess(job)) as RunResult;
  }
  const results: RunResult[] = [];
  for (const [part, { cold }] of parts.entries()) {
    const length = (lengths[part] as number) / 1e6;
    const millions = Math.min(wish ?? MILLIONS[cold ? 'cold' : preset][engine], length);
    const job = { kind: 'engine', workload, engine, part, millions } as const;
    results.push((await inProcess(job)) as RunResult);
  }
  return {
    parts: results.flatMap((result) => result.parts),
    peakMB: Math.max(...results.map((result) => result.peakMB)),
  };
}

async function measured(workload: Workload, wanted: Wishes): Promise<PartRows[]> {
  const { engines, runs } = wanted;
  const peers = peerGuest(workload) === undefined ? [] : wanted.peers;
  const results = new Map<string, RunResult[]>();
  const add = (name: string, result: RunResult): void => {
    results.set(name, [...(results.get(name) ?? []), result]);
  };
  const { name } = workload;
  // Makes the states where parts begin, too, unless they have been made.
  const lengths = (await inProcess({ kind: 'lengths', workload: name })) as readonly number[];
  for (let i = 0; i < runs; i++) {
    for (const engine of engines) add(engine, await engineRun(workload, engine, lengths, wanted));
    for (const peer of peers) {
      const result = await peerRun(workload, peer);
      if (result !== undefined) add(peer, result);
    }
  }
  return workload.parts.map((_, part) => ({
    title: titleOf(workload, part),
    isBoot: workload.parts[part]?.boots ?? false,
    rows: [...results].flatMap(([engine, list]): Row[] => {
      const row = rowOf(engine, list, part, lengths[part] ?? 0);
      return row === undefined ? [] : [row];
    }),
  }));
}

function titleOf({ name: workload, parts }: Workload, part: number): string {
  const name = parts[part]?.name;
  return name ? `${workload}: ${name}` : workload;
}

/** Another emulator's failure is told, and ends nothing. */
async function peerRun(
  { name: workload }: Workload,
  peer: PeerName,
): Promise<RunResult | undefined> {
  try {
    return (await inProcess({ kind: 'peer', peer, workload })) as RunResult;
  } catch (error) {
    const sentence = /^Error: (.*)$/m.exec((error as Error).message)?.[1] ?? 'it ended early';
    console.log(`${peer}: ${workload} not measured, ${sentence}`);
    return undefined;
  }
}

async function speeds(wanted: Wishes): Promise<void> {
  const all: PartRows[] = [];
  for (const workload of wanted.workloads) {
    if (!isFetched(workload)) {
      console.log(`${workload.name}: not fetched: npm run guest:debian\n`);
      continue;
    }
    for (const part of await measured(workload, wanted)) {
      console.log(`${partLines(part.title, part.rows).join('\n')}\n`);
      all.push(part);
    }
  }
  const boot = wanted.whole ? bootLines(all) : [];
  if (boot.length > 0) console.log(`${boot.join('\n')}\n`);
  console.log('speed by processor time:');
  console.log(`${summaryLines(all, [...wanted.engines, ...wanted.peers]).join('\n')}\n`);
}

async function translations({ millions: wish }: Wishes): Promise<void> {
  const millions = wish ?? TRANSLATED_MILLIONS;
  for (const { name, part } of TRANSLATING) {
    const workload = workloadNamed(name);
    if (!isFetched(workload)) continue;
    const job = { kind: 'translations', workload: name, part, millions } as const;
    const lines = (await inProcess(job)) as readonly string[];
    const title = titleOf(workload, part);
    console.log(`translations of ${title}, host time a region, ${millions} M instructions`);
    console.log(`${lines.join('\n')}\n`);
  }
}

/** The other emulators that are there; a line for each that is not. */
function present(peers: readonly PeerName[]): PeerName[] {
  return peers.filter((peer) => {
    const absent = peer === 'v86' ? v86Absent() : qemuAbsent();
    if (absent !== undefined) console.log(`${peer}: not measured, ${absent}`);
    return absent === undefined;
  });
}

async function main(args: readonly string[]): Promise<void> {
  if (args[0] === '--one') {
    const result = await perform(JSON.parse(args[1] as string) as Job);
    // v86 would go on for ever.
    process.stdout.write(JSON.stringify(result), () => process.exit(0));
    return;
  }
  const wishes = parseWishes(args);
  if (typeof wishes === 'string') {
    console.error(`bench: ${wishes}`);
    process.exitCode = 2;
    return;
  }
  const load = loadavg().map((value) => value.toFixed(1));
  console.log(`medians of ${wishes.runs}; load average at the start: ${load.join(' ')}`);
  const wanted = { ...wishes, peers: present(wishes.peers) };
  console.log('');
  if (wanted.workloads.length > 0) await speeds(wanted);
  if (wanted.translations) await translations(wanted);
}

await main(process.argv.slice(2));
