/**
 * What each molecule with the commit bit completes, by its place: metadata of the simulator, not of the
 * machine. Steps are the interpreter's (an instruction, or a further iteration of a repeated one).
 */
import { SimulatorBug } from '../../base/errors.js';
import { R_SKIPPED } from '../atom/registers.js';
import type { LinearMemory } from '../memory/layout.js';
import { CommitTallies, type CommitTally } from './commit-tallies.js';

const FIELD_BITS = 16;
/** Of the lower half, the top bit says that a register holds how many of them were skipped. */
const FIELD_MASK = 0x7fff;
const SKIPS = 0x8000;

/** Who knows the cycles that a commit of so many steps settles. */
export interface CommitAccount {
  completes(steps: number): number;
}

export class RetireTable {
  steps = 0;
  instructions = 0;
  readonly tallies: CommitTallies;
  private readonly packed: Int32Array;
  private readonly first: number;

  constructor(
    memory: LinearMemory,
    private readonly working: Int32Array,
  ) {
    this.first = memory.cmsOffset;
    this.packed = new Int32Array(memory.cmsBytes >>> 3);
    this.tallies = new CommitTallies(this.packed.length);
  }

  /** `skips`: the working register R_SKIPPED holds the instructions that the path has jumped over. */
  set(hostPc: number, steps: number, instructions: number, skips: boolean): void {
    const index = (hostPc - this.first) >>> 3;
    if (index >= this.packed.length) throw new SimulatorBug(`no host code lies at ${hostPc}`);
    if (steps > FIELD_MASK || instructions > FIELD_MASK)
      throw new SimulatorBug(`a commit of ${steps} steps`);
    this.packed[index] = steps | (skips ? SKIPS : 0) | (instructions << FIELD_BITS);
    this.tallies.begin(index);
  }

  /** What the commit completes now: steps in the lower half, instructions in the upper one. */
  at(hostPc: number): number {
    const packed = this.packed[(hostPc - this.first) >>> 3];
    if ((packed & SKIPS) === 0) return packed;
    const skipped = this.working[R_SKIPPED];
    return (packed & ~SKIPS) - skipped - (skipped << FIELD_BITS);
  }

  /** A commit. */
  count(hostPc: number, account: CommitAccount): void {
    const packed = this.at(hostPc);
    const steps = packed & FIELD_MASK;
    const instructions = packed >>> FIELD_BITS;
    this.steps += steps;
    this.instructions += instructions;
    const cycles = account.completes(steps);
    this.tallies.commit((hostPc - this.first) >>> 3, steps, instructions, cycles);
  }

  /** What the commit completes; `skips`: less what register R_SKIPPED holds then. */
  completes(hostPc: number): { steps: number; instructions: number; skips: boolean } {
    const packed = this.packed[(hostPc - this.first) >>> 3];
    return {
      steps: packed & FIELD_MASK,
      instructions: packed >>> FIELD_BITS,
      skips: (packed & SKIPS) !== 0,
    };
  }

  /** Commits of a place whose steps and instructions are counted already. */
  tally(hostPc: number, steps: number, instructions: number, cycles: number, times: number): void {
    this.tallies.sum((hostPc - this.first) >>> 3, steps, instructions, cycles, times);
  }

  /** The last commit was this one. */
  wasLast(hostPc: number): void {
    this.tallies.wasLast((hostPc - this.first) >>> 3);
  }

  tallyAt(hostPc: number): CommitTally {
    return this.tallies.at((hostPc - this.first) >>> 3);
  }
}

export const stepsOf = (packed: number): number => packed & FIELD_MASK;
export const instructionsOf = (packed: number): number => packed >>> FIELD_BITS;
