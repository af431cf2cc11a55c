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
export const CAUSE_SLOTS = [CPI.interlock, CPI.l1d, CPI.memory] as const;

/** Registers of a molecule in two masks, r0-r31 and r32-r63. */
export interface LateResults {
  /** Registers whose results take longer than a cycle, and their latencies. */
  readonly lateRegisters: readonly number[];
  readonly lateCycles: readonly number[];
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

/** Behind the times of the registers: the registers that may be outstanding, time and cause of the last result. */
export const PENDING0 = 64;
export const PENDING1 = 65;
export const LAST = 66;
export const SCOREBOARD_WORDS = 67;

export class Scoreboard {
  constructor(
    private readonly ready: Int32Array,
    private readonly account: CycleAccount,
  ) {}

  get pending0(): number {
    return this.ready[PENDING0];
  }

  get pending1(): number {
    return this.ready[PENDING1];
  }

  /** Waits until the last of these registers can be used: masks of r0-r31 and r32-r63. */
  await(registers0: number, registers1: number): void {
    const { ready } = this;
    let latest = 0;
    for (let left = registers0 & ready[PENDING0]; left !== 0; left &= left - 1) {
      const time = ready[31 - Math.clz32(left & -left)];
      if (time > latest) latest = time;
    }
    for (let left = registers1 & ready[PENDING1]; left !== 0; left &= left - 1) {
      const time = ready[63 - Math.clz32(left & -left)];
      if (time > latest) latest = time;
    }
    ready[PENDING0] &= ~registers0;
    ready[PENDING1] &= ~registers1;
    const wait = (latest >> 2) - this.account.cells[NOW];
    if (wait > 0) this.account.stall(CAUSE_SLOTS[latest & 3], wait);
  }

  /** A molecule issued at a cycle: its results that are not ready for the next one. */
  note(results: LateResults, issued: number): void {
    const { lateRegisters, lateCycles } = results;
    for (let i = 0; i < lateRegisters.length; i++)
      this.ready[lateRegisters[i]] = (issued + lateCycles[i]) << 2;
    this.ready[PENDING0] |= results.late0;
    this.ready[PENDING1] |= results.late1;
    const latest = (issued + results.latestCycles) << 2;
    if (latest > this.ready[LAST]) this.ready[LAST] = latest;
  }

  /** A load's result that has to wait for memory until a cycle; of several times the last counts. */
  noteMiss(register: number, cycle: number, slot: number): void {
    const time = (cycle << 2) | (slot === CPI.memory ? 2 : 1);
    if (time > this.ready[LAST]) this.ready[LAST] = time;
    if (register >= R_SINK) return;
    const inFirst = register < 32;
    const bit = 1 << (register & 31);
    const isPending = ((inFirst ? this.pending0 : this.pending1) & bit) !== 0;
    if (isPending && this.ready[register] > time) return;
    this.ready[register] = time;
    if (inFirst) this.ready[PENDING0] |= bit;
    else this.ready[PENDING1] |= bit;
  }

  /** Waits for everything; what is not due to a miss counts as `slot`. */
  drain(slot: number): void {
    const wait = (this.ready[LAST] >> 2) - this.account.cells[NOW];
    if (wait > 0) {
      const cause = CAUSE_SLOTS[this.ready[LAST] & 3];
      this.account.stall(cause === CPI.interlock ? slot : cause, wait);
    }
    this.clear();
  }

  /** Nothing is outstanding that anybody could have to wait for. */
  get idle(): boolean {
    return this.ready[LAST] >> 2 <= this.account.cells[NOW];
  }

  save(): Outstanding {
    const { pending0, pending1 } = this;
    const last = this.ready[LAST];
    const numbers: number[] = [];
    for (let left = pending0; left !== 0; left &= left - 1)
      numbers.push(31 - Math.clz32(left & -left));
    for (let left = pending1; left !== 0; left &= left - 1)
      numbers.push(63 - Math.clz32(left & -left));
    const registers = Uint8Array.from(numbers);
    const ready = Int32Array.from(registers, (r) => this.ready[r]);
    return { pending0, pending1, last, registers, ready };
  }

  /** Replaces everything by what was saved in a cycle that is now cycle `origin`. */
  load(saved: Outstanding, origin: number): void {
    const { registers, ready } = saved;
    this.ready[PENDING0] = saved.pending0;
    this.ready[PENDING1] = saved.pending1;
    this.ready[LAST] = saved.last === 0 ? 0 : saved.last + (origin << 2);
    for (let i = 0; i < registers.length; i++) this.ready[registers[i]] = ready[i] + (origin << 2);
  }

  clear(): void {
    this.ready[PENDING0] = 0;
    this.ready[PENDING1] = 0;
    this.ready[LAST] = 0;
  }
}
