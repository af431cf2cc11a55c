import { beforeEach, describe, expect, it } from 'vitest';
import { GP, NP, PFAULT, SSF, TS } from '../../../guest-isa/state/exceptions.js';
import * as W from '../../../guest-isa/state/layout.js';
import { farReturn } from '../../../guest-isa/system/far-return.js';
import { farCall, farJump } from '../../../guest-isa/system/far-transfer.js';
import { ACCESS, AT, Bench, expectFault, SEL } from './bench.js';

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});

const jumpFaults = (vector: number, errorCode: number, selector: number, offset = 0x100): void =>
  expectFault(bench, vector, errorCode, () => farJump(bench.cpu, selector, offset));
const callFaults = (vector: number, errorCode: number, selector: number, offset = 0x100): void =>
  expectFault(bench, vector, errorCode, () => farCall(bench.cpu, selector, offset, 4));

describe('far jump to code', () => {
  it('loads CS with the present level as RPL', () => {
    bench.enterLevel(1);
    farJump(bench.cpu, SEL.code1, 0x4321);
    expect([bench.cs, bench.eip]).toEqual([SEL.code1 | 1, 0x4321]);
  });

  it('keeps the level in conforming code', () => {
    bench.enterLevel(3);
    farJump(bench.cpu, SEL.conforming0, 0x10);
    expect([bench.cs, bench.cpu.s[W.CPL]]).toEqual([SEL.conforming0 | 3, 3]);
  });

  it.each([
    ['null', 3, 0],
    ['beyond the table', 0x84, 0x84],
    ['data', SEL.data0, SEL.data0],
    ['an LDT', SEL.ldt, SEL.ldt],
    ['a busy TSS', SEL.tss, SEL.tss],
    ['code of another level', SEL.code3, SEL.code3],
    ['an RPL above the level', SEL.code0 | 3, SEL.code0],
  ])('refuses %s', (_text, selector, code) => jumpFaults(GP, code, selector));

  it('refuses conforming code of an outer level', () => {
    bench.segment(SEL.free, { access: ACCESS.conforming | 0x60 });
    jumpFaults(GP, SEL.free, SEL.free);
  });

  it('checks presence before the offset', () => {
    bench.segment(SEL.free, { access: 0x1b, limit: 0xff, flags: 4 });
    jumpFaults(NP, SEL.free, SEL.free, 0x100);
    bench.segment(SEL.free, { access: 0x9b, limit: 0xff, flags: 4 });
    jumpFaults(GP, 0, SEL.free, 0x100);
  });
});

describe('real and virtual-8086 mode', () => {
  it('a jump loads a paragraph', () => {
    bench.enterRealMode();
    farJump(bench.cpu, 0xf000, 0xfff0);
    expect([bench.cs, bench.cpu.s[W.SEG_BASE + W.CS], bench.eip]).toEqual([
      0xf000, 0xf0000, 0xfff0,
    ]);
  });

  it('an offset beyond 64 KB faults', () => {
    bench.enterRealMode();
    jumpFaults(GP, 0, 0xf000, 0x10000);
    bench.cpu.s[W.CR0] |= 1;
    bench.enterV86(3);
    callFaults(GP, 0, 0xf000, 0x10000);
  });

  it('a call and its return use words', () => {
    bench.enterRealMode();
    farCall(bench.cpu, 0x200, 0x30, 2);
    expect([bench.cpu.s[W.ESP], ...bench.stack(2, 2)]).toEqual([0x7fc, 0x40, 0x100]);
    farReturn(bench.cpu, 2, 6);
    expect([bench.cs, bench.eip, bench.cpu.s[W.ESP]]).toEqual([0x100, 0x40, 0x806]);
  });
});

describe('call and return at one level', () => {
  it('push and pop selector and offset', () => {
    farCall(bench.cpu, SEL.code0, 0x500, 4);
    expect(bench.stack(2)).toEqual([AT.code, SEL.code0]);
    farReturn(bench.cpu, 4, 8);
    expect([bench.cs, bench.eip, bench.cpu.s[W.ESP]]).toEqual([SEL.code0, AT.code, AT.stack0 + 8]);
  });

  it('the stack must hold both', () => {
    bench.cpu.setSegment(W.SS, SEL.data0, 0, AT.stack0 - 6, 0x4093);
    callFaults(SSF, 0, SEL.code0);
  });

  it('a missing stack page faults before anything moves, at the item pushed first', () => {
    for (let page = 0; page < 64; page++) bench.put32(0x7000 + page * 4, (page << 12) | 7);
    bench.put32(0x7000 + 4 * 8, 0x8006);
    bench.put32(0xb000, 0x7007);
    bench.cpu.s[W.CR3] = 0xb000;
    bench.cpu.s[W.ESP] = 0x9004;
    bench.cpu.s[W.CR0] |= 0x80000000;
    bench.cpu.flushTlb(true);
    callFaults(PFAULT, 2, SEL.code0);
    expect(bench.cpu.s[W.CR2]).toBe(0x8ffc);
    expect(bench.get32(0x9000)).toBe(0);
  });
});

describe('call gates', () => {
  const GATE32 = 0x8c;
  const GATE16 = 0x84;
  const open = (access: number): number => access | 0x60;

  it('lead to the inner level, with parameters on its stack', () => {
    bench.enterLevel(3);
    bench.gate(SEL.free, SEL.code0 | 3, 0x87654, open(GATE32), 2);
    bench.put32(AT.stack3, 0x1111);
    bench.put32(AT.stack3 + 4, 0x2222);
    farCall(bench.cpu, SEL.free | 3, 0xdead, 4);
    expect([bench.cs, bench.eip, bench.cpu.s[W.CPL]]).toEqual([SEL.code0, 0x87654, 0]);
    expect(bench.stack(6)).toEqual([
      AT.code,
      SEL.code3 | 3,
      0x1111,
      0x2222,
      AT.stack3,
      SEL.data3 | 3,
    ]);
    expect(bench.cpu.s[W.SEG_SELECTOR + W.SS]).toBe(SEL.data0);
    farReturn(bench.cpu, 4, 8);
    expect([bench.cs, bench.eip, bench.cpu.s[W.CPL]]).toEqual([SEL.code3 | 3, AT.code, 3]);
    expect([bench.cpu.s[W.SEG_SELECTOR + W.SS], bench.cpu.s[W.ESP]]).toEqual([
      SEL.data3 | 3,
      AT.stack3 + 8,
    ]);
  });

  it('of 16 bits push words and give 16 bits of offset', () => {
    bench.enterLevel(3);
    bench.gate(SEL.free, SEL.code1, 0x12344567, open(GATE16), 1);
    bench.put16(AT.stack3, 0xabcd);
    farCall(bench.cpu, SEL.free, 0, 4);
    expect([bench.cs, bench.eip]).toEqual([SEL.code1 | 1, 0x4567]);
    expect(bench.stack(5, 2)).toEqual([
      AT.code & 0xffff,
      SEL.code3 | 3,
      0xabcd,
      AT.stack3,
      SEL.data3 | 3,
    ]);
  });

  it('to conforming code or the same level push on the present stack', () => {
    bench.enterLevel(3);
    bench.gate(SEL.free, SEL.conforming0, 0x50, open(GATE32), 4);
    farCall(bench.cpu, SEL.free, 0, 4);
    expect([bench.cs, bench.cpu.s[W.CPL], bench.cpu.s[W.ESP]]).toEqual([
      SEL.conforming0 | 3,
      3,
      AT.stack3 - 8,
    ]);
  });

  it('must be reachable, present, and lead to present code within its limit', () => {
    bench.enterLevel(3);
    bench.gate(SEL.free, SEL.code0, 0, GATE32);
    callFaults(GP, SEL.free, SEL.free | 3);
    bench.gate(SEL.free, SEL.code0, 0, 0x6c);
    callFaults(NP, SEL.free, SEL.free | 3);
    bench.gate(SEL.free, 0, 0, open(GATE32));
    callFaults(GP, 0, SEL.free | 3);
    bench.gate(SEL.free, 0x104, 0, open(GATE32));
    callFaults(GP, 0x104, SEL.free | 3);
    bench.gate(SEL.free, SEL.data0, 0, open(GATE32));
    callFaults(GP, SEL.data0, SEL.free | 3);
    bench.gate(SEL.free, SEL.free2, 0x100, open(GATE32));
    bench.segment(SEL.free2, { access: 0x1b });
    callFaults(NP, SEL.free2, SEL.free | 3);
    bench.segment(SEL.free2, { access: 0x9b, limit: 0xff, flags: 4 });
    callFaults(GP, 0, SEL.free | 3);
  });

  it('a jump through a gate cannot change the level', () => {
    bench.enterLevel(3);
    bench.gate(SEL.free, SEL.code0, 0, open(GATE32));
    jumpFaults(GP, SEL.code0, SEL.free);
    bench.gate(SEL.free, SEL.code3, 0x77, open(GATE32));
    farJump(bench.cpu, SEL.free, 0);
    expect([bench.cs, bench.eip]).toEqual([SEL.code3 | 3, 0x77]);
  });

  it('judge the inner stack of the TSS', () => {
    bench.enterLevel(3);
    bench.gate(SEL.free, SEL.code0, 0x10, open(GATE32), 31);
    const inner = (selector: number): void => bench.put32(AT.tss + 8, selector);
    inner(0);
    callFaults(TS, 0, SEL.free);
    inner(0x80);
    callFaults(TS, 0x80, SEL.free);
    inner(SEL.data0 | 3);
    callFaults(TS, SEL.data0, SEL.free);
    inner(SEL.data1);
    callFaults(TS, SEL.data1, SEL.free);
    inner(SEL.free2);
    bench.segment(SEL.free2, { access: 0x13 });
    callFaults(SSF, SEL.free2, SEL.free);
    bench.segment(SEL.free2, { access: 0x93, limit: AT.stack0 - 2, flags: 4 });
    callFaults(SSF, SEL.free2, SEL.free);
    bench.cpu.s[W.SEG_LIMIT + W.TR] = 8;
    callFaults(TS, SEL.tss, SEL.free);
  });
});

describe('far return', () => {
  const frame = (...items: number[]): void => {
    for (const [i, item] of items.entries()) bench.put32(bench.cpu.s[W.ESP] + 4 * i, item);
  };
  const faults = (vector: number, code: number): void =>
    expectFault(bench, vector, code, () => farReturn(bench.cpu, 4, 0));

  it.each([
    ['null', 0, 0],
    ['beyond the table', 0x80, 0x80],
    ['data', SEL.data0, SEL.data0],
    ['code of another level', SEL.code3, SEL.code3],
    ['conforming code above its RPL', SEL.free, SEL.free],
  ])('refuses %s', (_text, selector, code) => {
    bench.segment(SEL.free, { access: ACCESS.conforming | 0x60 });
    frame(0x10, selector);
    faults(GP, code);
  });

  it('refuses an inner level', () => {
    bench.enterLevel(3);
    frame(0x10, SEL.code0);
    faults(GP, SEL.code0);
  });

  it('judges the outer stack', () => {
    frame(0x10, SEL.code3 | 3, AT.stack3, 0);
    faults(GP, 0);
    frame(0x10, SEL.code3 | 3, AT.stack3, SEL.data3);
    faults(GP, SEL.data3);
    frame(0x10, SEL.code3 | 3, AT.stack3, SEL.data0 | 3);
    faults(GP, SEL.data0);
    bench.segment(SEL.free, { access: 0x73 });
    frame(0x10, SEL.code3 | 3, AT.stack3, SEL.free | 3);
    faults(SSF, SEL.free);
  });

  it('takes inner data segments away, and keeps the others', () => {
    bench.cpu.setSegment(W.DS, SEL.data3, 0, -1, 0xc0f3);
    bench.cpu.setSegment(W.FS, SEL.conforming0, 0, -1, 0xc09f);
    frame(0x10, SEL.code3 | 3, AT.stack3, SEL.data3 | 3);
    farReturn(bench.cpu, 4, 0);
    const selectors = [W.ES, W.DS, W.FS, W.GS].map((seg) => bench.cpu.s[W.SEG_SELECTOR + seg]);
    expect(selectors).toEqual([0, SEL.data3, SEL.conforming0, 0]);
  });

  it('to a 16-bit stack leaves the upper half of ESP', () => {
    bench.cpu.s[W.ESP] = 0x18000 + 0x2000;
    bench.segment(SEL.free, { access: 0xf3, limit: 0xffff, flags: 0 });
    frame(0x10, SEL.code3 | 3, 0x5555aaaa, SEL.free | 3);
    farReturn(bench.cpu, 4, 0);
    expect(bench.cpu.s[W.ESP]).toBe(0x1aaaa);
  });
});
