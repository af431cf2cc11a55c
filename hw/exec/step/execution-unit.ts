/**
 * Executes the operations of a molecule that have no compiled meaning: accesses, branches, traps, divisions.
 */
import { divide } from '../../atom/divide.js';
import { condition } from '../../atom/emit-js.js';
import { MQ } from '../../atom/registers.js';
import { EXIT } from '../../core/exits.js';
import type { BranchUnit } from './branch-unit.js';
import type { LoadStoreUnit } from './load-store-unit.js';
import { OP, type Op } from './step-molecule.js';

export class ExecutionUnit {
  /** Number of the trap of the last host exit; -1: a division error. */
  trapped = 0;
  private readonly divided = new Int32Array(2);

  constructor(
    private readonly working: Int32Array,
    private readonly lsu: LoadStoreUnit,
    private readonly branches: BranchUnit,
  ) {}

  /** 0, or -1 - EXIT.x for a host exit. */
  execute(op: Op): number {
    const { working } = this;
    switch (op.kind) {
      case OP.load:
        return this.lsu.load(op);
      case OP.loadPhysical:
        return this.lsu.loadPhysical(op);
      case OP.store:
        return this.lsu.store(op);
      case OP.storePhysical:
        return this.lsu.storePhysical(op);
      case OP.checkPage:
        return this.lsu.checkPage(op);
      case OP.latch:
        working[op.d] = working[op.a];
        return 0;
      case OP.divide:
        return this.divide(op);
      case OP.trap:
        return this.trap(op, true);
      case OP.trapCondition:
        return this.trap(op, condition(working, op.code) !== 0);
      case OP.trapNonZero:
        return this.trap(op, working[op.a] !== 0);
      case OP.trapZero:
        return this.trap(op, working[op.a] === 0);
      default:
        this.branches.execute(op);
        return 0;
    }
  }

  private trap(op: Op, holds: boolean): number {
    if (!holds) return 0;
    this.trapped = op.imm;
    return -1 - EXIT.trap;
  }

  private divide(op: Op): number {
    const w = this.working;
    const bits = (8 * op.bytes) as 8 | 16 | 32;
    if (!divide(bits, op.signed, w[MQ], w[op.a], w[op.b], this.divided)) {
      this.trapped = -1;
      return -1 - EXIT.trap;
    }
    w[op.d] = this.divided[0];
    w[MQ] = this.divided[1];
    return 0;
  }
}
