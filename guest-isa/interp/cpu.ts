/**
 * The guest processor as the interpreter sees it: registers and hidden state (state/layout.ts),
 * memory (mmu/), stack, near control transfer, and the ties to board and clock.
 * What protection adds (segment loads, gates, task switches, interrupt delivery) is in `system/`.
 */

import type { Clock } from '../../base/clock.js';
import { Fpu } from '../fpu/fpu.js';
import type { InterruptSource, PhysicalMemory, PortSpace } from '../mmu/ports.js';
import { SegmentedMemory } from '../mmu/segmented-memory.js';
import { CR0_PE } from '../state/control-bits.js';
import { GP } from '../state/exceptions.js';
import { IF, TF, VM } from '../state/flags.js';
import type { CpuIdentity } from '../state/identity.js';
import {
  CPL,
  CR0,
  CS,
  DR7,
  EIP,
  ESP,
  FLAGS_SYSTEM,
  MID_REPEAT,
  PENDING_DEBUG,
  REMAINING,
  REPEAT_EXTRA_HI,
  REPEAT_EXTRA_LO,
  SEG_ATTR,
  SEG_BASE,
  SEG_FAST,
  SEG_LIMIT,
  SEG_SELECTOR,
  SS,
  START_EIP,
} from '../state/layout.js';

export interface CpuParts {
  /** STATE_WORDS words of the machine's linear memory. */
  readonly state: Int32Array;
  /** TLB_ENTRIES words of it. */
  readonly tlb: Int32Array;
  readonly memory: PhysicalMemory;
  readonly ports: PortSpace;
  readonly interrupts: InterruptSource;
  readonly clock: Clock;
  readonly identity: CpuIdentity;
}

export class Cpu extends SegmentedMemory {
  readonly s8: Uint8Array;
  readonly s16: Uint16Array;
  readonly ports: PortSpace;
  readonly interrupts: InterruptSource;
  readonly clock: Clock;
  readonly identity: CpuIdentity;
  /** Counts changes of what decides how instructions are decoded and accesses checked: segments, privilege, guards. */
  modeGeneration = 0;
  /** -1 or 0xffff: width of the stack pointer (SS.B). */
  stackMask = -1;
  /** What a further iteration of a repeated string instruction takes of the time. */
  cyclesPerIteration = 1;
  /** Further iterations after which one gives way, beside the usual reasons; whoever sets it renews it. */
  iterationsLeft = Infinity;
  readonly fpu = new Fpu(this.s);

  constructor(parts: CpuParts) {
    super(parts.state, parts.tlb, parts.memory);
    this.s8 = new Uint8Array(parts.state.buffer, parts.state.byteOffset, parts.state.byteLength);
    this.s16 = new Uint16Array(parts.state.buffer, parts.state.byteOffset, parts.state.length * 2);
    this.ports = parts.ports;
    this.interrupts = parts.interrupts;
    this.clock = parts.clock;
    this.identity = parts.identity;
  }

  get protectedMode(): boolean {
    return (this.s[CR0] & CR0_PE) !== 0;
  }

  get virtual8086(): boolean {
    return (this.s[FLAGS_SYSTEM] & VM) !== 0;
  }

  /** Real mode or virtual-8086: a selector is a paragraph number. */
  get paragraphMode(): boolean {
    return !this.protectedMode || this.virtual8086;
  }

  /** Writes a segment register (or LDTR, TR) with its hidden part. attr as in SEG_ATTR; limit in bytes. */
  setSegment(seg: number, selector: number, base: number, limit: number, attr: number): void {
    const s = this.s;
    s[SEG_SELECTOR + seg] = selector;
    s[SEG_BASE + seg] = base;
    s[SEG_LIMIT + seg] = limit;
    s[SEG_ATTR + seg] = attr;
    this.deriveSegment(seg);
  }

  /** Recomputes what is cached of a segment's hidden part. */
  private deriveSegment(seg: number): void {
    const s = this.s;
    const attr = s[SEG_ATTR + seg];
    const code = (attr & 0x8) !== 0;
    const whole =
      (attr & 0x90) === 0x90 && s[SEG_LIMIT + seg] === -1 && (code || (attr & 0x4) === 0);
    const readable = whole && (!code || (attr & 2) !== 0);
    s[SEG_FAST + seg] = (readable ? 1 : 0) | (whole && !code && attr & 2 ? 2 : 0);
    if (seg === SS) this.stackMask = attr & 0x4000 ? -1 : 0xffff;
    if (seg === CS) this.forgetFetch();
    this.modeGeneration++;
  }

  override accessRightsChanged(): void {
    super.accessRightsChanged();
    this.modeGeneration++;
  }

  setCpl(cpl: number): void {
    this.s[CPL] = cpl;
    this.forgetFetch();
    this.accessRightsChanged();
  }

  /** Rebuilds all that is derived from the state block (after a restore or a reset). */
  stateReplaced(): void {
    for (let seg = 0; seg < 8; seg++) this.deriveSegment(seg);
    this.forgetFetch();
    this.accessRightsChanged();
  }

  /** To be called after EFLAGS.IF or TF, DR7 or an inhibition changed: the run loop decides anew what to do. */
  reconsider(): void {
    const s = this.s;
    if (s[FLAGS_SYSTEM] & TF || s[DR7] & 0xff || (s[FLAGS_SYSTEM] & IF && this.interrupts.intr)) {
      this.clock.endSlice();
    }
  }

  /** Counts iterations of a repeated string instruction beyond its first, which are no instructions. */
  countIterations(n: number): void {
    const { s } = this;
    const low = (s[REPEAT_EXTRA_LO] >>> 0) + n;
    s[REPEAT_EXTRA_LO] = low;
    if (low > 0xffffffff) s[REPEAT_EXTRA_HI]++;
  }

  /**
   * Between two iterations: true if the next one may follow at once (it is paid for then). False: the
   * instruction gives way and is executed again later, since its time or its iterations are used up, a
   * breakpoint was hit, or code was overwritten (`generation`: fetchGeneration when the instruction began).
   */
  nextIteration(generation: number): boolean {
    const { s } = this;
    this.countIterations(1);
    this.iterationsLeft--;
    if (
      s[REMAINING] > 0 &&
      s[PENDING_DEBUG] === 0 &&
      this.fetchGeneration === generation &&
      this.iterationsLeft > 0
    ) {
      s[REMAINING] -= this.cyclesPerIteration;
      return true;
    }
    s[EIP] = s[START_EIP];
    s[MID_REPEAT] = 1;
    return false;
  }

  /** Near transfer: sets EIP after the limit check of the code segment. */
  jump(eip: number): void {
    this.checkTarget(eip);
    this.s[EIP] = eip;
  }

  /** Near call: checks the target, pushes the return address, goes. */
  call16(target: number): void {
    this.checkTarget(target);
    this.push16(this.s[EIP]);
    this.s[EIP] = target;
  }

  call32(target: number): void {
    this.checkTarget(target);
    this.push32(this.s[EIP]);
    this.s[EIP] = target;
  }

  /** Near return, releasing further bytes. */
  return16(releaseBytes: number): void {
    const target = this.peek16(0);
    this.checkTarget(target);
    this.addStack(2 + releaseBytes);
    this.s[EIP] = target;
  }

  return32(releaseBytes: number): void {
    const target = this.peek32(0);
    this.checkTarget(target);
    this.addStack(4 + releaseBytes);
    this.s[EIP] = target;
  }

  private checkTarget(eip: number): void {
    if (eip >>> 0 > this.s[SEG_LIMIT + CS] >>> 0) this.raise(GP, 0);
  }

  push16(value: number): void {
    const s = this.s;
    const mask = this.stackMask;
    const offset = (s[ESP] - 2) & mask;
    this.write16(SS, offset, value);
    s[ESP] = (s[ESP] & ~mask) | offset;
  }

  push32(value: number): void {
    const s = this.s;
    const mask = this.stackMask;
    const offset = (s[ESP] - 4) & mask;
    this.write32(SS, offset, value);
    s[ESP] = (s[ESP] & ~mask) | offset;
  }

  /** Reads the stack at a distance from its top, without moving it. */
  peek16(distanceBytes: number): number {
    return this.read16(SS, (this.s[ESP] + distanceBytes) & this.stackMask);
  }

  peek32(distanceBytes: number): number {
    return this.read32(SS, (this.s[ESP] + distanceBytes) & this.stackMask);
  }

  /** Moves the stack pointer. */
  addStack(bytes: number): void {
    const mask = this.stackMask;
    this.s[ESP] = (this.s[ESP] & ~mask) | ((this.s[ESP] + bytes) & mask);
  }

  pop16(): number {
    const value = this.peek16(0);
    this.addStack(2);
    return value;
  }

  pop32(): number {
    const value = this.peek32(0);
    this.addStack(4);
    return value;
  }
}
