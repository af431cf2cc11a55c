/** The clock: order of events, slices cut short, exact conversion of ticks, saving. */
import { describe, expect, it } from 'vitest';
import { Clock } from '../../../base/clock.js';
import { Rng } from '../../../base/rng.js';

/** A clock with its countdown cell, and a way to spend time as an executing processor does. */
function make(hz = 1000): { clock: Clock; spend: (cycles: number) => void; cell: Int32Array } {
  const cell = new Int32Array(1);
  const clock = new Clock(hz, cell, 0);
  return {
    clock,
    cell,
    spend: (cycles) => {
      cell[0] -= cycles;
    },
  };
}

describe('events', () => {
  it('fire in the order of time, then of creation, at their own cycle', () => {
    const { clock } = make();
    const log: string[] = [];
    const b = clock.timer('b', (due) => log.push(`b${due}`));
    const a = clock.timer('a', (due) => log.push(`a${due}`));
    a.at(5);
    b.at(5);
    const c = clock.timer('c', (due) => log.push(`c${due}`));
    c.at(3);
    clock.skipTo(10);
    clock.advance();
    expect(log).toEqual(['c3', 'b5', 'a5']);
    expect(a.armed).toBe(false);
  });

  it('may arm themselves again, also for a time that has come already', () => {
    const { clock } = make();
    const log: number[] = [];
    const timer = clock.timer('periodic', (due) => {
      log.push(due);
      timer.at(due + 4);
    });
    timer.at(4);
    clock.skipTo(17);
    clock.advance();
    expect(log).toEqual([4, 8, 12, 16]);
    expect(timer.due).toBe(20);
  });

  it('do not fire when cancelled', () => {
    const { clock } = make();
    const timer = clock.timer('t', () => expect.unreachable());
    timer.at(1);
    timer.cancel();
    clock.skipTo(2);
    clock.advance();
    expect(clock.nextDue()).toBe(Infinity);
  });
});

describe('slices', () => {
  it('end at the next event or at the limit', () => {
    const { clock, cell } = make();
    const timer = clock.timer('t', () => {});
    timer.at(30);
    clock.startSlice(100);
    expect(cell[0]).toBe(30);
    timer.at(300);
    clock.startSlice(100);
    expect(cell[0]).toBe(100);
  });

  it('tell the exact time while they run, and are cut by an event that becomes due inside them', () => {
    const { clock, spend, cell } = make();
    const timer = clock.timer('t', () => {});
    clock.startSlice(1000);
    spend(100);
    expect(clock.now).toBe(100);
    timer.at(150);
    expect(cell[0]).toBe(50);
    expect(clock.now).toBe(100);
    timer.at(50);
    expect(cell[0]).toBe(0);
    expect(clock.now).toBe(100);
  });

  it('end at once when asked, without losing time', () => {
    const { clock, spend, cell } = make();
    clock.startSlice(1000);
    spend(7);
    clock.endSlice();
    expect([cell[0], clock.now]).toEqual([0, 7]);
    spend(1);
    expect(clock.now).toBe(8);
  });

  it('never exceed what fits into the countdown', () => {
    const { clock, cell } = make();
    clock.startSlice(Infinity);
    expect(cell[0]).toBe(0x4000_0000);
  });
});

describe('ticks of another clock', () => {
  it('convert exactly both ways', () => {
    const rng = new Rng(1);
    for (const [hz, tickHz] of [
      [800_000_000, 1_193_182],
      [999_999_937, 32_768],
      [1_000_000, 3_579_545],
    ]) {
      const { clock } = make(hz);
      for (let i = 0; i < 500; i++) {
        const cycles = rng.u32() * 4096 + rng.below(4096);
        const exact = (BigInt(cycles) * BigInt(tickHz)) / BigInt(hz);
        expect(clock.ticksAt(cycles, tickHz)).toBe(Number(exact));
        const ticks = Number(exact);
        const first = clock.cycleOfTick(ticks, tickHz);
        expect(clock.ticksAt(first, tickHz)).toBeGreaterThanOrEqual(ticks);
        if (first > 0) expect(clock.ticksAt(first - 1, tickHz)).toBeLessThan(ticks);
      }
    }
  });
});

describe('saving', () => {
  it('keeps the time and the armed timers', () => {
    const one = make();
    one.clock.timer('x', () => {}).at(40);
    one.clock.timer('y', () => {});
    one.clock.startSlice(100);
    one.spend(12);
    const two = make();
    const x = two.clock.timer('x', () => {});
    const y = two.clock.timer('y', () => {});
    y.at(3);
    two.clock.restore(one.clock.save());
    expect([two.clock.now, x.due, y.armed]).toEqual([12, 40, false]);
  });

  it('refuses a timer that does not exist, and two of one name', () => {
    const { clock } = make();
    expect(() => clock.restore({ now: 0, timers: { ghost: 1 } })).toThrow(/ghost/);
    clock.timer('t', () => {});
    expect(() => clock.timer('t', () => {})).toThrow(/two timers/);
  });
});
