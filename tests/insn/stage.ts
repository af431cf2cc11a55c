/**
 * The stage on the interpreter: one processor in ring 3 of a small board, with page tables,
 * descriptor tables and interrupt gates that make a case look as it does under a 64-bit Linux.
 * Exceptions are really delivered, to ring 0; the outcome is read from the frame there.
 */
import { Clock } from '../../base/clock.js';
import type { InsnRow } from '../../guest-isa/insn/row.js';
import { Cpu } from '../../guest-isa/interp/cpu.js';
import { Fetch } from '../../guest-isa/interp/fetch.js';
import { StepLoop } from '../../guest-isa/interp/step-loop.js';
import { TLB_ENTRIES } from '../../guest-isa/mmu/paging.js';
import { PageKind, type PhysicalMemory } from '../../guest-isa/mmu/ports.js';
import { GP, type GuestFault } from '../../guest-isa/state/exceptions.js';
import { readEflags, writeEflags } from '../../guest-isa/state/flags.js';
import { FEATURE_BITS, type Feature } from '../../guest-isa/state/identity.js';
import * as W from '../../guest-isa/state/layout.js';
import { deliverFault } from '../../guest-isa/system/deliver.js';
import { blankArena, type Case, type Outcome, type Patch } from './case.js';
import {
  ARENA,
  ARENA_BYTES,
  ARENA_WRITABLE,
  CODE,
  CODE_BYTES,
  type Descriptor,
  descriptorOf,
  FILL,
  FLAT_DESCRIPTORS,
  LDT,
  SEGMENT_SETS,
  segmentBase,
} from './stage-layout.js';
import { StageX87 } from './stage-x87.js';

const RAM_BYTES = 0xe000;
const PAGE_DIRECTORY = 0x1000;
const CODE_TABLE = 0x2000;
const ARENA_TABLE = 0x3000;
const SYSTEM_TABLE = 0x4000;
const GDT = 0x5000;
const LDT_AT = 0x5800;
const TSS = 0x5c00;
const IDT = 0x6000;
const STACK_TOP = 0x8000;
const ARENA_AT = 0x8000;
const CODE_AT = 0xc000;
/** Linear address of physical 0, for the processor only. */
const SYSTEM = 0xd000_0000;
/** Where the gates lead: vector * 16 behind it. Nothing is ever executed there. */
const HANDLERS = 0xe000_0000;

const GDT_LIMIT = 0x7f;
const PRESENT = 1;
const WRITABLE = 2;
const USER = 4;
/** PE MP ET NE WP AM PG, as Linux sets them. */
const CR0_VALUE = 0x80050033 | 0;
const HLT = 0xf4;
/** Vectors whose gates user programs may use with `int`. */
const USER_GATES = [3, 4, 0x80];

export class Stage {
  readonly cpu: Cpu;
  readonly ram = new Uint8Array(RAM_BYTES);
  private readonly view = new DataView(this.ram.buffer);
  private readonly loop: StepLoop;
  private readonly before: Uint8Array;
  private readonly blank = blankArena().subarray(0, ARENA_WRITABLE);
  private readonly x87: StageX87;

  constructor(
    rows: readonly InsnRow[],
    /** Called instead of the delivery of a fault. */
    onFault?: (fault: GuestFault) => void,
  ) {
    const state = new Int32Array(W.STATE_WORDS);
    const memory = boardMemory(this.ram);
    this.cpu = new Cpu({
      state,
      tlb: new Int32Array(TLB_ENTRIES),
      memory,
      ports: { in: () => 0xff, out: () => {} },
      interrupts: { intr: false, acknowledge: () => 0 },
      clock: new Clock(1e9, state, W.REMAINING),
      identity: IDENTITY,
    });
    this.loop = new StepLoop(this.cpu, new Fetch(this.cpu, rows), (cpu, fault) => {
      if (onFault) onFault(fault);
      else if (deliverFault(cpu, fault)) throw new Error('the stage shut down');
      // The handler is not to be executed.
      cpu.s[W.REMAINING] = 0;
    });
    this.ram.set(blankArena(), ARENA_AT);
    this.ram.fill(FILL, CODE_AT, CODE_AT + CODE_BYTES);
    this.before = this.blank.slice();
    this.x87 = new StageX87(this.cpu);
    this.makeTables();
  }

  private makeTables(): void {
    const { view } = this;
    const map = (
      table: number,
      linear: number,
      physical: number,
      pages: number,
      rights: number,
    ): void => {
      view.setUint32(PAGE_DIRECTORY + (linear >>> 22) * 4, table | PRESENT | WRITABLE | USER, true);
      for (let i = 0; i < pages; i++) {
        view.setUint32(
          table + (((linear >>> 12) & 1023) + i) * 4,
          (physical + i * 4096) | PRESENT | rights,
          true,
        );
      }
    };
    map(CODE_TABLE, CODE, CODE_AT, CODE_BYTES >> 12, WRITABLE | USER);
    map(ARENA_TABLE, ARENA, ARENA_AT, ARENA_BYTES >> 12, USER);
    map(ARENA_TABLE, ARENA, ARENA_AT, ARENA_WRITABLE >> 12, WRITABLE | USER);
    map(SYSTEM_TABLE, SYSTEM, 0, STACK_TOP >> 12, WRITABLE);
    this.putDescriptor(GDT + 0x08, ring0('code'), 0);
    this.putDescriptor(GDT + 0x10, ring0('data'), 0);
    for (const [selector, d] of FLAT_DESCRIPTORS) this.putDescriptor(GDT + (selector & ~7), d, 3);
    LDT.forEach((d, i) => {
      this.putDescriptor(LDT_AT + 8 * i, d, 3);
    });
    view.setUint32(TSS + 4, SYSTEM + STACK_TOP, true);
    view.setUint32(TSS + 8, 0x10, true);
    // No I/O permission bitmap: its base lies beyond the segment.
    view.setUint16(TSS + 0x66, 0x8000, true);
    for (let vector = 0; vector < 256; vector++) this.putGate(vector);
    const s = this.cpu.s;
    s[W.GDTR_BASE] = SYSTEM + GDT;
    s[W.GDTR_LIMIT] = GDT_LIMIT;
    s[W.IDTR_BASE] = SYSTEM + IDT;
    s[W.IDTR_LIMIT] = 0x7ff;
    s[W.CR0] = CR0_VALUE;
    s[W.CR3] = PAGE_DIRECTORY;
    s[W.A20_MASK] = -1;
    this.cpu.setSegment(W.LDTR, 0x50, SYSTEM + LDT_AT, LDT.length * 8 - 1, 0x82);
    this.cpu.setSegment(W.TR, 0x40, SYSTEM + TSS, 0x67, 0x8b);
  }

  private putDescriptor(at: number, d: Descriptor, dpl: number): void {
    const attr = attributes(d, dpl);
    this.view.setUint32(at, (d.limit & 0xffff) | (d.base << 16), true);
    this.view.setUint32(
      at + 4,
      ((d.base >>> 16) & 0xff) | (attr << 8) | (d.limit & 0xf0000) | (d.base & 0xff000000),
      true,
    );
  }

  private putGate(vector: number): void {
    const target = HANDLERS + vector * 16;
    const dpl = USER_GATES.includes(vector) ? 3 : 0;
    this.view.setUint32(IDT + 8 * vector, (0x08 << 16) | (target & 0xffff), true);
    this.view.setUint32(IDT + 8 * vector + 4, (target & 0xffff0000) | 0x8e00 | (dpl << 13), true);
  }

  /** Plays a case from its start to its end or its fault. */
  play(c: Case): Outcome {
    const undo = this.prepare(c);
    const outcome = c.run ? this.runToEnd(c) : this.runOne();
    undo();
    return { ...outcome, x87: c.x87 ? this.x87.save() : undefined };
  }

  /** Sets up everything that a case names. The result clears its code away. */
  prepare(c: Case): () => void {
    const { cpu } = this;
    for (let i = 0; i < 8; i++) cpu.s[i] = c.registers[i];
    SEGMENT_SETS[c.segments].forEach((selector, seg) => {
      this.setSegment(seg, selector);
    });
    writeEflags(cpu.s, c.eflags);
    cpu.s[W.EIP] = c.eip;
    cpu.s[W.INHIBIT] = 0;
    cpu.s[W.CR2] = 0;
    cpu.setCpl(3);
    for (const p of c.patches) {
      this.ram.set(p.bytes, ARENA_AT + p.at - ARENA);
      this.before.set(p.bytes, p.at - ARENA);
    }
    if (c.x87) this.x87.load(c.x87);
    const at = CODE_AT + ((segmentBase(SEGMENT_SETS[c.segments][1]) + c.eip) >>> 0) - CODE;
    this.putCode(at, c.run ? [...c.code, HLT] : c.code);
    return () => this.putCode(at, new Array(c.code.length + 1).fill(FILL));
  }

  private putCode(at: number, bytes: readonly number[]): void {
    this.cpu.memory.onRamWritten(at, bytes.length);
    this.ram.set(bytes, at);
  }

  private setSegment(seg: number, selector: number): void {
    const d = descriptorOf(selector);
    if (!d) this.cpu.setSegment(seg, selector, 0, 0, 0);
    else
      this.cpu.setSegment(
        seg,
        selector,
        d.base,
        d.pages ? (d.limit << 12) | 0xfff : d.limit,
        attributes(d, 3),
      );
  }

  /** One instruction; the next one too where the first holds off the trap behind it (mov ss, pop ss). */
  private runOne(): Outcome {
    this.step();
    if (this.cpu.s[W.INHIBIT] !== 0 && this.cpu.s[W.CPL] === 3) {
      this.cpu.s[W.INHIBIT] = 0;
      this.step();
    }
    return this.outcome();
  }

  /**
   * Up to the hlt behind the code, which a user program may not execute. Half of the cases run in
   * slices of one unit of time, so that repeated string instructions are cut into iterations.
   */
  private runToEnd(c: Case): Outcome {
    const slice = c.eip & 1 ? 1 : 0x1000;
    const end = (c.eip + c.code.length) >>> 0;
    for (let slices = 0; this.cpu.s[W.CPL] === 3; slices++) {
      if (slices > 1_000_000) throw new Error('the case does not end');
      this.cpu.s[W.REMAINING] = slice;
      this.loop.run();
    }
    const outcome = this.outcome();
    const ended = outcome.fault === GP && outcome.eip === end;
    return ended ? { ...outcome, fault: -1, errorCode: 0 } : outcome;
  }

  step(): void {
    this.cpu.s[W.REMAINING] = 1;
    this.loop.run();
  }

  outcome(): Outcome {
    const changes = this.takeChanges();
    return this.cpu.s[W.CPL] === 3 ? this.plainOutcome(changes) : this.faultOutcome(changes);
  }

  private plainOutcome(changes: Patch[]): Outcome {
    const { s } = this.cpu;
    return {
      registers: s.slice(0, 8),
      eflags: readEflags(s),
      segments: this.selectors(),
      eip: s[W.EIP] >>> 0,
      fault: -1,
      errorCode: 0,
      cr2: 0,
      changes,
      x87: undefined,
    };
  }

  /** Reads what the delivery pushed: [error code] eip cs eflags esp ss. */
  private faultOutcome(changes: Patch[]): Outcome {
    const { s } = this.cpu;
    const vector = (s[W.EIP] - HANDLERS) >> 4;
    let at = (s[W.ESP] - SYSTEM) >>> 0;
    const pushed = (): number => {
      at += 4;
      return this.view.getInt32(at - 4, true);
    };
    const errorCode = STACK_TOP - at === 24 ? pushed() : 0;
    const [eip, cs, eflags, esp, ss] = [pushed(), pushed(), pushed(), pushed(), pushed()];
    const registers = s.slice(0, 8);
    registers[W.ESP] = esp;
    const segments = this.selectors();
    segments[W.CS] = cs & 0xffff;
    segments[W.SS] = ss & 0xffff;
    const cr2 = vector === 14 ? s[W.CR2] >>> 0 : 0;
    return {
      registers,
      segments,
      errorCode,
      cr2,
      changes,
      eflags: eflags & ~0x10000,
      eip: eip >>> 0,
      fault: vector,
      x87: undefined,
    };
  }

  private selectors(): number[] {
    return Array.from(this.cpu.s.subarray(W.SEG_SELECTOR, W.SEG_SELECTOR + 6));
  }

  /** The arena's changes since the case began, as runs; then it is blank again. */
  private takeChanges(): Patch[] {
    const arena = this.ram.subarray(ARENA_AT, ARENA_AT + ARENA_WRITABLE);
    const changes: Patch[] = [];
    if (Buffer.compare(arena, this.before) !== 0) {
      for (let i = 0; i < ARENA_WRITABLE; ) {
        let end = i;
        while (end < ARENA_WRITABLE && arena[end] !== this.before[end]) end++;
        if (end > i) changes.push({ at: ARENA + i, bytes: [...arena.subarray(i, end)] });
        i = end + 1;
      }
    }
    arena.set(this.blank);
    this.before.set(this.blank);
    return changes;
  }
}

function ring0(kind: 'code' | 'data'): Descriptor {
  return { base: 0, limit: 0xfffff, big: true, kind, open: true, pages: true, present: true };
}

/** SEG_ATTR of a descriptor, accessed bit set as Linux sets it. */
function attributes(d: Descriptor, dpl: number): number {
  const type = (d.kind === 'code' ? 8 : d.kind === 'expand-down' ? 4 : 0) | (d.open ? 2 : 0) | 1;
  return (
    type |
    0x10 |
    (dpl << 5) |
    (d.present ? 0x80 : 0) |
    (d.big ? 0x4000 : 0) |
    (d.pages ? 0x8000 : 0)
  );
}

function boardMemory(ram: Uint8Array): PhysicalMemory {
  const pageKinds = new Uint8Array(1 << 20);
  pageKinds.fill(PageKind.ram, 0, ram.length >> 12);
  return {
    ram,
    pageKinds,
    read: () => 0xffffffff,
    write: () => {},
    onMapChanged: () => {},
    onRamWritten: () => {},
  };
}

const IDENTITY = {
  vendor: 'GenuineTMx86',
  family: 6,
  model: 4,
  stepping: 3,
  brand: 'test stage',
  features: new Set(Object.keys(FEATURE_BITS) as Feature[]),
  clockMHz: 1000,
  hardwareRevision: 0,
  cmsRevision: 0,
  cmsRevision2: 0,
  cmsText: '',
};
