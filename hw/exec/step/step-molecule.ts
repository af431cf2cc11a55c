/**
 * A predecoded molecule: what the stepper needs to know of it, worked out once. Atoms stand in an
 * order in which they can be executed one by one (exec/atom-order.ts). Links to the molecules that
 * follow save a look-up; a molecule whose code has changed is marked dead, and links to it are void.
 */
import type { AtomRow } from '../../atom/atom.js';
import type { AtomFunction } from '../../atom/emit-js.js';
import type { LateResults } from '../../timing/scoreboard.js';

/** Kinds of operations that the stepper tells apart; `compute` has a compiled meaning. */
export const OP = {
  compute: 0,
  load: 1,
  loadPhysical: 2,
  store: 3,
  storePhysical: 4,
  checkPage: 5,
  branch: 6,
  branchCondition: 7,
  branchNonZero: 8,
  branchZero: 9,
  jumpRegister: 10,
  prepare: 11,
  returnPush: 12,
  returnPop: 13,
  trap: 14,
  trapCondition: 15,
  trapNonZero: 16,
  trapZero: 17,
  divide: 18,
  latch: 19,
} as const;

export class Op {
  constructor(
    readonly kind: number,
    readonly fn: AtomFunction,
    readonly d: number,
    readonly a: number,
    readonly b: number,
    /** Immediate; store: alias mask; protected load: alias register; branch: host pc of the target. */
    readonly imm: number,
    /** Condition code of a branch or trap. */
    readonly code: number,
    /** Memory: width, bits of the translation table that let it pass, and the rest of its effect. */
    readonly bytes: number,
    readonly fastBits: number,
    readonly user: boolean,
    /** Load: sign-extended; divide: signed. */
    readonly signed: boolean,
    readonly isProtected: boolean,
    readonly speculative: boolean,
    /** Absent for latches. */
    readonly row: AtomRow | undefined,
  ) {}
}

export const isLoad = (op: Op): boolean => op.kind === OP.load || op.kind === OP.loadPhysical;

/** Compiled code that a molecule is part of. */
export interface CompiledFrom {
  /** The molecule's code has changed. */
  dissolve(): void;
}

const NO_UNITS: readonly CompiledFrom[] = [];

export interface StepMoleculeParts extends LateResults {
  readonly hostPc: number;
  readonly nextPc: number;
  readonly firstLine: number;
  readonly lastLine: number;
  readonly ops: readonly Op[];
  readonly wait0: number;
  readonly wait1: number;
  readonly commit: boolean;
  readonly leave: number;
  readonly leaveIndex: number;
  readonly accountBase: number;
  readonly atoms: number;
}

export class StepMolecule implements LateResults {
  readonly hostPc: number;
  readonly nextPc: number;
  /** Lines of L1I that its words lie in. */
  readonly firstLine: number;
  readonly lastLine: number;
  readonly ops: readonly Op[];
  /** Registers that it waits for: masks of r0-r31 and r32-r63. */
  readonly wait0: number;
  readonly wait1: number;
  readonly lateRegisters: readonly number[];
  readonly lateCycles: readonly number[];
  readonly late0: number;
  readonly late1: number;
  readonly latestCycles: number;
  readonly commit: boolean;
  /** EXIT.exit or EXIT.assist where it leaves, else -1; and the number of the exit. */
  readonly leave: number;
  readonly leaveIndex: number;
  readonly accountBase: number;
  /** Atoms that do something. */
  readonly atoms: number;
  /** It ends with an indirect jump. */
  readonly jumps: boolean;
  alive = true;
  following: StepMolecule | undefined = undefined;
  taken: StepMolecule | undefined = undefined;
  /** The unit (exec/wasm) that has a path from here, and all units that it is part of. */
  unit: CompiledFrom | undefined = undefined;
  units: readonly CompiledFrom[] = NO_UNITS;
  /** Units are left in front of it because something misses: they go on without knowing the time. */
  mayMiss = false;

  constructor(parts: StepMoleculeParts) {
    this.hostPc = parts.hostPc;
    this.nextPc = parts.nextPc;
    this.firstLine = parts.firstLine;
    this.lastLine = parts.lastLine;
    this.ops = parts.ops;
    this.wait0 = parts.wait0;
    this.wait1 = parts.wait1;
    this.lateRegisters = parts.lateRegisters;
    this.lateCycles = parts.lateCycles;
    this.late0 = parts.late0;
    this.late1 = parts.late1;
    this.latestCycles = parts.latestCycles;
    this.commit = parts.commit;
    this.leave = parts.leave;
    this.leaveIndex = parts.leaveIndex;
    this.accountBase = parts.accountBase;
    this.atoms = parts.atoms;
    this.jumps = parts.ops.some((op) => op.kind === OP.jumpRegister || op.kind === OP.returnPop);
  }
}
