/**
 * From the words of a molecule to what the stepper executes (step-molecule.ts).
 */
import { SimulatorBug } from '../../../base/errors.js';
import type { AtomEffect } from '../../atom/atom.js';
import { type AtomFunction, compileAtoms } from '../../atom/emit-js.js';
import { registerWritten } from '../../atom/forms.js';
import type { HostIsa } from '../../atom/host-isa.js';
import { type AtomInstance, decodeMolecule, type Molecule } from '../../atom/molecule.js';
import { EXIT } from '../../core/exits.js';
import {
  FAST_READ_SUPERVISOR,
  FAST_READ_USER,
  FAST_WRITE_SUPERVISOR,
  FAST_WRITE_USER,
  MAY_READ_USER,
  VALID,
} from '../../core/guest-words.js';
import type { LinearMemory } from '../../memory/layout.js';
import { ROUTINE } from '../../timing/cycle-account.js';
import {
  executionOrder,
  type OrderedAtom,
  type OrderedMolecule,
  wordsRead,
  wordsWritten,
} from '../atom-order.js';
import { OP, Op, registerMask, StepMolecule } from './step-molecule.js';

/** Kinds that decide where execution goes on: one of them at most in a molecule. */
const TRANSFERS: readonly string[] = ['branch', 'jumpRegister', 'returnPop', 'exit', 'assist'];

/** r63, which is always ready, in the mask of r32-r63. */
const ZERO_REGISTER = 1 << 31;
const NOTHING: readonly number[] = [];

const NO_FUNCTION: AtomFunction = () => {};

export class Predecoder {
  /** Molecules in this range are the software's routines. */
  routineFrom = 0;
  routineTo = 0;
  private readonly functions = compileAtoms();
  /** Operations without a number, by opcode and registers: the same one wherever they occur. */
  private readonly shared = new Map<number, Op>();
  private readonly words: Int32Array;

  constructor(
    private readonly isa: HostIsa,
    memory: LinearMemory,
    private readonly fetchShift: number,
  ) {
    this.words = new Int32Array(memory.memory.buffer);
  }

  decode(hostPc: number): StepMolecule {
    const molecule = decodeMolecule(this.isa, this.words, hostPc >>> 2);
    const present = molecule.slots.filter((atom) => atom !== undefined);
    const leaving = this.leaving(hostPc, present);
    const waits = present.flatMap((atom) => [...wordsRead(atom), ...wordsWritten(atom)]);
    const inRoutine = hostPc >= this.routineFrom && hostPc < this.routineTo;
    return new StepMolecule({
      hostPc,
      nextPc: hostPc + molecule.lengthBytes,
      firstLine: hostPc >>> this.fetchShift,
      lastLine: (hostPc + molecule.lengthBytes - 1) >>> this.fetchShift,
      ops: this.ops(hostPc, molecule),
      wait0: registerMask(waits, 0),
      wait1: registerMask(waits, 32) & ~ZERO_REGISTER,
      ...this.late(present),
      commit: molecule.commit,
      leave: leaving === undefined ? -1 : EXIT[leaving.kind],
      leaveIndex: leaving?.index ?? 0,
      accountBase: inRoutine ? ROUTINE : 0,
      atoms: present.length,
    });
  }

  private leaving(
    hostPc: number,
    present: readonly AtomInstance[],
  ): { kind: 'exit' | 'assist'; index: number } | undefined {
    const transfers = present.filter((a) => a.row.effect && TRANSFERS.includes(a.row.effect.kind));
    if (transfers.length > 1)
      throw new SimulatorBug(`two atoms of the molecule at ${hostPc} say where to go on`);
    const kind = transfers[0]?.row.effect?.kind;
    return kind === 'exit' || kind === 'assist' ? { kind, index: transfers[0].imm } : undefined;
  }

  /** Results that are not there for the next molecule. */
  private late(present: readonly AtomInstance[]) {
    const registers: number[] = [];
    const cycles: number[] = [];
    let latestCycles = 0;
    for (const atom of present) {
      const latency = this.isa.latencyOf(atom.row);
      const words = wordsWritten(atom);
      if (latency < 2 || (words.length === 0 && registerWritten(atom) < 0)) continue;
      latestCycles = Math.max(latestCycles, latency);
      for (const word of words) {
        registers.push(word);
        cycles.push(latency);
      }
    }
    return {
      lateRegisters: registers.length === 0 ? NOTHING : registers,
      lateCycles: cycles.length === 0 ? NOTHING : cycles,
      late0: registerMask(registers, 0),
      late1: registerMask(registers, 32),
      latestCycles,
    };
  }

  private ops(hostPc: number, molecule: Molecule): Op[] {
    const { atoms, latches }: OrderedMolecule = executionOrder(molecule);
    const ops = latches.map(({ from, to }) => this.op({ kind: OP.latch, d: to, a: from }));
    for (const atom of atoms) {
      const { effect, opcode } = atom.row;
      if (effect !== undefined) ops.push(...this.effectOps(hostPc, atom, effect));
      else
        ops.push(this.op({ ...atom, kind: OP.compute, fn: this.functions[opcode] ?? NO_FUNCTION }));
    }
    return ops;
  }

  private effectOps(hostPc: number, atom: OrderedAtom, effect: AtomEffect): Op[] {
    const target = hostPc + 8 * atom.imm;
    switch (effect.kind) {
      case 'load':
        return [this.load(atom, effect)];
      case 'store':
        return [this.store(atom, effect)];
      case 'chkpage': {
        const user = effect.access === 'user';
        const fastBits = user ? MAY_READ_USER : VALID;
        return [this.op({ ...atom, kind: OP.checkPage, user, fastBits })];
      }
      case 'branch':
        return [this.op({ ...atom, imm: target, ...branchKind(effect.condition) })];
      case 'trap':
        return [this.op({ ...atom, ...trapKind(effect.condition) })];
      case 'jumpRegister':
      case 'prepare':
      case 'returnPop':
        return [this.op({ ...atom, kind: OP[effect.kind] })];
      case 'returnPush':
        return [this.op({ ...atom, imm: target, kind: OP.returnPush })];
      case 'divide':
        return [
          this.op({ ...atom, kind: OP.divide, bytes: effect.bits >> 3, signed: effect.signed }),
        ];
      case 'exit':
      case 'assist':
      case 'nop':
        return [];
    }
  }

  private load(atom: OrderedAtom, effect: AtomEffect & { kind: 'load' }): Op {
    const { access, bytes, signed, isProtected, speculative } = effect;
    if (isProtected && atom.imm >= this.isa.aliasRegisters)
      throw new SimulatorBug(`the host has no alias register ${atom.imm}`);
    const user = access === 'user';
    const kind = access === 'physical' ? OP.loadPhysical : OP.load;
    const fastBits = user ? FAST_READ_USER : FAST_READ_SUPERVISOR;
    return this.op({ ...atom, kind, bytes, fastBits, user, signed, isProtected, speculative });
  }

  private store(atom: OrderedAtom, effect: AtomEffect & { kind: 'store' }): Op {
    if (atom.imm >>> this.isa.aliasRegisters !== 0)
      throw new SimulatorBug(`the host has no such alias registers: ${atom.imm}`);
    const user = effect.access === 'user';
    const kind = effect.access === 'physical' ? OP.storePhysical : OP.store;
    const fastBits = user ? FAST_WRITE_USER : FAST_WRITE_SUPERVISOR;
    return this.op({ ...atom, kind, bytes: effect.bytes, fastBits, user });
  }

  private op(parts: Partial<Op> & { kind: number }): Op {
    const { d = 0, a = 0, b = 0, imm = 0, row } = parts;
    if (row === undefined || imm !== 0) return makeOp(parts);
    const key = row.opcode | (d << 9) | (a << 16) | (b << 23);
    let known = this.shared.get(key);
    if (known === undefined) {
      known = makeOp(parts);
      this.shared.set(key, known);
    }
    return known;
  }
}

function makeOp(parts: Partial<Op> & { kind: number }): Op {
  const { kind, fn = NO_FUNCTION, d = 0, a = 0, b = 0, imm = 0, code = 0 } = parts;
  const { bytes = 0, fastBits = 0, user = false, signed = false } = parts;
  const { isProtected = false, speculative = false, row } = parts;
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
