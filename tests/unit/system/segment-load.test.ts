import { beforeEach, describe, expect, it } from 'vitest';
import { GP, NP, PFAULT, SSF, UD } from '../../../guest-isa/state/exceptions.js';
import * as W from '../../../guest-isa/state/layout.js';
import { loadSegment } from '../../../guest-isa/system/segment-load.js';
import { loadLdtr } from '../../../guest-isa/system/table-registers.js';
import { ACCESS, AT, Bench, expectFault, SEL } from './bench.js';

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});

const hidden = (seg: number): number[] =>
  [W.SEG_SELECTOR, W.SEG_BASE, W.SEG_LIMIT, W.SEG_ATTR].map((w) => bench.cpu.s[w + seg]);
const faults = (vector: number, errorCode: number, seg: number, selector: number): void =>
  expectFault(bench, vector, errorCode, () => loadSegment(bench.cpu, seg, selector));

describe('data segments of protected mode', () => {
  it('take base, scaled limit and attributes from the descriptor', () => {
    bench.segment(SEL.free, { base: 0x12345678, limit: 0x1ffff, access: ACCESS.data, flags: 0xc });
    loadSegment(bench.cpu, W.ES, SEL.free);
    expect(hidden(W.ES)).toEqual([SEL.free, 0x12345678, 0x1fffffff, 0xc093]);
    bench.segment(SEL.free, { base: 0xfedcba98, limit: 0x12345, access: ACCESS.data, flags: 0x5 });
    loadSegment(bench.cpu, W.GS, SEL.free);
    expect(hidden(W.GS)).toEqual([SEL.free, 0xfedcba98 | 0, 0x12345, 0x5093]);
  });

  it('become unusable by a null selector, whatever its RPL', () => {
    loadSegment(bench.cpu, W.DS, 3);
    expect(hidden(W.DS)).toEqual([3, 0, 0, 0]);
    expectFault(bench, GP, 0, () => bench.cpu.read8(W.DS, 0x100));
  });

  it('set the accessed bit in memory, and only then write', () => {
    bench.segment(SEL.free, { access: 0x92 });
    loadSegment(bench.cpu, W.DS, SEL.free);
    expect(bench.get32(AT.gdt + SEL.free + 4) & 0xff00).toBe(0x9300);
    expect(bench.cpu.s[W.SEG_ATTR + W.DS] & 1).toBe(1);
  });

  it.each([
    ['beyond the table', 0x80, GP, 0x80],
    ['half beyond the table', 0x7b, -1, 0],
    ['in an LDT that is not there', 0x0c, GP, 0x0c],
  ])('%s', (_text, selector, vector, code) => {
    if (vector === -1) {
      bench.cpu.s[W.GDTR_LIMIT] = 0x7e;
      faults(GP, 0x78, W.DS, selector);
    } else faults(vector, code, W.DS, selector);
  });

  it.each([
    ['a system descriptor', 0x89],
    ['execute-only code', 0x99],
    ['data above the level', 0x93],
    ['code above the level', 0x9b],
  ])('refuse %s', (_text, access) => {
    bench.enterLevel(3);
    bench.segment(SEL.free, { access });
    faults(GP, SEL.free, W.FS, SEL.free | 3);
  });

  it('look at the RPL as well as at the level', () => {
    bench.segment(SEL.free, { access: ACCESS.data | 0x20 });
    loadSegment(bench.cpu, W.ES, SEL.free | 1);
    faults(GP, SEL.free, W.ES, SEL.free | 2);
  });

  it('may be conforming code of any level', () => {
    bench.enterLevel(3);
    loadSegment(bench.cpu, W.ES, SEL.conforming0 | 3);
    expect(bench.cpu.s[W.SEG_SELECTOR + W.ES]).toBe(SEL.conforming0 | 3);
  });

  it('check privilege before presence', () => {
    bench.segment(SEL.free, { access: 0x13 });
    faults(NP, SEL.free, W.DS, SEL.free);
    bench.enterLevel(3);
    faults(GP, SEL.free, W.DS, SEL.free | 3);
  });

  it('come from the LDT, within its limit', () => {
    loadLdtr(bench.cpu, SEL.ldt);
    bench.segment(0x0c, { base: 0x4000, limit: 0xfff, access: ACCESS.data, flags: 4 });
    loadSegment(bench.cpu, W.DS, 0x0c);
    expect(hidden(W.DS)).toEqual([0x0c, 0x4000, 0xfff, 0x4093]);
    faults(GP, 0x104, W.DS, 0x104);
  });

  it('fault on the page of the descriptor as a supervisor read', () => {
    bench.put32(0x7000, 0x7007 | 0);
    for (let page = 0; page < 64; page++) bench.put32(0x7000 + page * 4, (page << 12) | 7);
    bench.put32(0x7000 + 4, 0x1006);
    bench.put32(0xb000, 0x7007);
    bench.cpu.s[W.CR3] = 0xb000;
    bench.enterLevel(3);
    bench.cpu.s[W.CR0] |= 0x80000000;
    bench.cpu.flushTlb(true);
    faults(PFAULT, 0, W.DS, SEL.data3);
    expect(bench.cpu.s[W.CR2]).toBe(AT.gdt + SEL.data3);
  });
});

describe('the stack segment', () => {
  it('refuses null with error code 0', () => faults(GP, 0, W.SS, 0));
  it('refuses an RPL other than the level', () => faults(GP, SEL.data0, W.SS, SEL.data0 | 1));
  it('refuses a DPL other than the level', () => faults(GP, SEL.data3, W.SS, SEL.data3));
  it('refuses code and read-only data', () => {
    faults(GP, SEL.code0, W.SS, SEL.code0);
    bench.segment(SEL.free, { access: 0x91 });
    faults(GP, SEL.free, W.SS, SEL.free);
  });
  it('raises #SS when not present', () => {
    bench.segment(SEL.free, { access: 0x13 });
    faults(SSF, SEL.free, W.SS, SEL.free);
  });
  it('decides the width of the stack pointer', () => {
    bench.segment(SEL.free, { access: ACCESS.data, flags: 0 });
    loadSegment(bench.cpu, W.SS, SEL.free);
    expect(bench.cpu.stackMask).toBe(0xffff);
  });
});

describe('real and virtual-8086 mode', () => {
  it('real mode keeps the limit of protected mode', () => {
    loadSegment(bench.cpu, W.DS, SEL.data0);
    bench.exec('mov 0f 22 /r', { reg: 0, rm: W.EAX });
    expect(bench.cpu.protectedMode).toBe(false);
    loadSegment(bench.cpu, W.DS, 0x1234);
    expect(hidden(W.DS)).toEqual([0x1234, 0x12340, -1, 0xc093]);
    bench.cpu.read32(W.DS, 0x20000);
  });

  it('real mode makes a null segment usable again', () => {
    loadSegment(bench.cpu, W.DS, 0);
    bench.cpu.s[W.CR0] &= ~1;
    loadSegment(bench.cpu, W.DS, 0x1000);
    expect(hidden(W.DS)).toEqual([0x1000, 0x10000, 0xffff, 0x93]);
  });

  it('virtual-8086 mode sets everything', () => {
    bench.enterV86();
    loadSegment(bench.cpu, W.DS, 0xffff);
    expect(hidden(W.DS)).toEqual([0xffff, 0xffff0, 0xffff, 0xf3]);
  });
});

describe('instructions on segment registers', () => {
  it('mov: no CS as destination, no numbers above GS', () => {
    expectFault(bench, UD, -1, () => bench.exec('mov 8e /r', { reg: W.CS, rm: 0 }));
    expectFault(bench, UD, -1, () => bench.exec('mov 8e /r', { reg: 6, rm: 0 }));
    expectFault(bench, UD, -1, () => bench.exec('mov 8c /r', { reg: 7, rm: 0 }));
  });

  it('mov to a 32-bit register clears its upper half, to a 16-bit one keeps it', () => {
    bench.cpu.s[W.EBX] = -1;
    bench.exec('mov 8c /r', { reg: W.CS, rm: W.EBX, opSize: 4 });
    expect(bench.cpu.s[W.EBX]).toBe(SEL.code0);
    bench.cpu.s[W.EBX] = -1;
    bench.exec('mov 8c /r', { reg: W.CS, rm: W.EBX * 2, opSize: 2 });
    expect(bench.cpu.s[W.EBX]).toBe(0xffff0000 | SEL.code0 | 0);
  });

  it('a load of SS holds off interrupts and traps, a load of DS does not', () => {
    bench.cpu.s16[0] = SEL.data0;
    bench.exec('mov 8e /r', { reg: W.DS, rm: 0 });
    expect(bench.cpu.s[W.INHIBIT]).toBe(0);
    bench.exec('mov 8e /r', { reg: W.SS, rm: 0 });
    expect(bench.cpu.s[W.INHIBIT]).toBe(3);
  });

  it('pop: a faulting selector leaves the stack pointer', () => {
    bench.put32(bench.cpu.s[W.ESP], 0x7c);
    expectFault(bench, GP, 0x7c, () => bench.exec('pop 1f', { opSize: 4 }));
    bench.put32(bench.cpu.s[W.ESP], SEL.data0);
    bench.exec('pop 1f', { opSize: 4 });
    expect(bench.cpu.s[W.ESP]).toBe(AT.stack0 + 4);
  });

  it('lss: pointer and selector, or neither', () => {
    bench.put32(0x700, 0x11223344);
    bench.put16(0x704, SEL.data0);
    bench.exec('lss 0f b2 /r', { reg: W.ESP, isMem: true, disp: 0x700, opSize: 4 });
    expect(bench.cpu.s[W.ESP]).toBe(0x11223344);
    bench.put16(0x704, SEL.data3);
    expectFault(bench, GP, SEL.data3, () =>
      bench.exec('lss 0f b2 /r', { reg: W.ESP, isMem: true, disp: 0x700, opSize: 4 }),
    );
  });
});
