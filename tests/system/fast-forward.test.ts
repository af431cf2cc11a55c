/**
 * Functional timing and fast-forwarding of whole guests: both engines agree, time is what the guest
 * completes, and what is measured behind a fast-forward is the same however the run is cut.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ExitCode } from '../../base/errors.js';
import { CPI_SLOTS } from '../../hw/timing/cpi.js';
import { COUNT_SLICES } from '../../sim/results/result-hash.js';
import { folderWith } from '../unit/config/support.js';
import { command } from './support/command.js';
import { pupa, pupaImage, TestRun, type Values } from './support/run.js';
import { restored, save } from './support/snapshots.js';

/** Loops, changing code, repeated strings, a scheduler that lives from interrupts. */
const programs = 'script="sort 300; smc 200; strings 1; mixed 300; jit 2; sched 2; echo over"';
const wasm: Values = { 'simulation.engine': 'wasm' };
const stepper: Values = { 'simulation.engine': 'stepper' };
const functional: Values = { 'simulation.timing': 'functional' };
const forward = (instructions: number): Values => ({
  'simulation.fastForward.instructions': instructions,
});

const powerOff = { kind: 'powerOff', status: 0, why: 'ACPI soft off' };

function toTheEnd(values: Values, sliceInstructions = 1_000_000): TestRun {
  const run = new TestRun({ ...pupa(programs), ...values });
  expect(run.run({ sliceInstructions })).toEqual(powerOff);
  return run;
}

function values({ machine }: TestRun): (name: string) => number {
  const all = new Map(machine.statistics().map(({ name, value }) => [name, value]));
  return (name) => all.get(name) ?? Number.NaN;
}

/** All that a run computed, but what counts slices. */
function readings({ text, machine }: TestRun) {
  const { instructions, cycles, idleCycles, fastForward } = machine;
  return {
    ...{ text, instructions, cycles, idleCycles, fastForward },
    hash: machine.stateHash(),
    report: machine.report(),
    statistics: machine.statistics().filter(({ name }) => !COUNT_SLICES.has(name)),
  };
}

const stack = (value: (name: string) => number): Record<string, number> =>
  Object.fromEntries(CPI_SLOTS.map(({ name }) => [name, value(`cpi.${name}`)]));

const sum = (numbers: Record<string, number>): number =>
  Object.values(numbers).reduce((a, b) => a + b, 0);

describe('functional timing', () => {
  it('is the same on both engines, and time is what the guest completes', () => {
    const run = toTheEnd({ ...stepper, ...functional });
    expect(readings(toTheEnd({ ...wasm, ...functional }, 7_001))).toEqual(readings(run));
    const value = values(run);
    const { issue, interpret, dispatch, idle, ...others } = stack(value);
    expect(sum(others)).toBe(0);
    expect(issue + interpret + dispatch + idle).toBe(run.machine.cycles);
    expect(idle).toBe(run.machine.idleCycles);
    // Further iterations of repeated instructions take time as well.
    expect(issue + interpret).toBeGreaterThan(run.machine.instructions);
    for (const name of ['l1i', 'l1d', 'l2', 'tlb']) expect(value(`${name}.misses`)).toBe(0);
    expect(value('gear.superblock.instructions')).toBeGreaterThan(run.machine.instructions / 4);
  });

  it('is that of the golden interpreter where no interrupt comes between', () => {
    const script = pupa('quiet script="smc 200; faults; jit 2; strings 1; exit 0"');
    const [golden, run] = [{}, { ...wasm, ...functional }].map((more) => {
      const one = new TestRun({ ...script, ...more });
      one.run();
      return one;
    }) as [TestRun, TestRun];
    const { instructions, cycles, idleCycles } = golden.machine;
    expect(run.text).toBe(golden.text);
    expect(run.machine.stateHash()).toBe(golden.machine.stateHash());
    expect([run.machine.instructions, run.machine.cycles, run.machine.idleCycles]).toEqual([
      instructions,
      cycles,
      idleCycles,
    ]);
  });
});

describe('a fast-forwarded run', () => {
  const length = 1_200_000;

  it('is measured behind it, the same on both engines and in slices of any length', () => {
    const run = toTheEnd({ ...stepper, ...forward(length) });
    expect(readings(toTheEnd({ ...wasm, ...forward(length) }, 7_001))).toEqual(readings(run));
    const value = values(run);
    const passed = run.machine.fastForward;
    expect(passed?.isOver).toBe(true);
    const { instructions = 0, cycles = 0, idleCycles = 0 } = passed ?? {};
    expect(instructions).toBeGreaterThanOrEqual(length);
    expect(instructions).toBeLessThan(length + 500);
    expect(value('run.instructions')).toBe(run.machine.instructions - instructions);
    expect(value('run.cycles')).toBe(run.machine.cycles - cycles);
    expect(sum(stack(value))).toBe(value('run.cycles'));
    expect(value('cpi.idle')).toBe(run.machine.idleCycles - idleCycles);
    // What both gears and the interpreter completed is what was measured.
    const gears = ['interpreter', 'block', 'superblock'];
    const counted = gears.map((gear) => value(`gear.${gear}.instructions`));
    expect(counted.reduce((a, b) => a + b, 0)).toBe(value('run.instructions'));
  });

  it('begins with cold caches and the translations made before', () => {
    const run = new TestRun({ ...pupa(programs), ...wasm, ...forward(length) });
    expect(run.run({ instructions: length })).toEqual({ kind: 'limit' });
    const value = values(run);
    expect(run.machine.fastForward?.isOver).toBe(true);
    expect(value('tcache.live')).toBeGreaterThan(50);
    for (const name of ['run.cycles', 'l1i.misses', 'blocks', 'tcache.installed', 'host.molecules'])
      expect(value(name)).toBe(0);
    run.run({ instructions: length + 20_000 });
    const later = values(run);
    expect(later('l1i.misses')).toBeGreaterThan(100);
    expect(later('blocks')).toBeLessThan(later('tcache.live') / 2);
  });

  it('counts from the snapshot that it continues from', () => {
    const run = new TestRun({ ...pupa(programs), ...wasm });
    run.run({ instructions: 500_000 });
    const saved = save(run, pupa(programs));
    const again = restored(saved, { ...wasm, ...forward(300_000) });
    again.run();
    const passed = again.machine.fastForward?.instructions;
    expect(passed).toBeGreaterThanOrEqual(300_000);
    expect(passed).toBeLessThan(300_500);
    expect(saved.textBefore + again.text).toBe(toTheEnd(wasm).text);
  });

  it('agrees with the golden interpreter at each commit', () => {
    const run = toTheEnd({ ...wasm, ...forward(length), 'simulation.check': true });
    expect(values(run)('check.comparisons')).toBeGreaterThan(10_000);
    expect(run.machine.fastForward?.isOver).toBe(true);
  });
});

describe('the command line', () => {
  const guest = ['run', '--multiboot', pupaImage, '--append', programs];
  const host = ['--set', 'simulation.engine=wasm'];

  it('fast-forwards until the console shows something, and a replay does so again', async () => {
    const out = join(folderWith({}), 'run');
    const until = ['--fast-forward-until', 'jit +', '--until', '^over'];
    const { exitCode, stderr } = await command([...guest, ...host, ...until, '--out', out]);
    expect(stderr).toMatch(/^ {2}fast-forwarded +[\d,]+ instructions, [\d,]+ cycles$/m);
    expect(stderr).toMatch(/^ {2}measured +[\d,]+ instructions, [\d,]+ cycles$/m);
    expect(exitCode).toBe(0);
    const record = JSON.parse(readFileSync(join(out, 'run.json'), 'utf8'));
    expect(record.fastForward.isOver).toBe(true);
    expect(record.fastForward.instructions).toBeGreaterThan(100_000);
    const replay = await command(['replay', out]);
    expect(replay.stdout).toMatch(/^the same: /);
  });

  it('tells in its events of no cycles of the host before they are measured', async () => {
    const { stdout } = await command([...guest, ...host, '--fast-forward', '500000', '--events']);
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const progress = events.filter(({ event }) => event === 'progress');
    const cycles = progress.map(({ statistics }) => statistics['run.cycles'] ?? 0);
    expect(cycles.findIndex((n) => n > 0)).toBeGreaterThan(5);
    expect(cycles).toEqual(cycles.toSorted((a, b) => a - b));
    expect(cycles.at(-1)).toBe(
      progress.at(-1).cycles - progress.at(-1).statistics['fastForward.cycles'],
    );
  });

  it('tells when a run ends before anything was measured', async () => {
    const far = ['--fast-forward', '1_000_000_000'];
    const { exitCode, stderr } = await command([...guest, ...host, ...far]);
    expect(stderr).toMatch(/fast-forwarding was not over: nothing was measured$/m);
    expect(exitCode).toBe(ExitCode.guestCrash);
  });

  it.each([
    [['--fast-forward', '0'], 3, 'must be a whole number of at least 1'],
    [['--fast-forward', 'soon'], 3, 'must be a whole number of at least 1'],
    [['--fast-forward-until', '('], 3, 'is not a regular expression'],
    [['--fast-forward-until', 'x*'], 3, 'matches the empty text'],
    [['--fast-forward', '9', '--set', 'simulation.engine=reference'], 3, 'has no host'],
    [['--fast-forward', '9', '--set', 'simulation.timing=functional'], 3, 'leave it full'],
  ])('refuses %s', async (args, code, sentence) => {
    const { exitCode, stderr } = await command([...guest, ...host, ...args]);
    expect(exitCode).toBe(code);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toContain(sentence);
  });
});
