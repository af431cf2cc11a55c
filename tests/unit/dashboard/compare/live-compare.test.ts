/** The live comparison with a terminal and runs of the test's own: what is taken in, drawn, stopped, given back. */
import { describe, expect, it } from 'vitest';
import { CompareLook } from '../../../../cli/dashboard/compare/compare-look.js';
import { differenceWords } from '../../../../cli/dashboard/compare/compare-model.js';
import { LiveCompare } from '../../../../cli/dashboard/compare/live-compare.js';
import type { ScreenEvents } from '../../../../cli/dashboard/dashboard-screen.js';
import type { Grid } from '../../../../cli/dashboard/grid.js';
import { count } from '../../../../cli/progress.js';
import { PointProgress } from '../../../../cli/sweep-progress.js';
import type { PointJob, PointResult } from '../../../../cli/sweep-runner.js';
import { countersAt } from './support.js';

const jobs: PointJob[] = ['a', 'b'].map((label) => ({
  ...{ label, workload: '', arguments: [], folder: `/nowhere/${label}` },
}));
const [first, second] = jobs as [PointJob, PointJob];
const plans = jobs.map(({ label, folder }) => ({ label, folder, tcacheBytes: 1 << 20 }));
const times = { left: () => undefined };

const ended = (job: PointJob, state: PointResult['state'] = 'done'): PointResult => ({
  ...{ job, state, reused: false, exitCode: 0, sentence: 'the guest powered off' },
});

interface Wishes {
  readonly act?: (rig: Rig, wait: number) => void;
  readonly busy?: () => boolean;
  readonly draw?: () => void;
}

class Rig {
  readonly look = new CompareLook(plans, times);
  readonly stops: string[] = [];
  readonly log: string[] = [];
  frames: string[] = [];
  size = { width: 80, height: 24 };
  screen: ScreenEvents | undefined;
  time = 0;
  private waits = 0;
  private settle: (() => void) | undefined;
  private fail: ((error: Error) => void) | undefined;
  readonly live: LiveCompare;

  constructor(wishes: Wishes = {}) {
    this.live = new LiveCompare({
      look: this.look,
      host: {
        environment: {},
        wallClock: () => this.time,
        wait: async (milliseconds) => {
          this.time += milliseconds;
          // Nothing may go on for ever.
          if (++this.waits > 5000) throw new Error('it waits for ever');
          wishes.act?.(this, this.waits);
        },
      },
      openScreen: (events) => {
        this.screen = events;
        this.log.push('open');
        const rig = this;
        return {
          get width() {
            return rig.size.width;
          },
          get height() {
            return rig.size.height;
          },
          get isBusy() {
            return wishes.busy?.() ?? false;
          },
          draw: (grid: Grid) => {
            wishes.draw?.();
            this.frames.push(grid.lines().join('\n'));
          },
          redraw: () => this.log.push('redraw'),
          suspend: () => this.log.push('suspend'),
          close: () => this.log.push('close'),
        };
      },
      stop: (why) => {
        this.stops.push(why);
        // As the runner does: children end, then the runs are over.
        this.finish();
      },
    });
  }

  press(...names: string[]): void {
    for (const name of names) this.screen?.key({ name, sent: name });
  }

  finish(): void {
    this.settle?.();
  }

  break(error: Error): void {
    this.fail?.(error);
  }

  start(): void {
    for (const job of jobs) this.live.started(job);
  }

  progress(job: PointJob, millions: number, seconds = millions): void {
    const statistics = countersAt(millions);
    const [instructions, cycles] = [millions * 1e6, statistics['host.cycles'] ?? 0];
    this.live.event(job, {
      ...{
        event: 'progress',
        instructions,
        cycles,
        idleCycles: 0,
        wallSeconds: seconds,
        statistics,
      },
    });
  }

  run(): Promise<string> {
    const runs = new Promise<string>((done, failed) => {
      this.settle = () => done('results');
      this.fail = failed;
    });
    return this.live.during(runs);
  }

  get last(): string {
    return this.frames.at(-1) ?? '';
  }
}

describe('the live comparison', () => {
  it('takes the terminal when the first run begins, draws, and gives it back at the end', async () => {
    const rig = new Rig({
      act: (rig, wait) => {
        if (wait === 50) rig.start();
        if (wait === 100) {
          rig.progress(first, 3);
          rig.progress(second, 2);
        }
        if (wait === 200) rig.finish();
      },
    });
    expect(await rig.run()).toBe('results');
    expect(rig.log).toEqual(['open', 'close']);
    expect(rig.stops).toEqual([]);
    expect(rig.last).toContain('compared at 2.00 M instructions');
    // 150 waits of 20 ms, 5 frames a second.
    expect(rig.frames.length).toBeGreaterThanOrEqual(14);
    expect(rig.frames.length).toBeLessThanOrEqual(17);
  });

  it('takes none where nothing has to be run', async () => {
    const rig = new Rig({ act: (rig, wait) => wait === 3 && rig.finish() });
    await rig.run();
    expect(rig.log).toEqual([]);
  });

  it.each([
    ['q', 'q'],
    ['C-c', 'ctrl-c'],
  ])('%s gives it back at once and stops the runs, once', async (key, why) => {
    const rig = new Rig({
      act: (rig, wait) => {
        if (wait === 1) rig.start();
        if (wait === 5) rig.press(key, key, 'j');
      },
    });
    await rig.run();
    expect([rig.stops, rig.log]).toEqual([[why], ['open', 'close', 'close']]);
  });

  it('that is closed stops the runs', async () => {
    const rig = new Rig({
      act: (rig, wait) => {
        if (wait === 1) rig.start();
        if (wait === 5) rig.screen?.closed();
      },
    });
    await rig.run();
    expect(rig.stops).toEqual(['closed']);
  });

  it('stays behind the end for somebody who has touched it, until they leave', async () => {
    const rig = new Rig({
      act: (rig, wait) => {
        if (wait === 1) rig.start();
        if (wait === 5) rig.press('j');
        if (wait === 10) rig.finish();
        if (wait === 500) rig.press('q');
      },
    });
    await rig.run();
    expect(rig.time).toBe(10_000);
    expect(rig.last).toContain('all runs have ended; q leaves, and prints the tables');
    expect(rig.stops).toEqual([]);
  });

  it('is no reason for a signal to wait', async () => {
    const rig = new Rig({
      act: (rig, wait) => {
        if (wait === 1) rig.start();
        if (wait === 5) rig.press('j');
        if (wait === 10) rig.finish();
        if (wait === 50) rig.live.signalled();
      },
    });
    await rig.run();
    expect(rig.time).toBe(1000);
  });

  it('passes on what the runs end with', async () => {
    const rig = new Rig({
      act: (rig, wait) => {
        if (wait === 1) rig.start();
        if (wait === 5) rig.break(new Error('no process'));
      },
    });
    await expect(rig.run()).rejects.toThrow('no process');
    expect(rig.log.at(-1)).toBe('close');
  });

  it('stops the runs when it cannot be drawn, and says why behind them', async () => {
    const rig = new Rig({
      act: (rig, wait) => wait === 1 && rig.start(),
      draw: () => {
        throw new Error('a bug of the drawing');
      },
    });
    await expect(rig.run()).rejects.toThrow('a bug of the drawing');
    expect(rig.stops).toEqual(['closed']);
  });

  it('draws nothing that the terminal would not take, and the newest when it does', async () => {
    let busy = false;
    const rig = new Rig({
      busy: () => busy,
      act: (rig, wait) => {
        if (wait === 1) rig.start();
        if (wait === 2) busy = true;
        if (wait === 300) rig.progress(first, 1);
        if (wait === 300) rig.progress(second, 1);
        if (wait === 400) expect(rig.frames).toHaveLength(1);
        if (wait === 400) busy = false;
        if (wait === 402) rig.finish();
      },
    });
    await rig.run();
    expect(rig.last).toContain('compared at 1.00 M instructions');
  });

  it('lives through a storm of resizes and keys', async () => {
    const keys = [
      'j',
      'd',
      'c',
      'tab',
      '?',
      'escape',
      '>',
      '<',
      '+',
      '-',
      'C-l',
      'C-z',
      'end',
      'k',
    ];
    const rig = new Rig({
      act: (rig, wait) => {
        if (wait === 1) rig.start();
        if (wait < 5) return;
        rig.progress(first, wait / 10);
        rig.progress(second, wait / 11);
        rig.size = { width: 1 + ((wait * 37) % 140), height: 1 + ((wait * 11) % 50) };
        rig.screen?.resized();
        rig.press(keys[wait % keys.length] ?? '');
        if (wait === 300) rig.press('q');
      },
    });
    await rig.run();
    expect(rig.frames.length).toBeGreaterThan(500);
    expect(rig.log).toContain('redraw');
    expect(rig.log).toContain('suspend');
    expect(rig.stops).toEqual(['q']);
  });

  it('says what a key has set', async () => {
    const rig = new Rig({
      act: (rig, wait) => {
        if (wait === 1) rig.start();
        if (wait === 5) rig.press('>');
        if (wait === 5) expect(rig.last).toContain('a difference is one above 5 %');
        if (wait === 6) rig.press('+');
        if (wait === 6) expect(rig.last).toContain('refreshed 8 times a second');
        if (wait === 300) expect(rig.last).toContain('q stop  ? help');
        if (wait === 301) rig.press('q');
      },
    });
    await rig.run();
  });
});

describe('what has been seen of the runs', () => {
  const feed = (): Rig => {
    const rig = new Rig();
    rig.start();
    rig.live.event(first, {
      ...{ event: 'start', schema: '', name: 'a', guest: 'pupa', maxInstructions: null },
      counters: [{ name: 'cpi.issue', unit: 'cycles', text: 'Issued.' }],
    });
    for (let second = 0; second <= 10; second++) rig.progress(first, second * second, second);
    rig.progress(second, 30, 20);
    return rig;
  };

  it('is how fast each is lately, and where both have been', () => {
    const { variants, counters, guest } = feed().look.model('', false);
    // From 49 to 100 million in the last three seconds.
    expect(variants[0]?.mips).toBeCloseTo(17);
    expect(variants.map(({ course }) => course.end)).toEqual([100e6, 30e6]);
    expect([guest, counters.length]).toEqual(['pupa', 1]);
  });

  it('is how each ended', () => {
    const rig = feed();
    rig.live.ended(ended(first));
    rig.live.ended(ended(second, 'interrupted'));
    const { variants } = rig.look.model('', true);
    expect(variants.map(({ state }) => state)).toEqual(['ended', 'stopped']);
    expect(variants[0]?.sentence).toBe('the guest powered off');
    expect(variants[0]?.mips).toBeNaN();
  });

  it('is told in a line without a terminal', () => {
    const rig = feed();
    const also = (): string[] => differenceWords(rig.look.model('', false).variants, count);
    const host = { wallClock: () => 0, stderr: { write() {} } };
    expect(new PointProgress(jobs, 2, host, { also }).line()).toBe(
      '0/2 done | at 30 M: b 0.0 % cycles',
    );
    const nothing = new CompareLook(plans, times);
    expect(differenceWords(nothing.model('', false).variants, count)).toEqual([]);
  });
});
