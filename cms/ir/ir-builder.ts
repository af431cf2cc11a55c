/**
 * Appends operations to a region under construction and numbers them. It folds nothing: what is
 * worth simplifying is the optimizer's, and its switches should show. Operations are written out as one
 * literal each, since joining two (spreads) takes many times as long.
 */
import type { AluOp } from '../../guest-isa/sem/template.js';
import type { GuestRegion } from '../region.js';
import {
  type FlagOp,
  type IrBinary,
  type IrExit,
  type IrOp,
  type IrRegion,
  type IrUnary,
  SNAPSHOT_SIZE,
  type Trap,
  type ValueId,
} from './ir.js';
import { aluWritesFlags } from './ir-ops.js';

/** What an exit holds beyond its number and the guest instruction. */
export interface ExitSpec
  extends Partial<Pick<IrExit, 'target' | 'returnEip' | 'midRepeat' | 'skipped'>> {
  readonly kind: IrExit['kind'];
  /** -1 where `target` holds it. */
  readonly eip: number;
  readonly registers: Int32Array;
  readonly steps: number;
  readonly instructions: number;
}

/** A branch condition: an x86 condition code over the flags, or a value that is not zero. */
export type IrCondition = { readonly code: number } | { readonly value: ValueId };

export class IrBuilder {
  readonly result: IrRegion;
  /** Index of the guest instruction that is being lifted. */
  guest = 0;

  constructor(region: GuestRegion) {
    this.result = { region, ops: [], exits: [], nextId: 0 };
  }

  get lastOp(): IrOp | undefined {
    return this.result.ops[this.result.ops.length - 1];
  }

  constant(value: number): ValueId {
    return this.add({ id: this.id(), guest: this.guest, args: [], op: 'const', value: value | 0 });
  }

  register(register: number): ValueId {
    return this.add({ id: this.id(), guest: this.guest, args: [], op: 'reg', register });
  }

  binary(op: IrBinary, a: ValueId, b: ValueId): ValueId {
    return this.add({ id: this.id(), guest: this.guest, args: [a, b], op });
  }

  /** Second source a constant. */
  binaryConst(op: IrBinary, a: ValueId, value: number): ValueId {
    return this.binary(op, a, this.constant(value));
  }

  unary(op: IrUnary, a: ValueId): ValueId {
    return this.add({ id: this.id(), guest: this.guest, args: [a], op });
  }

  /** `then` where the condition holds, else `otherwise`. */
  select(condition: IrCondition, then: ValueId, otherwise: ValueId): ValueId {
    const { guest } = this;
    if ('code' in condition) {
      const { code } = condition;
      return this.add({ id: this.id(), guest, args: [then, otherwise], op: 'selcc', code });
    }
    const args = [condition.value, then, otherwise];
    return this.add({ id: this.id(), guest, args, op: 'select' });
  }

  /** The condition as 0 or 1. */
  condition(code: number): ValueId {
    return this.add({ id: this.id(), guest: this.guest, args: [], op: 'cond', code });
  }

  alu(alu: AluOp, bits: 8 | 16 | 32, args: ValueId[]): ValueId {
    const { guest } = this;
    const setsFlags = aluWritesFlags(alu);
    return this.add({ id: this.id(), guest, args, op: 'alu', alu, bits, setsFlags });
  }

  flag(flag: FlagOp, args: ValueId[]): ValueId {
    const setsFlags = flag !== 'lahf';
    return this.add({ id: this.id(), guest: this.guest, args, op: 'flag', flag, setsFlags });
  }

  mq(of: ValueId): ValueId {
    return this.add({ id: this.id(), guest: this.guest, args: [of], op: 'mq' });
  }

  load(bytes: 1 | 2 | 4, address: ValueId, signed = false): ValueId {
    const { guest } = this;
    return this.add({ id: this.id(), guest, args: [address], op: 'load', bytes, signed });
  }

  store(bytes: 1 | 2 | 4, address: ValueId, value: ValueId): void {
    this.add({ id: this.id(), guest: this.guest, args: [address, value], op: 'store', bytes });
  }

  loadState(word: number): ValueId {
    return this.add({ id: this.id(), guest: this.guest, args: [], op: 'loadState', word });
  }

  checkPage(address: number, physicalPage: number): void {
    const { guest } = this;
    const linear = address | 0;
    this.add({ id: this.id(), guest, args: [], op: 'chkpage', linear, physicalPage });
  }

  trap(why: Trap, condition: IrCondition): void {
    const { guest } = this;
    const args = conditionArgs(condition);
    this.add({ id: this.id(), guest, args, op: 'trap', why, code: codeOf(condition) });
  }

  exitIf(condition: IrCondition, spec: ExitSpec): void {
    const { guest } = this;
    const exit = this.exitOf(spec);
    const args = conditionArgs(condition);
    this.add({ id: this.id(), guest, args, op: 'exitIf', code: codeOf(condition), exit });
  }

  exit(spec: ExitSpec): void {
    const exit = this.exitOf(spec);
    this.add({ id: this.id(), guest: this.guest, args: [], op: 'exit', exit });
  }

  assist(spec: ExitSpec): void {
    const exit = this.exitOf(spec);
    this.add({ id: this.id(), guest: this.guest, args: [], op: 'assist', exit });
  }

  private exitOf(spec: ExitSpec): number {
    const { kind, eip, target = -1, returnEip = -1, midRepeat = false, skipped = -1 } = spec;
    const { registers, steps, instructions } = spec;
    const { guest } = this;
    const index = this.result.exits.length;
    this.result.exits.push({
      index,
      kind,
      eip,
      target,
      registers,
      steps,
      instructions,
      guest,
      returnEip,
      midRepeat,
      skipped,
    });
    return index;
  }

  private id(): ValueId {
    return this.result.nextId++;
  }

  private add(op: IrOp): ValueId {
    this.result.ops.push(op);
    return op.id;
  }
}

const conditionArgs = (condition: IrCondition): ValueId[] =>
  'code' in condition ? [] : [condition.value];
const codeOf = (condition: IrCondition): number => ('code' in condition ? condition.code : -1);

/** A snapshot that says: everything as at the start. */
export const emptySnapshot = (): Int32Array => new Int32Array(SNAPSHOT_SIZE).fill(-1);
