/**
 * The 8254: every mode against a model that takes each CLK pulse by itself, and the sequences of
 * real drivers, to the cycle.
 */
import { beforeEach, describe, expect, it } from 'vitest';
import { Rng } from '../../../base/rng.js';
import { PIT_HZ, Pit } from '../../../hw/platform/pit.js';
import { PitChannel } from '../../../hw/platform/pit-channel.js';
import { SystemPorts } from '../../../hw/platform/system-ports.js';
import { TestBoard } from './board.js';

/** OUT after each pulse as '-' and '_', beginning with the state at the write. */
function trace(channel: PitChannel, pulses: number, from = 0): string {
  let text = channel.out ? '-' : '_';
  for (let i = 1; i <= pulses; i++) {
    channel.advanceTo(from + i);
    text += channel.out ? '-' : '_';
  }
  return text;
}

function counts(channel: PitChannel, pulses: number, from = 0): number[] {
  return Array.from({ length: pulses }, (_, i) => {
    channel.advanceTo(from + i + 1);
    return channel.read();
  });
}

function channel(mode: number, count: number, gate = true): PitChannel {
  const c = new PitChannel(gate);
  c.control(1, mode, false);
  c.write(count);
  return c;
}

describe('figures of the datasheet', () => {
  it('mode 0: OUT rises n + 1 pulses after the write', () => {
    expect(trace(channel(0, 4), 7)).toBe('_____---');
    expect(counts(channel(0, 4), 7)).toEqual([4, 3, 2, 1, 0, 0xff, 0xfe]);
  });
  it('mode 1: OUT is low for n pulses after the gate rose', () => {
    const c = channel(1, 3, false);
    expect(trace(c, 2)).toBe('---');
    c.setGate(true);
    expect(trace(c, 6, 2)).toBe('-___---');
    c.setGate(false);
    c.setGate(true);
    expect(trace(c, 2, 8)).toBe('-__');
    c.setGate(false);
    c.setGate(true);
    expect(trace(c, 5, 10)).toBe('____--');
  });
  it('mode 2: one pulse low in n', () => {
    expect(trace(channel(2, 3), 9)).toBe('---_--_--_');
    expect(counts(channel(2, 3), 7)).toEqual([3, 2, 1, 3, 2, 1, 3]);
  });
  it('mode 3: even and odd', () => {
    expect(trace(channel(3, 4), 9)).toBe('---__--__-');
    expect(counts(channel(3, 4), 6)).toEqual([4, 2, 4, 2, 4, 2]);
    expect(trace(channel(3, 5), 11)).toBe('----__---__-');
    expect(counts(channel(3, 5), 11)).toEqual([4, 2, 0, 4, 2, 4, 2, 0, 4, 2, 4]);
  });
  it('mode 4: strobes n + 1 pulses after the write', () => {
    expect(trace(channel(4, 3), 6)).toBe('----_--');
    expect(counts(channel(4, 3), 6)).toEqual([3, 2, 1, 0, 0xff, 0xfe]);
  });
  it('mode 5: strobes n + 1 pulses after the gate rose', () => {
    const c = channel(5, 3, false);
    expect(trace(c, 2)).toBe('---');
    c.setGate(true);
    expect(trace(c, 6, 2)).toBe('----_--');
  });
  it('mode 2 and 3: a new count waits for the end, a low gate holds OUT high', () => {
    const c = channel(2, 4);
    c.advanceTo(2);
    c.write(5);
    expect(counts(c, 8, 2)).toEqual([2, 1, 5, 4, 3, 2, 1, 5]);
    c.advanceTo(14);
    expect(c.out).toBe(false);
    c.setGate(false);
    expect(c.out).toBe(true);
    c.advanceTo(20);
    c.setGate(true);
    expect(counts(c, 2, 20)).toEqual([5, 4]);
  });
  it('BCD counts in decades, 0 is 10000', () => {
    const c = new PitChannel(true);
    c.control(3, 2, true);
    c.write(0);
    c.write(0);
    c.advanceTo(2);
    c.latchCount();
    expect([c.read(), c.read()]).toEqual([0x99, 0x99]);
    c.advanceTo(1 + 10_000 - 1);
    expect(c.out).toBe(false);
    c.advanceTo(1 + 10_000);
    expect(c.out).toBe(true);
  });
});

/** The datasheet's rules applied to one pulse after the other, sharing nothing with the device. */
class SlowCounter {
  out = false;
  private ce = 0;
  private n = 0;
  private fresh = false;
  private go = false;
  private running = false;
  private done = false;
  private isOdd = false;
  private mode = 0;
  constructor(private gate: boolean) {}
  program(mode: number): void {
    this.mode = mode;
    this.out = mode !== 0;
    this.fresh = this.go = this.running = this.done = false;
    this.n = -1;
  }
  write(n: number): void {
    this.n = n;
    this.fresh = true;
    if (this.mode === 0) this.out = false;
    if (this.mode === 0 || this.mode === 4) this.go = true;
    if ((this.mode === 2 || this.mode === 3) && !this.running) this.go = true;
  }
  setGate(g: boolean): void {
    if (g && !this.gate && this.n >= 0 && [1, 2, 3, 5].includes(this.mode)) this.go = true;
    if (!g && (this.mode === 2 || this.mode === 3)) this.out = true;
    this.gate = g;
  }
  private take(): void {
    this.isOdd = this.mode === 3 && this.n % 2 === 1;
    this.ce = this.isOdd ? this.n - 1 : this.n;
    this.fresh = false;
  }
  clk(): void {
    if ((this.mode === 4 || this.mode === 5) && !this.out) this.out = true;
    if (this.go) {
      this.go = false;
      this.take();
      this.running = true;
      this.done = false;
      if (this.mode === 1) this.out = false;
      if (this.mode > 1) this.out = true;
      return;
    }
    if (!this.running || (!this.gate && this.mode !== 1 && this.mode !== 5)) return;
    if (this.mode === 2) {
      if (this.ce === 1) {
        this.take();
        this.out = true;
      } else if (--this.ce === 1) this.out = false;
      return;
    }
    if (this.mode === 3) {
      const end = this.isOdd && this.out ? 0 : 2;
      if (this.ce === end) {
        this.out = !this.out;
        this.take();
      } else this.ce -= 2;
      return;
    }
    this.ce = (this.ce + 0xffff) & 0xffff;
    if (this.ce === 0 && !this.done) {
      this.done = true;
      this.out = this.mode < 4;
    }
  }
  get state(): string {
    return `${this.ce} ${this.out} ${this.fresh || this.n < 0}`;
  }
}

it('jumps to the same states as pulse after pulse, in all modes, gates and rewrites', () => {
  const rng = new Rng(8254);
  for (let round = 0; round < 400; round++) {
    const mode = rng.below(6);
    const gate = rng.chance(0.7);
    const fast = new PitChannel(gate);
    const slow = new SlowCounter(gate);
    fast.control(3, mode, false);
    slow.program(mode);
    let tick = 0;
    for (let step = 0; step < 12; step++) {
      const what = rng.below(3);
      if (what === 0 || step === 0) {
        const n = 2 + rng.below(rng.chance(0.5) ? 12 : 300);
        fast.write(n & 0xff);
        fast.write(n >>> 8);
        slow.write(n);
      } else if (what === 1) {
        const g = rng.chance(0.6);
        fast.setGate(g);
        slow.setGate(g);
      }
      const pulses = rng.below(rng.chance(0.3) ? 900 : 9);
      // Half of the time the fast one is looked at only at the end of the stretch.
      const often = rng.chance(0.5);
      for (let i = 0; i < pulses; i++) {
        slow.clk();
        tick++;
        if (often || i === pulses - 1) {
          fast.advanceTo(tick);
          const s = fast.save();
          const state = `${s.ce} ${s.out} ${s.nullCount}`;
          if (state !== slow.state) expect.fail(`round ${round} mode ${mode} tick ${tick}`);
        }
      }
    }
  }
});

it('announces every change of OUT before it comes', () => {
  const rng = new Rng(1);
  for (let round = 0; round < 200; round++) {
    const c = channel(rng.below(6), 2 + rng.below(40));
    c.setGate(false);
    if (rng.chance(0.8)) c.setGate(true);
    let out = c.out;
    for (let tick = 1; tick < 300; tick++) {
      const next = c.nextEvent();
      c.advanceTo(tick);
      if (c.out !== out && next !== tick) expect.fail(`round ${round} tick ${tick}`);
      out = c.out;
    }
  }
});

describe('in the PC', () => {
  let board: TestBoard;
  let pit: Pit;
  let ports: SystemPorts;
  beforeEach(() => {
    board = new TestBoard(700_000_000);
    pit = new Pit(board.host);
    ports = new SystemPorts(board.host, pit);
    board.pass(12_345);
    pit.reset();
    ports.reset();
  });
  const cycleOf = (tick: number) => board.clock.cycleOfTick(tick, PIT_HZ);
  const tickNow = () => board.clock.ticksAt(board.clock.now, PIT_HZ);
  const rises = () => board.edges.filter((e) => e.line === 0 && e.level).map((e) => e.cycle);

  it('mode 2 at 1000 Hz interrupts at the exact cycles', () => {
    const start = tickNow();
    board.out(0x43, 0x34);
    board.out(0x40, 1193 & 0xff);
    board.out(0x40, 1193 >> 8);
    board.edges.length = 0;
    board.passMicroseconds(1_000_000);
    const wanted = Array.from({ length: 1000 }, (_, k) => cycleOf(start + 1 + 1193 * (k + 1)));
    expect(rises()).toEqual(wanted);
  });

  it('mode 3 with count 0 is 18.2 Hz', () => {
    const start = tickNow();
    board.out(0x43, 0x36);
    board.out(0x40, 0);
    board.out(0x40, 0);
    board.edges.length = 0;
    board.passMicroseconds(300_000);
    expect(rises()).toEqual([1, 2, 3, 4, 5].map((k) => cycleOf(start + 1 + 65536 * k)));
  });

  it('one-shot as Linux does it (mode 4): one interrupt n + 2 ticks after the write', () => {
    board.out(0x43, 0x38);
    board.edges.length = 0;
    for (let i = 0; i < 3; i++) {
      const start = tickNow();
      board.out(0x40, 500 & 0xff);
      board.out(0x40, 500 >> 8);
      board.passMicroseconds(2000);
      expect(rises().slice(i)).toEqual([cycleOf(start + 1 + 500 + 1)]);
    }
  });

  it('mode 0: a rewrite before the end moves the interrupt', () => {
    board.out(0x43, 0x30);
    board.out(0x40, 100);
    board.out(0x40, 0);
    board.passMicroseconds(50);
    const start = tickNow();
    board.out(0x40, 200);
    board.out(0x40, 0);
    board.passMicroseconds(400);
    expect(rises()).toEqual([cycleOf(start + 1 + 200)]);
  });

  it('a very high rate stays exact', () => {
    const start = tickNow();
    board.out(0x43, 0x14);
    board.out(0x40, 2);
    board.edges.length = 0;
    board.pass(700_000);
    expect(rises().length).toBe(Math.floor((tickNow() - start - 1) / 2));
    expect(rises()[99]).toBe(cycleOf(start + 1 + 200));
  });

  it('counter 2 calibrates a delay loop through port 0x61, as Linux does (50 ms, mode 0)', () => {
    const count = Math.floor(PIT_HZ / 20);
    board.out(0x61, (board.in(0x61) & ~0x02) | 0x01);
    board.out(0x43, 0xb0);
    const start = tickNow();
    board.out(0x42, count & 0xff);
    board.out(0x42, count >> 8);
    expect(board.in(0x61) & 0x21).toBe(0x01);
    board.runTo(cycleOf(start + 1 + count) - 1);
    expect(board.in(0x61) & 0x20).toBe(0);
    board.pass(1);
    expect(board.in(0x61) & 0x20).toBe(0x20);
  });

  it('the refresh bit toggles each 18 ticks', () => {
    board.runTo(cycleOf(18 * 1000));
    const first = board.in(0x61) & 0x10;
    board.runTo(cycleOf(18 * 1001) - 1);
    expect(board.in(0x61) & 0x10).toBe(first);
    board.pass(1);
    expect(board.in(0x61) & 0x10).toBe(first ^ 0x10);
  });

  it('latches counts and status', () => {
    board.out(0x43, 0x34);
    board.out(0x43, 0xe2); // read back the status of counter 0
    expect(board.in(0x40)).toBe(0b1111_0100); // OUT high, null count, both bytes, mode 2
    const start = tickNow();
    board.out(0x40, 0x00);
    board.out(0x40, 0x10);
    board.runTo(cycleOf(start + 1 + 0x123));
    board.out(0x43, 0x00);
    board.passMicroseconds(100);
    board.out(0x43, 0x00); // ignored: the first latch is unread
    expect(board.in(0x40) | (board.in(0x40) << 8)).toBe(0x1000 - 0x123);
    board.out(0x43, 0xc2); // count and status
    expect(board.in(0x40)).toBe(0b1011_0100);
    const now = 0x1000 - ((tickNow() - start - 1) % 0x1000);
    expect(board.in(0x40) | (board.in(0x40) << 8)).toBe(now);
  });

  it('continues from a saved state as if nothing had been', () => {
    board.out(0x43, 0x34);
    board.out(0x40, 0x39);
    board.out(0x40, 0x30);
    board.out(0x61, 1);
    board.out(0x43, 0xb6);
    board.out(0x42, 0x07); // half of the count
    board.passMicroseconds(777);
    const state = board.save(pit);
    const at = board.clock.now;
    const portState = structuredClone(ports.save());
    const finish = (b: TestBoard) => {
      b.out(0x42, 0x01);
      const seen: number[] = [];
      for (let i = 0; i < 50; i++) {
        b.passMicroseconds(333);
        seen.push(b.in(0x42), b.in(0x40), b.in(0x61));
      }
      return { seen, edges: b.edges.filter((e) => e.cycle > at) };
    };
    const other = new TestBoard(700_000_000);
    const pit2 = new Pit(other.host);
    const ports2 = new SystemPorts(other.host, pit2);
    other.restore(pit2, state);
    ports2.restore(portState);
    expect(finish(other)).toEqual(finish(board));
  });

  it('port 0x92 drives A20 and resets once per rise', () => {
    board.out(0x92, 0x02);
    expect(board.in(0x92)).toBe(0x02);
    board.out(0x92, 0x03);
    board.out(0x92, 0x03);
    board.out(0x92, 0x00);
    expect(board.a20).toEqual([true, true, true, false]);
    expect(board.resets).toEqual(['port 0x92']);
  });
});
