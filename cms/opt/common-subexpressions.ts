/**
 * Common subexpressions by hash-based value numbering over the whole region (Cocke and Schwartz;
 * Muchnick ch. 12.4): an operation with the same name, attributes and sources as an earlier one has
 * its value.
 *
 * Legality: pure operations only, and within what they depend on: readers of flags also by the last
 * operation that wrote flags, `reg` and everything else by the last barrier (no value lives on behind
 * one), `loadState` by the last write to the state block or commit (where the runtime may write),
 * `chkpage` by the last barrier (mappings change by interpreted instructions only). A guard on what an
 * earlier one of its kind let pass lets it pass again. An operation that
 * sets flags exactly as the one did that set them last goes too; any other keeps setting them. What
 * leaves a second result (`mq`) is not merged: the second result would have to outlive others.
 */
import type { IrOp } from '../ir/ir.js';
import { flagsRead, flagsWritten, writesMq } from '../ir/ir-ops.js';
import { type PassCount, Rewrite, type Workspace } from './rewrite.js';
import { IS_NUMBERED, TOUCHES_FLAGS } from './traits.js';

export function commonSubexpressions(work: Workspace): PassCount {
  const r = new Rewrite(work);
  const table = new ValueTable(work.ir.ops.length);
  for (const op of work.ir.ops) {
    r.next(op);
    const touchesFlags = r.has(op, TOUCHES_FLAGS);
    const earlier =
      r.has(op, IS_NUMBERED) && isNumbered(op) ? table.find(op, touchesFlags) : undefined;
    if (!earlier) r.keep(op);
    else merge(op, earlier, table, r);
    if (touchesFlags) table.pass(op, earlier);
  }
  return r.finish();
}

/** Of those with the trait not all are. */
function isNumbered(op: IrOp): boolean {
  // Flag operations other than lahf have no value.
  if (op.op === 'flag') return op.flag === 'lahf';
  return op.op !== 'alu' || !writesMq(op);
}

function merge(op: IrOp, earlier: IrOp, table: ValueTable, r: Rewrite): void {
  const setsOther = flagsWritten(op) !== 0 && !table.hasLastFlagsOf(earlier);
  if (!setsOther) {
    r.drop(op, earlier.id);
    return;
  }
  if (!r.isReplaced(op.id)) r.equals(op, earlier.id);
  r.keep(op);
}

/** The numbered operations, by open addressing; grown never, since the region's length is known. */
class ValueTable {
  private readonly slots: (IrOp | undefined)[];
  private readonly mask: number;
  /** For each slot: what the operation depended on beside its sources. */
  private readonly stamps: Int32Array;
  /** Counts barriers, writers of flags, writers of the state block. */
  private barrier = 0;
  private flags = 0;
  private state = 0;
  private lastFlags: IrOp | undefined;

  constructor(operations: number) {
    const size = 2 << (32 - Math.clz32(operations));
    this.mask = size - 1;
    this.slots = new Array<IrOp | undefined>(size).fill(undefined);
    this.stamps = new Int32Array(size);
  }

  /** The earlier operation with the same value; without one, this one is remembered. */
  find(op: IrOp, touchesFlags: boolean): IrOp | undefined {
    const stamp = this.stampOf(op, touchesFlags);
    let slot = hash(op) & this.mask;
    for (;;) {
      const other = this.slots[slot];
      if (!other) break;
      if (this.stamps[slot] === stamp && isSame(other, op)) return other;
      slot = (slot + 1) & this.mask;
    }
    this.slots[slot] = op;
    this.stamps[slot] = stamp;
    return undefined;
  }

  /** Did this operation (or one merged with it) set the flags as they are? */
  hasLastFlagsOf(op: IrOp): boolean {
    return this.lastFlags === op;
  }

  /** Takes notice of what an operation changes. */
  pass(op: IrOp, earlier: IrOp | undefined): void {
    if (flagsWritten(op) !== 0 && !(earlier && this.lastFlags === earlier)) {
      this.flags++;
      this.lastFlags = earlier ?? op;
    }
    if (op.op === 'assist') this.barrier++;
    if (op.op === 'assist' || op.op === 'commit') this.state++;
  }

  private stampOf(op: IrOp, touchesFlags: boolean): number {
    // Operations that read flags are never among those that read the state block.
    let part = 0;
    if (touchesFlags) part = flagsRead(op) !== 0 ? this.flags : 0;
    else if (op.op === 'loadState') part = this.state;
    return (this.barrier << 16) | part;
  }
}

function hash(op: IrOp): number {
  const name = op.op;
  let h = name.length * 31 + name.charCodeAt(0) * 7 + name.charCodeAt(name.length - 1);
  for (const arg of op.args) h = Math.imul(h ^ arg, 0x9e3779b1);
  if (op.op === 'const') h = Math.imul(h ^ op.value, 0x9e3779b1);
  else if (op.op === 'reg') h ^= op.register << 4;
  return h ^ (h >>> 15);
}

/** Same operation on the same sources? */
function isSame(a: IrOp, b: IrOp): boolean {
  if (a.op !== b.op || a.args.length !== b.args.length) return false;
  for (let i = 0; i < a.args.length; i++) if (a.args[i] !== b.args[i]) return false;
  return hasSameAttributes(a, b);
}

function hasSameAttributes(a: IrOp, b: IrOp): boolean {
  switch (a.op) {
    case 'reg':
      return a.register === (b as typeof a).register;
    case 'const':
      return a.value === (b as typeof a).value;
    case 'selcc':
    case 'cond':
    case 'trap':
    case 'exitIf':
      return a.code === (b as typeof a).code;
    case 'alu':
      return a.alu === (b as typeof a).alu && a.bits === (b as typeof a).bits;
    case 'loadState':
      return a.word === (b as typeof a).word;
    case 'chkpage':
      return a.linear === (b as typeof a).linear && a.physicalPage === (b as typeof a).physicalPage;
    case 'flag':
      return a.flag === (b as typeof a).flag;
    default:
      return true;
  }
}
