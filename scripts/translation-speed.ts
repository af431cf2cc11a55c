/**
 * How long the simulator itself takes to make translations: host time of lifting, optimizing,
 * compiling and installing, by gear, over the regions that a workload forms while it runs. The
 * stages are timed from outside, by wrapping the methods that do them: nothing in the machine
 * knows of the host's clock.
 */
import { Backend } from '../cms/backend/compile-region.js';
import { Lifter } from '../cms/lift/lift-region.js';
import type { GuestRegion } from '../cms/region.js';
import { Translator } from '../cms/runtime/translator.js';
import { Tcache } from '../cms/tcache/tcache.js';
import type { MachineHandle } from '../sim/machine-api.js';

export interface GearTime {
  readonly gear: GuestRegion['gear'];
  readonly regions: number;
  /** Guest instructions, copies of unrolled loops included. */
  readonly instructions: number;
  /** Microseconds a region, of wall time: the mean, and the median of the later half, when V8 is warm. */
  readonly mean: number;
  readonly warm: number;
  /** Means. */
  readonly stages: Readonly<Record<Stage, number>>;
}

const STAGES = ['lift', 'optimize', 'compile', 'install'] as const;
type Stage = (typeof STAGES)[number];

interface Sample {
  readonly gear: GuestRegion['gear'];
  readonly instructions: number;
  readonly milliseconds: number;
  readonly stages: Record<Stage, number>;
}

type Method = (this: unknown, ...args: never[]) => unknown;

/** Replaces a method by one that reports how long each call took; gives back what undoes it. */
function timed(
  prototype: object,
  name: string,
  report: (milliseconds: number, args: readonly unknown[]) => void,
): () => void {
  const methods = prototype as Record<string, Method>;
  const original = methods[name];
  if (original === undefined) throw new Error(`there is no method ${name} to be timed`);
  methods[name] = function (this: unknown, ...args: never[]): unknown {
    const start = performance.now();
    try {
      return original.apply(this, args);
    } finally {
      report(performance.now() - start, args);
    }
  };
  return () => {
    methods[name] = original;
  };
}

/** Runs a machine for so many instructions and times all translations that it makes meanwhile. */
export function timeTranslations(machine: MachineHandle, instructions: number): GearTime[] {
  const samples: Sample[] = [];
  // The interpreter's cost model lifts and compiles too, outside of `make`: overwritten each time.
  let stages = noTime();
  const add = (stage: Stage) => (milliseconds: number) => {
    stages[stage] += milliseconds;
  };
  const undo = [
    timed(Lifter.prototype, 'liftRegion', add('lift')),
    // Lifting included; taken out below.
    timed(Translator.prototype, 'lifted', add('optimize')),
    timed(Backend.prototype, 'compile', add('compile')),
    timed(Tcache.prototype, 'install', add('install')),
    timed(Translator.prototype, 'make', (milliseconds, [region]) => {
      const { gear, instructions: list } = region as GuestRegion;
      stages.optimize -= stages.lift;
      samples.push({ gear, instructions: list.length, milliseconds, stages });
      stages = noTime();
    }),
    timed(Backend.prototype, 'costOf', () => {
      stages = noTime();
    }),
  ];
  try {
    machine.run({
      sliceInstructions: instructions,
      instructions: machine.instructions + instructions,
    });
  } finally {
    for (const restore of undo.reverse()) restore();
  }
  return (['block', 'superblock'] as const)
    .map((gear) => samples.filter((sample) => sample.gear === gear))
    .filter((list) => list.length > 0)
    .map(gearTime);
}

function noTime(): Record<Stage, number> {
  return { lift: 0, optimize: 0, compile: 0, install: 0 };
}

/** Share of the slowest that is left out: they met another process, or a garbage collection. */
const PREEMPTED = 0.02;

function gearTime(all: readonly Sample[]): GearTime {
  const kept = Math.ceil(all.length * (1 - PREEMPTED));
  const samples = [...all].sort((a, b) => a.milliseconds - b.milliseconds).slice(0, kept);
  const mean = (of: (sample: Sample) => number): number =>
    (samples.reduce((sum, sample) => sum + of(sample), 0) * 1000) / samples.length;
  const later = all.slice(all.length >> 1).map(({ milliseconds }) => milliseconds * 1000);
  return {
    gear: (all[0] as Sample).gear,
    regions: all.length,
    instructions: all.reduce((sum, { instructions }) => sum + instructions, 0),
    mean: mean((s) => s.milliseconds),
    warm: later.sort((a, b) => a - b)[later.length >> 1] as number,
    stages: Object.fromEntries(
      STAGES.map((stage) => [stage, mean((s) => s.stages[stage])]),
    ) as Record<Stage, number>,
  };
}

/** Lines of a table. */
export function translationLines(times: readonly GearTime[]): string[] {
  const cells = (list: readonly (string | number)[]): string =>
    list
      .map((cell) => (typeof cell === 'number' ? cell.toFixed(1) : cell).padStart(10))
      .join(' ')
      .trimStart();
  const head = ['gear'.padEnd(12), 'regions', 'instr.', 'mean us', 'warm us', ...STAGES];
  return [
    cells(head),
    ...times.map(({ gear, regions, instructions, mean, warm, stages }) =>
      cells([
        gear.padEnd(12),
        String(regions),
        instructions / regions,
        mean,
        warm,
        ...STAGES.map((stage) => stages[stage]),
      ]),
    ),
  ];
}
