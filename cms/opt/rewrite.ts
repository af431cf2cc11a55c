/**
 * One walk over a region that replaces values, operations and exits' snapshots: what the forward
 * passes share. A pass takes the operations in order with `next`, which has put the arguments (and
 * the snapshot of the exit that the operation names) in terms of replacing values already, and
 * disposes of each with `keep`, `become`, `drop` or `equals`.
 *
 * Definition order is dominance, so a value may be replaced by any other that was kept before it;
 * but none lives on behind a barrier (`assist`), where `atBarrier` makes the pass forget what it has.
 */
import {
  type IrBinary,
  type IrExit,
  type IrOp,
  type IrRegion,
  type IrUnary,
  STATE_REGISTERS,
  type ValueId,
} from '../ir/ir.js';
import { exitOf } from '../ir/ir-ops.js';
import { Values } from './values.js';

/** What a pass did to a region. */
export interface PassCount {
  /** Operations taken out. */
  removed: number;
  /** Operations that became others. */
  changed: number;
}

/** Slots of the table that finds a constant made before (a power of two); it may forget. */
const CONSTANT_SLOTS = 64;

/** A region under optimization: what is known of its values, and which were replaced. Lives through all passes. */
export class Workspace {
  readonly values: Values;
  /** Each value's replacement: itself where it has none. Replacements are never replaced again before a use. */
  replacement: Int32Array;

  constructor(readonly ir: IrRegion) {
    this.values = new Values(ir);
    this.replacement = new Int32Array(2 * ir.nextId + 64);
    for (let i = 0; i < this.replacement.length; i++) this.replacement[i] = i;
  }

  /** Makes room for values up to `count`. */
  reserve(count: number): void {
    this.values.reserve(count);
    const old = this.replacement;
    if (count <= old.length) return;
    this.replacement = new Int32Array(2 * count);
    this.replacement.set(old);
    for (let i = old.length; i < 2 * count; i++) this.replacement[i] = i;
  }
}

export class Rewrite {
  readonly ir: IrRegion;
  readonly values: Values;
  readonly count: PassCount = { removed: 0, changed: 0 };
  private replacement: Int32Array;
  private readonly out: IrOp[] = [];
  private readonly constants = new Int32Array(CONSTANT_SLOTS).fill(-1);
  private lostExits = false;
  /** Guest instruction of the operation at hand: where operations that are added belong. */
  private guest = 0;

  constructor(private readonly work: Workspace) {
    this.ir = work.ir;
    this.values = work.values;
    this.replacement = work.replacement;
  }

  /** Puts an operation's sources in terms of replacing values. */
  next(op: IrOp): void {
    this.guest = op.guest;
    const args = op.args;
    for (let i = 0; i < args.length; i++) args[i] = this.replacement[args[i]];
    this.values.note(op);
    const exit = exitOf(this.ir, op);
    if (exit) this.renameExit(exit);
  }

  private renameExit(exit: IrExit): void {
    for (const register of STATE_REGISTERS) {
      const value = exit.registers[register];
      if (value >= 0) exit.registers[register] = this.replacement[value];
    }
    if (exit.target >= 0) exit.target = this.replacement[exit.target];
    if (exit.skipped >= 0) exit.skipped = this.replacement[exit.skipped];
  }

  keep(op: IrOp): void {
    this.out.push(op);
    if (op.op === 'const') this.constants[slotOf(op.value)] = op.id;
    else if (op.op === 'assist') this.constants.fill(-1);
  }

  /** The operation at hand is another from now on, of the same number. */
  become(op: IrOp): void {
    this.count.changed++;
    this.values.note(op);
    this.keep(op);
  }

  /** The operation goes; its value, if it has one, is `by` from now on. */
  drop(op: IrOp, by: ValueId = op.id): void {
    this.count.removed++;
    this.replacement[op.id] = by;
    if (op.op === 'exitIf') this.lostExits = true;
  }

  /** All that follows is never reached and not kept. */
  endHere(operations: number): void {
    this.count.removed += operations;
    this.lostExits = true;
  }

  /** Users of the operation's value use `by` from now on; the operation stays (for its flags). */
  equals(op: IrOp, by: ValueId): void {
    this.replacement[op.id] = by;
  }

  /** Does anybody use the value? Not after `equals`. */
  isReplaced(id: ValueId): boolean {
    return this.replacement[id] !== id;
  }

  /** A value that holds the constant here. */
  constant(value: number): ValueId {
    const known = this.constants[slotOf(value)];
    if (known >= 0 && this.values.offset(known) === value) return known;
    return this.insert({ id: this.fresh(), guest: this.guest, args: [], op: 'const', value });
  }

  insertUnary(op: IrUnary, a: ValueId): ValueId {
    return this.insert({ id: this.fresh(), guest: this.guest, args: [a], op });
  }

  insertBinary(op: IrBinary, a: ValueId, b: ValueId): ValueId {
    return this.insert({ id: this.fresh(), guest: this.guest, args: [a, b], op });
  }

  /** The region gets what was kept. */
  finish(): PassCount {
    const { ir } = this;
    ir.ops = this.out;
    if (this.lostExits) compactExits(ir);
    return this.count;
  }

  private fresh(): ValueId {
    const id = this.ir.nextId++;
    this.work.reserve(id + 1);
    this.replacement = this.work.replacement;
    return id;
  }

  private insert(op: IrOp): ValueId {
    this.values.note(op);
    this.keep(op);
    return op.id;
  }
}

const slotOf = (value: number): number => Math.imul(value, 0x9e3779b1) >>> 26;

/** An operation in another's place: same number, same guest instruction. */
export const constantFor = (op: IrOp, value: number): IrOp => ({
  id: op.id,
  guest: op.guest,
  args: [],
  op: 'const',
  value: value | 0,
});
export const unaryFor = (op: IrOp, name: IrUnary, a: ValueId): IrOp => ({
  id: op.id,
  guest: op.guest,
  args: [a],
  op: name,
});
export const binaryFor = (op: IrOp, name: IrBinary, a: ValueId, b: ValueId): IrOp => ({
  id: op.id,
  guest: op.guest,
  args: [a, b],
  op: name,
});

/** Leaves out exits that no operation names, and numbers the others anew. */
function compactExits(ir: IrRegion): void {
  const left: IrExit[] = [];
  ir.ops = ir.ops.map((op) => {
    if (!('exit' in op)) return op;
    const index = left.length;
    left.push({ ...ir.exits[op.exit], index });
    return { ...op, exit: index };
  });
  ir.exits.splice(0, ir.exits.length, ...left);
}
