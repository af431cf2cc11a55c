/**
 * The dashboard on a scripted machine and a screen that keeps its last frame: what ends a run, what pauses
 * it, what keys do while it runs, and that nothing typed can break it.
 */
import { describe, expect, it } from 'vitest';
import { Rng } from '../../../base/rng.js';
import { Dashboard } from '../../../cli/dashboard/dashboard.js';
import type { DashboardScreen, ScreenEvents } from '../../../cli/dashboard/dashboard-screen.js';
import type { Grid } from '../../../cli/dashboard/grid.js';
import { lastLines } from '../../../cli/run-dashboard.js';
import { RunSession } from '../../../cli/run-session.js';
import { resolveConfig } from '../../../sim/config/resolve.js';
import { FakeMachine, powerOff, type Step } from '../cli/fake.js';

class FakeScreen implements DashboardScreen {
  width = 80;
  height = 24;
  isBusy = false;
  frames = 0;
  grid: Grid | undefined;
  readonly calls: string[] = [];

  constructor(readonly events: ScreenEvents) {}

  draw(grid: Grid): void {
    this.frames++;
    this.grid = grid;
  }
  redraw(): void {
    this.calls.push('redraw');
  }
  suspend(): void {
    this.calls.push('suspend');
  }
  close(): void {
    this.calls.push('close');
  }

  get text(): string {
    return this.grid?.lines().join('\n') ?? '';
  }

  press(...names: string[]): void {
    for (const name of names) this.events.key({ name, sent: name });
  }
}

interface Scripted {
  readonly steps?: Step[];
  /** Called each time that the run lets real time pass. */
  readonly each?: (screen: FakeScreen, machine: FakeMachine, wait: number) => void;
  readonly saveSnapshot?: () => { path: string; sizeBytes: number };
}

async function play({ steps = [], each, saveSnapshot }: Scripted) {
  const values = { 'boot.method': 'linux', 'boot.kernel': 'vmlinuz' };
  const overrides = Object.entries(values).map(([key, value]) => ({
    key,
    value,
    origin: { kind: 'flag' as const, flag: '--test' },
  }));
  const { config } = resolveConfig({ overrides });
  const machine = new FakeMachine(steps, config, true, () => {});
  let time = 0;
  let waits = 0;
  let screen: FakeScreen | undefined;
  const host = {
    stdin: { on() {}, off() {}, resume() {}, pause() {} },
    stdout: { write() {} },
    stderr: { write() {} },
    environment: {},
    loadMachine: () => Promise.reject(new Error('not here')),
    wallClock: () => ++time,
    wait: async (milliseconds: number) => {
      time += milliseconds;
      if (screen) each?.(screen, machine, ++waits);
      await new Promise((done) => setImmediate(done));
    },
    onSignal: () => () => {},
    onOutputClosed: () => () => {},
  };
  const watcher = new Dashboard({
    machine,
    config,
    host,
    openScreen: (events) => {
      screen = new FakeScreen(events);
      return screen;
    },
    saveSnapshot: saveSnapshot ?? (() => ({ path: 'x.snap', sizeBytes: 2048 })),
  });
  const session = { interactive: false, echo: false, watcher };
  const result = await new RunSession(machine, config, host, session).run();
  return { result, machine, screen: screen as unknown as FakeScreen, waits };
}

describe('a run with a dashboard', () => {
  it('ends as without one, stays a while to be looked at, and gives the terminal back', async () => {
    const steps = [
      { at: 100, print: 'hello\n' },
      { at: 2_000_000, end: powerOff },
    ];
    const { result, screen } = await play({ steps });
    expect(result).toMatchObject({ end: powerOff, exitCode: 0, executed: 2_000_000 });
    expect(screen.text).toContain('hello');
    expect(screen.text).toContain('the guest powered off (ACPI S5); leaves in');
    expect(screen.calls).toEqual(['close']);
  });

  it('stays behind its end as long as somebody is there', async () => {
    let late = false;
    const { waits } = await play({
      steps: [{ at: 100, end: powerOff }],
      each: (screen, _machine, wait) => {
        if (wait === 5) screen.press('?');
        if (wait === 2000) {
          late = true;
          screen.press('q');
        }
      },
    });
    expect([late, waits]).toEqual([true, 2000]);
  });

  it('shows the end to somebody who has just typed at the guest', async () => {
    let [end, behind] = ['', 0];
    await play({
      steps: [{ at: 100_000_000, end: powerOff }],
      each: (screen, machine, wait) => {
        if (wait === 3) screen.press('e', 'x');
        if (machine.instructions < 100_000_000 || ++behind < 3) return;
        end ||= screen.text;
        screen.press('q');
      },
    });
    expect(end).toContain('the guest powered off (ACPI S5); q leaves');
  });

  it.each<[key: string, exitCode: number, sentence: string]>([
    ['q', 0, 'left with q'],
    ['C-c', 130, 'interrupted by SIGINT'],
  ])('%s ends it with what there is', async (key, exitCode, sentence) => {
    const { result, machine, screen } = await play({
      // Twice: somebody who is in a hurry.
      each: (s, _machine, wait) => {
        if (wait === 3) s.press(key, key);
      },
    });
    expect([result.exitCode, result.sentence]).toEqual([exitCode, sentence]);
    expect(machine.instructions).toBeGreaterThan(1_000_000);
    expect(screen.calls).toEqual(['close']);
  });

  it('a terminal that goes away ends it', async () => {
    const { result } = await play({
      each: (screen, _machine, wait) => {
        if (wait === 3) screen.events.closed();
      },
    });
    expect(result.end).toEqual({ kind: 'closed' });
  });

  it('a terminal that does not keep up is not drawn to, and the run goes on', async () => {
    const { result, screen } = await play({
      steps: [{ at: 50_000_000, end: powerOff }],
      each: (s) => {
        s.isBusy = true;
      },
    });
    expect(result.end).toEqual(powerOff);
    expect(screen.frames).toBeLessThan(3);
  });
});

describe('what is left on the terminal', () => {
  it('is the console, or the end of a long one', () => {
    expect(lastLines('one\ntwo\n')).toBe('one\ntwo\n');
    const long = lastLines(Array.from({ length: 5000 }, (_, i) => `${i}\n`).join(''));
    expect(long).toMatch(/^\(4001 lines before\)\n4001\n/);
    expect(long).toMatch(/\n4999\n$/);
  });
});

describe('a bug', () => {
  it.each([3, 2000])(
    'of drawing is reported like any other, the terminal given back',
    async (at) => {
      const calls: string[] = [];
      const failing = play({
        steps: [{ at: 100_000_000, end: powerOff }],
        each: (screen, _machine, wait) => {
          if (wait === 2) screen.press('?');
          if (wait < at) return;
          screen.close = () => void calls.push('close');
          screen.draw = () => {
            throw new Error('drawn outside');
          };
          screen.press('x');
        },
      });
      await expect(failing).rejects.toThrow('drawn outside');
      expect(calls).toEqual(['close']);
    },
  );
});

describe('a pause', () => {
  it('holds the machine, a step goes on by an instruction, space lets it go', async () => {
    const at: number[] = [];
    const { machine } = await play({
      steps: [{ at: 400_000_000, end: powerOff }],
      each: (screen, m, wait) => {
        if (wait === 3) screen.press('space');
        if (wait === 10 || wait === 40) at.push(m.instructions);
        if (wait === 40) screen.press('S');
        if (wait === 60) at.push(m.instructions);
        if (wait === 60) expect(screen.text).toContain('paused');
        if (wait === 60) screen.press('space');
        if (m.instructions === 400_000_000) screen.press('q');
      },
    });
    expect(at[1]).toBe(at[0]);
    expect(at[2]).toBe(at[0] + 1);
    expect(machine.instructions).toBe(400_000_000);
  });

  it('takes every step of keys that come together', async () => {
    const at: number[] = [];
    await play({
      each: (screen, m, wait) => {
        if (wait === 3) screen.press('space');
        if (wait === 20) at.push(m.instructions);
        if (wait === 20) screen.press('S', 's', 'n', 'S');
        if (wait === 60) at.push(m.instructions);
        if (wait === 60) screen.press('q');
      },
    });
    expect(at[1] - at[0]).toBe(4);
  });

  it('shows what a busy terminal has missed as soon as it can', async () => {
    let text = '';
    await play({
      each: (screen, _machine, wait) => {
        if (wait === 3) screen.press('space');
        if (wait === 20) screen.isBusy = true;
        if (wait === 21) screen.press('?');
        if (wait === 30) expect(screen.text).not.toContain('this page');
        if (wait === 30) screen.isBusy = false;
        if (wait === 40) text = screen.text;
        if (wait === 40) screen.press('q');
      },
    });
    expect(text).toContain('this page');
  });

  it('ends with the run', async () => {
    const { result } = await play({
      each: (screen, _machine, wait) => {
        if (wait === 3) screen.press('space');
        if (wait === 30) screen.press('q');
      },
    });
    expect(result.sentence).toBe('left with q');
  });
});

describe('keys of a run', () => {
  it('e types to the guest', async () => {
    const { machine } = await play({
      each: (screen, _machine, wait) => {
        if (wait === 3) screen.press('e', 'l', 's', 'C-]', 'q');
      },
    });
    expect(machine.typed).toEqual(['l', 's']);
  });

  it('w writes a snapshot and says so, or why not', async () => {
    const texts: string[] = [];
    const each = (screen: FakeScreen, _machine: FakeMachine, wait: number): void => {
      if (wait === 3) screen.press('w');
      if (wait === 4) texts.push(screen.text);
      if (wait === 5) screen.press('q');
    };
    await play({ each });
    const saveSnapshot = (): never => {
      throw new Error('no space left on device');
    };
    await play({ each, saveSnapshot });
    expect(texts[0]).toContain('snapshot x.snap, 2.00 KB');
    expect(texts[1]).toContain('no snapshot: no space left on device');
  });

  it('a notice goes away by itself', async () => {
    const texts: string[] = [];
    await play({
      each: (screen, _machine, wait) => {
        if (wait === 3) screen.press('+');
        if (wait === 4 || wait === 4000) texts.push(screen.text);
        if (wait === 4000) screen.press('q');
      },
    });
    expect(texts[0]).toContain('refreshed 8 times a second');
    expect(texts[1]).not.toContain('refreshed');
  });

  it('ctrl-l and ctrl-z reach the screen', async () => {
    const { screen } = await play({
      each: (s, _machine, wait) => {
        if (wait === 3) s.press('C-l', 'C-z', 'q');
      },
    });
    expect(screen.calls).toEqual(['redraw', 'suspend', 'close']);
  });

  it('any of them, at any size, at any moment: the run ends as it should', async () => {
    const keys = [
      ...'?sSn+-z/cdewhjkl123456789x{ ',
      ...['tab', 'S-tab', 'enter', 'escape', 'escape', 'C-]', 'C-]', 'C-l', 'C-z', 'unknown'],
      ...['up', 'down', 'pageup', 'pagedown', 'home', 'end', 'space', 'backspace'],
    ];
    const rng = new Rng(11);
    const { result, screen } = await play({
      each: (s, _machine, wait) => {
        s.width = 1 + (rng.u32() % 130);
        s.height = 1 + (rng.u32() % 50);
        if (rng.u32() % 4 === 0) s.events.resized();
        s.press(keys[rng.u32() % keys.length]);
        if (wait === 3000) s.press('C-]', 'escape', 'C-c');
      },
    });
    expect(result.exitCode).toBe(130);
    expect(screen.frames).toBeGreaterThan(1000);
  });
});
