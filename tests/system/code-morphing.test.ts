/**
 * Whole guests under code morphing: what they compute is what the golden interpreter computes, in
 * each gear; the cycles are the same in every repetition and however a run is sliced; a snapshot
 * keeps the guest and forgets what was learned of it.
 */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { expectedOutput } from './kernels/expectation.js';
import { testKernels } from './kernels/kernel-list.js';
import { type KernelRun, runKernel } from './kernels/run-kernel.js';
import { codeMorphing, pupa, TestRun, type Values } from './support/run.js';
import { restored, type Saved, save } from './support/snapshots.js';

const thresholds = (block: number | null, superblock: number | null): Values => ({
  'cms.gears.blockThreshold': block,
  'cms.gears.superblockThreshold': superblock,
});

const gears: readonly (readonly [name: string, values: Values])[] = [
  ['all gears', {}],
  ['everything is hot', thresholds(1, 2)],
  ['blocks only', thresholds(1, null)],
  ['interpreter only', thresholds(null, null)],
];

const statistic = (run: TestRun | KernelRun, name: string): number => {
  const found = run.machine.statistics().find((one) => one.name === name);
  if (found === undefined) throw new Error(`no statistic ${name}`);
  return found.value;
};

/** All programs of the embedded guest OS, in small sizes: each compares its result with what it knows. */
const script = fileURLToPath(new URL('./support/short-demonstration.sh', import.meta.url));
const demonstration = pupa('quiet run=/mod/short', {
  'boot.modules': [{ file: script, append: 'short' }],
});
const powerOff = { kind: 'powerOff', status: 0, why: 'ACPI soft off' };

function demonstrate(more: Values, sliceInstructions = 5_000_000): TestRun {
  const run = new TestRun({ ...demonstration, ...more });
  expect(run.run({ sliceInstructions })).toEqual(powerOff);
  return run;
}

/** What they count happens at the end of a slice as well. */
const countsSlices = ['hostExit.event', 'resumptions'];

function readings({ text, machine }: TestRun) {
  return {
    text,
    hash: machine.stateHash(),
    instructions: machine.instructions,
    cycles: machine.cycles,
    idleCycles: machine.idleCycles,
    report: machine.report(),
    statistics: machine.statistics().filter(({ name }) => !countsSlices.includes(name)),
  };
}

describe('the programs of the embedded guest OS', () => {
  it('print what they print on the golden interpreter, however they are sliced in the same cycles', () => {
    const golden = demonstrate({}).text;
    expect(golden).toMatch(/^35 commands succeeded, 0 failed$/m);
    const run = demonstrate(codeMorphing);
    expect(run.text).toBe(golden);
    const { instructions } = run.machine;
    expect(statistic(run, 'gear.superblock.instructions')).toBeGreaterThan(instructions / 4);
    expect(readings(demonstrate(codeMorphing, 7_001))).toEqual(readings(run));
  });
});

describe.each(testKernels)('the test kernel $name', (kernel) => {
  let golden: KernelRun | undefined;
  // Of 122 million iterations one round is enough.
  const ways = kernel.name === 'paging' ? gears.slice(0, 1) : gears;

  it.each(ways)('%s', (_, values) => {
    golden ??= runKernel(kernel);
    const run = runKernel(kernel, { ...codeMorphing, ...values });
    expect(run.text.split('\n')).toEqual(expectedOutput(kernel.name).split('\n'));
    expect(run.end).toBe(golden.end);
    // Those that wait for a timer do so in loops that take other times.
    if (!kernel.timed) expect(run.machine.instructions).toBe(golden.machine.instructions);
  });
});

describe('a snapshot', () => {
  const values: Values = {
    ...pupa('script="sort 300; smc 200; fft 512; mixed 300; jit 2; sched 2; faults; files 2"'),
    ...codeMorphing,
  };
  const places = [250_000, 900_345, 2_000_001];

  /** Runs to each place, then to the end. */
  function saveOnTheWay(run: TestRun): Saved[] {
    const saved = places.map((instructions) => {
      expect(run.run({ instructions })).toEqual({ kind: 'limit' });
      return save(run, values);
    });
    expect(run.run()).toEqual(powerOff);
    return saved;
  }

  it('keeps the guest; translations are made anew, in the same cycles each time', () => {
    const whole = new TestRun(values);
    for (const one of saveOnTheWay(whole)) {
      const first = restored(one);
      expect(statistic(first, 'tcache.live')).toBe(0);
      expect(first.run()).toEqual(powerOff);
      expect(statistic(first, 'tcache.live')).toBeGreaterThan(0);
      expect(one.textBefore + first.text).toBe(whole.text);
      const second = restored(one);
      second.run({ sliceInstructions: 7_001 });
      expect(readings(second)).toEqual(readings(first));
    }
  });

  it('goes on under another way of executing', () => {
    const whole = new TestRun(values);
    const saved = saveOnTheWay(whole)[1] as Saved;
    for (const more of [
      { 'simulation.engine': 'reference' },
      thresholds(1, 2),
      thresholds(null, null),
    ]) {
      const run = restored(saved, more);
      expect(run.run()).toEqual(powerOff);
      expect(saved.textBefore + run.text).toBe(whole.text);
    }
    const interpreted: Values = { ...values, 'simulation.engine': 'reference' };
    const golden = new TestRun(interpreted);
    golden.run({ instructions: 1_000_000 });
    const run = restored(save(golden, interpreted), codeMorphing);
    expect(run.run()).toEqual(powerOff);
    expect(golden.text + run.text).toBe(whole.text);
  });
});
