/**
 * What the interpreter gear learns: how often it came to each address that may become the entry of
 * a translation (where the dispatcher looks for one in vain), and which way branches went.
 * Both are keyed by eip and context id, since the same bytes mean another translation in another mode.
 *
 * Bounded and deterministic (counter-table.ts). Executions inside translations are not seen here:
 * a basic block counts its own.
 */
import { COUNTER_BYTES, CounterTable } from './counter-table.js';

/** Room for about the distinct blocks of a Linux boot; 1 MB of the software's heap. */
const ENTRIES = 0x1_0000;
const BRANCH_ENTRIES = 0x8000;

export class ExecutionProfile {
  /** Byte offset in the table of the counter that `count` touched last, for the cache model. */
  lastOffset = 0;
  private readonly table: CounterTable;

  constructor(entries = ENTRIES) {
    this.table = new CounterTable(entries);
  }

  get sizeBytes(): number {
    return this.table.entries * COUNTER_BYTES;
  }

  /** The interpreter came to a candidate: how often by now, this time included. */
  count(eip: number, contextId: number): number {
    const slot = this.table.slot(eip, contextId);
    this.lastOffset = slot * COUNTER_BYTES;
    return ++this.table.counts[slot];
  }

  /** How often it came there, without counting. */
  executions(eip: number, contextId: number): number {
    const slot = this.table.find(eip, contextId);
    return slot < 0 ? 0 : this.table.counts[slot];
  }

  /** Counting starts anew: the address was translated, or its translation was thrown away. */
  forget(eip: number, contextId: number): void {
    this.table.remove(eip, contextId);
  }

  clear(): void {
    this.table.clear();
    this.lastOffset = 0;
  }
}

/** How a conditional branch went, in the interpreter. */
export interface BranchBias {
  readonly taken: number;
  readonly notTaken: number;
}

export class BranchProfile {
  private readonly table: CounterTable;

  constructor(entries = BRANCH_ENTRIES) {
    this.table = new CounterTable(entries);
  }

  /** A conditional branch was executed. */
  note(eip: number, contextId: number, taken: boolean): void {
    const slot = this.table.slot(eip, contextId);
    this.table.counts[slot]++;
    if (taken) this.table.marked[slot]++;
  }

  bias(eip: number, contextId: number): BranchBias {
    const slot = this.table.find(eip, contextId);
    if (slot < 0) return { taken: 0, notTaken: 0 };
    const taken = this.table.marked[slot];
    return { taken, notTaken: this.table.counts[slot] - taken };
  }

  clear(): void {
    this.table.clear();
  }
}
