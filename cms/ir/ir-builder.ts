/**
 * Appends operations to a region under construction and numbers them. It folds nothing: what is
 * worth simplifying is the optimizer's, and its switches should show.
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
    return this.add({ ...this.head([]), op: 'const', value: value | 0 });
  }

  register(register: number): ValueId {
    return this.add({ ...this.head([]), op: 'reg', register });
  }

  binary(op: IrBinary, a: ValueId, b: ValueId): ValueId {
    return this.add({ ...this.head([a, b]), op });
  }

  /** Second source a constant. */
  binaryConst(op: IrBinary, a: ValueId, value: number): ValueId {
    return this.binary(op, a, this.constant(value));
  }

  unary(op: IrUnary, a: ValueId): ValueId {
    return this.add({ ...this.head([a]), op });
  }

  /** `then` where the condition holds, else `otherwise`. */
  select(condition: IrCondition, then: ValueId, otherwise: ValueId): ValueId {
    if ('code' in condition)
      return this.add({ ...this.head([then, otherwise]), op: 'selcc', code: condition.code });
    return this.add({ ...this.head([condition.value, then, otherwise]), op: 'select' });
  }

  /** The condition as 0 or 1. */
  condition(code: number): ValueId {
    return this.add({ ...this.head([]), op: 'cond', code });
  }

  alu(alu: AluOp, bits: 8 | 16 | 32, args: ValueId[]): ValueId {
    return this.add({ ...this.head(args), op: 'alu', alu, bits, setsFlags: aluWritesFlags(alu) });
  }

  flag(flag: FlagOp, args: ValueId[]): ValueId {
    return this.add({ ...this.head(args), op: 'flag', flag, setsFlags: flag !== 'lahf' });
  }

  mq(of: ValueId): ValueId {
    return this.add({ ...this.head([of]), op: 'mq' });
  }

  load(bytes: 1 | 2 | 4, address: ValueId, signed = false): ValueId {
    return this.add({ ...this.head([address]), op: 'load', bytes, signed });
  }

  store(bytes: 1 | 2 | 4, address: ValueId, value: ValueId): void {
    this.add({ ...this.head([address, value]), op: 'store', bytes });
  }

  loadState(word: number): ValueId {
    return this.add({ ...this.head([]), op: 'loadState', word });
  }

  checkPage(linear: number, physicalPage: number): void {
    this.add({ ...this.head([]), op: 'chkpage', linear: linear | 0, physicalPage });
  }

  trap(why: Trap, condition: IrCondition): void {
    this.add({ ...this.head(conditionArgs(condition)), op: 'trap', why, code: codeOf(condition) });
  }

  exitIf(condition: IrCondition, spec: ExitSpec): void {
    const exit = this.exitOf(spec);
    this.add({
      ...this.head(conditionArgs(condition)),
      op: 'exitIf',
      code: codeOf(condition),
      exit,
    });
  }

  exit(spec: ExitSpec): void {
    this.add({ ...this.head([]), op: 'exit', exit: this.exitOf(spec) });
  }

  assist(spec: ExitSpec): void {
    this.add({ ...this.head([]), op: 'assist', exit: this.exitOf(spec) });
  }

  private exitOf(spec: ExitSpec): number {
    const index = this.result.exits.length;
    this.result.exits.push({
      index,
      guest: this.guest,
      target: -1,
      returnEip: -1,
      midRepeat: false,
      skipped: -1,
      ...spec,
    });
    return index;
  }

  private head(args: ValueId[]): { id: ValueId; guest: number; args: ValueId[] } {
    return { id: this.result.nextId++, guest: this.guest, args };
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
