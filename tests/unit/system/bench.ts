/**
 * A processor in protected mode with tables in its RAM, for tests of segmentation, privilege,
 * interrupts and tasks. Faults are compared together with the whole processor state, which a
 * fault must leave alone.
 */
import { expect } from 'vitest';
import { Clock } from '../../../base/clock.js';
import { Insn } from '../../../guest-isa/decode/insn.js';
import type { InsnRow } from '../../../guest-isa/insn/row.js';
import { Cpu } from '../../../guest-isa/interp/cpu.js';
import { TLB_ENTRIES } from '../../../guest-isa/mmu/paging.js';
import { writeEflags } from '../../../guest-isa/state/flags.js';
import { type CpuIdentity, FEATURE_BITS, type Feature } from '../../../guest-isa/state/identity.js';
import * as W from '../../../guest-isa/state/layout.js';
import { resetCpu } from '../../../guest-isa/system/reset.js';
import { TEST_IDENTITY, TestMemory } from '../../board.js';
import { controlSystemRows } from './rows.js';

/** Selectors of the GDT. */
export const SEL = {
  code0: 0x08,
  data0: 0x10,
  code1: 0x18,
  data1: 0x20,
  code3: 0x28,
  data3: 0x30,
  conforming0: 0x38,
  tss: 0x40,
  tss2: 0x48,
  tss16: 0x50,
  ldt: 0x58,
  /** Free for the test. */
  free: 0x60,
  free2: 0x68,
} as const;

export const AT = {
  gdt: 0x1000,
  idt: 0x2000,
  ldt: 0x3000,
  tss: 0x4000,
  tss2: 0x5000,
  tss16: 0x6000,
  stack0: 0x8000,
  stack1: 0x9000,
  stack3: 0xa000,
  code: 0x10000,
} as const;

/** Access bytes: present, accessed. */
export const ACCESS = {
  code: 0x9b,
  data: 0x93,
  conforming: 0x9f,
  tss32: 0x89,
  tss16: 0x81,
  ldt: 0x82,
} as const;

export interface PortAccess {
  readonly port: number;
  readonly width: number;
  /** Absent for reads. */
  readonly value?: number;
}

export class Bench {
  readonly memory = new TestMemory(1 << 18);
  readonly view = new DataView(this.memory.ram.buffer);
  readonly cpu: Cpu;
  readonly clock: Clock;
  readonly portLog: PortAccess[] = [];
  portValue = 0x12345678;
  interruptVector = 0x20;

  constructor(identity: Partial<CpuIdentity> = {}) {
    const state = new Int32Array(W.STATE_WORDS);
    this.clock = new Clock(1e9, state, W.REMAINING);
    this.cpu = new Cpu({
      state,
      tlb: new Int32Array(TLB_ENTRIES),
      memory: this.memory,
      ports: {
        in: (port, width) => {
          this.portLog.push({ port, width });
          return (this.portValue & (width === 4 ? -1 : (1 << (8 * width)) - 1)) >>> 0;
        },
        out: (port, value, width) => {
          this.portLog.push({ port, width, value });
        },
      },
      interrupts: { intr: false, acknowledge: () => this.interruptVector },
      clock: this.clock,
      identity: { ...TEST_IDENTITY, ...identity },
    });
    resetCpu(this.cpu);
    this.makeTables();
    this.enterLevel(0);
  }

  private makeTables(): void {
    const { cpu } = this;
    const { s } = cpu;
    for (const [level, code, data] of [
      [0, SEL.code0, SEL.data0],
      [1, SEL.code1, SEL.data1],
      [3, SEL.code3, SEL.data3],
    ] as const) {
      this.segment(code, { access: ACCESS.code | (level << 5) });
      this.segment(data, { access: ACCESS.data | (level << 5) });
    }
    this.segment(SEL.conforming0, { access: ACCESS.conforming });
    this.segment(SEL.tss, { base: AT.tss, limit: 0x67, access: 0x8b, flags: 0 });
    this.segment(SEL.tss2, { base: AT.tss2, limit: 0x67, access: ACCESS.tss32, flags: 0 });
    this.segment(SEL.tss16, { base: AT.tss16, limit: 0x2b, access: ACCESS.tss16, flags: 0 });
    this.segment(SEL.ldt, { base: AT.ldt, limit: 0xff, access: ACCESS.ldt, flags: 0 });
    this.put32(AT.tss + 4, AT.stack0);
    this.put32(AT.tss + 8, SEL.data0);
    this.put32(AT.tss + 12, AT.stack1);
    this.put32(AT.tss + 16, SEL.data1 | 1);
    s[W.CR0] = 0x11;
    s[W.GDTR_BASE] = AT.gdt;
    s[W.GDTR_LIMIT] = 0x7f;
    s[W.IDTR_BASE] = AT.idt;
    s[W.IDTR_LIMIT] = 0x7ff;
    cpu.setSegment(W.TR, SEL.tss, AT.tss, 0x67, 0x8b);
    cpu.setSegment(W.LDTR, 0, 0, 0, 0);
  }

  /** Flat segments and a stack of a level. */
  enterLevel(level: 0 | 1 | 3): void {
    const { cpu } = this;
    const code = { 0: SEL.code0, 1: SEL.code1, 3: SEL.code3 }[level] | level;
    const data = { 0: SEL.data0, 1: SEL.data1, 3: SEL.data3 }[level] | level;
    cpu.setCpl(level);
    cpu.setSegment(W.CS, code, 0, -1, 0xc09b | (level << 5));
    for (const seg of [W.ES, W.SS, W.DS, W.FS, W.GS])
      cpu.setSegment(seg, data, 0, -1, 0xc093 | (level << 5));
    cpu.s[W.ESP] = { 0: AT.stack0, 1: AT.stack1, 3: AT.stack3 }[level];
    this.setEip(AT.code);
  }

  enterRealMode(): void {
    const { cpu } = this;
    cpu.s[W.CR0] &= ~1;
    cpu.setCpl(0);
    for (let seg = 0; seg < 6; seg++) cpu.setSegment(seg, 0x100, 0x1000, 0xffff, 0x93);
    cpu.s[W.ESP] = 0x800;
    this.setEip(0x40);
  }

  enterV86(ioPrivilege = 0): void {
    const { cpu } = this;
    cpu.setCpl(3);
    for (let seg = 0; seg < 6; seg++) cpu.setSegment(seg, 0x1000, 0x10000, 0xffff, 0xf3);
    writeEflags(cpu.s, 0x20002 | (ioPrivilege << 12));
    cpu.s[W.ESP] = 0x800;
    this.setEip(0x40);
  }

  /** The instruction under way begins at eip - 2. */
  setEip(eip: number): void {
    this.cpu.s[W.EIP] = eip;
    this.cpu.s[W.START_EIP] = eip - 2;
  }

  get cs(): number {
    return this.cpu.s[W.SEG_SELECTOR + W.CS];
  }

  get eip(): number {
    return this.cpu.s[W.EIP];
  }

  descriptorAt(selector: number): number {
    return (selector & 4 ? AT.ldt : AT.gdt) + (selector & 0xfff8);
  }

  segment(
    selector: number,
    d: { base?: number; limit?: number; access: number; flags?: number },
  ): void {
    const { base = 0, limit = 0xfffff, access, flags = 0xc } = d;
    const at = this.descriptorAt(selector);
    this.put32(at, (base << 16) | (limit & 0xffff));
    this.put32(
      at + 4,
      (base & 0xff000000) |
        (flags << 20) |
        (limit & 0xf0000) |
        (access << 8) |
        ((base >>> 16) & 0xff),
    );
  }

  /** A gate in the GDT or LDT; `access` holds present, DPL and type. */
  gate(selector: number, target: number, offset: number, access: number, parameters = 0): void {
    this.putGate(this.descriptorAt(selector), target, offset, access, parameters);
  }

  idt(vector: number, target: number, offset: number, access: number): void {
    this.putGate(AT.idt + vector * 8, target, offset, access, 0);
  }

  private putGate(
    at: number,
    target: number,
    offset: number,
    access: number,
    parameters: number,
  ): void {
    this.put32(at, (target << 16) | (offset & 0xffff));
    this.put32(at + 4, (offset & 0xffff0000) | (access << 8) | parameters);
  }

  put32(at: number, value: number): void {
    this.view.setInt32(at, value, true);
  }

  put16(at: number, value: number): void {
    this.view.setInt16(at, value, true);
  }

  get32(at: number): number {
    return this.view.getInt32(at, true);
  }

  get16(at: number): number {
    return this.view.getUint16(at, true);
  }

  /** Words from the top of the stack upwards. */
  stack(count: number, width: 2 | 4 = 4): number[] {
    const at = this.cpu.s[W.SEG_BASE + W.SS] + (this.cpu.s[W.ESP] & this.cpu.stackMask);
    return Array.from({ length: count }, (_, i) =>
      width === 4 ? this.get32(at + 4 * i) : this.get16(at + 2 * i),
    );
  }

  /** Executes a row of mine, by mnemonic and opcode. */
  exec(name: string, fields: Partial<Insn> = {}): void {
    const row = rowOf(name);
    const op = Object.assign(new Insn(), { row }, fields);
    (row.direct as NonNullable<InsnRow['direct']>)(this.cpu, op);
  }
}

export function rowOf(name: string): InsnRow {
  const row = controlSystemRows.find((r) => `${r.mnemonic} ${r.opcodeText}` === name);
  if (!row) throw new Error(`no row ${name}`);
  return row;
}

/** Features but for some. */
export function featuresWithout(...missing: Feature[]): ReadonlySet<Feature> {
  return new Set((Object.keys(FEATURE_BITS) as Feature[]).filter((f) => !missing.includes(f)));
}

/** Expects a fault that leaves the processor as it was. An error code of -1 means none. */
export function expectFault(
  bench: Bench,
  vector: number,
  errorCode: number,
  action: () => void,
): void {
  const before = Array.from(bench.cpu.s);
  let thrown: unknown;
  try {
    action();
  } catch (e) {
    thrown = e;
  }
  expect(thrown, 'a fault').toBe(bench.cpu.fault);
  expect({ vector: bench.cpu.fault.vector, errorCode: bench.cpu.fault.errorCode }).toEqual({
    vector,
    errorCode,
  });
  before[W.CR2] = bench.cpu.s[W.CR2];
  expect(Array.from(bench.cpu.s), 'state after the fault').toEqual(before);
}
