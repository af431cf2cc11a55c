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
import { IrNode } from '../ir/ir-node.js';
import { exitOf } from '../ir/ir-ops.js';
import { NAMES_EXIT } from './traits.js';
import { ValueTable } from './value-table.js';
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

/**
 * A region under optimization: what is known of its values, and which were replaced. Lives through all
 * passes, and serves one region after the other: making its arrays takes longer than a pass.
 */
export class Workspace {
  ir!: IrRegion;
  readonly values = new Values();
  /** Number of each value's replacement plus one; 0: none. */
  replacement = new Int32Array(0);
  /** Constants made or met by the pass that runs, by a hash of the value. */
  readonly constants = new Int32Array(CONSTANT_SLOTS);
  /** Of common subexpressions. */
  readonly table = new ValueTable();
  /** For passes from the end on, all 0 behind `clearMarks`: values that are used, and that have a second result. */
  used = new Uint8Array(0);
  hasMq = new Uint8Array(0);

  begin(ir: IrRegion): this {
    this.ir = ir;
    this.replacement.fill(0);
    this.values.begin(ir);
    this.reserve(2 * ir.nextId + 64);
    return this;
  }

  /** Makes room for values up to `count`. */
  reserve(count: number): void {
    this.values.reserve(count);
    const old = this.replacement;
    if (count <= old.length) return;
    this.replacement = new Int32Array(2 * count);
    this.replacement.set(old);
  }

  clearMarks(): void {
    const count = this.ir.nextId;
    if (count > this.used.length) {
      this.used = new Uint8Array(2 * count);
      this.hasMq = new Uint8Array(2 * count);
    }
    this.used.fill(0, 0, count);
    this.hasMq.fill(0, 0, count);
  }
}

export class Rewrite {
  readonly ir: IrRegion;
  readonly values: Values;
  readonly count: PassCount = { removed: 0, changed: 0 };
  private replacement: Int32Array;
  private readonly out: IrOp[];
  private length = 0;
  private readonly constants: Int32Array;
  private lostExits = false;
  /** Guest instruction of the operation at hand: where operations that are added belong. */
  private guest = 0;

  constructor(private readonly work: Workspace) {
    this.ir = work.ir;
    this.values = work.values;
    this.replacement = work.replacement;
    this.constants = work.constants.fill(-1);
    this.out = new Array<IrOp>(this.ir.ops.length);
  }

  /** Puts an operation's sources in terms of replacing values. */
  next(op: IrOp): void {
    this.guest = op.guest;
    const args = op.args;
    let moved = false;
    for (let i = 0; i < args.length; i++) {
      const by = this.replacement[args[i]];
      if (by === 0) continue;
      args[i] = by - 1;
      moved = true;
    }
    if (moved || this.isStale(this.values.base(op.id), op.id)) this.values.note(op);
    if (!this.has(op, NAMES_EXIT)) return;
    const exit = exitOf(this.ir, op);
    if (exit) this.renameExit(exit);
  }

  /** Has the operation one of these traits? */
  has(op: IrOp, traits: number): boolean {
    return (this.values.traitsOf(op.id) & traits) !== 0;
  }

  /** Did the base of a value get another value since the value's facts were noted? */
  private isStale(base: ValueId, id: ValueId): boolean {
    if (base < 0 || base === id) return false;
    return this.replacement[base] !== 0 || this.values.base(base) !== base;
  }

  private renameExit(exit: IrExit): void {
    for (const register of STATE_REGISTERS) {
      const value = exit.registers[register];
      if (value >= 0) exit.registers[register] = this.renamed(value);
    }
    if (exit.target >= 0) exit.target = this.renamed(exit.target);
    if (exit.skipped >= 0) exit.skipped = this.renamed(exit.skipped);
  }

  private renamed(value: ValueId): ValueId {
    const by = this.replacement[value];
    return by === 0 ? value : by - 1;
  }

  keep(op: IrOp): void {
    this.out[this.length++] = op;
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
  drop(op: IrOp, by: ValueId = -1): void {
    this.count.removed++;
    if (by >= 0) this.replacement[op.id] = by + 1;
    if (op.op === 'exitIf') this.lostExits = true;
  }

  /** All that follows is never reached and not kept. */
  endHere(operations: number): void {
    this.count.removed += operations;
    this.lostExits = true;
  }

  /** Users of the operation's value use `by` from now on; the operation stays (for its flags). */
  equals(op: IrOp, by: ValueId): void {
    this.replacement[op.id] = by + 1;
  }

  /** Does anybody use the value? Not after `equals`. */
  isReplaced(id: ValueId): boolean {
    return this.replacement[id] !== 0;
  }

  /** A value that holds the constant here. */
  constant(value: number): ValueId {
    const known = this.constants[slotOf(value)];
    if (known >= 0 && this.values.offset(known) === value) return known;
    const op = new IrNode(this.fresh(), this.guest, [], 'const');
    op.value = value;
    return this.insert(op.made);
  }

  insertBinary(op: IrBinary, a: ValueId, b: ValueId): ValueId {
    return this.insert(new IrNode(this.fresh(), this.guest, [a, b], op).made);
  }

  /** The region gets what was kept. */
  finish(): PassCount {
    const { ir } = this;
    this.out.length = this.length;
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
export function constantFor(op: IrOp, value: number): IrOp {
  const constant = new IrNode(op.id, op.guest, [], 'const');
  constant.value = value | 0;
  return constant.made;
}
export const valueFor = (op: IrOp, name: IrBinary | IrUnary | 'select', args: ValueId[]): IrOp =>
  new IrNode(op.id, op.guest, args, name).made;
export const unaryFor = (op: IrOp, name: IrUnary, a: ValueId): IrOp => valueFor(op, name, [a]);
export const binaryFor = (op: IrOp, name: IrBinary, a: ValueId, b: ValueId): IrOp =>
  valueFor(op, name, [a, b]);
/** A side exit that is always taken. */
export function exitFor(op: IrOp & { readonly op: 'exitIf' }): IrOp {
  const exit = new IrNode(op.id, op.guest, [], 'exit');
  exit.exit = op.exit;
  return exit.made;
}

/** Leaves out exits that no operation names, and numbers the others anew. */
function compactExits(ir: IrRegion): void {
  const left: IrExit[] = [];
  for (const op of ir.ops) {
    const exit = exitOf(ir, op);
    if (exit === undefined) continue;
    (op as IrOp & { exit: number }).exit = left.length;
    left.push({ ...exit, index: left.length });
  }
  ir.exits.splice(0, ir.exits.length, ...left);
}
