/**
 * The cycles of the machine: what the molecules since the last commit took, by slot of the CPI stack,
 * and what is settled. A commit (or an exit) settles the pending cycles where they were caused, a
 * rollback moves all of them to `rollback`. Both count the clock's countdown down by the same number,
 * so the slots sum to the time that passed, by construction.
 *
 * `cells` holds what changes with every molecule, in linear memory: cycle numbers in it (NOW and the
 * ones that are compared with it) count from the last settlement.
 */
import { REMAINING } from '../core/guest-words.js';
import { CPI, CPI_SLOTS } from './cpi.js';

/** Pending cycles by slot: of translations from 0 on, of the software's routines from here on. */
export const ROUTINE = 16;
/** Atoms of the molecules that issued: behind the slots, of translations and of routines. */
export const ATOMS = 15;
/** Cycle at which the next molecule may issue. */
export const NOW = 32;
/** Cycle at which the data side's fill port is free, and the slot that its fill is charged to. */
export const PORT_FREE = 33;
export const PORT_SLOT = 34;
/** Target of the last `brprep`, 0: none; and its cycle. */
export const PREPARED_TARGET = 35;
export const PREPARED_AT = 36;
export const CELL_COUNT = 40;

/** Slots of what a molecule waits for. */
const WAITS = Uint8Array.of(
  CPI.interlock,
  CPI.l1i,
  CPI.l1d,
  CPI.memory,
  CPI.tlb,
  CPI.branch,
  CPI.commit,
);

/** Long ago: earlier than any number of cycles that the model asks for. */
const LONG_AGO = -1_000_000;

export class CycleAccount {
  readonly cpi = new Float64Array(CPI_SLOTS.length);
  /** Settled cycles: the sum of `cpi`. */
  settled = 0;
  /** Molecules of translations that issued and were not rolled back, and their atoms. */
  molecules = 0;
  atoms = 0;
  /** 0 or ROUTINE: where the molecule that runs is charged. */
  base = 0;

  constructor(
    readonly cells: Int32Array,
    private readonly state: Int32Array,
  ) {}

  get now(): number {
    return this.cells[NOW];
  }

  /** Pending cycles of translations: without those of the software's routines. */
  get pending(): number {
    const { cells } = this;
    let cycles = cells[NOW];
    if (cells[ROUTINE + CPI.issue] !== 0)
      for (let slot = 0; slot < CPI_SLOTS.length; slot++) cycles -= cells[ROUTINE + slot];
    return cycles;
  }

  /** The molecule waits. */
  stall(slot: number, cycles: number): void {
    this.cells[this.base + slot] += cycles;
    this.cells[NOW] += cycles;
  }

  /** The pending cycles are spent where they were caused. */
  settle(): void {
    const { cells, cpi } = this;
    const elapsed = cells[NOW];
    const issued = cells[CPI.issue];
    cpi[CPI.issue] += issued;
    cells[CPI.issue] = 0;
    this.molecules += issued;
    this.atoms += cells[ATOMS];
    cells[ATOMS] = 0;
    if (issued !== elapsed) this.settleStalls();
    this.pass(elapsed);
  }

  private settleStalls(): void {
    const { cells, cpi } = this;
    for (let i = 0; i < WAITS.length; i++) {
      const slot = WAITS[i];
      cpi[slot] += cells[slot];
      cells[slot] = 0;
    }
    // A routine that waited has issued, too.
    if (cells[ROUTINE + CPI.issue] === 0) return;
    cells[ROUTINE + ATOMS] = 0;
    for (let slot = 0; slot < CPI_SLOTS.length; slot++) {
      cpi[CPI.dispatch] += cells[ROUTINE + slot];
      cells[ROUTINE + slot] = 0;
    }
  }

  /** The pending cycles were in vain, and undoing them takes more: how many that makes. */
  waste(rollbackCycles: number): number {
    const wasted = this.cells[NOW] + rollbackCycles;
    this.cells.fill(0, 0, 2 * ROUTINE);
    this.cpi[CPI.rollback] += wasted;
    this.pass(wasted);
    return wasted;
  }

  /** Cycles in which no molecule runs. */
  charge(slot: number, cycles: number): void {
    const pending = this.cells[NOW];
    this.cpi[slot] += cycles;
    this.pass(cycles);
    this.cells[NOW] = pending;
  }

  private pass(cycles: number): void {
    const { cells } = this;
    this.settled += cycles;
    this.state[REMAINING] -= cycles;
    cells[NOW] = 0;
    cells[PORT_FREE] = Math.max(0, cells[PORT_FREE] - cycles);
    cells[PREPARED_AT] = Math.max(LONG_AGO, cells[PREPARED_AT] - cycles);
  }
}
