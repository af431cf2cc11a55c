/**
 * From the words of a molecule to what the stepper executes (step-molecule.ts).
 *
 * Code that runs for the first time comes through here molecule by molecule, in a kernel's boot two of
 * them for each instruction that is translated: what an opcode does is worked out once (`Plan`). In the
 * functional model molecules lie in no line of L1I, no result is late, and `brprep`, which only saves
 * time, is left out.
 */
import { SimulatorBug } from '../../../base/errors.js';
import type { AtomEffect, AtomRow } from '../../atom/atom.js';
import { type AtomFunction, compileAtoms } from '../../atom/emit-js.js';
import { registerWritten } from '../../atom/forms.js';
import type { HostIsa } from '../../atom/host-isa.js';
import { atoms } from '../../atom/index.js';
import { decodeMolecule, type Molecule } from '../../atom/molecule.js';
import { CC_RESULT, MQ, R_SINK } from '../../atom/registers.js';
import { EXIT } from '../../core/exits.js';
import {
  FAST_READ_SUPERVISOR,
  FAST_READ_USER,
  FAST_WRITE_SUPERVISOR,
  FAST_WRITE_USER,
  MAY_READ_USER,
  VALID,
} from '../../core/guest-words.js';
import type { TimingModel } from '../../core/timing-model.js';
import type { LinearMemory } from '../../memory/layout.js';
import { NO_LINE, ROUTINE } from '../../timing/cycle-account.js';
import type { LateResults } from '../../timing/scoreboard.js';
import {
  executionOrder,
  type Latch,
  type OrderedAtom,
  wordsRead,
  wordsWritten,
} from '../atom-order.js';
import { OP, Op, StepMolecule } from './step-molecule.js';

/** r63, which is always ready, in the mask of r32-r63. */
const ZERO_REGISTER = 1 << 31;

const NOTHING: readonly never[] = [];
/** Kind of atoms that leave no operation behind. */
const NO_OPERATION = -1;
const NO_FUNCTION: AtomFunction = () => {};

/** What the atoms of an opcode do: the fields of `Op` that their words do not hold. */
interface Plan {
  readonly row: AtomRow;
  readonly kind: number;
  readonly fn: AtomFunction;
  readonly code: number;
  readonly bytes: number;
  readonly fastBits: number;
  readonly user: boolean;
  readonly signed: boolean;
  readonly isProtected: boolean;
  readonly speculative: boolean;
  /** The number is a displacement. */
  readonly isRelative: boolean;
  /** It decides where execution goes on: one atom at most in a molecule. */
  readonly transfers: boolean;
  /** EXIT.exit or EXIT.assist, else -1. */
  readonly leave: number;
  readonly latencyCycles: number;
}

export class Predecoder {
  /** Molecules in this range are the software's routines. */
  routineFrom = 0;
  routineTo = 0;
  private readonly plans: readonly Plan[];
  /** Operations without a number, by opcode and registers: the same one wherever they occur. */
  private readonly shared = new Map<number, Op>();
  private readonly words: Int32Array;
  /** Of the molecule under way, and of longer ones before: its operations, its late results. */
  private readonly list: Op[] = [];
  private readonly lateRegisters: number[] = [];
  private readonly lateCycles: number[] = [];

  constructor(
    private readonly isa: HostIsa,
    memory: LinearMemory,
    private readonly fetchShift: number,
    private readonly timing: TimingModel,
  ) {
    this.words = new Int32Array(memory.memory.buffer);
    const functions = compileAtoms();
    const plan = timing === 'full' ? planOf : timelessPlanOf;
    this.plans = atoms.map((row) => plan(row, isa.latencyOf(row), functions[row.opcode]));
  }

  decode(hostPc: number): StepMolecule {
    const molecule = decodeMolecule(this.isa, this.words, hostPc >>> 2);
    const inRoutine = hostPc >= this.routineFrom && hostPc < this.routineTo;
    const late = this.late(molecule);
    const parts = {
      hostPc,
      nextPc: hostPc + molecule.lengthBytes,
      firstLine: this.line(hostPc),
      lastLine: this.line(hostPc + molecule.lengthBytes - 1),
      ops: this.ops(hostPc, molecule),
      wait0: 0,
      wait1: 0,
      lateRegisters: late.lateRegisters,
      lateCycles: late.lateCycles,
      late0: late.late0,
      late1: late.late1,
      latestCycles: late.latestCycles,
      commit: molecule.commit,
      leave: -1,
      leaveIndex: 0,
      accountBase: inRoutine ? ROUTINE : 0,
      atoms: 0,
    };
    let transfers = 0;
    for (const atom of molecule.slots) {
      if (atom === undefined) continue;
      const plan = this.plans[atom.row.opcode];
      parts.atoms++;
      parts.wait0 |= wordsRead(atom, 0) | wordsWritten(atom, 0);
      parts.wait1 |= wordsRead(atom, 32) | wordsWritten(atom, 32);
      if (!plan.transfers) continue;
      transfers++;
      parts.leave = plan.leave;
      parts.leaveIndex = plan.leave < 0 ? 0 : atom.imm;
    }
    parts.wait1 &= ~ZERO_REGISTER;
    if (transfers > 1) refuseTransfers(hostPc);
    return new StepMolecule(parts);
  }

  private line(hostPc: number): number {
    return this.timing === 'full' ? hostPc >>> this.fetchShift : NO_LINE;
  }

  /** Results that are not there for the next molecule. */
  private late({ slots }: Molecule): LateResults {
    const { lateRegisters, lateCycles } = this;
    let count = 0;
    let late0 = 0;
    let late1 = 0;
    let latestCycles = 0;
    for (const atom of slots) {
      if (atom === undefined) continue;
      const { row, latencyCycles } = this.plans[atom.row.opcode];
      if (latencyCycles < 2) continue;
      const d = registerWritten(atom);
      if (d >= 0 || row.writesFlags || row.writesMq)
        latestCycles = Math.max(latestCycles, latencyCycles);
      const first = count;
      if (d >= 0 && d < R_SINK) lateRegisters[count++] = d;
      if (row.writesFlags) lateRegisters[count++] = CC_RESULT;
      if (row.writesMq) lateRegisters[count++] = MQ;
      for (let i = first; i < count; i++) lateCycles[i] = latencyCycles;
      late0 |= wordsWritten(atom, 0);
      late1 |= wordsWritten(atom, 32);
    }
    return {
      lateRegisters: firstOf(lateRegisters, count),
      lateCycles: firstOf(lateCycles, count),
      late0,
      late1,
      latestCycles,
    };
  }

  private ops(hostPc: number, molecule: Molecule): readonly Op[] {
    const { atoms: ordered, latches } = executionOrder(molecule);
    const { list } = this;
    let count = 0;
    for (const latch of latches) list[count++] = latchOp(latch);
    for (const atom of ordered) {
      const plan = this.plans[atom.row.opcode];
      if (plan.kind !== NO_OPERATION) list[count++] = this.op(plan, hostPc, atom);
    }
    return firstOf(list, count);
  }

  private op(plan: Plan, hostPc: number, atom: OrderedAtom): Op {
    const imm = plan.isRelative ? hostPc + 8 * atom.imm : atom.imm;
    this.checkAliases(plan, imm);
    if (imm !== 0) return makeOp(plan, atom, imm);
    const key = plan.row.opcode | (atom.d << 9) | (atom.a << 16) | (atom.b << 23);
    let known = this.shared.get(key);
    if (known === undefined) {
      known = makeOp(plan, atom, 0);
      this.shared.set(key, known);
    }
    return known;
  }

  private checkAliases({ kind, isProtected }: Plan, imm: number): void {
    const { aliasRegisters } = this.isa;
    if (isProtected && imm >= aliasRegisters)
      throw new SimulatorBug(`the host has no alias register ${imm}`);
    if ((kind === OP.store || kind === OP.storePhysical) && imm >>> aliasRegisters !== 0)
      throw new SimulatorBug(`the host has no such alias registers: ${imm}`);
  }
}

/** In an array of that very size: some hundred thousand molecules are kept. */
const firstOf = <T>(list: readonly T[], count: number): readonly T[] =>
  count === 0 ? NOTHING : list.slice(0, count);

/** By itself, or V8 makes the text of every host pc beforehand. */
function refuseTransfers(hostPc: number): never {
  throw new SimulatorBug(`two atoms of the molecule at ${hostPc} say where to go on`);
}

function makeOp(plan: Plan, { d, a, b }: OrderedAtom, imm: number): Op {
  const { kind, fn, code, bytes, fastBits, user, signed, isProtected, speculative, row } = plan;
  return new Op(
    kind,
    fn,
    d,
    a,
    b,
    imm,
    code,
    bytes,
    fastBits,
    user,
    signed,
    isProtected,
    speculative,
    row,
  );
}

function latchOp({ from, to }: Latch): Op {
  const no = false;
  return new Op(OP.latch, NO_FUNCTION, to, from, 0, 0, 0, 0, 0, no, no, no, no, undefined);
}

function planOf(row: AtomRow, latencyCycles: number, fn = NO_FUNCTION): Plan {
  const { effect } = row;
  const does = effect === undefined ? { kind: OP.compute, fn } : effectOf(effect);
  return shaped(row, latencyCycles, does);
}

/** One literal for all, so that V8 knows one shape. */
function shaped(row: AtomRow, latencyCycles: number, does: Partial<Plan>): Plan {
  return {
    row,
    kind: does.kind ?? NO_OPERATION,
    fn: does.fn ?? NO_FUNCTION,
    code: does.code ?? 0,
    bytes: does.bytes ?? 0,
    fastBits: does.fastBits ?? 0,
    user: does.user ?? false,
    signed: does.signed ?? false,
    isProtected: does.isProtected ?? false,
    speculative: does.speculative ?? false,
    isRelative: does.isRelative ?? false,
    transfers: does.transfers ?? false,
    leave: does.leave ?? -1,
    latencyCycles,
  };
}

function timelessPlanOf(row: AtomRow, _latencyCycles: number, fn?: AtomFunction): Plan {
  const plan = planOf(row, 1, fn);
  return plan.kind === OP.prepare ? shaped(row, 1, { ...plan, kind: NO_OPERATION }) : plan;
}

function effectOf(effect: AtomEffect): Partial<Plan> {
  switch (effect.kind) {
    case 'load': {
      const { access, bytes, signed, isProtected, speculative } = effect;
      const user = access === 'user';
      const kind = access === 'physical' ? OP.loadPhysical : OP.load;
      const fastBits = user ? FAST_READ_USER : FAST_READ_SUPERVISOR;
      return { kind, bytes, fastBits, user, signed, isProtected, speculative };
    }
    case 'store': {
      const user = effect.access === 'user';
      const kind = effect.access === 'physical' ? OP.storePhysical : OP.store;
      const fastBits = user ? FAST_WRITE_USER : FAST_WRITE_SUPERVISOR;
      return { kind, bytes: effect.bytes, fastBits, user };
    }
    case 'chkpage': {
      const user = effect.access === 'user';
      return { kind: OP.checkPage, user, fastBits: user ? MAY_READ_USER : VALID };
    }
    case 'branch':
      return { ...branchKind(effect.condition), isRelative: true, transfers: true };
    case 'trap':
      return trapKind(effect.condition);
    case 'jumpRegister':
    case 'returnPop':
      return { kind: OP[effect.kind], transfers: true };
    case 'prepare':
      return { kind: OP.prepare };
    case 'returnPush':
      return { kind: OP.returnPush, isRelative: true };
    case 'divide':
      return { kind: OP.divide, bytes: effect.bits >> 3, signed: effect.signed };
    case 'exit':
    case 'assist':
      return { leave: EXIT[effect.kind], transfers: true };
    case 'nop':
      return {};
  }
}

type Condition = (AtomEffect & { kind: 'branch' })['condition'];

function branchKind(condition: Condition): { kind: number; code: number } {
  if (typeof condition === 'number') return { kind: OP.branchCondition, code: condition };
  if (condition === 'always') return { kind: OP.branch, code: 0 };
  return { kind: condition === 'zero' ? OP.branchZero : OP.branchNonZero, code: 0 };
}

function trapKind(condition: Condition): { kind: number; code: number } {
  if (typeof condition === 'number') return { kind: OP.trapCondition, code: condition };
  if (condition === 'always') return { kind: OP.trap, code: 0 };
  return { kind: condition === 'zero' ? OP.trapZero : OP.trapNonZero, code: 0 };
}
