/**
 * What the backend makes of a region: position-independent host code and where things lie in it.
 * Offsets are bytes from the first molecule.
 */
import type { IrExitKind } from '../ir/ir.js';

export interface CompiledExit {
  /** hot: the entry counter of a basic block ran out; nothing was executed, `eip` is the entry. */
  readonly kind: IrExitKind | 'hot';
  /** Guest address behind the exit; -1: in r9. */
  readonly eip: number;
  /**
   * The branch-unit atom that leaves: its 32-bit slot. Not chained it is `exit n`; chaining replaces it
   * by `br`. For assist: the `assist n` atom. For commit: -1.
   */
  readonly slotOffset: number;
  /** The molecule of that slot. */
  readonly moleculeOffset: number;
  /** Of an indirect exit with an inline target compare: the molecule's imm32 slot and the branch to patch; else -1. */
  readonly inlineTargetOffset: number;
  readonly inlineBranchOffset: number;
  /** Of a call with return prediction: slot of the landing `exit n` for the return address, and its guest eip; else -1. */
  readonly landingSlotOffset: number;
  readonly returnEip: number;
  /** Its `rspush`, which leads to the landing until that is chained; else -1. */
  readonly pushSlotOffset: number;
}

/** A place where execution goes on after a commit. */
export interface ResumePoint {
  readonly offset: number;
  /** -1: in r9. */
  readonly eip: number;
}

export interface Retirement {
  /** Molecule with the commit bit. */
  readonly offset: number;
  /** Index in `exits`. */
  readonly exit: number;
  readonly steps: number;
  readonly instructions: number;
  /** The guest stands between two iterations of a repeated string instruction behind it. */
  readonly midRepeat: boolean;
  /** Register that holds how many fewer of both this run completed (ir.ts `skipped`), or -1. */
  readonly skippedRegister: number;
}

/** Which guest instructions a molecule works for; for faults, statistics and `explain`. */
export interface MoleculeNote {
  readonly offset: number;
  readonly cycle: number;
  /** Index of the guest instruction of each slot, -1 for none. */
  readonly guests: readonly number[];
}

export interface CompiledRegion {
  readonly words: Uint32Array;
  /** Where chained code on the same page enters, and where code from elsewhere does (page check, then falls into the former). */
  readonly entryOffset: number;
  readonly checkedEntryOffset: number;
  readonly exits: readonly CompiledExit[];
  readonly resumePoints: readonly ResumePoint[];
  readonly retirements: readonly Retirement[];
  readonly notes: readonly MoleculeNote[];
  readonly molecules: number;
  /** Atoms that do something (no-ops and literals not counted). */
  readonly atoms: number;
  /** Loads moved above stores and above branches; values spilled. */
  readonly hoistedOverStores: number;
  readonly hoistedOverBranches: number;
  readonly spills: number;
}

/** The backend gives up: the region must be made smaller. A closed list. */
export type BackendRefusal = 'registers' | 'storeBuffer' | 'branchReach' | 'noUnit';
export class CannotCompile extends Error {
  constructor(readonly why: BackendRefusal) {
    super(`the region cannot be compiled: ${why}`);
  }
}
