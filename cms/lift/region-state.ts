/**
 * What lifting a region carries from one guest instruction to the next: the operations made, the
 * registers, how many instructions were completed since the last barrier, which checks were made.
 */
import type { Context } from '../context.js';
import type { IrExit, ValueId } from '../ir/ir.js';
import { type ExitSpec, IrBuilder, type IrCondition } from '../ir/ir-builder.js';
import type { GuestRegion, RegionInstruction } from '../region.js';
import { GuestRegisters } from './guest-registers.js';

/** What an exit's maker names; the rest follows from the state. */
export type ExitChoice = Pick<ExitSpec, 'kind' | 'eip' | 'target' | 'returnEip'> & {
  /** Counts and marks of a repeated string instruction; else the instruction under way is completed. */
  readonly repeat?: { readonly iterations: number; readonly done: boolean };
};

export class RegionState {
  readonly b: IrBuilder;
  readonly registers: GuestRegisters;
  readonly context: Context;
  /** Instructions completed since the last barrier. */
  completed = 0;
  /** Value that counts the instructions which if-converted branches skipped since then; -1: none. */
  skipped: ValueId = -1;
  /** Limit checks that hold until the next barrier: segment and width. */
  readonly limitsChecked = new Set<number>();

  constructor(readonly region: GuestRegion) {
    this.b = new IrBuilder(region);
    this.registers = new GuestRegisters(this.b);
    this.context = region.context;
  }

  instruction(index: number): RegionInstruction {
    return this.region.instructions[index];
  }

  linear(eip: number): number {
    return (eip + this.context.csBase) | 0;
  }

  /** An exit behind the instruction under way (or between iterations of it). */
  exitAfter(choice: ExitChoice): ExitSpec {
    const { repeat } = choice;
    const steps = this.completed + (repeat ? repeat.iterations : 1);
    const instructions = this.completed + (repeat && !repeat.done ? 0 : 1);
    return this.spec(choice, steps, instructions);
  }

  /** An exit in front of the instruction under way. */
  exitBefore(kind: IrExit['kind'], eip: number): ExitSpec {
    return this.spec({ kind, eip }, this.completed, this.completed);
  }

  private spec(choice: ExitChoice, steps: number, instructions: number): ExitSpec {
    const { kind, eip, target = -1, returnEip = -1, repeat } = choice;
    return {
      kind,
      target,
      eip: target >= 0 ? -1 : eip >>> 0,
      returnEip: returnEip === -1 ? -1 : returnEip >>> 0,
      registers: this.registers.snapshot(),
      skipped: this.skipped,
      steps,
      instructions,
      midRepeat: repeat !== undefined && !repeat.done,
    };
  }

  /** Behind an assist: no value lives on. */
  barrier(): void {
    this.completed = 0;
    this.skipped = -1;
    this.limitsChecked.clear();
    this.registers.barrier();
  }

  /** The opposite condition. */
  not(condition: IrCondition): IrCondition {
    if ('code' in condition) return { code: condition.code ^ 1 };
    return { value: this.b.binaryConst('eq', condition.value, 0) };
  }
}
