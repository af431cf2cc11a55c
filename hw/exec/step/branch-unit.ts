/**
 * Branches as the stepper executes them: where they lead and what they cost (docs/timing-model.md,
 * "Branches"). The costs are charged when the molecule has issued.
 */
import { condition } from '../../atom/emit-js.js';
import type { ReturnStack } from '../../core/return-stack.js';
import type { HostOptions } from '../../options.js';
import {
  type CycleAccount,
  NOW,
  PREPARED_AT,
  PREPARED_TARGET,
} from '../../timing/cycle-account.js';
import { OP, type Op } from './step-molecule.js';

export class BranchUnit {
  /** Host pc that the molecule under way branches to, 0: none; and what that costs. */
  target = 0;
  cycles = 0;
  private readonly takenCycles: number;
  private readonly indirectCycles: number;
  private readonly preparedCycles: number;

  constructor(
    private readonly w: Int32Array,
    private readonly returns: ReturnStack,
    private readonly account: CycleAccount,
    { branch }: HostOptions,
  ) {
    this.takenCycles = branch.takenCycles;
    this.indirectCycles = branch.indirectCycles;
    this.preparedCycles = branch.preparedCycles;
  }

  execute(op: Op): void {
    const { w } = this;
    switch (op.kind) {
      case OP.branch:
        this.take(op.imm);
        break;
      case OP.branchCondition:
        if (condition(w, op.code) !== 0) this.take(op.imm);
        break;
      case OP.branchNonZero:
        if (w[op.a] !== 0) this.take(op.imm);
        break;
      case OP.branchZero:
        if (w[op.a] === 0) this.take(op.imm);
        break;
      case OP.jumpRegister:
        this.jump(w[op.a], this.account.cells[NOW]);
        break;
      case OP.prepare:
        this.account.cells[PREPARED_TARGET] = w[op.a];
        this.account.cells[PREPARED_AT] = this.account.cells[NOW];
        break;
      case OP.returnPush:
        this.returns.push(w[op.a], op.imm);
        break;
      default:
        this.return(w[op.a]);
    }
  }

  private take(target: number): void {
    this.target = target;
    this.cycles = this.takenCycles;
  }

  /** An indirect jump in a cycle. */
  jump(target: number, now: number): void {
    const { cells } = this.account;
    const early = now - cells[PREPARED_AT] >= this.indirectCycles;
    const isPrepared = early && cells[PREPARED_TARGET] === target;
    cells[PREPARED_TARGET] = 0;
    this.target = target >>> 0;
    this.cycles = isPrepared ? this.preparedCycles : this.indirectCycles;
  }

  /** To the landing of a guest address, or nowhere (target 0). */
  return(guestAddress: number): void {
    const landing = this.returns.pop(guestAddress);
    if (landing === 0) return;
    this.target = landing;
    this.cycles = this.preparedCycles;
  }
}
