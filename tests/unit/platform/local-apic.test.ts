import { describe, expect, it } from 'vitest';
import { APIC_DEFAULT_BASE, Apic, ApicBase } from '../../../hw/platform/apic-registers.js';
import { Interrupts } from '../../../hw/platform/interrupts.js';
import { IO_APIC_BASE, IoApic, Redirection } from '../../../hw/platform/io-apic.js';
import { LocalApic } from '../../../hw/platform/local-apic.js';
import { Pic } from '../../../hw/platform/pic.js';
import { TestBoard } from './board.js';

const MASKED = 0x1_0000;

/** 100 MHz processor, 10 MHz bus: ten cycles a tick. */
class ApicBoard extends TestBoard {
  readonly interrupts = new Interrupts();
  readonly pic: Pic;
  readonly apic: LocalApic;
  readonly io: IoApic;
  readonly changes: boolean[] = [];
  nmis = 0;

  constructor() {
    super();
    const host = { ...this.host, irq: (line: number) => this.interrupts.irq(line) };
    this.pic = new Pic(host, { onIntr: () => this.interrupts.picChanged() });
    this.apic = new LocalApic(host, 10_000_000);
    this.io = new IoApic(host);
    this.interrupts.connect(this.pic, this.apic, this.io);
    this.interrupts.onIntrChanged = (level) => void this.changes.push(level);
    this.interrupts.onNmi = () => void this.nmis++;
  }

  read(offset: number): number {
    return this.bus.read(APIC_DEFAULT_BASE + offset, 4);
  }
  write(offset: number, value: number): void {
    this.bus.write(APIC_DEFAULT_BASE + offset, value, 4);
  }
  ioWrite(reg: number, value: number): void {
    this.bus.write(IO_APIC_BASE, reg, 4);
    this.bus.write(IO_APIC_BASE + 0x10, value, 4);
  }
  ioRead(reg: number): number {
    this.bus.write(IO_APIC_BASE, reg, 4);
    return this.bus.read(IO_APIC_BASE + 0x10, 4);
  }
  redirect(pin: number, low: number, high = 0): void {
    this.ioWrite(0x11 + 2 * pin, high);
    this.ioWrite(0x10 + 2 * pin, low);
  }
  enable(): void {
    this.write(Apic.svr, 0x1ff);
  }
  /** A request by the interrupt command register to itself. */
  self(vector: number): void {
    this.write(Apic.icrLow, 0x4_4000 | vector);
  }
  /** Initializes the 8259s as Linux does, all lines open. */
  startPics(): void {
    for (const [base, vector, wire] of [
      [0x20, 0x30, 4],
      [0xa0, 0x38, 2],
    ] as const) {
      this.out(base, 0x11);
      this.out(base + 1, vector);
      this.out(base + 1, wire);
      this.out(base + 1, 1);
      this.out(base + 1, 0);
    }
  }
}

describe('local APIC registers', () => {
  it('have their reset values', () => {
    const b = new ApicBoard();
    expect(b.read(Apic.id)).toBe(0);
    expect(b.read(Apic.version)).toBe(0x0005_0014);
    expect(b.read(Apic.dfr)).toBe(0xffff_ffff);
    expect(b.read(Apic.svr)).toBe(0xff);
    for (let r = Apic.lvtTimer; r <= Apic.lvtError; r += 0x10) expect(b.read(r)).toBe(MASKED);
    expect(b.bus.read(APIC_DEFAULT_BASE + Apic.version + 2, 1)).toBe(0x05);
  });

  it('follow the base MSR', () => {
    const b = new ApicBoard();
    b.apic.setBase(0xfed0_0000 | ApicBase.enable | ApicBase.bootstrap);
    expect(b.read(Apic.version)).toBe(0xffff_ffff);
    expect(b.bus.read(0xfed0_0030, 4)).toBe(0x0005_0014);
    b.apic.setBase(0xfed0_0000);
    expect(b.bus.read(0xfed0_0030, 4)).toBe(0xffff_ffff);
  });

  it('keep LVT entries masked while disabled by software', () => {
    const b = new ApicBoard();
    b.write(Apic.lvtLint0, 0x700);
    expect(b.read(Apic.lvtLint0)).toBe(0x1_0700);
    b.enable();
    b.write(Apic.lvtLint0, 0x700);
    expect(b.read(Apic.lvtLint0)).toBe(0x700);
    b.write(Apic.svr, 0xff);
    expect(b.read(Apic.lvtLint0)).toBe(0x1_0700);
  });

  it('record errors until ESR is written', () => {
    const b = new ApicBoard();
    b.enable();
    b.write(Apic.lvtError, 0xfe);
    b.self(3);
    expect(b.interrupts.acknowledge()).toBe(0xfe);
    expect(b.read(Apic.esr)).toBe(0);
    b.write(Apic.esr, 0);
    expect(b.read(Apic.esr)).toBe(0x20);
    b.write(Apic.esr, 0);
    expect(b.read(Apic.esr)).toBe(0);
    b.read(0x3f0);
    b.write(Apic.esr, 0);
    expect(b.read(Apic.esr)).toBe(0x80);
  });
});

describe('priorities', () => {
  it('deliver by class, nest and end in order', () => {
    const b = new ApicBoard();
    b.enable();
    b.self(0x41);
    b.self(0x52);
    expect(b.interrupts.intr).toBe(true);
    expect(b.interrupts.acknowledge()).toBe(0x52);
    expect(b.interrupts.intr).toBe(false);
    expect(b.read(Apic.ppr)).toBe(0x50);
    b.self(0x5f); // same class: waits
    expect(b.interrupts.intr).toBe(false);
    b.self(0x60);
    expect(b.interrupts.acknowledge()).toBe(0x60);
    b.write(Apic.eoi, 0);
    b.write(Apic.eoi, 0);
    expect(b.interrupts.acknowledge()).toBe(0x5f);
    b.write(Apic.eoi, 0);
    expect(b.interrupts.acknowledge()).toBe(0x41);
    b.write(Apic.eoi, 0);
    expect([b.interrupts.intr, b.read(Apic.ppr)]).toEqual([false, 0]);
    expect(b.read(Apic.isr + 0x20)).toBe(0);
  });

  it('wait for the task priority, and give the spurious vector for a request masked meanwhile', () => {
    const b = new ApicBoard();
    b.enable();
    b.write(Apic.tpr, 0x50);
    b.self(0x5f);
    expect([b.interrupts.intr, b.read(Apic.irr + 0x20)]).toEqual([false, 0x8000_0000]);
    b.write(Apic.tpr, 0x4f);
    expect(b.interrupts.intr).toBe(true);
    b.write(Apic.tpr, 0xf0);
    expect(b.interrupts.intr).toBe(false);
    expect(b.interrupts.acknowledge()).toBe(0xff);
    expect(b.read(Apic.isr + 0x70)).toBe(0);
    b.write(Apic.tpr, 0);
    expect(b.interrupts.acknowledge()).toBe(0x5f);
    expect(b.changes).toEqual([true, false, true, false]);
  });

  it('takes logical, broadcast and INIT commands', () => {
    const b = new ApicBoard();
    b.enable();
    b.write(Apic.ldr, 0x0200_0000);
    b.write(Apic.icrHigh, 0x0600_0000);
    b.write(Apic.icrLow, 0x0800 | 0x31);
    expect(b.interrupts.acknowledge()).toBe(0x31);
    b.write(Apic.icrHigh, 0x0100_0000);
    b.write(Apic.icrLow, 0x0800 | 0x32);
    expect(b.read(Apic.irr + 0x10)).toBe(0);
    b.write(Apic.dfr, 0x0fff_ffff); // clusters
    b.write(Apic.ldr, 0x1100_0000);
    b.write(Apic.icrHigh, 0x1300_0000);
    b.write(Apic.icrLow, 0x0800 | 0x33);
    expect(b.read(Apic.irr + 0x10)).toBe(1 << 0x13);
    b.write(Apic.icrLow, 0x000c_4500); // INIT to all but self
    b.write(Apic.icrLow, 0x000c_4608); // start-up
    b.write(Apic.icrLow, 0x0008_0440); // NMI to all with self
    expect([b.nmis, b.read(Apic.irr + 0x10)]).toEqual([1, 1 << 0x13]);
  });
});

describe('timer', () => {
  it('counts down once, to the cycle', () => {
    const b = new ApicBoard();
    b.enable();
    b.write(Apic.timerDivide, 0x3); // by 16
    b.write(Apic.lvtTimer, 0x40);
    b.write(Apic.timerInitial, 5);
    b.runTo(5 * 16 * 10 - 1);
    expect([b.interrupts.intr, b.read(Apic.timerCurrent)]).toEqual([false, 1]);
    b.pass(1);
    expect([b.interrupts.intr, b.read(Apic.timerCurrent)]).toEqual([true, 0]);
    expect(b.interrupts.acknowledge()).toBe(0x40);
    b.write(Apic.eoi, 0);
    b.pass(100_000);
    expect(b.interrupts.intr).toBe(false);
  });

  it('repeats without drift, and stops with a count of zero', () => {
    const b = new ApicBoard();
    b.enable();
    b.write(Apic.timerDivide, 0xb); // by 1
    b.write(Apic.lvtTimer, 0x2_0041);
    b.runTo(7);
    b.write(Apic.timerInitial, 123); // started inside tick 0
    const times: number[] = [];
    while (times.length < 3) {
      b.runTo(b.clock.nextDue());
      times.push(b.clock.now);
      b.interrupts.acknowledge();
      b.write(Apic.eoi, 0);
    }
    expect(times).toEqual([1230, 2460, 3690]);
    b.pass(15);
    expect(b.read(Apic.timerCurrent)).toBe(122);
    b.write(Apic.timerInitial, 0);
    expect([b.clock.nextDue(), b.read(Apic.timerCurrent)]).toEqual([Infinity, 0]);
  });

  it('keeps what is left over a change of the divider, and over a snapshot', () => {
    const b = new ApicBoard();
    b.enable();
    b.write(Apic.timerDivide, 0xb);
    b.write(Apic.lvtTimer, 0x42);
    b.write(Apic.timerInitial, 1000);
    b.runTo(4000);
    b.write(Apic.timerDivide, 0x0); // by 2
    expect(b.read(Apic.timerCurrent)).toBe(600);
    const saved = structuredClone({ clock: b.clock.save(), apic: b.apic.save() });
    const c = new ApicBoard();
    c.clock.restore(saved.clock);
    c.apic.restore(saved.apic);
    for (const board of [b, c]) {
      board.runTo(4000 + 600 * 20 - 1);
      expect(board.interrupts.intr).toBe(false);
      board.pass(1);
      expect(board.interrupts.acknowledge()).toBe(0x42);
    }
  });

  it('counts silently while masked', () => {
    const b = new ApicBoard();
    b.enable();
    b.write(Apic.timerInitial, 10);
    b.pass(100_000);
    expect([b.interrupts.intr, b.read(Apic.timerCurrent)]).toEqual([false, 0]);
  });
});

describe('I/O APIC', () => {
  it('has 24 masked entries and an id', () => {
    const b = new ApicBoard();
    expect(b.ioRead(1)).toBe(0x0017_0011);
    b.ioWrite(0, 0x0f00_0000);
    expect([b.ioRead(0), b.ioRead(2)]).toEqual([0x0f00_0000, 0x0f00_0000]);
    for (let pin = 0; pin < 24; pin++) expect(b.ioRead(0x10 + 2 * pin)).toBe(MASKED);
    b.redirect(23, 0xffff_ffff, 0xffff_ffff);
    expect([b.ioRead(0x3e), b.ioRead(0x3f)]).toEqual([0x0001_afff, 0xff00_0000]);
  });

  it('sends an edge once, line 0 from pin 2', () => {
    const b = new ApicBoard();
    b.enable();
    b.redirect(2, 0x30);
    const timer = b.interrupts.irq(0);
    timer(true);
    expect(b.interrupts.acknowledge()).toBe(0x30);
    b.write(Apic.eoi, 0);
    expect(b.interrupts.intr).toBe(false);
    timer(false);
    timer(true);
    expect(b.interrupts.intr).toBe(true);
  });

  it('holds Remote IRR of a level until EOI, and sends again while it is asserted', () => {
    const b = new ApicBoard();
    b.enable();
    b.redirect(11, Redirection.level | 0x71);
    const [first, second] = [b.interrupts.irq(11), b.interrupts.irq(11)];
    first(true);
    second(true);
    expect(b.ioRead(0x10 + 22)).toBe(Redirection.level | Redirection.remoteIrr | 0x71);
    expect(b.interrupts.acknowledge()).toBe(0x71);
    expect(b.read(Apic.tmr + 0x30)).toBe(1 << 0x11);
    first(false);
    b.write(Apic.eoi, 0);
    expect(b.interrupts.acknowledge()).toBe(0x71);
    second(false);
    b.write(Apic.eoi, 0);
    expect([b.interrupts.intr, b.ioRead(0x10 + 22)]).toEqual([false, Redirection.level | 0x71]);
  });

  it('drops an edge while masked, and takes an asserted level when unmasked', () => {
    const b = new ApicBoard();
    b.enable();
    b.redirect(4, MASKED | 0x34);
    b.redirect(10, MASKED | Redirection.level | 0x7a);
    b.interrupts.irq(4)(true);
    b.interrupts.irq(10)(true);
    b.redirect(4, 0x34);
    expect(b.interrupts.intr).toBe(false);
    b.redirect(10, Redirection.level | 0x7a);
    expect(b.interrupts.acknowledge()).toBe(0x7a);
  });

  it('waits for a local APIC that is switched on later', () => {
    const b = new ApicBoard();
    b.redirect(1, 0x31);
    b.interrupts.irq(1)(true);
    expect(b.interrupts.intr).toBe(false);
    b.enable();
    expect(b.interrupts.acknowledge()).toBe(0x31);
  });

  it('sends NMIs and honours the destination', () => {
    const b = new ApicBoard();
    b.enable();
    b.redirect(1, 0x0400);
    b.interrupts.irq(1)(true);
    expect(b.nmis).toBe(1);
    b.redirect(3, 0x33, 0x0200_0000);
    b.interrupts.irq(3)(true);
    expect(b.interrupts.intr).toBe(false);
  });

  it('restores pins and Remote IRR', () => {
    const a = new ApicBoard();
    a.enable();
    a.redirect(11, Redirection.level | 0x71);
    const line = a.interrupts.irq(11);
    line(true);
    a.interrupts.acknowledge();
    const saved = structuredClone([a.interrupts, a.apic, a.io].map((d) => d.save()));
    const b = new ApicBoard();
    const again = b.interrupts.irq(11);
    [b.interrupts, b.apic, b.io].forEach((d, i) => {
      d.restore(saved[i] as Record<string, unknown>);
    });
    b.interrupts.settle();
    expect(b.interrupts.intr).toBe(false);
    b.write(Apic.eoi, 0);
    expect(b.interrupts.acknowledge()).toBe(0x71);
    again(false);
    b.write(Apic.eoi, 0);
    expect(b.interrupts.intr).toBe(false);
  });
});

describe('8259 beside the APIC', () => {
  it('makes no interrupt of its own while a snapshot is restored', () => {
    const a = new ApicBoard();
    a.startPics();
    a.enable();
    a.write(Apic.lvtLint0, 0x400); // the timer as a watchdog: LINT0 gives NMIs
    a.interrupts.irq(0)(true);
    expect(a.nmis).toBe(1);
    const devices = (b: ApicBoard) => [b.interrupts, b.pic, b.apic, b.io];
    const saved = structuredClone(devices(a).map((d) => d.save()));
    const b = new ApicBoard();
    b.interrupts.irq(0);
    b.enable();
    b.write(Apic.lvtLint0, 0x400);
    devices(b).forEach((d, i) => {
      d.restore(saved[i] as Record<string, unknown>);
    });
    b.interrupts.settle();
    expect([b.nmis, b.interrupts.intr, b.changes]).toEqual([0, false, []]);
  });

  it('reaches the processor only through LINT0 as ExtINT, or with the APIC off', () => {
    const b = new ApicBoard();
    b.startPics();
    const line = b.interrupts.irq(5);
    line(true);
    expect(b.interrupts.intr).toBe(false);
    b.enable();
    b.write(Apic.lvtLint0, 0x700);
    expect(b.interrupts.intr).toBe(true);
    expect(b.interrupts.acknowledge()).toBe(0x35);
    expect(b.read(Apic.ppr)).toBe(0);
    expect(b.interrupts.intr).toBe(false);
    line(false);
    b.out(0x20, 0x20);
    b.apic.setBase(APIC_DEFAULT_BASE);
    line(true);
    expect(b.interrupts.acknowledge()).toBe(0x35);
  });

  it('lets the APIC go first', () => {
    const b = new ApicBoard();
    b.startPics();
    b.enable();
    b.write(Apic.lvtLint0, 0x700);
    b.interrupts.irq(5)(true);
    b.self(0x80);
    expect([b.interrupts.acknowledge(), b.interrupts.acknowledge()]).toEqual([0x80, 0x35]);
  });

  it('requests by a fixed LINT0 as an edge', () => {
    const b = new ApicBoard();
    b.startPics();
    b.enable();
    b.write(Apic.lvtLint0, 0x47);
    b.interrupts.irq(5)(true);
    expect(b.interrupts.acknowledge()).toBe(0x47);
    expect(b.interrupts.intr).toBe(false);
  });

  it('is alone on a board without APICs', () => {
    const b = new TestBoard();
    const interrupts = new Interrupts();
    const pic = new Pic(
      { ...b.host, irq: (line) => interrupts.irq(line) },
      { onIntr: () => interrupts.picChanged() },
    );
    interrupts.connect(pic);
    const base = [0x11, 0x30, 4, 1, 0];
    base.forEach((value, i) => {
      b.out(i ? 0x21 : 0x20, value);
    });
    interrupts.irq(4)(true);
    expect([interrupts.intr, interrupts.acknowledge(), interrupts.intr]).toEqual([
      true,
      0x34,
      false,
    ]);
  });
});
