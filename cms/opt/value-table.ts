/**
 * The operations that common-subexpressions.ts has numbered in one walk over a region, by open
 * addressing. It serves one region after the other and grows with the largest: what an earlier walk
 * left in a slot is told by the walk's number, so that nothing has to be cleared or made anew.
 */
import type { IrOp } from '../ir/ir.js';
import { flagsRead, flagsWritten } from '../ir/ir-ops.js';

export class ValueTable {
  private slots: (IrOp | undefined)[] = [];
  /** For each slot: the walk that has filled it, and what the operation depended on beside its sources. */
  private walks = new Int32Array(0);
  private stamps = new Int32Array(0);
  private mask = 0;
  private walk = 0;
  /** Counts barriers, writers of flags, writers of the state block. */
  private barrier = 0;
  private flags = 0;
  private state = 0;
  private lastFlags: IrOp | undefined;

  /** Empty, for a region of so many operations. */
  begin(operations: number): void {
    const size = 2 << (32 - Math.clz32(operations));
    this.mask = size - 1;
    this.walk++;
    this.barrier = this.flags = this.state = 0;
    this.lastFlags = undefined;
    if (size <= this.walks.length) return;
    this.slots = new Array<IrOp | undefined>(size).fill(undefined);
    this.walks = new Int32Array(size);
    this.stamps = new Int32Array(size);
  }

  /** The earlier operation with the same value; without one, this one is remembered. */
  find(op: IrOp, touchesFlags: boolean): IrOp | undefined {
    const stamp = this.stampOf(op, touchesFlags);
    let slot = hash(op) & this.mask;
    for (;;) {
      if (this.walks[slot] !== this.walk) break;
      const other = this.slots[slot] as IrOp;
      if (this.stamps[slot] === stamp && isSame(other, op)) return other;
      slot = (slot + 1) & this.mask;
    }
    this.slots[slot] = op;
    this.walks[slot] = this.walk;
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
