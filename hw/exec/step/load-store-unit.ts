/**
 * Loads, stores and page checks as the stepper executes them: what they do (core/guest-access.ts has
 * the slow half) and what they cost (docs/timing-model.md, "Data side").
 *
 * Each method returns 0, or -1 - EXIT.x for a host exit: then nothing that a rollback does not undo has
 * happened, and no cycle of the access is charged.
 *
 * Hot file: the paths of loads and stores are written out, since they run millions of times a second.
 */
import type { CoreState } from '../../core/core-state.js';
import { EXIT } from '../../core/exits.js';
import type { GuestAccess } from '../../core/guest-access.js';
import { PAGE_MASK } from '../../core/guest-words.js';
import { RAM_OFFSET } from '../../memory/layout.js';
import type { HostOptions } from '../../options.js';
import { CPI } from '../../timing/cpi.js';
import { type CycleAccount, PORT_FREE, PORT_SLOT } from '../../timing/cycle-account.js';
import type { HostTlb } from '../../timing/host-tlb.js';
import type { MemoryHierarchy } from '../../timing/memory-hierarchy.js';
import type { Scoreboard } from '../../timing/scoreboard.js';
import type { TagArray } from '../../timing/tag-array.js';
import type { Op } from './step-molecule.js';

const PAGE_OFFSET = 0xfff;
const PAGE_BYTES = 0x1000;
/** Further cycles of an access to two lines of L1D. */
const SPLIT_CYCLES = 1;

export class LoadStoreUnit {
  /** Loads of the molecule under way that missed: register, cycle when the line is there, its slot. */
  missCount = 0;
  readonly missRegisters = new Int32Array(16);
  readonly missFilled = new Int32Array(16);
  readonly missSlots = new Int32Array(16);
  /** Alias register of the last alias exit. */
  aliasHit = 0;
  private readonly w: Int32Array;
  private readonly view: DataView;
  private readonly tlb: Int32Array;
  private readonly l1d: TagArray;
  private readonly lineShift: number;
  private readonly stallsAtUse: boolean;
  private readonly storeBufferEntries: number;
  private readonly loadCycles: number;

  constructor(
    private readonly core: CoreState,
    private readonly access: GuestAccess,
    private readonly hierarchy: MemoryHierarchy,
    private readonly hostTlb: HostTlb,
    private readonly account: CycleAccount,
    private readonly scoreboard: Scoreboard,
    options: HostOptions,
  ) {
    this.w = core.working;
    this.view = core.memory.view;
    this.tlb = core.memory.tlb;
    this.l1d = hierarchy.l1d;
    this.lineShift = hierarchy.dataShift;
    this.stallsAtUse = options.missStalls === 'use';
    this.storeBufferEntries = options.storeBufferEntries;
    this.loadCycles = options.latencyCycles.load;
  }

  load(op: Op): number {
    const linear = this.w[op.a];
    const entry = this.tlb[linear >>> 12];
    const offset = linear & PAGE_OFFSET;
    if ((entry & op.fastBits) === 0 || offset + op.bytes > PAGE_BYTES) return this.loadSlow(op);
    const physical = (entry & PAGE_MASK) | offset;
    if (op.isProtected) this.core.alias.record(op.imm, physical, op.bytes);
    const host = physical + RAM_OFFSET;
    this.walk(linear);
    this.timeLoad(host, op.bytes, op.d);
    this.w[op.d] = this.value(host, op);
    return 0;
  }

  loadPhysical(op: Op): number {
    const host = this.w[op.a] >>> 0;
    this.timeLoad(host, op.bytes, op.d);
    this.w[op.d] = this.value(host, op);
    return 0;
  }

  store(op: Op): number {
    const linear = this.w[op.a];
    const entry = this.tlb[linear >>> 12];
    const offset = linear & PAGE_OFFSET;
    if ((entry & op.fastBits) === 0 || offset + op.bytes > PAGE_BYTES) return this.storeSlow(op);
    const { undo } = this.core;
    if (undo.stores >= this.storeBufferEntries) return -1 - EXIT.storeBuffer;
    const physical = (entry & PAGE_MASK) | offset;
    if (op.imm !== 0 && this.aliases(op.imm, physical, op.bytes)) return -1 - EXIT.alias;
    undo.store(physical, op.bytes);
    undo.stores++;
    const host = physical + RAM_OFFSET;
    this.walk(linear);
    this.timeStore(host, op.bytes);
    this.put(host, op.bytes, this.w[op.b]);
    return 0;
  }

  storePhysical(op: Op): number {
    const host = this.w[op.a] >>> 0;
    this.timeStore(host, op.bytes);
    this.put(host, op.bytes, this.w[op.b]);
    return 0;
  }

  checkPage(op: Op): number {
    const linear = this.w[op.a];
    const entry = this.tlb[linear >>> 12];
    const page = entry & op.fastBits ? entry & PAGE_MASK : this.access.fetchPage(linear, op.user);
    if (page !== (op.imm & PAGE_MASK)) {
      this.access.address = linear;
      return -1 - EXIT.mapping;
    }
    this.walk(linear);
    return 0;
  }

  // --- the slow half

  private loadSlow(op: Op): number {
    const linear = this.w[op.a];
    const { access, core } = this;
    const physical = access.load(linear, op.bytes, op.user, !op.speculative);
    if (physical < 0) return physical;
    const { second, firstBytes } = access;
    const host = physical + RAM_OFFSET;
    if (op.isProtected) core.alias.record(op.imm, physical, firstBytes);
    this.walk(linear);
    if (second < 0) {
      this.timeLoad(host, op.bytes, op.d);
      this.w[op.d] = this.value(host, op);
      return 0;
    }
    if (op.isProtected) core.alias.recordSecond(op.imm, second, op.bytes - firstBytes);
    this.walk((linear + firstBytes) | 0);
    this.timeLoad(host, firstBytes, op.d);
    this.account.stall(CPI.interlock, SPLIT_CYCLES);
    this.timeLoad(second + RAM_OFFSET, op.bytes - firstBytes, op.d);
    this.w[op.d] = this.splitValue(host, second + RAM_OFFSET, firstBytes, op);
    return 0;
  }

  private storeSlow(op: Op): number {
    const linear = this.w[op.a];
    const { access, core } = this;
    const { undo } = core;
    const physical = access.store(linear, op.bytes, op.user);
    if (physical < 0) return physical;
    const { second, firstBytes } = access;
    const entries = second < 0 ? 1 : 2;
    if (undo.stores + entries > this.storeBufferEntries) return -1 - EXIT.storeBuffer;
    const secondBytes = op.bytes - firstBytes;
    if (op.imm !== 0) {
      if (this.aliases(op.imm, physical, firstBytes)) return -1 - EXIT.alias;
      if (second >= 0 && this.aliases(op.imm, second, secondBytes)) return -1 - EXIT.alias;
    }
    undo.stores += entries;
    this.walk(linear);
    if (second < 0) {
      undo.store(physical, op.bytes);
      this.timeStore(physical + RAM_OFFSET, op.bytes);
      this.put(physical + RAM_OFFSET, op.bytes, this.w[op.b]);
      return 0;
    }
    this.walk((linear + firstBytes) | 0);
    this.timeStore(physical + RAM_OFFSET, firstBytes);
    this.account.stall(CPI.interlock, SPLIT_CYCLES);
    this.timeStore(second + RAM_OFFSET, secondBytes);
    for (let i = 0; i < op.bytes; i++) {
      const at = i < firstBytes ? physical + i : second + i - firstBytes;
      undo.store(at, 1);
      this.put(at + RAM_OFFSET, 1, this.w[op.b] >>> (8 * i));
    }
    return 0;
  }

  private aliases(mask: number, physical: number, bytes: number): boolean {
    this.aliasHit = this.core.alias.overlapping(mask, physical, bytes);
    return this.aliasHit >= 0;
  }

  private value(host: number, op: Op): number {
    const { view } = this;
    if (op.bytes === 4) return view.getInt32(host, true);
    if (op.bytes === 1) return op.signed ? view.getInt8(host) : view.getUint8(host);
    return op.signed ? view.getInt16(host, true) : view.getUint16(host, true);
  }

  private splitValue(first: number, second: number, firstBytes: number, op: Op): number {
    let value = 0;
    for (let i = 0; i < op.bytes; i++) {
      const at = i < firstBytes ? first + i : second + i - firstBytes;
      value |= this.view.getUint8(at) << (8 * i);
    }
    return op.signed ? (value << 16) >> 16 : value;
  }

  private put(host: number, bytes: number, value: number): void {
    if (bytes === 4) this.view.setInt32(host, value, true);
    else if (bytes === 1) this.view.setUint8(host, value);
    else this.view.setUint16(host, value, true);
  }

  // --- what it costs

  /** The host TLB: a miss stalls at once. */
  walk(linear: number): void {
    const waited = this.hostTlb.access(linear >>> 12);
    if (waited > 0) this.account.stall(CPI.tlb, waited);
  }

  protected timeLoad(host: number, bytes: number, register: number): void {
    const line = host >>> this.lineShift;
    this.touchForLoad(host, register);
    const last = (host + bytes - 1) >>> this.lineShift;
    if (last === line) return;
    this.account.stall(CPI.interlock, SPLIT_CYCLES);
    this.touchForLoad(host + bytes - 1, register);
  }

  protected timeStore(host: number, bytes: number): void {
    const line = host >>> this.lineShift;
    this.touchForStore(host);
    const last = (host + bytes - 1) >>> this.lineShift;
    if (last === line) return;
    this.account.stall(CPI.interlock, SPLIT_CYCLES);
    this.touchForStore(host + bytes - 1);
  }

  /** What `timeLoad` and `timeStore` do for each line. */
  touchForLoad(host: number, register: number): void {
    if (!this.l1d.touch(host >>> this.lineShift)) this.loadMiss(host, register);
  }

  touchForStore(host: number): void {
    if (!this.l1d.touch(host >>> this.lineShift)) this.fill(host);
  }

  /** The molecule has issued whose loads missed. */
  noteMisses(): void {
    for (let i = 0; i < this.missCount; i++) {
      const ready = this.missFilled[i] + this.loadCycles;
      this.scoreboard.noteMiss(this.missRegisters[i], ready, this.missSlots[i]);
    }
    this.missCount = 0;
  }

  private loadMiss(host: number, register: number): void {
    const cycles = this.fill(host);
    if (!this.stallsAtUse) {
      this.account.stall(this.hierarchy.slot, cycles);
      return;
    }
    this.missRegisters[this.missCount] = register;
    this.missFilled[this.missCount] = this.account.cells[PORT_FREE];
    this.missSlots[this.missCount++] = this.account.cells[PORT_SLOT];
  }

  /** A line is fetched: waits for the fill under way, then takes the port. Cycles until it is there. */
  private fill(host: number): number {
    const busy = this.hierarchy.portBusy();
    if (busy > 0) this.account.stall(this.account.cells[PORT_SLOT], busy);
    const cycles = this.hierarchy.below(host);
    this.hierarchy.occupyPort(cycles);
    return cycles;
  }
}
