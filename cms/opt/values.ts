/**
 * What the passes know about each value: whether it is constant, base and offset (value = base +
 * offset modulo 2^32), and how many low bits may be other than zero. Facts are about what a value is,
 * never about where it stands, so they hold through every pass and are only ever added to.
 *
 * Addition chains follow Cocke and Kennedy's reduction to base and displacement; the widths are the
 * unsigned half of Warren's known-bits analysis ("Hacker's Delight", ch. 4), cut down to a number.
 * ALU operations with flags count too: the value of `add eax, 4` is eax + 4 whoever reads its flags.
 */
import type { IrOp, IrRegion, ValueId } from '../ir/ir.js';
import { HAS_FACTS, traitsByName } from './traits.js';

/** Base of constants. */
const NO_BASE = -1;

export class Values {
  private bases = new Int32Array(0);
  private offsets = new Int32Array(0);
  private widths = new Uint8Array(0);
  private traits = new Uint8Array(0);
  private readonly defs: (IrOp | undefined)[] = [];

  /** Learns what the operations of a region are; what was known of another one is forgotten. */
  begin(ir: IrRegion): void {
    this.reserve(2 * ir.nextId + 64);
    for (const op of ir.ops) this.note(op);
  }

  /** Makes room for values up to `count`. */
  reserve(count: number): void {
    if (count <= this.bases.length) return;
    const size = Math.max(count, 2 * this.bases.length);
    this.bases = grown(this.bases, new Int32Array(size));
    this.offsets = grown(this.offsets, new Int32Array(size));
    this.widths = grown(this.widths, new Uint8Array(size));
    this.traits = grown(this.traits, new Uint8Array(size));
  }

  /** Bits of traits.ts for the operation of this number. */
  traitsOf(id: ValueId): number {
    return this.traits[id];
  }

  /** The operation that defines a value, as it is now. */
  definition(id: ValueId): IrOp {
    return this.defs[id] as IrOp;
  }

  isConstant(id: ValueId): boolean {
    return this.bases[id] === NO_BASE;
  }

  /** Offset from the base; of a constant its value. */
  offset(id: ValueId): number {
    return this.offsets[id];
  }

  base(id: ValueId): ValueId {
    return this.bases[id];
  }

  /** Bits from this one up are zero. */
  width(id: ValueId): number {
    return this.widths[id];
  }

  isEqual(a: ValueId, b: ValueId): boolean {
    return this.bases[a] === this.bases[b] && this.offsets[a] === this.offsets[b];
  }

  /** Learns what an operation's value is; its arguments are known. */
  note(op: IrOp): void {
    const id = op.id;
    this.defs[id] = op;
    this.bases[id] = id;
    this.offsets[id] = 0;
    this.widths[id] = 32;
    const traits = traitsByName(op.op);
    this.traits[id] = traits;
    if ((traits & HAS_FACTS) !== 0) this.learn(op);
  }

  private learn(op: IrOp): void {
    const id = op.id;
    switch (op.op) {
      case 'const':
        this.setConstant(id, op.value);
        return;
      case 'add':
        this.noteSum(id, op.args[0], op.args[1]);
        break;
      case 'sub':
        if (this.isConstant(op.args[1])) this.setSum(id, op.args[0], -this.offsets[op.args[1]]);
        break;
      case 'alu':
        if (op.bits === 32) this.noteAlu(id, op.alu, op.args);
        break;
      default:
        break;
    }
    if (this.bases[id] !== NO_BASE) this.widths[id] = this.widthOf(op);
  }

  private noteAlu(id: ValueId, alu: string, args: readonly ValueId[]): void {
    if (alu === 'add') this.noteSum(id, args[0], args[1]);
    else if (alu === 'inc') this.setSum(id, args[0], 1);
    else if (alu === 'dec') this.setSum(id, args[0], -1);
    else if (alu === 'sub' && this.isConstant(args[1]))
      this.setSum(id, args[0], -this.offsets[args[1]]);
  }

  private noteSum(id: ValueId, a: ValueId, b: ValueId): void {
    if (this.isConstant(b)) this.setSum(id, a, this.offsets[b]);
    else if (this.isConstant(a)) this.setSum(id, b, this.offsets[a]);
  }

  private setSum(id: ValueId, of: ValueId, offset: number): void {
    if (this.isConstant(of)) {
      this.setConstant(id, (this.offsets[of] + offset) | 0);
      return;
    }
    this.bases[id] = this.bases[of];
    this.offsets[id] = (this.offsets[of] + offset) | 0;
  }

  private setConstant(id: ValueId, value: number): void {
    this.bases[id] = NO_BASE;
    this.offsets[id] = value;
    this.widths[id] = 32 - Math.clz32(value);
  }

  private widthOf(op: IrOp): number {
    const w = this.widths;
    switch (op.op) {
      case 'eq':
      case 'ne':
      case 'ltu':
      case 'lts':
      case 'cond':
        return 1;
      case 'zx8':
      case 'ext8h':
        return Math.min(8, w[op.args[0]]);
      case 'zx16':
        return Math.min(16, w[op.args[0]]);
      case 'load':
        return op.signed ? 32 : 8 * op.bytes;
      case 'and':
        return Math.min(w[op.args[0]], w[op.args[1]]);
      case 'andn':
        return w[op.args[0]];
      case 'or':
      case 'xor':
        return Math.max(w[op.args[0]], w[op.args[1]]);
      case 'ins8':
        return Math.max(8, w[op.args[0]]);
      case 'ins8h':
      case 'ins16':
        return Math.max(16, w[op.args[0]]);
      case 'select':
        return Math.max(w[op.args[1]], w[op.args[2]]);
      case 'selcc':
        return Math.max(w[op.args[0]], w[op.args[1]]);
      case 'shr':
        return this.isConstant(op.args[1])
          ? Math.max(0, w[op.args[0]] - (this.offsets[op.args[1]] & 31))
          : w[op.args[0]];
      case 'shl':
        return this.isConstant(op.args[1])
          ? Math.min(32, w[op.args[0]] + (this.offsets[op.args[1]] & 31))
          : 32;
      default:
        return 32;
    }
  }
}

function grown<T extends Int32Array | Uint8Array>(old: T, fresh: T): T {
  if (old.length > 0) fresh.set(old);
  return fresh;
}
