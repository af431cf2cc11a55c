/**
 * The dashboard of real machines: that it changes nothing, and (in tmux) what a terminal shows of it, how it
 * is stepped, looked into, resized, suspended, and given back.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Rng } from '../../base/rng.js';
import { Dashboard } from '../../cli/dashboard/dashboard.js';
import type { Grid } from '../../cli/dashboard/grid.js';
import { RunSession } from '../../cli/run-session.js';
import type { Statistic } from '../../sim/machine-api.js';
import { compiledMain } from '../native/plugin.js';
import { codeMorphing, configOf, pupa, pupaImage, TestRun } from './support/run.js';
import { hasTmux, Tmux } from './support/tmux.js';

const script = 'quiet script="sieve 300; smc 20; sort 200; poweroff"';

/** A run with a dashboard whose user does something each time that real time may pass; none: without one. */
async function run(
  engine: 'stepper' | 'wasm',
  user?: (press: (...names: string[]) => void, wait: number) => void,
) {
  const values = pupa(script, { 'simulation.engine': engine });
  const test = new TestRun(values);
  const { machine } = test;
  const config = configOf(values);
  let [time, waits, frames] = [0, 0, 0];
  let key: (name: string) => void = () => {};
  const host = {
    stdin: { on() {}, off() {}, resume() {}, pause() {} },
    stdout: { write() {} },
    stderr: { write() {} },
    environment: {},
    loadMachine: () => Promise.reject(new Error('not here')),
    wallClock: () => (time += 20),
    wait: async (milliseconds: number) => {
      time += milliseconds;
      user?.((...names) => names.forEach(key), ++waits);
    },
    onSignal: () => () => {},
    onOutputClosed: () => () => {},
  };
  const screen = {
    width: 120,
    height: 40,
    isBusy: false,
    draw: (_grid: Grid) => void frames++,
    redraw() {},
    suspend() {},
    close() {},
  };
  const watcher =
    user &&
    new Dashboard({
      machine,
      config,
      host,
      openScreen: (events) => {
        key = (name) => events.key({ name, sent: name });
        return screen;
      },
      saveSnapshot: () => ({ path: '', sizeBytes: 0 }),
    });
  const session = { interactive: false, echo: false, watcher };
  const result = await new RunSession(machine, config, host, session).run();
  return { test, result, frames, statistics: machine.statistics() };
}

const named = (statistics: readonly Statistic[]): [string, number][] =>
  statistics.map(({ name, value }) => [name, value]);
/** How often the software looked at the clock depends on where a run stood still. */
const OF_SLICES = ['hostExit.event', 'resumptions'];

describe('a run with a dashboard', () => {
  it.each(['stepper', 'wasm'] as const)(
    'on engine %s has the results of one without, to the last counter',
    async (engine) => {
      const plain = await run(engine);
      const watched = await run(engine, () => {});
      expect(watched.frames).toBeGreaterThan(6);
      expect(named(watched.statistics)).toEqual(named(plain.statistics));
      expect(watched.test.machine.stateHash()).toBe(plain.test.machine.stateHash());
      expect(watched.result.consoleText).toBe(plain.result.consoleText);
      expect(watched.result.end).toEqual(plain.result.end);
    },
  );

  it('has them even if its user pauses, steps and looks into everything', async () => {
    const rng = new Rng(3);
    const keys = [
      's',
      's',
      's',
      'S',
      'n',
      'space',
      'enter',
      'escape',
      '7',
      '2',
      'j',
      'c',
      'd',
      'z',
    ];
    const plain = await run('wasm');
    let pressing = true;
    const watched = await run('wasm', (press, wait) => {
      if (wait > 3000 && pressing) {
        pressing = false;
        press('escape', 'S', 'space');
      }
      if (pressing) press(keys[rng.u32() % keys.length]);
      // Behind the end it would stay for its user.
      else if (wait > 20_000) press('q');
    });
    const counted = (s: readonly Statistic[]): [string, number][] =>
      named(s).filter(([name]) => !OF_SLICES.includes(name));
    expect(counted(watched.statistics)).toEqual(counted(plain.statistics));
    expect(watched.test.machine.stateHash()).toBe(plain.test.machine.stateHash());
    expect(watched.result.end).toEqual(plain.result.end);
  });
});

const endless = 'quiet script="yes > /dev/null"';

describe('the watch of a machine', () => {
  it('records as much as was asked for, what can be decoded, in the order of time', () => {
    const test = new TestRun(pupa(endless, codeMorphing));
    const { watch } = test.machine;
    if (watch === undefined) throw new Error('the machine has no host');
    test.machine.run({ sliceInstructions: 3_000_000 });
    watch.sample(50);
    expect(watch.trace().entries).toEqual([]);
    test.machine.run({ sliceInstructions: 500_000 });
    const { entries, dropped } = watch.trace();
    expect([entries.length, dropped]).toEqual([50, 0]);
    let before = 0;
    for (const entry of entries)
      if (entry.kind === 'molecule') {
        expect(entry.cycle).toBeGreaterThan(before);
        before = entry.cycle;
        expect(watch.moleculeAt(entry.hostPc)?.atoms).toHaveLength(watch.units.length);
      }
    expect(before).toBeGreaterThan(0);
    expect(watch.moleculeAt(8)).toBeUndefined();
    const hottest = watch.hottest(5);
    expect(hottest).toHaveLength(5);
    expect(hottest.map(({ cycles }) => cycles)).toEqual(
      hottest.map(({ cycles }) => cycles).sort((a, b) => b - a),
    );
    expect(hottest[0].shareOfCycles).toBeGreaterThan(0.01);
  });

  it('keeps the last of what it follows, beside a checker that hears everything', () => {
    const test = new TestRun(pupa(endless, { ...codeMorphing, 'simulation.check': true }));
    const { watch } = test.machine;
    const checked = (): number =>
      test.machine.statistics().find(({ name }) => name === 'check.steps')?.value ?? 0;
    test.machine.run({ sliceInstructions: 300_000 });
    watch?.follow();
    const before = checked();
    test.machine.run({ sliceInstructions: 100_000 });
    watch?.rest();
    expect(checked() - before).toBeGreaterThanOrEqual(100_000);
    const { entries, dropped } = watch?.trace() ?? { entries: [], dropped: 0 };
    expect(entries.length).toBeGreaterThan(1000);
    expect(dropped).toBeGreaterThan(10_000);
    test.machine.run({ sliceInstructions: 100_000 });
    expect(watch?.trace().dropped).toBe(dropped);
  });
});

const program = `${process.execPath} ${compiledMain} run --multiboot ${pupaImage}`;
const busy = `${program} --append 'quiet script="echo begun; yes > /dev/null"'`;
const given = 'echo rc=$?; stty -g | cmp - before && echo given back';

/** Seconds that a process has computed (Linux counts them in hundredths). */
function processorTime(pid: string): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

describe.skipIf(!hasTmux)('a terminal (skipped: tmux is not installed)', () => {
  const history = (tmux: Tmux) => (): string => tmux.history();

  it('of 80 x 24 shows every panel; q leaves, and what the console showed stays', async () => {
    const tmux = new Tmux(80, 24);
    tmux.type(`${busy}; ${given}`, 'Enter');
    const screen = await tmux.shows(/0x[0-9a-f]{8} super/);
    expect(screen).toMatch(/^ chrysalis tm5800 │ running │ +[\d.,]+ [kM]? ?instructions/m);
    for (const title of ['1 console', '2 pipeline', '3 CPI stack', '4 rates', '5 gears'])
      expect(screen).toContain(title);
    for (const title of ['6 tcache', '7 hottest', '8 events', '9 caches'])
      expect(screen).toContain(title);
    expect(screen).toMatch(/^begun/m);
    expect(screen).toMatch(/IPC \(busy\) +\d\.\d\d/);
    for (const line of screen.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    tmux.type('q');
    const after = await tmux.shows(/rc=0\ngiven back/, history(tmux));
    // On a busy computer the shell clears its terminal behind the typed line, and the prompt stays.
    expect(after).toMatch(/^(host> )?begun$/m);
    expect(after).toMatch(/left with q/);
    expect(after).toMatch(/^ {2}state hash +[0-9a-f]{16}$/m);
  });

  it('prints the same hashes at the end as a run without one', async () => {
    const args = ['run', '--multiboot', pupaImage, '--append', script];
    const { stderr } = spawnSync(process.execPath, [compiledMain, ...args], { encoding: 'utf8' });
    const hashes = (text: string): string[] => text.match(/(state|result) hash +[0-9a-f]+/g) ?? [];
    expect(hashes(stderr)).toHaveLength(2);
    const tmux = new Tmux(80, 24);
    tmux.type(`${program} --append '${script}'; ${given}`, 'Enter');
    await tmux.shows(/leaves in \d+ s, any key stays/);
    tmux.type('q');
    const after = await tmux.shows(/rc=0\ngiven back/, history(tmux));
    expect(hashes(after)).toEqual(hashes(stderr));
  });

  it('that does not read holds nothing up', async () => {
    const tmux = new Tmux(120, 40);
    tmux.type(`sh -c 'echo $$ > pid; exec ${busy.replaceAll("'", `'\\''`)}'`, 'Enter');
    await tmux.shows(/4 rates/);
    const pid = readFileSync(join(tmux.folder, 'pid'), 'utf8').trim();
    const server = Number(tmux.run('display-message', '-p', '#{pid}'));
    const seconds = async (count: number): Promise<void> => {
      await new Promise((done) => setTimeout(done, 1000 * count));
    };
    process.kill(server, 'SIGSTOP');
    try {
      // Long enough to fill what lies between a program and its terminal.
      await seconds(4);
      const before = processorTime(pid);
      await seconds(3);
      expect(processorTime(pid) - before).toBeGreaterThan(0.2);
    } finally {
      process.kill(server, 'SIGCONT');
    }
    tmux.type('q');
    await tmux.shows(/left with q/, history(tmux));
  });

  it('pauses, steps, looks into a translation, and goes on', async () => {
    const tmux = new Tmux(120, 40);
    tmux.type(busy, 'Enter');
    await tmux.shows(/0x[0-9a-f]{8} super/);
    tmux.type('Space');
    const paused = await tmux.shows(/│ paused/);
    tmux.type('2', 's');
    await tmux.shows(/cyc host pc {3}waited lsu/);
    for (let tries = 0; tmux.screen() === paused && tries < 100; tries++)
      await new Promise((done) => setTimeout(done, 20));
    expect(tmux.screen()).not.toBe(paused);
    tmux.type('7', 'Enter');
    const inside = await tmux.shows(/x86: \d+ instructions/);
    expect(inside).toMatch(/IR: \d+ of \d+ operations/);
    expect(inside).toMatch(/\d+ molecules, \d+ atoms/);
    tmux.type('Escape', '?');
    await tmux.shows(/one guest instruction: to the next commit/);
    tmux.type('Escape', 'Space');
    await tmux.shows(/│ running/);
    tmux.type('C-c');
    await tmux.shows(/interrupted by SIGINT \(partial results\)/, history(tmux));
  });

  it('of 40 x 10 has one panel, a smaller one a line; any size can come', async () => {
    const tmux = new Tmux(40, 10);
    tmux.type(`${busy}; ${given}`, 'Enter');
    await tmux.shows(/1 console ─+ serial port\nbegun/);
    tmux.type('3');
    await tmux.shows(/3 CPI stack/);
    for (const [columns, rows] of [
      [1, 1],
      [200, 60],
      [3, 50],
      [300, 2],
      [20, 4],
    ])
      tmux.resize(columns, rows);
    await tmux.shows(/^running/);
    tmux.resize(1, 1);
    await tmux.shows(/^r\n/);
    tmux.resize(200, 60);
    await tmux.shows(/9 caches & TLB/);
    tmux.type('C-c', 'C-c');
    await tmux.shows(/rc=130\ngiven back/, history(tmux));
  });

  it('types to the guest, and shows the end of one that powers off', async () => {
    const tmux = new Tmux(80, 24);
    tmux.type(`${program} --append quiet; ${given}`, 'Enter');
    await tmux.shows(/pupa:\/\$/);
    tmux.type('e');
    await tmux.shows(/typing to the guest/);
    tmux.type('echo quick | wc', 'Enter');
    await tmux.shows(/^ +1 +1 +6/m);
    tmux.type('poweroff', 'Enter');
    await tmux.shows(/the guest powered off \(ACPI soft off\); q leaves/);
    tmux.type('q');
    await tmux.shows(/rc=0\ngiven back/, history(tmux));
  });

  it('is suspended and continued', async () => {
    const tmux = new Tmux(80, 24);
    tmux.type('set -m', 'Enter', busy, 'Enter');
    await tmux.shows(/4 rates/);
    tmux.type('C-z');
    await tmux.shows(/Stopped|Suspended/i);
    tmux.type('fg', 'Enter');
    await tmux.shows(/4 rates/);
    tmux.type('q');
    await tmux.shows(/left with q/, history(tmux));
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
    ['SIGHUP', 0],
  ])('is given back at %s', async (signal, status) => {
    const tmux = new Tmux(80, 24);
    tmux.type(`sh -c 'echo $$ > pid; exec ${busy.replaceAll("'", `'\\''`)}'; ${given}`, 'Enter');
    await tmux.shows(/4 rates/);
    process.kill(Number(readFileSync(join(tmux.folder, 'pid'), 'utf8')), signal);
    const after = await tmux.shows(new RegExp(`rc=${status}\\ngiven back`), history(tmux));
    expect(after).toContain('(partial results)');
  });

  it('that is closed ends the run, and its results are kept', async () => {
    const tmux = new Tmux(80, 24);
    tmux.type(`exec ${busy} --out results`, 'Enter');
    await tmux.shows(/4 rates/);
    tmux.run('kill-window');
    const done = (): string[] => readdirSync(tmux.folder).filter((name) => name === 'results');
    for (let tries = 0; done().length === 0 && tries < 1200; tries++)
      await new Promise((wait) => setTimeout(wait, 50));
    expect(readdirSync(join(tmux.folder, 'results')).length).toBeGreaterThan(2);
  });

  it.each([
    ['TERM=dumb', ''],
    ['CI=1', ''],
    ['', '--no-dashboard'],
  ])('has none with %s%s', async (environment, option) => {
    const tmux = new Tmux(80, 24);
    tmux.type(`env ${environment} ${program} --append quiet ${option}`, 'Enter');
    await tmux.shows(/ctrl-\] leaves/);
    await tmux.shows(/pupa:\/\$/);
    tmux.type('C-]');
    await tmux.shows(/left with ctrl-\]/, history(tmux));
  });

  it('without colours gets none', async () => {
    const tmux = new Tmux(80, 24);
    tmux.type(`env NO_COLOR=1 ${busy}`, 'Enter');
    await tmux.shows(/4 rates/);
    const sequences = tmux.run('capture-pane', '-pe').split('\x1b[').slice(1);
    expect(sequences.length).toBeGreaterThan(4);
    for (const sequence of sequences)
      for (const code of sequence.slice(0, sequence.indexOf('m')).split(';'))
        expect(Number(code) < 30 || code === '39' || code === '49').toBe(true);
    tmux.type('q');
  });
});

describe('without a terminal', () => {
  it('no escape is written', () => {
    const args = [compiledMain, 'run', '--multiboot', pupaImage, '--append', script];
    const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect(status).toBe(0);
    expect(stdout + stderr).not.toContain('\x1b');
  });
});
