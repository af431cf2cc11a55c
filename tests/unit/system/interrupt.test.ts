import { beforeEach, describe, expect, it } from 'vitest';
import {
  BP,
  DB,
  DE,
  DFAULT,
  GP,
  NM,
  NP,
  OFLOW,
  PFAULT,
  SSF,
  TS,
  UD,
} from '../../../guest-isa/state/exceptions.js';
import {
  AC,
  CF,
  IF,
  NT,
  OF,
  RF,
  readEflags,
  TF,
  VM,
  writeEflags,
} from '../../../guest-isa/state/flags.js';
import * as W from '../../../guest-isa/state/layout.js';
import {
  deliver,
  deliverExternal,
  deliverFault,
  deliverNmi,
  nmiBlocked,
} from '../../../guest-isa/system/deliver.js';
import { enterHandler } from '../../../guest-isa/system/interrupt.js';
import { AT, Bench, expectFault, SEL } from './bench.js';

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});

const INT32 = 0x8e;
const TRAP32 = 0x8f;
const INT16 = 0x86;

/** A fault as the step loop hands it over. */
function fault(vector: number, errorCode: number): ReturnType<typeof deliverFault> {
  Object.assign(bench.cpu.fault, { vector, errorCode });
  return deliverFault(bench.cpu, bench.cpu.fault);
}

describe('real mode', () => {
  beforeEach(() => bench.enterRealMode());

  it('pushes three words and clears IF, TF, AC', () => {
    bench.cpu.s[W.IDTR_BASE] = 0x600;
    bench.put32(0x600 + 4 * 0x21, 0x0345_0012);
    writeEflags(bench.cpu.s, IF | TF | CF | AC);
    bench.exec('int cd', { imm: 0x21 });
    expect([bench.cs, bench.eip]).toEqual([0x345, 0x12]);
    expect(bench.stack(3, 2)).toEqual([0x40, 0x100, IF | TF | CF | 2]);
    expect(readEflags(bench.cpu.s)).toBe(CF | 2);
  });

  it('a fault returns to its instruction and pushes no error code', () => {
    bench.put32(4 * GP, 0x0200_0000);
    bench.cpu.s[W.IDTR_BASE] = 0;
    expect(fault(GP, 0)).toBeUndefined();
    expect(bench.stack(2, 2)).toEqual([0x3e, 0x100]);
    expect(bench.cpu.s[W.ESP]).toBe(0x7fa);
  });

  it('a table too short for everything shuts the processor down', () => {
    bench.cpu.s[W.IDTR_LIMIT] = 3;
    const shutdown = fault(UD, -1);
    expect(shutdown?.faults.map((f) => f.vector)).toEqual([UD, GP, GP, DFAULT, GP]);
    expect([shutdown?.cs, shutdown?.eip, bench.cpu.s[W.HALTED]]).toEqual([0x100, 0x3e, 2]);
  });
});

describe('gates of protected mode', () => {
  it('at the same level: flags, CS, EIP, error code', () => {
    bench.idt(GP, SEL.code0, 0x12345678, INT32);
    writeEflags(bench.cpu.s, IF | NT | OF);
    fault(GP, 0x18);
    expect([bench.cs, bench.eip, bench.cpu.s[W.ESP]]).toEqual([
      SEL.code0,
      0x12345678,
      AT.stack0 - 16,
    ]);
    expect(bench.stack(4)).toEqual([0x18, AT.code - 2, SEL.code0, IF | NT | OF | RF | 2]);
    expect(readEflags(bench.cpu.s)).toBe(OF | 2);
  });

  it('trap gates leave IF', () => {
    bench.idt(NM, SEL.code0, 0x100, TRAP32);
    writeEflags(bench.cpu.s, IF);
    fault(NM, -1);
    expect(readEflags(bench.cpu.s)).toBe(IF | 2);
  });

  it('from level 3: stack of the TSS, SS and ESP on it', () => {
    bench.enterLevel(3);
    bench.idt(DE, SEL.code0, 0x100, INT32);
    fault(DE, -1);
    expect(bench.stack(5)).toEqual([AT.code - 2, SEL.code3 | 3, RF | 2, AT.stack3, SEL.data3 | 3]);
    expect([bench.cpu.s[W.CPL], bench.cpu.s[W.SEG_SELECTOR + W.SS]]).toEqual([0, SEL.data0]);
    expect(bench.cpu.s[W.SEG_SELECTOR + W.DS]).toBe(SEL.data3 | 3);
  });

  it('to level 1 and to conforming code', () => {
    bench.enterLevel(3);
    bench.idt(DE, SEL.code1, 0x100, INT32);
    bench.idt(NM, SEL.conforming0, 0x200, INT32);
    fault(DE, -1);
    expect([bench.cs, bench.cpu.s[W.ESP]]).toEqual([SEL.code1 | 1, AT.stack1 - 20]);
    fault(NM, -1);
    expect([bench.cs, bench.cpu.s[W.ESP]]).toEqual([SEL.conforming0 | 1, AT.stack1 - 32]);
  });

  it('16-bit gates push words', () => {
    bench.enterLevel(3);
    bench.idt(GP, SEL.code0, 0xffff1234, INT16);
    fault(GP, 0x30);
    expect(bench.eip).toBe(0x1234);
    expect(bench.stack(6, 2)).toEqual([
      0x30,
      (AT.code - 2) & 0xffff,
      SEL.code3 | 3,
      2,
      AT.stack3,
      SEL.data3 | 3,
    ]);
  });

  it('RF is pushed for faults, not for traps and interrupts', () => {
    bench.idt(0x20, SEL.code0, 0x100, INT32);
    bench.idt(DB, SEL.code0, 0x100, INT32);
    deliverExternal(bench.cpu, false);
    expect(bench.stack(3)[2]).toBe(2);
    deliver(bench.cpu, { vector: DB, kind: 'trap', errorCode: -1 });
    expect(bench.stack(3)[2]).toBe(2);
    deliverExternal(bench.cpu, true);
    expect(bench.stack(3)[2]).toBe(RF | 2);
  });
});

describe('software interrupts', () => {
  it('push the next EIP and need the gate DPL', () => {
    bench.enterLevel(3);
    bench.idt(0x80, SEL.code0, 0x100, INT32);
    expectFault(bench, GP, 0x80 * 8 + 2, () => bench.exec('int cd', { imm: 0x80 }));
    bench.idt(0x80, SEL.code0, 0x100, INT32 | 0x60);
    bench.exec('int cd', { imm: 0x80 });
    expect(bench.stack(2)).toEqual([AT.code, SEL.code3 | 3]);
  });

  it('int3 and into look at the DPL too, int1 does not', () => {
    bench.enterLevel(3);
    for (const vector of [DB, BP, OFLOW]) bench.idt(vector, SEL.code0, 0x100 + vector, INT32);
    expectFault(bench, GP, BP * 8 + 2, () => bench.exec('int3 cc'));
    bench.exec('into ce');
    expect(bench.eip).toBe(AT.code);
    writeEflags(bench.cpu.s, OF);
    expectFault(bench, GP, OFLOW * 8 + 2, () => bench.exec('into ce'));
    bench.exec('int1 f1');
    expect(bench.eip).toBe(0x101);
  });

  it('their own faults carry no EXT, those of events do', () => {
    bench.idt(0x80, SEL.data0, 0, INT32);
    expectFault(bench, GP, SEL.data0, () => bench.exec('int cd', { imm: 0x80 }));
    expectFault(bench, GP, SEL.data0 | 1, () =>
      enterHandler(bench.cpu, { vector: 0x80, kind: 'external', errorCode: -1 }),
    );
  });
});

describe('faults of the delivery', () => {
  const event = { vector: 0x30, kind: 'external', errorCode: -1 } as const;
  const faults = (vector: number, code: number): void =>
    expectFault(bench, vector, code, () => enterHandler(bench.cpu, event));

  it('gate: beyond the table, of a wrong type, not present', () => {
    bench.cpu.s[W.IDTR_LIMIT] = 0x30 * 8 + 6;
    faults(GP, 0x30 * 8 + 3);
    bench.cpu.s[W.IDTR_LIMIT] = 0x7ff;
    bench.idt(0x30, SEL.code0, 0, 0x8c);
    faults(GP, 0x30 * 8 + 3);
    bench.idt(0x30, SEL.code0, 0, 0x0e);
    faults(NP, 0x30 * 8 + 3);
  });

  it('target: null, beyond the table, outer level, not present, offset beyond the limit', () => {
    bench.idt(0x30, 0, 0, INT32);
    faults(GP, 1);
    bench.idt(0x30, 0x80, 0, INT32);
    faults(GP, 0x81);
    bench.idt(0x30, SEL.code3, 0, INT32);
    faults(GP, SEL.code3 | 1);
    bench.segment(SEL.free, { access: 0x1b });
    bench.idt(0x30, SEL.free, 0, INT32);
    faults(NP, SEL.free | 1);
    bench.segment(SEL.free, { access: 0x9b, limit: 0xff, flags: 4 });
    bench.idt(0x30, SEL.free, 0x100, INT32);
    faults(GP, 1);
  });

  it('inner stack', () => {
    bench.enterLevel(3);
    bench.idt(0x30, SEL.code0, 0, INT32);
    bench.put32(AT.tss + 8, 0);
    faults(TS, 1);
    bench.put32(AT.tss + 8, SEL.data3);
    faults(TS, SEL.data3 | 1);
    bench.put32(AT.tss + 8, SEL.free);
    bench.segment(SEL.free, { access: 0x13 });
    faults(SSF, SEL.free | 1);
    bench.segment(SEL.free, { access: 0x93, limit: AT.stack0 - 2, flags: 4 });
    faults(SSF, SEL.free | 1);
    bench.cpu.s[W.SEG_LIMIT + W.TR] = 9 - 1;
    faults(TS, SEL.tss | 1);
  });
});

describe('double fault', () => {
  const broken = (...vectors: number[]): void => {
    for (const v of vectors) bench.idt(v, SEL.code0, 0, 0x0e);
  };
  const good = (...vectors: number[]): void => {
    for (const v of vectors) bench.idt(v, SEL.code0, v * 16, INT32);
  };

  it('contributory after contributory', () => {
    broken(GP);
    good(NP, DFAULT);
    expect(fault(GP, 8)).toBeUndefined();
    expect([bench.eip, bench.stack(1)[0]]).toEqual([DFAULT * 16, 0]);
  });

  it('contributory after a page fault, but not a page fault after a contributory one', () => {
    broken(PFAULT);
    good(NP, DFAULT);
    fault(PFAULT, 2);
    expect(bench.eip).toBe(DFAULT * 16);
  });

  it('after a benign exception or an interrupt the second is delivered by itself', () => {
    broken(UD, 0x20);
    good(NP, DFAULT);
    fault(UD, -1);
    expect([bench.eip, bench.stack(1)[0]]).toEqual([NP * 16, UD * 8 + 3]);
    deliverExternal(bench.cpu, false);
    expect([bench.eip, bench.stack(1)[0]]).toEqual([NP * 16, 0x20 * 8 + 3]);
  });

  it('a fault of the #DF handler shuts down', () => {
    broken(GP, NP, DFAULT);
    const shutdown = fault(GP, 0);
    expect(shutdown?.faults.map((f) => f.vector)).toEqual([GP, NP, DFAULT, NP]);
    expect(bench.cpu.s[W.HALTED]).toBe(2);
  });
});

describe('virtual-8086 mode', () => {
  it('leaves to level 0 with all segments saved and data segments null', () => {
    bench.enterV86();
    bench.cpu.setSegment(W.GS, 0x7777, 0x77770, 0xffff, 0xf3);
    bench.idt(GP, SEL.code0, 0x100, INT32);
    fault(GP, 0);
    const v86 = 0x1000;
    expect(bench.stack(10)).toEqual([0, 0x3e, v86, VM | RF | 2, 0x800, v86, v86, v86, v86, 0x7777]);
    const selectors = [W.ES, W.DS, W.FS, W.GS].map((seg) => [
      bench.cpu.s[W.SEG_SELECTOR + seg],
      bench.cpu.s[W.SEG_ATTR + seg],
    ]);
    expect(selectors).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
    expect([bench.cs, bench.cpu.s[W.CPL], bench.cpu.virtual8086]).toEqual([SEL.code0, 0, false]);
    bench.cpu.addStack(4);
    bench.exec('iret cf', { opSize: 4 });
    expect([bench.cs, bench.eip, bench.cpu.s[W.ESP], bench.cpu.virtual8086]).toEqual([
      v86,
      0x3e,
      0x800,
      true,
    ]);
    expect([
      bench.cpu.s[W.SEG_BASE + W.GS],
      bench.cpu.s[W.SEG_ATTR + W.SS],
      bench.cpu.s[W.CPL],
    ]).toEqual([0x77770, 0xf3, 3]);
  });

  it('needs a nonconforming handler of level 0', () => {
    bench.enterV86();
    for (const target of [SEL.code1, SEL.conforming0, SEL.code3]) {
      bench.idt(0x30, target, 0x100, INT32);
      expectFault(bench, GP, target | 1, () =>
        enterHandler(bench.cpu, { vector: 0x30, kind: 'external', errorCode: -1 }),
      );
    }
  });

  it('int n depends on IOPL, int3 does not', () => {
    bench.enterV86(0);
    bench.idt(0x10, SEL.code0, 0x100, INT32 | 0x60);
    bench.idt(BP, SEL.code0, 0x300, INT32 | 0x60);
    expectFault(bench, GP, 0, () => bench.exec('int cd', { imm: 0x10 }));
    bench.exec('int3 cc');
    expect(bench.eip).toBe(0x300);
    bench.enterV86(3);
    bench.exec('int cd', { imm: 0x10 });
    expect(bench.eip).toBe(0x100);
  });
});

describe('iret', () => {
  const frame = (...items: number[]): void => {
    for (const [i, item] of items.entries()) bench.put32(bench.cpu.s[W.ESP] + 4 * i, item);
  };
  const iret = (): void => bench.exec('iret cf', { opSize: 4 });

  it('at level 0 restores all flags but VM', () => {
    frame(0x44, SEL.code0, 0x3f7fd7 & ~VM);
    iret();
    expect([bench.eip, bench.cpu.s[W.ESP]]).toEqual([0x44, AT.stack0 + 12]);
    expect(readEflags(bench.cpu.s)).toBe(0x3d7fd7);
  });

  it('above level 0 leaves IOPL, above IOPL leaves IF', () => {
    bench.enterLevel(3);
    frame(0x44, SEL.code3 | 3, 0x3200 | CF | VM);
    iret();
    expect(readEflags(bench.cpu.s)).toBe(CF | 2);
    writeEflags(bench.cpu.s, 0x3000);
    frame(0x44, SEL.code3 | 3, 0x0200);
    iret();
    expect(readEflags(bench.cpu.s)).toBe(0x3202);
  });

  it('to an outer level uses the flags rule of the inner one', () => {
    frame(0x44, SEL.code3 | 3, 0x3202, 0x9900, SEL.data3 | 3);
    iret();
    expect([bench.cpu.s[W.CPL], bench.cpu.s[W.ESP], readEflags(bench.cpu.s)]).toEqual([
      3, 0x9900, 0x3202,
    ]);
  });

  it('16 bits wide leaves the upper flags', () => {
    writeEflags(bench.cpu.s, AC);
    bench.put32(bench.cpu.s[W.ESP], (SEL.code0 << 16) | 0x44);
    bench.put16(bench.cpu.s[W.ESP] + 4, CF);
    bench.exec('iret cf', { opSize: 2 });
    expect(readEflags(bench.cpu.s)).toBe(AC | CF | 2);
  });

  it('to virtual-8086 mode refuses an EIP above 64 KB', () => {
    frame(0x10000, 0x1000, VM, 0, 0, 0, 0, 0, 0);
    expectFault(bench, GP, 0, iret);
  });

  it('of virtual-8086 mode needs IOPL 3', () => {
    bench.enterV86(0);
    expectFault(bench, GP, 0, iret);
    bench.enterV86(3);
    bench.put32(0x10800, 0x60);
    bench.put32(0x10804, 0x1234);
    bench.put32(0x10808, CF | IF);
    iret();
    expect([bench.cs, bench.eip, readEflags(bench.cpu.s)]).toEqual([
      0x1234,
      0x60,
      VM | 0x3000 | CF | IF | 2,
    ]);
  });
});

describe('NMI', () => {
  it('is blocked until iret', () => {
    bench.idt(2, SEL.code0, 0x100, INT32);
    deliverNmi(bench.cpu, false);
    expect([bench.eip, nmiBlocked(bench.cpu)]).toEqual([0x100, true]);
    bench.exec('iret cf', { opSize: 4 });
    expect([bench.eip, nmiBlocked(bench.cpu)]).toEqual([AT.code, false]);
  });
});
