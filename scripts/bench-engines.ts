/**
 * One measurement of `npm run bench` on this simulator, carried out in the process that calls it: a
 * workload, or a part of it, on one of the engines. `reference` is the golden interpreter alone,
 * without host or cycles; `stepper` and `wasm` simulate the whole machine, cycles included;
 * `functional` is `wasm` in the functional timing model.
 *
 * Only what lies between the first and the last instruction is timed, not the start of the process
 * nor the restoring of a state. Processor time is that of all threads: V8's compilers count.
 */
import type { MachineHandle } from '../sim/machine-api.js';
import { timeTranslations, translationLines } from './translation-speed.js';
import { machineAtStart, partLengths, runUntil, WORKLOADS, type Workload } from './workloads.js';

export const ENGINES = ['reference', 'stepper', 'wasm', 'functional'] as const;
export type Engine = (typeof ENGINES)[number];

export interface PartTime {
  readonly part: number;
  /** 0 where the emulator does not count them. */
  readonly instructions: number;
  readonly molecules: number;
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  /** Of the later half of the instructions, when what is hot has been compiled; absent: not known. */
  readonly late?: { readonly instructions: number; readonly cpuSeconds: number };
}

export interface RunResult {
  readonly parts: readonly PartTime[];
  /** Largest resident memory of the process, guest RAM that was touched included. */
  readonly peakMB: number;
}

export interface EngineJob {
  readonly kind: 'engine';
  readonly workload: string;
  readonly engine: Engine;
  /** A part by itself, from its beginning; null: all parts, from power-on. */
  readonly part: number | null;
  /** Million instructions of a part at most; null: to its end. */
  readonly millions: number | null;
}

export interface TranslationsJob {
  readonly kind: 'translations';
  readonly workload: string;
  readonly part: number;
  readonly millions: number;
}

/** Instructions of the parts, by the reference; makes the states where parts begin. */
export interface LengthsJob {
  readonly kind: 'lengths';
  readonly workload: string;
}

export const workloadNamed = (name: string): Workload =>
  WORKLOADS.find((w) => w.name === name) as Workload;

const choice = (engine: Engine) => ({ over: [], set: settings(engine), size: 'large' }) as const;

const settings = (engine: Engine): readonly string[] =>
  engine === 'functional'
    ? ['simulation.engine=wasm', 'simulation.timing=functional']
    : [`simulation.engine=${engine}`];

export function runEngine({ workload: name, engine, part, millions }: EngineJob): RunResult {
  const workload = workloadNamed(name);
  const machine = machineAtStart(workload, choice(engine), part ?? 0);
  const parts = part === null ? [...workload.parts.keys()] : [part];
  const most = millions === null ? Infinity : millions * 1e6;
  return {
    parts: parts.map((index) => timedPart(machine, workload, index, most)),
    peakMB: process.resourceUsage().maxRSS / 1024,
  };
}

/** Runs a part in two halves, so that the later one tells of the speed behind the start. */
function timedPart(
  machine: MachineHandle,
  workload: Workload,
  part: number,
  most: number,
): PartTime {
  const until = workload.parts[part]?.until ?? '';
  const molecules = moleculesOf(machine);
  const begin = reading(machine);
  const half = most / 2;
  const ended = runUntil(machine, until, half);
  const middle = reading(machine);
  if (!ended) runUntil(machine, until, half);
  const end = reading(machine);
  return {
    part,
    instructions: end.instructions - begin.instructions,
    molecules: moleculesOf(machine) - molecules,
    wallSeconds: end.wallSeconds - begin.wallSeconds,
    cpuSeconds: end.cpuSeconds - begin.cpuSeconds,
    ...(ended
      ? {}
      : {
          late: {
            instructions: end.instructions - middle.instructions,
            cpuSeconds: end.cpuSeconds - middle.cpuSeconds,
          },
        }),
  };
}

function reading({ instructions }: MachineHandle) {
  const { user, system } = process.cpuUsage();
  const wallSeconds = performance.now() / 1000;
  return { instructions, wallSeconds, cpuSeconds: (user + system) / 1e6 };
}

const moleculesOf = (machine: MachineHandle): number =>
  machine.statistics().find(({ name }) => name === 'host.molecules')?.value ?? 0;

export function runTranslations({ workload, part, millions }: TranslationsJob): readonly string[] {
  const machine = machineAtStart(workloadNamed(workload), choice('stepper'), part);
  return translationLines(timeTranslations(machine, millions * 1e6));
}

export const runLengths = ({ workload }: LengthsJob): readonly number[] =>
  partLengths(workloadNamed(workload));
