/**
 * What the code of a molecule's atoms has in common: where their operands come from, where their
 * cycles are charged, and where a test that fails goes on.
 */
import { LATCH_FIRST } from '../../core/core-area.js';
import type { Op } from '../step/step-molecule.js';
import { W } from './binary.js';
import type { FunctionCode } from './function-code.js';

/** Where operands come from and results go, by register. */
export interface RegisterFile {
  push(r: number): void;
  /** Takes the new value from the stack. */
  pop(r: number): void;
}

export class MoleculeCode {
  /** Cells that the molecule is charged to (StepMolecule.accountBase). */
  base = 0;
  /** Depths of the blocks behind whose ends a failed test goes on, and one for something that has missed. */
  fail = 0;
  miss = 0;
  /** Some test has asked for the second one. */
  mayMiss = false;
  private readonly latches = new Map<number, number>();

  constructor(
    readonly code: FunctionCode,
    private readonly registers: RegisterFile,
  ) {}

  begin(base: number): void {
    this.base = base;
    this.latches.clear();
    this.code.releaseScratch();
  }

  /** Copies a register for a molecule whose atoms exchange registers. */
  latch(op: Op): void {
    const local = this.code.temporary();
    this.push(op.a);
    this.code.set(local);
    this.latches.set(op.d, local);
  }

  push(r: number): void {
    const latched = r >= LATCH_FIRST ? this.latches.get(r) : undefined;
    if (latched !== undefined) this.code.get(latched);
    else this.registers.push(r);
  }

  /** Takes the new value of a register from the stack. */
  pop(r: number): void {
    this.registers.pop(r);
  }

  /** Fails. */
  failed(): void {
    this.code.branch(W.br, this.fail);
  }

  /** Fails if the condition on the stack holds. */
  failIf(): void {
    this.code.branchSeldom(this.fail);
  }

  /** Same, because something is not in a cache or the TLB. */
  missIf(): void {
    this.mayMiss = true;
    this.code.branchSeldom(this.miss);
  }
}
