/**
 * L1I, L1D, the L2 that both share, and memory: how long accesses wait.
 *
 * Caches are indexed and tagged by host physical address. An access that misses L1 and hits L2 waits
 * l2.latencyCycles; one that misses both waits memoryLatencyCycles. All caches allocate on reads
 * and writes; a line is present as soon as its fill has begun.
 * ASSUMED: lines are written back in the background, at no cost; L2 is not inclusive.
 *
 * The data side has one fill port: a miss that finds it busy waits until the fill under way is done.
 */
import type { HostOptions } from '../options.js';
import { CPI } from './cpi.js';
import { NOW, PORT_FREE, PORT_SLOT } from './cycle-account.js';
import type { TagArray } from './tag-array.js';
import { lineShift, type TimingTables } from './timing-tables.js';

export class MemoryHierarchy {
  readonly l1i: TagArray;
  readonly l1d: TagArray;
  readonly l2: TagArray;
  /** Of the last access to L2. */
  slot: number = CPI.l1d;
  readonly fetchShift: number;
  readonly dataShift: number;
  private readonly l2Shift: number;
  private readonly l2Cycles: number;
  private readonly memoryCycles: number;

  constructor(
    options: HostOptions,
    tables: TimingTables,
    /** Of the cycle account. */
    private readonly cells: Int32Array,
  ) {
    this.l1i = tables.l1i;
    this.l1d = tables.l1d;
    this.l2 = tables.l2;
    this.fetchShift = lineShift('host.l1i.lineBytes', options.l1i.lineBytes);
    this.dataShift = lineShift('host.l1d.lineBytes', options.l1d.lineBytes);
    this.l2Shift = lineShift('host.l2.lineBytes', options.l2.lineBytes);
    this.l2Cycles = options.l2.latencyCycles;
    this.memoryCycles = options.memoryLatencyCycles;
  }

  /** Instruction fetch of a line (by number): cycles that it waits. */
  fetchLine(line: number): number {
    return this.l1i.touch(line) ? 0 : this.below(line << this.fetchShift);
  }

  /** Same of all lines up to an address. */
  fetchLines(fromPc: number, toPc: number): number {
    const { fetchShift } = this;
    let waits = 0;
    for (let line = fromPc >>> fetchShift; line <= (toPc - 1) >>> fetchShift; line++)
      waits += this.fetchLine(line);
    return waits;
  }

  /** Cycles that an access waits which missed L1; `slot` tells where they belong if it is a data access. */
  below(address: number): number {
    const hit = this.l2.touch(address >>> this.l2Shift);
    this.slot = hit ? CPI.l1d : CPI.memory;
    return hit ? this.l2Cycles : this.memoryCycles;
  }

  /** Cycles until the fill port is free, `after` cycles from now. */
  portBusy(after = 0): number {
    return Math.max(0, this.cells[PORT_FREE] - this.cells[NOW] - after);
  }

  /** The fill of the last `below` begins on the free port. */
  occupyPort(cycles: number): void {
    this.cells[PORT_FREE] = this.cells[NOW] + cycles;
    this.cells[PORT_SLOT] = this.slot;
  }

  /** A data access `after` cycles from now that is waited for: page walks, the code morphing software. */
  blockingAccess(address: number, after = 0): number {
    if (this.l1d.touch(address >>> this.dataShift)) return 0;
    const busy = this.portBusy(after);
    this.cells[PORT_FREE] = 0;
    return busy + this.below(address);
  }
}
