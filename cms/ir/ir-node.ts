/**
 * How operations are made: all of one shape, whatever they are, so that V8 finds their fields where it
 * has found them before; with thirteen shapes the optimizer took half as long again. Attributes that
 * an operation's type (ir.ts) does not have are undefined.
 */
import type { AluOp } from '../../guest-isa/sem/template.js';
import type { FlagOp, IrOp, IrOpName, Trap, ValueId } from './ir.js';

export class IrNode {
  value: number | undefined = undefined;
  register: number | undefined = undefined;
  code: number | undefined = undefined;
  alu: AluOp | undefined = undefined;
  bits: 8 | 16 | 32 | undefined = undefined;
  setsFlags: boolean | undefined = undefined;
  bytes: 1 | 2 | 4 | undefined = undefined;
  signed: boolean | undefined = undefined;
  exit: number | undefined = undefined;
  flag: FlagOp | undefined = undefined;
  word: number | undefined = undefined;
  linear: number | undefined = undefined;
  physicalPage: number | undefined = undefined;
  why: Trap | undefined = undefined;

  constructor(
    readonly id: ValueId,
    readonly guest: number,
    public args: ValueId[],
    readonly op: IrOpName,
  ) {}

  /** Whoever made it has set the attributes of its operation. */
  get made(): IrOp {
    return this as IrOp;
  }
}
