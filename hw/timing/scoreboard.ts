/**
 * The scoreboard: when each register of the working file can be used. The condition codes (as word 11)
 * and MQ (word 15) are registers like others. A molecule waits for the registers that it reads and for
 * those that it writes, so results are never overtaken.
 *
 * Only results that take longer than a cycle are noted. Times count from the last settlement
 * (cycle-account.ts) and carry in their two lowest bits why they are late, so that the latest wait
 * and its cause are one maximum; of equal times memory counts before l1d before interlock.
 */
import { R_SINK } from '../atom/registers.js';
import { CPI } from './cpi.js';
import { type CycleAccount, NOW } from './cycle-account.js';

/** Slot by cause. */
const CAUSE_SLOTS = [CPI.interlock, CPI.l1d, CPI.memory] as const;

/** Registers of a molecule in two masks, r0-r31 and r32-r63. */
export interface LateResults {
  /** Registers whose results take longer than a cycle, and their latencies. */
  readonly lateRegisters: Uint8Array;
  readonly lateCycles: Int32Array;
  readonly late0: number;
  readonly late1: number;
  readonly latestCycles: number;
}

/** What is outstanding at some moment; times count from it. */
export interface Outstanding {
  readonly pending0: number;
  readonly pending1: number;
  readonly last: number;
  readonly registers: Uint8Array;
  readonly ready: Int32Array;
}

export class Scoreboard {
  /** Registers that may be outstanding. */
  pending0 = 0;
  pending1 = 0;
  /** Time and cause of the last result to come. */
  private last = 0;

  constructor(
    private readonly ready: Int32Array,
    private readonly account: CycleAccount,
  ) {}

  /** Waits until the last of these registers can be used. */
  await(registers: Uint8Array): void {
    let latest = 0;
    for (let i = 0; i < registers.length; i++) {
      const r = registers[i];
      const isPending = r < 32 ? (this.pending0 >>> r) & 1 : (this.pending1 >>> (r - 32)) & 1;
      if (isPending === 0) continue;
      if (this.ready[r] > latest) latest = this.ready[r];
      if (r < 32) this.pending0 &= ~(1 << r);
      else this.pending1 &= ~(1 << (r - 32));
    }
    const wait = (latest >> 2) - this.account.cells[NOW];
    if (wait > 0) this.account.stall(CAUSE_SLOTS[latest & 3], wait);
  }

  /** A molecule issued at a cycle: its results that are not ready for the next one. */
  note(results: LateResults, issued: number): void {
    const { lateRegisters, lateCycles } = results;
    for (let i = 0; i < lateRegisters.length; i++)
      this.ready[lateRegisters[i]] = (issued + lateCycles[i]) << 2;
    this.pending0 |= results.late0;
    this.pending1 |= results.late1;
    const latest = (issued + results.latestCycles) << 2;
    if (latest > this.last) this.last = latest;
  }

  /** A load's result that has to wait for memory until a cycle; of several times the last counts. */
  noteMiss(register: number, cycle: number, slot: number): void {
    const time = (cycle << 2) | (slot === CPI.memory ? 2 : 1);
    if (time > this.last) this.last = time;
    if (register >= R_SINK) return;
    const inFirst = register < 32;
    const bit = 1 << (register & 31);
    const isPending = ((inFirst ? this.pending0 : this.pending1) & bit) !== 0;
    if (isPending && this.ready[register] > time) return;
    this.ready[register] = time;
    if (inFirst) this.pending0 |= bit;
    else this.pending1 |= bit;
  }

  /** Waits for everything; what is not due to a miss counts as `slot`. */
  drain(slot: number): void {
    const wait = (this.last >> 2) - this.account.cells[NOW];
    if (wait > 0) {
      const cause = CAUSE_SLOTS[this.last & 3];
      this.account.stall(cause === CPI.interlock ? slot : cause, wait);
    }
    this.clear();
  }

  /** Nothing is outstanding that anybody could have to wait for. */
  get idle(): boolean {
    return this.last >> 2 <= this.account.cells[NOW];
  }

  save(): Outstanding {
    const { pending0, pending1, last } = this;
    const registers = Uint8Array.from({ length: 64 }, (_, r) => r).filter(
      (r) => ((r < 32 ? pending0 >>> r : pending1 >>> (r - 32)) & 1) !== 0,
    );
    const ready = Int32Array.from(registers, (r) => this.ready[r]);
    return { pending0, pending1, last, registers, ready };
  }

  /** Replaces everything by what was saved in a cycle that is now cycle `origin`. */
  load(saved: Outstanding, origin: number): void {
    const { registers, ready } = saved;
    this.pending0 = saved.pending0;
    this.pending1 = saved.pending1;
    this.last = saved.last === 0 ? 0 : saved.last + (origin << 2);
    for (let i = 0; i < registers.length; i++) this.ready[registers[i]] = ready[i] + (origin << 2);
  }

  clear(): void {
    this.pending0 = 0;
    this.pending1 = 0;
    this.last = 0;
  }
}
