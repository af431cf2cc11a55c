/**
 * Dead-code and dead-store elimination, backward (Muchnick ch. 18.10): operations whose value nobody
 * uses and that have no effect go.
 *
 * Legality. A load may fault, so an unused one goes only where another access touches the same bytes
 * and would fault in its place: an earlier one with no commit or barrier between, or a later one with
 * no exit between either (a fault rolls back to before both, and the interpreter meets the right one
 * first). A store goes only where a later one overwrites all its bytes before anybody can see them:
 * no exit, commit or barrier between, and no load that may overlap. Divisions may trap and stay.
 */
import type { IrOp, IrRegion, ValueId } from '../ir/ir.js';
import { exitOf, isRemovable } from '../ir/ir-ops.js';
import { covers, mayOverlap } from './known-memory.js';
import type { PassCount, Workspace } from './rewrite.js';
import { NAMES_EXIT } from './traits.js';
import type { Values } from './values.js';

type Access = IrOp & { readonly op: 'load' | 'store' };

/** How far to look for the access that faults in a load's place. */
const WINDOW = 64;

export function deadCode(work: Workspace): PassCount {
  const { ir } = work;
  work.clearMarks();
  const dead = new DeadCode(ir, work.values, work.used);
  const kept: IrOp[] = [];
  for (let i = ir.ops.length - 1; i >= 0; i--) if (dead.isNeeded(i)) kept.push(ir.ops[i]);
  const removed = ir.ops.length - kept.length;
  if (removed > 0) ir.ops = kept.reverse();
  return { removed, changed: 0 };
}

class DeadCode {
  /** Accesses kept since the last exit (looking from the end), the earliest last. */
  private readonly later: Access[] = [];

  constructor(
    private readonly ir: IrRegion,
    private readonly values: Values,
    private readonly used: Uint8Array,
  ) {}

  /** To be asked from the last operation to the first. */
  isNeeded(index: number): boolean {
    const op = this.ir.ops[index];
    if (!this.used[op.id] && this.mayGo(op, index)) return false;
    for (const arg of op.args) this.used[arg] = 1;
    if (op.op === 'load' || op.op === 'store') this.later.push(op);
    else if ((this.values.traitsOf(op.id) & NAMES_EXIT) !== 0) this.leave(op);
    return true;
  }

  private mayGo(op: IrOp, index: number): boolean {
    if (op.op === 'load') return this.faultsElsewhere(op, index);
    return op.op === 'store' ? this.isOverwritten(op) : isRemovable(op);
  }

  private leave(op: IrOp): void {
    const exit = exitOf(this.ir, op);
    if (!exit) return;
    this.later.length = 0;
    for (const value of exit.registers) this.use(value);
    this.use(exit.target);
    this.use(exit.skipped);
  }

  private use(value: ValueId): void {
    if (value >= 0) this.used[value] = 1;
  }

  private faultsElsewhere(load: Access, index: number): boolean {
    for (const access of this.later) if (covers(access, load, this.values)) return true;
    const { ops } = this.ir;
    const end = Math.max(0, index - WINDOW);
    for (let i = index - 1; i >= end; i--) {
      const op = ops[i];
      if (op.op === 'commit' || op.op === 'assist') return false;
      if ((op.op === 'load' || op.op === 'store') && covers(op, load, this.values)) return true;
    }
    return false;
  }

  private isOverwritten(store: Access): boolean {
    for (let i = this.later.length - 1; i >= 0; i--) {
      const access = this.later[i];
      if (access.op === 'load') {
        if (mayOverlap(access, store, this.values)) return false;
      } else if (covers(access, store, this.values)) return true;
    }
    return false;
  }
}
