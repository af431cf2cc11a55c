import { beforeEach, describe, expect, it } from 'vitest';
import { GP, PFAULT, UD } from '../../../guest-isa/state/exceptions.js';
import {
  AC,
  CF,
  DF,
  ID,
  IF,
  IOPL,
  NT,
  RF,
  readEflags,
  TF,
  VIF,
  VIP,
  VM,
  writeEflags,
} from '../../../guest-isa/state/flags.js';
import * as W from '../../../guest-isa/state/layout.js';
import { beforeInstruction, needsDebugCare } from '../../../guest-isa/system/debug.js';
import { AT, Bench, expectFault, SEL } from './bench.js';

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});

const flags = (): number => readEflags(bench.cpu.s);
const IO_MAP = 0x100;

/** Gives the TSS an I/O permission bitmap with the redirection bitmap below it; all ports closed. */
function makeIoMap(): void {
  bench.cpu.s[W.SEG_LIMIT + W.TR] = IO_MAP + 0x41;
  bench.put16(AT.tss + 0x66, IO_MAP);
  for (let i = 0; i <= 0x41; i++) bench.view.setUint8(AT.tss + IO_MAP + i, 0xff);
}

describe('cli and sti', () => {
  it('obey IOPL', () => {
    bench.enterLevel(3);
    expectFault(bench, GP, 0, () => bench.exec('cli fa'));
    expectFault(bench, GP, 0, () => bench.exec('sti fb'));
    writeEflags(bench.cpu.s, IOPL);
    bench.exec('sti fb');
    expect(flags()).toBe(IOPL | IF | 2);
    bench.exec('cli fa');
    expect(flags()).toBe(IOPL | 2);
  });

  it('sti holds interrupts off only when they were off', () => {
    bench.exec('sti fb');
    expect(bench.cpu.s[W.INHIBIT]).toBe(1);
    bench.cpu.s[W.INHIBIT] = 0;
    bench.exec('sti fb');
    expect(bench.cpu.s[W.INHIBIT]).toBe(0);
  });

  it.each([
    ['VME', 1, true],
    ['PVI', 2, false],
  ])('%s turns them to VIF', (_name, cr4, v86) => {
    if (v86) bench.enterV86(0);
    else bench.enterLevel(3);
    const base = v86 ? VM : 0;
    bench.cpu.s[W.CR4] = 3 & ~cr4;
    expectFault(bench, GP, 0, () => bench.exec('sti fb'));
    bench.cpu.s[W.CR4] = cr4;
    bench.exec('sti fb');
    expect([flags(), bench.cpu.s[W.INHIBIT]]).toEqual([base | VIF | 2, 0]);
    bench.exec('cli fa');
    expect(flags()).toBe(base | 2);
    writeEflags(bench.cpu.s, base | VIP);
    expectFault(bench, GP, 0, () => bench.exec('sti fb'));
  });
});

describe('pushf and popf', () => {
  it('pushf shows neither VM nor RF', () => {
    writeEflags(bench.cpu.s, RF | CF | AC);
    bench.exec('pushf 9c', { opSize: 4 });
    expect(bench.stack(1)[0]).toBe(CF | AC | 2);
  });

  const pop = (image: number, opSize: 2 | 4): void => {
    bench.put32(bench.cpu.s[W.ESP], image);
    bench.exec('popf 9d', { opSize });
  };

  it('level 0 may change all but VM, VIF, VIP; RF becomes 0', () => {
    writeEflags(bench.cpu.s, RF);
    pop(-1, 4);
    expect(flags()).toBe(0x3f7fd7 & ~(VM | RF | VIF | VIP));
  });

  it('level 3 changes IF as IOPL allows, IOPL never', () => {
    bench.enterLevel(3);
    pop(-1, 4);
    expect(flags()).toBe((0x0dd7 & ~IF) | NT | AC | ID);
    writeEflags(bench.cpu.s, IOPL);
    pop(IF, 2);
    expect(flags()).toBe(IOPL | IF | 2);
  });

  it('16 bits leave the upper half', () => {
    writeEflags(bench.cpu.s, AC | ID);
    pop(CF, 2);
    expect(flags()).toBe(AC | ID | CF | 2);
  });

  it('AC makes level 3 check alignment at once', () => {
    bench.enterLevel(3);
    bench.cpu.s[W.CR0] |= 0x40000;
    pop(AC, 4);
    expectFault(bench, 17, 0, () => bench.cpu.read32(W.DS, 0x101));
  });

  it('TF and IF call the run loop', () => {
    bench.clock.startSlice(1000);
    pop(TF, 4);
    expect(bench.cpu.s[W.REMAINING]).toBe(0);
    expect(needsDebugCare(bench.cpu)).toBe(true);
  });

  it('virtual-8086 mode below IOPL 3: #GP, or VIF under VME', () => {
    bench.enterV86(0);
    expectFault(bench, GP, 0, () => bench.exec('pushf 9c', { opSize: 2 }));
    expectFault(bench, GP, 0, () => bench.exec('popf 9d', { opSize: 2 }));
    bench.cpu.s[W.CR4] = 1;
    expectFault(bench, GP, 0, () => bench.exec('pushf 9c', { opSize: 4 }));
    writeEflags(bench.cpu.s, VM | VIF | DF);
    bench.exec('pushf 9c', { opSize: 2 });
    expect(bench.stack(1, 2)[0]).toBe(IOPL | IF | DF | 2);
    bench.put16(0x10000 + bench.cpu.s[W.ESP], CF);
    bench.exec('popf 9d', { opSize: 2 });
    expect(flags()).toBe(VM | CF | 2);
    bench.put16(0x10000 + bench.cpu.s[W.ESP], TF);
    expectFault(bench, GP, 0, () => bench.exec('popf 9d', { opSize: 2 }));
    writeEflags(bench.cpu.s, VM | VIP);
    bench.put16(0x10000 + bench.cpu.s[W.ESP], IF);
    expectFault(bench, GP, 0, () => bench.exec('popf 9d', { opSize: 2 }));
  });

  it('VIF with VIP after iret faults at the next instruction', () => {
    bench.idt(GP, SEL.code0, 0x100, 0x8e);
    bench.cpu.s[W.CR4] = 1;
    const frame = [0x40, 0x1000, VM | VIF | VIP, 0x800, 0x1000, 0, 0, 0, 0];
    for (const [i, item] of frame.entries()) bench.put32(AT.stack0 + 4 * i, item);
    bench.exec('iret cf', { opSize: 4 });
    expect(beforeInstruction(bench.cpu)).toBe('delivered');
    expect([bench.eip, ...bench.stack(3)]).toEqual([0x100, 0, 0x40, 0x1000]);
  });
});

describe('int n under VME', () => {
  beforeEach(() => {
    bench.enterV86(0);
    makeIoMap();
    bench.cpu.s[W.CR4] = 1;
    bench.put32(0x21 * 4, 0x0050_0123);
    bench.idt(0x21, SEL.code0, 0x100, 0xee);
  });
  const int21 = (): void => bench.exec('int cd', { imm: 0x21 });
  const redirect = (): void => bench.view.setUint8(AT.tss + IO_MAP - 32 + 4, 0xfd);

  it('a clear bit leads to the 8086 handler, with VIF as IF', () => {
    redirect();
    writeEflags(bench.cpu.s, VM | VIF | TF);
    int21();
    expect([bench.cs, bench.eip, flags()]).toEqual([0x50, 0x123, VM | 2]);
    expect(bench.stack(3, 2)).toEqual([0x40, 0x1000, IOPL | IF | TF | 2]);
    // An image with TF is not for this iret.
    expectFault(bench, GP, 0, () => bench.exec('iret cf', { opSize: 2 }));
    bench.put16(0x10000 + bench.cpu.s[W.ESP] + 4, IF);
    bench.exec('iret cf', { opSize: 2 });
    expect([bench.cs, bench.eip, flags()]).toEqual([0x1000, 0x40, VM | VIF | 2]);
  });

  it('with IOPL 3 the real IF is cleared', () => {
    redirect();
    writeEflags(bench.cpu.s, VM | IOPL | IF | VIF);
    int21();
    expect([bench.cs, flags()]).toEqual([0x50, VM | IOPL | VIF | 2]);
  });

  it('a set bit: #GP, or the protected-mode handler with IOPL 3', () => {
    bench.view.setUint8(AT.tss + IO_MAP - 32 + 4, 0xff);
    expectFault(bench, GP, 0, int21);
    bench.enterV86(3);
    int21();
    expect([bench.cs, bench.eip]).toEqual([SEL.code0, 0x100]);
  });
});

describe('ports', () => {
  it('in and out move al, ax, eax', () => {
    const { s } = bench.cpu;
    s[W.EAX] = 0x11223344;
    s[W.EDX] = 0xffff03f8 | 0;
    bench.exec('in ec');
    expect(s[W.EAX]).toBe(0x11223378);
    bench.exec('in ed', { opSize: 2 });
    expect(s[W.EAX]).toBe(0x11225678);
    bench.portValue = 0xfedcba98;
    bench.exec('in e5', { opSize: 4, imm: 0x70 });
    expect(s[W.EAX]).toBe(0xfedcba98 | 0);
    bench.exec('out ef', { opSize: 4 });
    bench.exec('out e6', { imm: 0x80 });
    expect(bench.portLog).toEqual([
      { port: 0x3f8, width: 1 },
      { port: 0x3f8, width: 2 },
      { port: 0x70, width: 4 },
      { port: 0x3f8, width: 4, value: 0xfedcba98 },
      { port: 0x80, width: 1, value: 0x98 },
    ]);
  });

  it('above IOPL the bitmap decides, bit by bit', () => {
    bench.enterLevel(3);
    makeIoMap();
    bench.view.setUint8(AT.tss + IO_MAP + 0x0f, 0b0011_1111);
    bench.cpu.s[W.EDX] = 0x7e;
    bench.exec('in ed', { opSize: 2 });
    expectFault(bench, GP, 0, () => bench.exec('in ed', { opSize: 4 }));
    bench.cpu.s[W.EDX] = 0x7d;
    expectFault(bench, GP, 0, () => bench.exec('in ec'));
    writeEflags(bench.cpu.s, IOPL);
    bench.exec('in ec');
    expect(bench.portLog.map((p) => p.port)).toEqual([0x7e, 0x7d]);
  });

  it('virtual-8086 mode asks the bitmap whatever IOPL is', () => {
    bench.enterV86(3);
    makeIoMap();
    expectFault(bench, GP, 0, () => bench.exec('in e4', { imm: 0x60 }));
    bench.view.setUint8(AT.tss + IO_MAP + 0x0c, 0xfe);
    bench.exec('in e4', { imm: 0x60 });
    expect(bench.portLog).toHaveLength(1);
  });

  it('a bitmap that ends too early, or a 286 TSS, closes the ports', () => {
    bench.enterLevel(3);
    makeIoMap();
    bench.view.setUint8(AT.tss + IO_MAP + 0x41, 0);
    bench.view.setUint8(AT.tss + IO_MAP + 0x40, 0);
    bench.cpu.s[W.EDX] = 0x200;
    bench.exec('in ec');
    bench.cpu.s[W.EDX] = 0x208;
    expectFault(bench, GP, 0, () => bench.exec('in ec'));
    bench.cpu.setSegment(W.TR, SEL.tss16, AT.tss, 0x141, 0x83);
    bench.cpu.s[W.EDX] = 0x200;
    expectFault(bench, GP, 0, () => bench.exec('in ec'));
  });
});

describe('ins and outs', () => {
  const rep = { repeat: 3 as const, opSize: 2 as const };

  it('repeat forwards and backwards, counting time', () => {
    const { s } = bench.cpu;
    s[W.ECX] = 3;
    s[W.EDI] = 0x700;
    s[W.EDX] = 0x1f0;
    s[W.REMAINING] = 100;
    bench.exec('ins 6d', rep);
    expect([s[W.ECX], s[W.EDI], s[W.REMAINING], s[W.REPEAT_EXTRA_LO]]).toEqual([0, 0x706, 98, 2]);
    expect([bench.get16(0x700), bench.get16(0x704), bench.get16(0x706)]).toEqual([
      0x5678, 0x5678, 0,
    ]);
    writeEflags(s, DF);
    s[W.ECX] = 2;
    s[W.ESI] = 0x702;
    bench.put32(0x700, 0x2222_1111);
    bench.portLog.length = 0;
    bench.exec('outs 6f', rep);
    expect([bench.portLog.map((p) => p.value), s[W.ESI]]).toEqual([[0x2222, 0x1111], 0x6fe]);
  });

  it('end when the time is over, at the instruction', () => {
    const { s } = bench.cpu;
    s[W.ECX] = 10;
    s[W.EDI] = 0x700;
    s[W.REMAINING] = 2;
    bench.exec('ins 6c', rep);
    expect([s[W.ECX], s[W.EIP], s[W.REMAINING], s[W.REPEAT_EXTRA_LO]]).toEqual([
      7,
      s[W.START_EIP],
      0,
      3,
    ]);
  });

  it('do nothing with a count of 0; 16-bit addresses use cx, di', () => {
    const { s } = bench.cpu;
    s[W.ECX] = 0x10000;
    bench.exec('ins 6c', { ...rep, addrMask: 0xffff });
    expect(bench.portLog).toEqual([]);
    s[W.ECX] = 0x10001;
    s[W.EDI] = 0xabffff;
    bench.exec('ins 6c', { ...rep, addrMask: 0xffff });
    expect([s[W.ECX], s[W.EDI]]).toEqual([0x10000, 0xab0000]);
  });

  it('a page fault loses no input', () => {
    for (let page = 0; page < 64; page++) bench.put32(0x7000 + page * 4, (page << 12) | 7);
    bench.put32(0x7000 + 4 * 12, 0);
    bench.put32(0xb000, 0x7007);
    const { s } = bench.cpu;
    s[W.CR3] = 0xb000;
    s[W.CR0] |= 0x80000000;
    bench.cpu.flushTlb(true);
    s[W.EDI] = 0xc000;
    expectFault(bench, PFAULT, 2, () => bench.exec('ins 6d', { opSize: 4 }));
    expect(bench.portLog).toEqual([]);
  });
});

describe('selectors asked about', () => {
  const lar = (selector: number): number | undefined => ask('lar 0f 02 /r', selector);
  const lsl = (selector: number): number | undefined => ask('lsl 0f 03 /r', selector);
  const ask = (row: string, selector: number): number | undefined => {
    bench.cpu.s[W.EBX] = selector;
    bench.cpu.s[W.ECX] = 0x5a5a5a5a;
    bench.exec(row, { reg: W.ECX, rm: W.EBX * 2, opSize: 4 });
    if (flags() & 0x40) return bench.cpu.s[W.ECX];
    expect(bench.cpu.s[W.ECX]).toBe(0x5a5a5a5a);
    return undefined;
  };
  const verify = (row: string, selector: number): boolean => {
    bench.cpu.s[W.EBX] = selector;
    bench.exec(row, { rm: W.EBX * 2 });
    return (flags() & 0x40) !== 0;
  };

  it('lar and lsl', () => {
    bench.enterLevel(3);
    // Bits 16-19 (the limit's) are undefined by the manual; silicon gives them.
    expect(lar(SEL.data3)).toBe(0xcff300);
    expect(lsl(SEL.data3)).toBe(-1);
    expect(lar(0)).toBeUndefined();
    expect(lar(SEL.data0)).toBeUndefined();
    expect(lar(SEL.conforming0)).toBe(0xcf9f00);
    bench.enterLevel(0);
    expect(lar(SEL.data3 | 3)).toBe(0xcff300);
    expect(lar(SEL.data0 | 1)).toBeUndefined();
    expect([lar(SEL.tss), lsl(SEL.tss)]).toEqual([0x8b00, 0x67]);
    bench.gate(SEL.free, 8, 0, 0x8c);
    expect([lar(SEL.free), lsl(SEL.free)]).toEqual([0x8c00, undefined]);
    bench.gate(SEL.free, 8, 0, 0x8e);
    expect(lar(SEL.free)).toBeUndefined();
  });

  it('verr and verw', () => {
    bench.segment(SEL.free, { access: 0x99 });
    expect([verify('verr 0f 00 /4', SEL.code0), verify('verw 0f 00 /5', SEL.code0)]).toEqual([
      true,
      false,
    ]);
    expect([verify('verr 0f 00 /4', SEL.free), verify('verw 0f 00 /5', SEL.data0)]).toEqual([
      false,
      true,
    ]);
    expect(verify('verr 0f 00 /4', SEL.tss)).toBe(false);
  });

  it('arpl', () => {
    const arpl = (destination: number, source: number): [number, boolean] => {
      bench.cpu.s[W.EAX] = destination;
      bench.cpu.s[W.ECX] = source;
      bench.exec('arpl 63 /r', { rm: W.EAX * 2, reg: W.ECX * 2 });
      return [bench.cpu.s[W.EAX], (flags() & 0x40) !== 0];
    };
    expect(arpl(0x10, 0x0b)).toEqual([0x13, true]);
    expect(arpl(0x13, 0x09)).toEqual([0x13, false]);
  });

  it('do not exist outside protected mode', () => {
    bench.enterV86(3);
    for (const row of [
      'lar 0f 02 /r',
      'lsl 0f 03 /r',
      'verr 0f 00 /4',
      'verw 0f 00 /5',
      'arpl 63 /r',
      'sldt 0f 00 /0',
      'str 0f 00 /1',
      'lldt 0f 00 /2',
      'ltr 0f 00 /3',
    ]) {
      expectFault(bench, UD, -1, () => bench.exec(row));
    }
  });
});
