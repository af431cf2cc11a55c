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
  type IrOpName,
  type IrRegion,
  type IrUnary,
  SNAPSHOT_SIZE,
  type Trap,
  type ValueId,
} from './ir.js';
import { IrNode } from './ir-node.js';
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
    const op = this.add('const', []);
    op.value = value | 0;
    return op.id;
  }

  register(register: number): ValueId {
    const op = this.add('reg', []);
    op.register = register;
    return op.id;
  }

  binary(op: IrBinary, a: ValueId, b: ValueId): ValueId {
    return this.add(op, [a, b]).id;
  }

  /** Second source a constant. */
  binaryConst(op: IrBinary, a: ValueId, value: number): ValueId {
    return this.binary(op, a, this.constant(value));
  }

  unary(op: IrUnary, a: ValueId): ValueId {
    return this.add(op, [a]).id;
  }

  /** `then` where the condition holds, else `otherwise`. */
  select(condition: IrCondition, then: ValueId, otherwise: ValueId): ValueId {
    if (!('code' in condition)) return this.add('select', [condition.value, then, otherwise]).id;
    const op = this.add('selcc', [then, otherwise]);
    op.code = condition.code;
    return op.id;
  }

  /** The condition as 0 or 1. */
  condition(code: number): ValueId {
    const op = this.add('cond', []);
    op.code = code;
    return op.id;
  }

  alu(alu: AluOp, bits: 8 | 16 | 32, args: ValueId[]): ValueId {
    const op = this.add('alu', args);
    op.alu = alu;
    op.bits = bits;
    op.setsFlags = aluWritesFlags(alu);
    return op.id;
  }

  flag(flag: FlagOp, args: ValueId[]): ValueId {
    const op = this.add('flag', args);
    op.flag = flag;
    op.setsFlags = flag !== 'lahf';
    return op.id;
  }

  mq(of: ValueId): ValueId {
    return this.add('mq', [of]).id;
  }

  load(bytes: 1 | 2 | 4, address: ValueId, signed = false): ValueId {
    const op = this.add('load', [address]);
    op.bytes = bytes;
    op.signed = signed;
    return op.id;
  }

  store(bytes: 1 | 2 | 4, address: ValueId, value: ValueId): void {
    this.add('store', [address, value]).bytes = bytes;
  }

  loadState(word: number): ValueId {
    const op = this.add('loadState', []);
    op.word = word;
    return op.id;
  }

  checkPage(linear: number, physicalPage: number): void {
    const op = this.add('chkpage', []);
    op.linear = linear | 0;
    op.physicalPage = physicalPage;
  }

  trap(why: Trap, condition: IrCondition): void {
    const op = this.add('trap', conditionArgs(condition));
    op.why = why;
    op.code = codeOf(condition);
  }

  exitIf(condition: IrCondition, spec: ExitSpec): void {
    const op = this.add('exitIf', conditionArgs(condition));
    op.code = codeOf(condition);
    op.exit = this.exitOf(spec);
  }

  exit(spec: ExitSpec): void {
    this.add('exit', []).exit = this.exitOf(spec);
  }

  assist(spec: ExitSpec): void {
    this.add('assist', []).exit = this.exitOf(spec);
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

  /** Its attributes are set by who adds it. */
  private add(name: IrOpName, args: ValueId[]): IrNode {
    const op = new IrNode(this.result.nextId++, this.guest, args, name);
    this.result.ops.push(op.made);
    return op;
  }
}

const conditionArgs = (condition: IrCondition): ValueId[] =>
  'code' in condition ? [] : [condition.value];
const codeOf = (condition: IrCondition): number => ('code' in condition ? condition.code : -1);

/** A snapshot that says: everything as at the start. */
export const emptySnapshot = (): Int32Array => new Int32Array(SNAPSHOT_SIZE).fill(-1);
