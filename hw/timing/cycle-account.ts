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
import { CPI, CPI_SLOTS, type CpiSlot } from './cpi.js';

/** Atoms of the molecules that issued: behind the slots, of translations and of routines. */
export const ATOMS = CPI_SLOTS.length;
/** Pending cycles by slot: of translations from 0 on, of the software's routines from here on. */
export const ROUTINE = ATOMS + 1;
/** Cycle at which the next molecule may issue. */
export const NOW = 2 * ROUTINE;
/** Cycle at which the data side's fill port is free, and the slot that its fill is charged to. */
export const PORT_FREE = NOW + 1;
export const PORT_SLOT = NOW + 2;
/** Target of the last `brprep`, 0: none; and its cycle. */
export const PREPARED_TARGET = NOW + 3;
export const PREPARED_AT = NOW + 4;
/** Line of L1I that the last molecule ended in, present and the most recent; or NO_LINE. */
export const FETCHED_LINE = NOW + 5;
export const NO_LINE = -1;
export const CELL_COUNT = NOW + 6;

/** Slots of what a molecule may wait for: all but those of what is charged when no molecule runs. */
const CHARGED: readonly CpiSlot[] = [
  'interpret',
  'translateBlock',
  'translateSuperblock',
  'dispatch',
  'rollback',
  'smc',
  'idle',
];
export const WAITS = Uint8Array.from(
  CPI_SLOTS.filter(({ name }) => name !== 'issue' && !CHARGED.includes(name)),
  ({ name }) => CPI[name],
);

/** Long ago: earlier than any number of cycles that the model asks for. */
export const LONG_AGO = -1_000_000;

/** Pending cycles by the slots that they are settled in. */
export interface CountedCycles {
  readonly slots: Uint8Array;
  readonly cycles: Float64Array;
  readonly molecules: number;
  readonly atoms: number;
  readonly elapsed: number;
  /** Without those of the software's routines. */
  readonly ofTranslations: number;
}

/** Of pending cycles: cells up to NOW. */
export function countedCycles(cells: Int32Array): CountedCycles {
  const sums = new Float64Array(CPI_SLOTS.length);
  for (let slot = 0; slot < sums.length; slot++) {
    sums[slot] += cells[slot];
    sums[CPI.dispatch] += cells[ROUTINE + slot];
  }
  const slots = Uint8Array.from(sums.keys()).filter((slot) => sums[slot] !== 0);
  const cycles = Float64Array.from(slots, (slot) => sums[slot]);
  const [molecules, atoms, elapsed] = [cells[CPI.issue], cells[ATOMS], cells[NOW]];
  return { slots, cycles, molecules, atoms, elapsed, ofTranslations: ofTranslations(cells) };
}

/** Pending cycles without those of the software's routines. */
function ofTranslations(cells: Int32Array): number {
  let cycles = cells[NOW];
  if (cells[ROUTINE + CPI.issue] !== 0)
    for (let slot = 0; slot < CPI_SLOTS.length; slot++) cycles -= cells[ROUTINE + slot];
  return cycles;
}

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
    return ofTranslations(this.cells);
  }

  /** A commit completes so many steps of the interpreter: cycles of translations that it settles. */
  completes(_steps: number): number {
    return this.pending;
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

  /** Adds cycles to the pending ones (cells up to NOW) that were counted somewhere else. */
  add(counted: Int32Array): void {
    for (let i = 0; i <= NOW; i++) this.cells[i] += counted[i];
  }

  /**
   * So many times, pending cycles like these were settled, by commits that completed `steps` steps in all.
   * The clock has moved already. Cycles of translations among them.
   */
  settleCounted(counted: CountedCycles, times: number, _steps: number): number {
    const { slots, cycles } = counted;
    for (let i = 0; i < slots.length; i++) this.cpi[slots[i]] += times * cycles[i];
    this.molecules += times * counted.molecules;
    this.atoms += times * counted.atoms;
    this.settled += times * counted.elapsed;
    return times * counted.ofTranslations;
  }

  /** The pending cycles were in vain, and undoing them takes more: how many that makes. */
  waste(rollbackCycles: number): number {
    const wasted = this.cells[NOW] + rollbackCycles;
    this.cells.fill(0, 0, 2 * ROUTINE);
    this.cpi[CPI.rollback] += wasted;
    this.pass(wasted);
    return wasted;
  }

  /** Cycles in which no molecule runs; `_steps`: those that pass in the functional model, too. */
  charge(slot: number, cycles: number, _steps = 0): void {
    const pending = this.cells[NOW];
    this.cpi[slot] += cycles;
    this.pass(cycles);
    this.cells[NOW] = pending;
  }

  protected pass(cycles: number): void {
    const { cells } = this;
    this.settled += cycles;
    this.state[REMAINING] -= cycles;
    cells[NOW] = 0;
    cells[PORT_FREE] = Math.max(0, cells[PORT_FREE] - cycles);
    cells[PREPARED_AT] = Math.max(LONG_AGO, cells[PREPARED_AT] - cycles);
  }
}
