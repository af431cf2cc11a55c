/**
 * Where the values of a region are while it is lowered: constants, virtual registers, the guest's
 * registers as they were at the last barrier (whose values the host's r0-r7 and r13 hold, so that
 * their numbers serve as names), and what each exit's snapshot wants where.
 *
 * Invariants: a value is never lowered twice; nothing but constants is known behind a barrier (assist).
 */
import { R_EIP, R_SKIPPED, R_SYSTEM_FLAGS, R_ZERO } from '../../hw/atom/registers.js';
import { type IrExit, type IrOp, type IrRegion, STATE_REGISTERS } from '../ir/ir.js';
import { exitOf } from '../ir/ir-ops.js';
import { type AtomList, FIRST_VIRTUAL } from './atom-list.js';
import { BINARY, MOVI } from './opcodes.js';

/** Destinations of a snapshot: the state registers, r9 for a target, R_SKIPPED. */
export const DESTINATIONS = [...STATE_REGISTERS, R_EIP, R_SKIPPED] as const;
const DESTINATION_COUNT = DESTINATIONS.length;
/** In place of a register: nothing is wanted; a constant. */
export const NOTHING = -1;
export const CONSTANT = -2;
const NO_REGISTER = -1;
/** No short step. */
const LONG = 0x7fffffff;

const fitted = (array: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> =>
  array.length >= length ? array : new Int32Array(length * 2);

export class ValueMap {
  private ir!: IrRegion;
  /** By value: how many operations and snapshots use it. */
  uses = new Int32Array(256);
  private register = new Int32Array(256);
  private isConstant = new Int32Array(256);
  private constant = new Int32Array(256);
  /** Barrier count when a constant was last put in a register. */
  private constantBlock = new Int32Array(256);
  private block = 0;
  /** The last constant that was loaded by a literal, where, and in which block; -1: none. */
  private readonly literal = { register: 0, constant: 0, block: -1 };
  /** By value: its address as root value and offset, for telling accesses apart. */
  root = new Int32Array(256);
  offset = new Int32Array(256);
  /** By guest register: the register that holds its value at the last barrier. */
  private readonly entry = new Int32Array(16);
  /** By exit and destination: register, NOTHING or CONSTANT; and the constants. */
  private snapshot = new Int32Array(256);
  private snapshotConstant = new Int32Array(256);
  /** By virtual register: state register that it should end in, or -1. */
  hint = new Int32Array(512);
  registers = FIRST_VIRTUAL;

  begin(ir: IrRegion): void {
    this.ir = ir;
    const n = ir.nextId;
    this.uses = fitted(this.uses, n).fill(0, 0, n);
    this.register = fitted(this.register, n).fill(NO_REGISTER, 0, n);
    this.isConstant = fitted(this.isConstant, n).fill(0, 0, n);
    this.constant = fitted(this.constant, n);
    this.constantBlock = fitted(this.constantBlock, n).fill(-1, 0, n);
    this.root = fitted(this.root, n);
    this.offset = fitted(this.offset, n);
    // One more, that wants nothing: the exit of the entry counter.
    const places = (ir.exits.length + 1) * DESTINATION_COUNT;
    this.snapshot = fitted(this.snapshot, places).fill(NOTHING, 0, places);
    this.snapshotConstant = fitted(this.snapshotConstant, places);
    this.registers = FIRST_VIRTUAL;
    this.block = 0;
    this.literal.block = -1;
    this.resetEntry();
    for (let i = 0; i < ir.ops.length; i++) this.countUses(ir.ops[i]);
  }

  private countUses(op: IrOp): void {
    const { uses } = this;
    for (let k = 0; k < op.args.length; k++) uses[op.args[k]]++;
    const exit = exitOf(this.ir, op);
    if (exit === undefined) return;
    for (let k = 0; k < exit.registers.length; k++)
      if (exit.registers[k] >= 0) uses[exit.registers[k]]++;
    if (exit.target >= 0) uses[exit.target]++;
    if (exit.skipped >= 0) uses[exit.skipped]++;
  }

  /** Behind a barrier: the guest's registers are in r0-r7 and r13 again. */
  barrier(): void {
    this.block++;
    this.resetEntry();
  }

  private resetEntry(): void {
    for (const r of STATE_REGISTERS) this.entry[r] = r;
  }

  /** The guest register's value at the last barrier is also in another register, which is used from here on. */
  moveEntry(register: number, to: number): void {
    this.entry[register] = to;
  }

  entryRegister(register: number): number {
    return this.entry[register];
  }

  /** Does the register stand for a guest register's old value, whatever operation reads it? */
  isEntry(register: number): boolean {
    return this.entry.includes(register);
  }

  defineConstant(value: number, constant: number): void {
    this.isConstant[value] = 1;
    this.constant[value] = constant;
    this.root[value] = -1;
    this.offset[value] = constant;
  }

  known(value: number): boolean {
    return this.isConstant[value] === 1;
  }

  constantOf(value: number): number {
    return this.constant[value];
  }

  /** A new virtual register. */
  fresh(): number {
    const r = this.registers++;
    if (r === this.hint.length) {
      const next = new Int32Array(2 * r);
      next.set(this.hint);
      this.hint = next;
    }
    this.hint[r] = -1;
    return r;
  }

  define(value: number, register: number): void {
    this.register[value] = register;
    this.root[value] = value;
    this.offset[value] = 0;
  }

  registerOf(value: number): number {
    return this.register[value];
  }

  /** Register that holds the value; constants are loaded where they are needed first. */
  read(value: number, atoms: AtomList, guest: number): number {
    if (this.isConstant[value] === 0) return this.register[value];
    if (this.constant[value] === 0) return R_ZERO;
    if (this.constantBlock[value] !== this.block) {
      this.constantBlock[value] = this.block;
      this.register[value] = this.fresh();
      this.load(value, atoms, guest);
    }
    return this.register[value];
  }

  /** Loads a constant: near the last literal by a short step, which leaves the molecule's literal to others. */
  private load(value: number, atoms: AtomList, guest: number): void {
    const { literal } = this;
    const constant = this.constant[value];
    const step = literal.block === this.block ? (constant - literal.constant) | 0 : LONG;
    if (step >= -128 && step <= 127) {
      atoms.push(BINARY.add.imm8, this.register[value], literal.register, 0, step, guest);
      return;
    }
    atoms.push(MOVI, this.register[value], 0, 0, constant, guest);
    literal.register = this.register[value];
    literal.constant = constant;
    literal.block = this.block;
  }

  /** Fixes what an exit wants in which place, as values stand now. */
  takeSnapshot(exit: IrExit): void {
    const base = exit.index * DESTINATION_COUNT;
    for (let i = 0; i < STATE_REGISTERS.length; i++) {
      const r = STATE_REGISTERS[i];
      const value = exit.registers[r];
      if (value < 0) this.snapshot[base + i] = this.entry[r];
      else this.want(base + i, value, r);
    }
    const target = base + STATE_REGISTERS.length;
    if (exit.target >= 0) this.want(target, exit.target, R_EIP);
    else this.snapshot[target] = NOTHING;
    if (exit.skipped >= 0) this.want(target + 1, exit.skipped, -1);
    else this.snapshot[target + 1] = NOTHING;
  }

  private want(at: number, value: number, hint: number): void {
    if (this.isConstant[value] === 1) {
      this.snapshot[at] = CONSTANT;
      this.snapshotConstant[at] = this.constant[value];
      return;
    }
    const r = this.register[value];
    this.snapshot[at] = r;
    if (r >= FIRST_VIRTUAL && hint >= 0 && hint !== R_SYSTEM_FLAGS) this.hint[r] = hint;
  }

  /** What the exit wants at the i-th destination: register, NOTHING or CONSTANT. */
  wanted(exit: number, i: number): number {
    return this.snapshot[exit * DESTINATION_COUNT + i];
  }

  wantedConstant(exit: number, i: number): number {
    return this.snapshotConstant[exit * DESTINATION_COUNT + i];
  }

  /** The commits up to the next barrier want other values in some guest registers: do later readers need a copy of the old one? */
  changedAtCommits(from: number): readonly number[] {
    const changed: number[] = [];
    for (let i = from; i < this.ir.ops.length; i++) {
      const op = this.ir.ops[i];
      if (op.op === 'assist') break;
      if (op.op !== 'commit') continue;
      for (const r of STATE_REGISTERS)
        if (this.ir.exits[op.exit].registers[r] >= 0 && !changed.includes(r)) changed.push(r);
    }
    return changed;
  }
}
