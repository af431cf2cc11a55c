import { beforeEach, describe, expect, it } from 'vitest';
import { DB, GP, NP, PFAULT, SSF, TS } from '../../../guest-isa/state/exceptions.js';
import { CF, IF, NT, RF, readEflags, VM, writeEflags } from '../../../guest-isa/state/flags.js';
import * as W from '../../../guest-isa/state/layout.js';
import { beforeInstruction, needsDebugCare } from '../../../guest-isa/system/debug.js';
import { deliver, deliverFault } from '../../../guest-isa/system/deliver.js';
import { farCall, farJump } from '../../../guest-isa/system/far-transfer.js';
import { ACCESS, AT, Bench, expectFault, SEL } from './bench.js';

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
  fillTask2();
});

const TASK_GATE = 0x85;

/** The second task: level 3, flat. */
function fillTask2(changes: Record<number, number> = {}): void {
  const words: Record<number, number> = {
    4: AT.stack0,
    8: SEL.data0,
    28: 0,
    32: 0x7000,
    36: IF | 2,
    40: 0xa0,
    44: 0xa1,
    48: 0xa2,
    52: 0xa3,
    56: AT.stack3,
    60: 0xa5,
    64: 0xa6,
    68: 0xa7,
    72: SEL.data3 | 3,
    76: SEL.code3 | 3,
    80: SEL.data3 | 3,
    84: SEL.data3 | 3,
    88: 0,
    92: 0,
    96: 0,
    100: 0,
    ...changes,
  };
  for (const [offset, value] of Object.entries(words)) bench.put32(AT.tss2 + Number(offset), value);
}

const busy = (selector: number): boolean => (bench.get32(AT.gdt + selector + 4) & 0x200) !== 0;
const registers = (): number[] => Array.from(bench.cpu.s.subarray(0, 8));

describe('a switch by jump', () => {
  it('saves the old task and loads the new one', () => {
    const { s } = bench.cpu;
    for (let i = 0; i < 8; i++) if (i !== W.ESP) s[i] = 0x50 + i;
    writeEflags(s, CF);
    farJump(bench.cpu, SEL.tss2, 0xdead);
    expect(registers()).toEqual([0xa0, 0xa1, 0xa2, 0xa3, AT.stack3, 0xa5, 0xa6, 0xa7]);
    expect([bench.cs, bench.eip, s[W.CPL], readEflags(s)]).toEqual([
      SEL.code3 | 3,
      0x7000,
      3,
      IF | 2,
    ]);
    expect([s[W.SEG_SELECTOR + W.TR], s[W.SEG_BASE + W.TR], s[W.CR0] & 8]).toEqual([
      SEL.tss2,
      AT.tss2,
      8,
    ]);
    expect([busy(SEL.tss), busy(SEL.tss2)]).toEqual([false, true]);
    const saved = [0x20, 0x24, 0x28, 0x38, 0x4c, 0x50].map((offset) =>
      bench.get32(AT.tss + offset),
    );
    expect(saved).toEqual([AT.code, CF | 2, 0x50, AT.stack0, SEL.code0, SEL.data0]);
    expect(bench.get16(AT.tss2)).toBe(0);
  });

  it('goes through a task gate too, and its DPL counts instead of that of the TSS', () => {
    bench.enterLevel(3);
    expectFault(bench, GP, SEL.tss2, () => farJump(bench.cpu, SEL.tss2 | 3, 0));
    bench.gate(SEL.free, SEL.tss2, 0, TASK_GATE | 0x60);
    farJump(bench.cpu, SEL.free | 3, 0);
    expect(bench.eip).toBe(0x7000);
  });

  it('changes CR3 with paging only', () => {
    fillTask2({ 28: 0x9000 });
    farJump(bench.cpu, SEL.tss2, 0);
    expect(bench.cpu.s[W.CR3]).toBe(0);
  });
});

describe('call and return', () => {
  it('nest: back link, NT, both busy; iret undoes it', () => {
    farCall(bench.cpu, SEL.tss2, 0, 4);
    expect([bench.get16(AT.tss2), readEflags(bench.cpu.s)]).toEqual([SEL.tss, IF | NT | 2]);
    expect([busy(SEL.tss), busy(SEL.tss2)]).toEqual([true, true]);
    bench.cpu.s[W.EAX] = 0x77;
    bench.exec('iret cf', { opSize: 4 });
    expect([bench.cs, bench.eip, bench.cpu.s[W.ESP]]).toEqual([SEL.code0, AT.code, AT.stack0]);
    expect([busy(SEL.tss), busy(SEL.tss2)]).toEqual([true, false]);
    expect([bench.get32(AT.tss2 + 0x28), bench.get32(AT.tss2 + 0x24)]).toEqual([0x77, IF | 2]);
  });

  it('a back link that is no busy TSS raises #TS', () => {
    writeEflags(bench.cpu.s, NT);
    const iret = (): void => bench.exec('iret cf', { opSize: 4 });
    bench.put16(AT.tss, SEL.tss2);
    expectFault(bench, TS, SEL.tss2, iret);
    bench.put16(AT.tss, 0x80);
    expectFault(bench, TS, 0x80, iret);
    bench.put16(AT.tss, 0x0c);
    expectFault(bench, TS, 0x0c, iret);
    bench.segment(SEL.tss2, { base: AT.tss2, limit: 0x67, access: 0x0b, flags: 0 });
    bench.put16(AT.tss, SEL.tss2);
    expectFault(bench, NP, SEL.tss2, iret);
  });
});

describe('before the commit', () => {
  it.each([
    ['a busy TSS', 0x8b, 0x67, GP],
    ['a TSS that is not present', 0x09, 0x67, NP],
    ['a TSS that is too short', 0x89, 0x66, TS],
  ])('%s', (_text, access, limit, vector) => {
    bench.segment(SEL.tss2, { base: AT.tss2, limit, access, flags: 0 });
    expectFault(bench, vector, SEL.tss2, () => farJump(bench.cpu, SEL.tss2, 0));
    expect(busy(SEL.tss)).toBe(true);
  });

  it('a page of the new TSS that is missing', () => {
    for (let page = 0; page < 64; page++) bench.put32(0x7000 + page * 4, (page << 12) | 7);
    bench.put32(0x7000 + 4 * 5, 0);
    bench.put32(0xb000, 0x7007);
    bench.cpu.s[W.CR3] = 0xb000;
    bench.cpu.s[W.CR0] |= 0x80000000;
    bench.cpu.flushTlb(true);
    expectFault(bench, PFAULT, 0, () => farJump(bench.cpu, SEL.tss2, 0));
    expect(busy(SEL.tss)).toBe(true);
  });
});

describe('faults in the new task', () => {
  const switchFaults = (
    changes: Record<number, number>,
    vector: number,
    errorCode: number,
  ): void => {
    fillTask2(changes);
    let thrown: unknown;
    try {
      farJump(bench.cpu, SEL.tss2, 0);
    } catch (e) {
      thrown = e;
    }
    expect(thrown).toBe(bench.cpu.fault);
    expect([bench.cpu.fault.vector, bench.cpu.fault.errorCode]).toEqual([vector, errorCode]);
    expect([bench.cpu.s[W.SEG_SELECTOR + W.TR], bench.cpu.s[W.START_EIP]]).toEqual([
      SEL.tss2,
      0x7000,
    ]);
  };

  it('LDT', () => switchFaults({ 96: SEL.data0 }, TS, SEL.data0));
  it('CS of another DPL', () => switchFaults({ 76: SEL.code0 | 3 }, TS, SEL.code0));
  it('CS that is data', () => switchFaults({ 76: SEL.data3 | 3 }, TS, SEL.data3));
  it('SS of another level', () => switchFaults({ 80: SEL.data3 }, TS, SEL.data3));
  it('DS above the level', () => switchFaults({ 84: SEL.data0 }, TS, SEL.data0));
  it('SS and ES not present', () => {
    bench.segment(SEL.free, { access: 0x73 });
    switchFaults({ 80: SEL.free | 3 }, SSF, SEL.free);
  });
  it('ES not present', () => {
    bench.segment(SEL.free, { access: 0x73 });
    switchFaults({ 72: SEL.free | 3 }, NP, SEL.free);
  });
  it('EIP beyond the limit', () => {
    bench.segment(SEL.free, { access: 0xfb, limit: 0xfff, flags: 4 });
    switchFaults({ 76: SEL.free | 3 }, GP, 0);
  });

  it('are delivered with its EIP', () => {
    fillTask2({ 84: SEL.data0 });
    bench.idt(TS, SEL.code0, 0x100, 0x8e);
    expect(() => farJump(bench.cpu, SEL.tss2, 0)).toThrow();
    expect(deliverFault(bench.cpu, bench.cpu.fault)).toBeUndefined();
    expect(bench.stack(3)).toEqual([SEL.data0, 0x7000, SEL.code3 | 3]);
  });
});

describe('interrupts through task gates', () => {
  it('nest, and push the error code on the new stack', () => {
    bench.idt(GP, SEL.tss2, 0, TASK_GATE);
    Object.assign(bench.cpu.fault, { vector: GP, errorCode: 0x1234 });
    expect(deliverFault(bench.cpu, bench.cpu.fault)).toBeUndefined();
    expect([bench.eip, bench.cpu.s[W.ESP], bench.get32(AT.stack3 - 4)]).toEqual([
      0x7000,
      AT.stack3 - 4,
      0x1234,
    ]);
    expect([
      bench.get32(AT.tss + 0x20),
      bench.get32(AT.tss + 0x24) & RF,
      bench.get16(AT.tss2),
    ]).toEqual([AT.code - 2, RF, SEL.tss]);
    expect(readEflags(bench.cpu.s) & NT).toBe(NT);
  });

  it('a gate to a busy task raises #GP with EXT', () => {
    bench.idt(0x20, SEL.tss, 0, TASK_GATE);
    bench.idt(GP, SEL.code0, 0x100, 0x8e);
    deliver(bench.cpu, { vector: 0x20, kind: 'external', errorCode: -1 });
    expect(bench.stack(2)).toEqual([SEL.tss | 1, AT.code]);
  });
});

describe('other kinds of task', () => {
  it('virtual-8086', () => {
    fillTask2({ 36: VM | IF, 76: 0x1000, 80: 0x2000, 84: 0xffff, 72: 0 });
    farJump(bench.cpu, SEL.tss2, 0);
    const { s } = bench.cpu;
    expect([bench.cs, s[W.CPL], bench.cpu.virtual8086]).toEqual([0x1000, 3, true]);
    expect([s[W.SEG_BASE + W.DS], s[W.SEG_LIMIT + W.DS]]).toEqual([0xffff0, 0xffff]);
  });

  it('286: words, no FS and GS, no CR3', () => {
    const { s } = bench.cpu;
    s[W.EDI] = 0xabcd1234;
    const put = (offset: number, ...words: number[]): void => {
      for (const [i, w] of words.entries()) bench.put16(AT.tss16 + offset + 2 * i, w);
    };
    put(
      0x0e,
      0x7000,
      2,
      1,
      2,
      3,
      4,
      AT.stack0,
      6,
      7,
      8,
      SEL.data0,
      SEL.code0,
      SEL.data0,
      SEL.data0,
      0,
    );
    farCall(bench.cpu, SEL.tss16, 0, 4);
    expect([bench.eip, s[W.EDI], s[W.SEG_SELECTOR + W.FS], s[W.SEG_ATTR + W.TR] & 0xf]).toEqual([
      0x7000,
      0xabcd0008 | 0,
      0,
      3,
    ]);
    s[W.EAX] = 0x1234;
    bench.exec('iret cf', { opSize: 4 });
    expect([bench.eip, bench.get16(AT.tss16 + 0x12)]).toEqual([AT.code, 0x1234]);
    expect(s[W.SEG_SELECTOR + W.FS]).toBe(SEL.data0);
  });

  it('the T bit traps before the first instruction, and local breakpoints go', () => {
    fillTask2({ 100: 1 });
    bench.idt(DB, SEL.code0, 0x100, 0x8e);
    bench.cpu.s[W.DR7] = 0x7ff;
    farJump(bench.cpu, SEL.tss2, 0);
    expect(bench.cpu.s[W.DR7]).toBe(0x6aa);
    expect(needsDebugCare(bench.cpu)).toBe(true);
    expect(beforeInstruction(bench.cpu)).toBe('delivered');
    expect([bench.cpu.s[W.DR6] & 0xe000, bench.stack(1)[0]]).toEqual([0x8000, 0x7000]);
  });

  it('an LDT of its own', () => {
    bench.segment(0x0c, { access: ACCESS.data | 0x60 });
    fillTask2({ 96: SEL.ldt, 84: 0x0f });
    farJump(bench.cpu, SEL.tss2, 0);
    expect([bench.cpu.s[W.SEG_BASE + W.LDTR], bench.cpu.s[W.SEG_SELECTOR + W.DS]]).toEqual([
      AT.ldt,
      0x0f,
    ]);
  });
});
