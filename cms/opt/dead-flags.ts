/**
 * Dead-flag elimination: x86 sets flags with nearly every operation, and nearly nobody looks.
 * Backward liveness (Muchnick ch. 14.1) of the six arithmetic flags, one bit each; an operation of
 * whose flags none is live stops setting them, and becomes the plain operation where there is one.
 *
 * Legality: all six are live at every exit, commit and assist, since the guest sees them there; a
 * trap needs those it tests, and nothing for its rollback. What has no plain form keeps setting its
 * flags while its value is used: nobody looks, and the atom sets them anyway. A plain form has the
 * same low bits; above the operation's width both are garbage.
 */
import type { IrBinary, IrOp, IrUnary, ValueId } from '../ir/ir.js';
import { IrNode } from '../ir/ir-node.js';
import { exitOf, flaglessForm, flagsKilled, flagsRead, flagsWritten } from '../ir/ir-ops.js';
import { binaryFor, type PassCount, type Workspace } from './rewrite.js';
import { TOUCHES_FLAGS } from './traits.js';

export function deadFlags(work: Workspace): PassCount {
  return new DeadFlags(work).run();
}

type Alu = IrOp & { readonly op: 'alu' };

class DeadFlags {
  private readonly count: PassCount = { removed: 0, changed: 0 };
  /** Flags that somebody behind looks at. */
  private live = 0;
  /** Values that somebody behind uses. */
  private readonly used: Uint8Array;
  /** Second results of these are used: the plain product has none. */
  private readonly hasMq: Uint8Array;
  /** The region from its end on. */
  private readonly reversed: IrOp[] = [];
  /** What the plain form at hand needs in front of it. */
  private readonly inserted: IrOp[] = [];

  constructor(private readonly work: Workspace) {
    work.clearMarks();
    this.used = work.used;
    this.hasMq = work.hasMq;
  }

  run(): PassCount {
    const { ir, values } = this.work;
    for (let i = ir.ops.length - 1; i >= 0; i--) {
      const op = ir.ops[i];
      if ((values.traitsOf(op.id) & TOUCHES_FLAGS) === 0) {
        this.reversed.push(op);
        for (const arg of op.args) this.used[arg] = 1;
        if (op.op === 'mq') this.hasMq[op.args[0]] = 1;
        continue;
      }
      const written = flagsWritten(op);
      let used = op;
      if (written !== 0 && (written & this.live) === 0 && isSetter(op)) used = this.weaken(op);
      else this.reversed.push(op);
      this.live = (this.live & ~flagsKilled(op, this.shiftCount(op))) | flagsRead(op);
      this.use(used);
    }
    ir.ops = this.reversed.reverse();
    return this.count;
  }

  private use(op: IrOp): void {
    for (const arg of op.args) this.used[arg] = 1;
    const exit = exitOf(this.work.ir, op);
    if (!exit) return;
    for (const value of exit.registers) if (value >= 0) this.used[value] = 1;
    if (exit.target >= 0) this.used[exit.target] = 1;
    if (exit.skipped >= 0) this.used[exit.skipped] = 1;
  }

  /** The count of a shift, where it is constant (its last source). */
  private shiftCount(op: IrOp): number | undefined {
    if (op.op !== 'alu') return undefined;
    const count = op.args[op.args.length - 1];
    return this.work.values.isConstant(count) ? this.work.values.offset(count) : undefined;
  }

  /** Puts what becomes of the operation behind the others, and gives it. */
  private weaken(op: IrOp & { setsFlags: boolean }): IrOp {
    const plain = op.op === 'alu' ? this.plainForm(op) : undefined;
    if (plain) {
      this.count.changed++;
      this.work.values.note(plain);
      this.reversed.push(plain);
      while (this.inserted.length > 0) this.useAndPush(this.inserted.pop() as IrOp);
      return plain;
    }
    if (!this.used[op.id]) {
      op.setsFlags = false;
      this.count.changed++;
    }
    this.reversed.push(op);
    return op;
  }

  private useAndPush(op: IrOp): void {
    this.reversed.push(op);
    this.use(op);
  }

  private plainForm(op: Alu): IrOp | undefined {
    const [a, b] = op.args as [ValueId, ValueId];
    const { values } = this.work;
    const base = values.base(op.id);
    // A chain of sums, as of an unrolled loop's counter, becomes sums side by side.
    if (base >= 0 && base !== op.id && values.offset(op.id) !== 0)
      return binaryFor(op, 'add', base, this.constant(op, values.offset(op.id)));
    const form = flaglessForm(op.alu, op.bits);
    if (form) return binaryFor(op, form, a, b);
    switch (op.alu) {
      case 'inc':
        return binaryFor(op, 'add', a, this.constant(op, 1));
      case 'dec':
        return binaryFor(op, 'add', a, this.constant(op, -1));
      case 'neg':
        return binaryFor(op, 'sub', this.constant(op, 0), a);
      case 'shl':
        // What is shifted past a narrow operation's width is garbage there.
        return binaryFor(op, 'shl', a, b);
      case 'shr':
        return this.narrowShift(op, 'shr', op.bits === 8 ? 'zx8' : 'zx16');
      case 'sar':
        return this.narrowShift(op, 'sar', op.bits === 8 ? 'sx8' : 'sx16');
      case 'mul':
      case 'imul':
        // Products of 8 bits have 16, which depend on the signs.
        return op.bits > 8 && !this.hasMq[op.id] ? binaryFor(op, 'mul', a, b) : undefined;
      default:
        return undefined;
    }
  }

  private narrowShift(op: Alu, name: IrBinary, extension: IrUnary): IrOp {
    const [a, b] = op.args as [ValueId, ValueId];
    const extended = this.insert(new IrNode(this.fresh(), op.guest, [a], extension));
    return binaryFor(op, name, extended, b);
  }

  private constant(op: IrOp, value: number): ValueId {
    const constant = new IrNode(this.fresh(), op.guest, [], 'const');
    constant.value = value;
    return this.insert(constant);
  }

  private fresh(): ValueId {
    const id = this.work.ir.nextId++;
    this.work.reserve(id + 1);
    return id;
  }

  private insert({ made }: IrNode): ValueId {
    this.work.values.note(made);
    this.inserted.push(made);
    return made.id;
  }
}

function isSetter(op: IrOp): op is IrOp & { setsFlags: boolean } {
  return op.op === 'alu' || op.op === 'flag';
}
