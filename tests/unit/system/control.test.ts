import { beforeEach, describe, expect, it } from 'vitest';
import { Insn } from '../../../guest-isa/decode/insn.js';
import type { InterruptSource } from '../../../guest-isa/mmu/ports.js';
import { DB, GP, NP, UD } from '../../../guest-isa/state/exceptions.js';
import { IF, RF, readEflags, TF, VM, writeEflags } from '../../../guest-isa/state/flags.js';
import * as W from '../../../guest-isa/state/layout.js';
import {
  afterInstruction,
  beforeInstruction,
  needsDebugCare,
} from '../../../guest-isa/system/debug.js';
import { applyBootState, resetCpu } from '../../../guest-isa/system/reset.js';
import { AT, Bench, expectFault, featuresWithout, rowOf, SEL } from './bench.js';

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});

const writeCr = (number: number, value: number): void => {
  bench.cpu.s[W.EBX] = value;
  bench.exec('mov 0f 22 /r', { reg: number, rm: W.EBX });
};
const writeDr = (number: number, value: number): void => {
  bench.cpu.s[W.EBX] = value;
  bench.exec('mov 0f 23 /r', { reg: number, rm: W.EBX });
};
const readDr = (number: number): number => {
  bench.exec('mov 0f 21 /r', { reg: number, rm: W.EBX });
  return bench.cpu.s[W.EBX];
};

describe('control registers', () => {
  it('CR0 ignores bits that do not exist and keeps ET', () => {
    writeCr(0, 0x1ff0_0001);
    expect(bench.cpu.s[W.CR0]).toBe(0x11);
  });

  it.each([
    ['PG without PE', 0x80000000 | 0],
    ['NW without CD', 0x20000001],
  ])('CR0: %s', (_text, value) => {
    bench.cpu.s[W.EBX] = value;
    expectFault(bench, GP, 0, () => bench.exec('mov 0f 22 /r', { reg: 0, rm: W.EBX }));
  });

  it('CR1 and CR5-7 do not exist, and level 3 may not', () => {
    for (const n of [1, 5, 6, 7])
      expectFault(bench, UD, -1, () => bench.exec('mov 0f 20 /r', { reg: n, rm: 0 }));
    bench.enterLevel(3);
    expectFault(bench, GP, 0, () => bench.exec('mov 0f 20 /r', { reg: 0, rm: 0 }));
    expectFault(bench, GP, 0, () => bench.exec('mov 0f 22 /r', { reg: 3, rm: 0 }));
  });

  it('CR4 takes announced bits only', () => {
    writeCr(4, 0x2df);
    expect(bench.cpu.s[W.CR4]).toBe(0x2df);
    for (const bit of [0x20, 0x100, 0x400, 0x80000000]) {
      bench.cpu.s[W.EBX] = bit;
      expectFault(bench, GP, 0, () => bench.exec('mov 0f 22 /r', { reg: 4, rm: W.EBX }));
    }
    bench = new Bench({ features: featuresWithout('pge') });
    bench.cpu.s[W.EBX] = 0x80;
    expectFault(bench, GP, 0, () => bench.exec('mov 0f 22 /r', { reg: 4, rm: W.EBX }));
  });

  it('writes drop translations as they must', () => {
    const cached = (): boolean => bench.cpu.tlb[0x20] !== 0;
    for (let page = 0; page < 64; page++) bench.put32(0x7000 + page * 4, (page << 12) | 0x107);
    bench.put32(0xb000, 0x7007);
    writeCr(4, 0x80);
    writeCr(3, 0xb01f);
    expect(bench.cpu.s[W.CR3]).toBe(0xb018);
    writeCr(0, 0x80000011 | 0);
    bench.cpu.read8(W.DS, 0x20000);
    writeCr(3, 0xb000);
    expect(cached()).toBe(true);
    writeCr(0, 0x80010011 | 0);
    expect(cached()).toBe(false);
    bench.cpu.read8(W.DS, 0x20000);
    writeCr(4, 0);
    expect(cached()).toBe(false);
    bench.cpu.read8(W.DS, 0x20000);
    bench.exec('invlpg 0f 01 /7', { isMem: true, disp: 0x20123 });
    expect(cached()).toBe(false);
  });

  it('lmsw sets PE and cannot clear it; smsw and clts', () => {
    bench.cpu.s[W.CR0] = 0x10;
    bench.cpu.s[W.EAX] = 0xffff;
    bench.exec('lmsw 0f 01 /6', { rm: 0 });
    expect(bench.cpu.s[W.CR0]).toBe(0x1f);
    bench.exec('clts 0f 06');
    bench.cpu.s[W.EAX] = 0;
    bench.exec('lmsw 0f 01 /6', { rm: 0 });
    expect(bench.cpu.s[W.CR0]).toBe(0x11);
    bench.exec('smsw 0f 01 /4', { rm: 0, opSize: 4 });
    expect(bench.cpu.s[W.EAX]).toBe(0x11);
  });

  it('privileged instructions fault above level 0', () => {
    bench.enterLevel(1);
    const rows = [
      'lmsw 0f 01 /6',
      'clts 0f 06',
      'invlpg 0f 01 /7',
      'invd 0f 08',
      'wbinvd 0f 09',
      'hlt f4',
      'lgdt 0f 01 /2',
      'lidt 0f 01 /3',
      'lldt 0f 00 /2',
      'ltr 0f 00 /3',
      'rdmsr 0f 32',
      'wrmsr 0f 30',
      'mov 0f 21 /r',
      'mov 0f 23 /r',
    ];
    for (const row of rows)
      expectFault(bench, GP, 0, () => bench.exec(row, { isMem: row.startsWith('l') }));
  });
});

describe('table registers', () => {
  it('lgdt and sgdt, with 24 bits of base for 16-bit operands', () => {
    bench.put16(0x700, 0x1234);
    bench.put32(0x702, 0xaabbccdd);
    bench.exec('lgdt 0f 01 /2', { isMem: true, disp: 0x700, opSize: 4 });
    expect([bench.cpu.s[W.GDTR_LIMIT], bench.cpu.s[W.GDTR_BASE]]).toEqual([0x1234, 0xaabbccdd | 0]);
    bench.exec('lidt 0f 01 /3', { isMem: true, disp: 0x700, opSize: 2 });
    expect(bench.cpu.s[W.IDTR_BASE]).toBe(0xbbccdd);
    bench.exec('sgdt 0f 01 /0', { isMem: true, disp: 0x710, opSize: 2 });
    expect([bench.get16(0x710), bench.get32(0x712)]).toEqual([0x1234, 0xaabbccdd | 0]);
  });

  const load = (row: string, selector: number): void => {
    bench.cpu.s[W.EBX] = selector;
    bench.exec(row, { rm: W.EBX * 2 });
  };
  const refused = (row: string, vector: number, code: number, selector: number): void => {
    bench.cpu.s[W.EBX] = selector;
    expectFault(bench, vector, code, () => bench.exec(row, { rm: W.EBX * 2 }));
  };

  it('ltr marks the TSS busy and wants an available one', () => {
    load('ltr 0f 00 /3', SEL.tss2);
    expect(bench.get32(AT.gdt + SEL.tss2 + 4) & 0xff00).toBe(0x8b00);
    expect([bench.cpu.s[W.SEG_BASE + W.TR], bench.cpu.s[W.SEG_ATTR + W.TR]]).toEqual([
      AT.tss2,
      0x8b,
    ]);
    refused('ltr 0f 00 /3', GP, SEL.tss2, SEL.tss2);
    refused('ltr 0f 00 /3', GP, 0, 0);
    refused('ltr 0f 00 /3', GP, SEL.data0, SEL.data0);
    refused('ltr 0f 00 /3', GP, 0x0c, 0x0c);
    bench.segment(SEL.free, { access: 0x09, limit: 0x67, flags: 0 });
    refused('ltr 0f 00 /3', NP, SEL.free, SEL.free);
  });

  it('lldt takes null, and else an LDT of the GDT', () => {
    load('lldt 0f 00 /2', SEL.ldt);
    expect(bench.cpu.s[W.SEG_BASE + W.LDTR]).toBe(AT.ldt);
    load('lldt 0f 00 /2', 0);
    expect(bench.cpu.s[W.SEG_ATTR + W.LDTR]).toBe(0);
    refused('lldt 0f 00 /2', GP, SEL.tss, SEL.tss);
    bench.segment(SEL.free, { access: 0x02, flags: 0 });
    refused('lldt 0f 00 /2', NP, SEL.free, SEL.free);
  });
});

describe('debug registers', () => {
  it('have fixed bits', () => {
    writeDr(6, 0);
    writeDr(7, 0xffffdfff | 0);
    expect([readDr(6), readDr(7)]).toEqual([0xffff0ff0 | 0, 0xffff07ff | 0]);
  });

  it('4 and 5 are 6 and 7, or nothing under CR4.DE', () => {
    writeDr(5, 0x500);
    expect(readDr(7)).toBe(0x500);
    bench.cpu.s[W.CR4] = 8;
    expectFault(bench, UD, -1, () => readDr(4));
  });

  it('general detect traps an access, and the handler may go on', () => {
    bench.idt(DB, SEL.code0, 0x100, 0x8e);
    writeDr(7, 0x2000);
    expect(() => readDr(0)).toThrow();
    expect(bench.cpu.fault.vector).toBe(DB);
    expect(bench.cpu.s[W.DR6] & 0x2000).toBe(0x2000);
  });
});

describe('debug exceptions', () => {
  beforeEach(() => bench.idt(DB, SEL.code0, 0x100, 0x8e));
  const nop = Object.assign(new Insn(), { row: rowOf('cpuid 0f a2') });

  it('an instruction breakpoint is a fault; RF lets it pass once', () => {
    writeDr(2, AT.code);
    writeDr(7, 0x10);
    expect(needsDebugCare(bench.cpu)).toBe(true);
    expect(beforeInstruction(bench.cpu)).toBe('delivered');
    expect([bench.eip, bench.stack(1)[0], bench.cpu.s[W.DR6]]).toEqual([
      0x100,
      AT.code,
      0xffff0ff4 | 0,
    ]);
    bench.setEip(AT.code);
    writeEflags(bench.cpu.s, RF);
    expect(beforeInstruction(bench.cpu)).toBe('nothing');
    expect(readEflags(bench.cpu.s)).toBe(2);
    expect(beforeInstruction(bench.cpu)).toBe('delivered');
  });

  it('single step comes after the instruction, not after int n', () => {
    expect(afterInstruction(bench.cpu, nop, true, false)).toBe('delivered');
    expect([bench.cpu.s[W.DR6] & 0x4000, bench.stack(1)[0]]).toEqual([0x4000, AT.code]);
    const int = Object.assign(new Insn(), { row: rowOf('int cd') });
    expect(afterInstruction(bench.cpu, int, true, false)).toBe('nothing');
    writeEflags(bench.cpu.s, TF);
    expect(afterInstruction(bench.cpu, int, true, false)).toBe('delivered');
  });

  it('data breakpoints wait for the instruction after a load of SS', () => {
    writeDr(0, 0x704);
    writeDr(7, 0x000d0001);
    bench.cpu.write16(W.DS, 0x702, 0);
    expect(bench.cpu.s[W.PENDING_DEBUG]).toBe(0);
    bench.cpu.write16(W.DS, 0x706, 0);
    bench.cpu.s[W.INHIBIT] = 3;
    expect(afterInstruction(bench.cpu, nop, false, false)).toBe('nothing');
    bench.cpu.s[W.INHIBIT] = 0;
    expect(afterInstruction(bench.cpu, nop, false, false)).toBe('delivered');
    expect(bench.cpu.s[W.DR6] & 0xf).toBe(1);
  });

  it('I/O breakpoints need CR4.DE', () => {
    writeDr(1, 0x60);
    writeDr(7, 0x00200004);
    bench.exec('in e4', { imm: 0x60 });
    expect(bench.cpu.s[W.PENDING_DEBUG]).toBe(0);
    bench.cpu.s[W.CR4] = 8;
    bench.exec('in e4', { imm: 0x61 });
    expect(bench.cpu.s[W.PENDING_DEBUG]).toBe(0);
    bench.exec('in e5', { imm: 0x5e, opSize: 4 });
    expect(bench.cpu.s[W.PENDING_DEBUG]).toBe(2);
  });
});

describe('MSRs and the time stamp counter', () => {
  const msr = (number: number, low?: number, high = 0): [number, number] => {
    const { s } = bench.cpu;
    s[W.ECX] = number;
    if (low === undefined) bench.exec('rdmsr 0f 32');
    else {
      s[W.EAX] = low;
      s[W.EDX] = high;
      bench.exec('wrmsr 0f 30');
    }
    return [s[W.EAX], s[W.EDX]];
  };
  const tsc = (): [number, number] => {
    bench.exec('rdtsc 0f 31');
    return [bench.cpu.s[W.EAX], bench.cpu.s[W.EDX]];
  };

  it('the counter runs with the clock from what was written, over 32 bits', () => {
    bench.clock.skipTo(0x1_8000_0000);
    expect(tsc()).toEqual([0x80000000 | 0, 1]);
    msr(0x10, 0xfffffff0 | 0, 7);
    expect(tsc()).toEqual([0xfffffff0 | 0, 7]);
    bench.clock.skipTo(bench.clock.now + 0x20);
    expect(tsc()).toEqual([0x10, 8]);
    expect(msr(0x10)).toEqual([0x10, 8]);
  });

  it('CR4.TSD closes it above level 0', () => {
    bench.cpu.s[W.CR4] = 4;
    tsc();
    bench.enterLevel(3);
    expectFault(bench, GP, 0, tsc);
  });

  it('unknown numbers and missing features fault', () => {
    bench.cpu.s[W.ECX] = 0x123;
    expectFault(bench, GP, 0, () => bench.exec('rdmsr 0f 32'));
    expectFault(bench, GP, 0, () => bench.exec('wrmsr 0f 30'));
    bench = new Bench({ features: featuresWithout('apic') });
    bench.cpu.s[W.ECX] = 0x1b;
    expectFault(bench, GP, 0, () => bench.exec('rdmsr 0f 32'));
  });

  it('the APIC base has reserved bits, and its listener hears of it', () => {
    const heard: number[] = [];
    Object.assign(bench.cpu.interrupts as InterruptSource & object, {
      apicBaseWritten: (v: number) => heard.push(v),
    });
    expect(msr(0x1b)).toEqual([0xfee00900 | 0, 0]);
    msr(0x1b, 0xfed00800 | 0);
    expect([heard, msr(0x1b)[0]]).toEqual([[0xfed00900], 0xfed00900 | 0]);
    bench.cpu.s[W.EAX] = 0xfee00c00 | 0;
    expectFault(bench, GP, 0, () => bench.exec('wrmsr 0f 30'));
  });
});

describe('cpuid', () => {
  const cpuid = (leaf: number): number[] => {
    bench.cpu.s[W.EAX] = leaf;
    bench.exec('cpuid 0f a2');
    return [W.EAX, W.EBX, W.ECX, W.EDX].map((r) => bench.cpu.s[r]);
  };
  const text = (words: number[]): string =>
    words
      .map((w) => String.fromCharCode(w & 255, (w >> 8) & 255, (w >> 16) & 255, w >>> 24))
      .join('');

  it('names the vendor and the signature', () => {
    const [max, b, c, d] = cpuid(0);
    expect([max, text([b, d, c])]).toEqual([1, 'GenuineTMx86']);
    expect(cpuid(1)[0]).toBe(0x543);
    expect(cpuid(2)).toEqual([0, 0, 0, 0]);
  });

  it('gives text in the brand and Transmeta leaves', () => {
    const brand = [0x80000002, 0x80000003, 0x80000004].flatMap(cpuid);
    expect(text(brand).replace(/\0+$/, '')).toBe('Transmeta(tm) Crusoe(tm) Processor TM5800');
    expect(cpuid(0x80860000)[0] >>> 0).toBe(0x80860006);
    expect(cpuid(0x80860001).slice(0, 3)).toEqual([0x543, 0x01030000, 1000]);
    expect(cpuid(0x80860002)[1]).toBe(0x04020600);
    expect(
      text([0x80860003, 0x80860004, 0x80860005, 0x80860006].flatMap(cpuid)).replace(/\0+$/, ''),
    ).toBe('test');
  });

  it('the mask MSR hides features, and a disabled APIC hides itself', () => {
    const all = cpuid(1)[3];
    expect(all & 0x200).toBe(0x200);
    bench.cpu.s[W.ECX] = 0x80860004 | 0;
    bench.cpu.s[W.EAX] = ~0x100;
    bench.exec('wrmsr 0f 30');
    expect(cpuid(1)[3]).toBe(all & ~0x100);
    bench.cpu.s[W.MSR_APIC_BASE] = 0;
    expect(cpuid(1)[3]).toBe(all & ~0x300);
  });

  it('another vendor has no Transmeta leaves, and large families their extension', () => {
    bench = new Bench({ vendor: 'GenuineIntel', family: 16, model: 0x23, stepping: 1 });
    expect(cpuid(0x80860000)).toEqual([0, 0, 0, 0]);
    expect(cpuid(1)[0]).toBe(0x120f31);
    bench.cpu.s[W.ECX] = 0x80860004 | 0;
    expectFault(bench, GP, 0, () => bench.exec('rdmsr 0f 32'));
  });
});

describe('sysenter and sysexit', () => {
  it('go to level 0 and back through the MSRs', () => {
    const { s } = bench.cpu;
    bench.enterLevel(3);
    expectFault(bench, GP, 0, () => bench.exec('sysenter 0f 34'));
    s[W.MSR_SYSENTER_CS] = 0x61;
    s[W.MSR_SYSENTER_ESP] = 0x1111;
    s[W.MSR_SYSENTER_EIP] = 0x2222;
    writeEflags(s, IF | TF);
    bench.exec('sysenter 0f 34');
    expect([
      bench.cs,
      s[W.SEG_SELECTOR + W.SS],
      s[W.ESP],
      bench.eip,
      s[W.CPL],
      readEflags(s),
    ]).toEqual([0x60, 0x68, 0x1111, 0x2222, 0, TF | 2]);
    s[W.ECX] = 0x3333;
    s[W.EDX] = 0x4444;
    bench.exec('sysexit 0f 35');
    expect([bench.cs, s[W.SEG_SELECTOR + W.SS], s[W.ESP], bench.eip, s[W.CPL]]).toEqual([
      0x73, 0x7b, 0x3333, 0x4444, 3,
    ]);
    expectFault(bench, GP, 0, () => bench.exec('sysexit 0f 35'));
  });

  it('sysenter leaves virtual-8086 mode', () => {
    bench.enterV86(0);
    bench.cpu.s[W.MSR_SYSENTER_CS] = 8;
    bench.exec('sysenter 0f 34');
    expect([bench.cpu.virtual8086, readEflags(bench.cpu.s) & VM]).toEqual([false, 0]);
  });
});

describe('reset and boot states', () => {
  it('reset: table 9-1', () => {
    const { s } = bench.cpu;
    bench.enterV86(3);
    s[W.EAX] = 5;
    resetCpu(bench.cpu);
    expect([s[W.SEG_SELECTOR + W.CS], s[W.SEG_BASE + W.CS], s[W.EIP], s[W.EDX], s[W.EAX]]).toEqual([
      0xf000,
      0xffff0000 | 0,
      0xfff0,
      0x543,
      0,
    ]);
    expect([s[W.CR0], readEflags(s), s[W.CPL], s[W.DR7], s[W.IDTR_LIMIT]]).toEqual([
      0x60000010, 2, 0, 0x400, 0xffff,
    ]);
    expect(bench.cpu.stackMask).toBe(0xffff);
    bench.clock.skipTo(500);
    resetCpu(bench.cpu);
    expect(bench.clock.now).toBe(500);
    bench.exec('rdtsc 0f 31');
    expect([s[W.EAX], s[W.EDX]]).toEqual([0, 0]);
  });

  it('flat32', () => {
    const { s } = bench.cpu;
    applyBootState(bench.cpu, {
      mode: 'flat32',
      eip: 0x100000,
      segments: { cs: 0x10, ds: 0x18, ss: 0x18 },
      registers: { esi: 0x9000, ebp: 0 },
    });
    expect([
      s[W.CR0] & 1,
      bench.cs,
      bench.eip,
      s[W.ESI],
      s[W.SEG_ATTR + W.CS],
      s[W.SEG_LIMIT + W.DS],
    ]).toEqual([1, 0x10, 0x100000, 0x9000, 0xc09b, -1]);
    expect(bench.cpu.stackMask).toBe(-1);
  });

  it('real', () => {
    applyBootState(bench.cpu, {
      mode: 'real',
      eip: 0x7c00,
      segments: { cs: 0, ds: 0x40, ss: 0x9000 },
      registers: { edx: 0x80 },
      interrupts: true,
    });
    const { s } = bench.cpu;
    expect([
      bench.eip,
      s[W.SEG_BASE + W.SS],
      s[W.SEG_SELECTOR + W.ES],
      s[W.EDX],
      readEflags(s),
    ]).toEqual([0x7c00, 0x90000, 0x40, 0x80, IF | 2]);
  });
});
