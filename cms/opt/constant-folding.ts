/**
 * Constant folding and algebraic simplification (Muchnick, "Advanced Compiler Design and
 * Implementation", ch. 12.1-12.3): operations on constants are evaluated, chains of constants are
 * joined, parts put together and taken apart again vanish, guards on constants are decided.
 *
 * Legality: a pure operation may become any other with the same value for all sources
 * (fold-rules.ts). An ALU operation stays where it is for its flags, only the users of its value
 * move. A guard that never holds goes; a side exit that always holds ends the region there, since
 * nothing behind it is ever reached. A trap that always holds stays: it rolls back each time, and the
 * runtime learns from that.
 */
import type { IrOp } from '../ir/ir.js';
import { evaluateBinary, flaglessForm } from '../ir/ir-ops.js';
import { fold } from './fold-rules.js';
import { narrowSources } from './low-bits.js';
import { exitFor, type PassCount, Rewrite, type Workspace } from './rewrite.js';
import { FOLDS, READS_LOW_BITS } from './traits.js';

export function constantFolding(work: Workspace): PassCount {
  const r = new Rewrite(work);
  const ops = work.ir.ops;
  for (let i = 0; i < ops.length; i++) {
    const op = ops[i];
    r.next(op);
    if (r.has(op, READS_LOW_BITS) && narrowSources(op, r.values)) r.count.changed++;
    switch (op.op) {
      case 'alu':
        foldAlu(op, r);
        break;
      case 'trap':
      case 'exitIf':
        if (!foldGuard(op, r)) break;
        r.endHere(ops.length - 1 - i);
        return r.finish();
      default: {
        const folded = r.has(op, FOLDS) ? fold(op, r) : undefined;
        if (folded) foldOn(folded, r);
        else r.keep(op);
      }
    }
  }
  return r.finish();
}

/** What an operation has become may fold again: (x - c1) + c2 in two steps, for one. */
function foldOn(first: IrOp, r: Rewrite): void {
  let op = first;
  for (;;) {
    r.values.note(op);
    const next = fold(op, r);
    if (!next) break;
    op = next;
  }
  r.become(op);
}

/** The value of an ALU operation on constants, or of one source twice. */
function foldAlu(op: IrOp & { readonly op: 'alu' }, r: Rewrite): void {
  const { values } = r;
  const form = r.isReplaced(op.id) ? undefined : flaglessForm(op.alu, op.bits);
  const [a, b] = op.args as [number, number];
  let value: number | undefined;
  if (values.isConstant(op.id)) value = values.offset(op.id);
  else if (form === undefined) value = undefined;
  else if (values.isConstant(a) && values.isConstant(b))
    value = evaluateBinary(form, values.offset(a), values.offset(b));
  else if ((form === 'xor' || form === 'sub') && values.isEqual(a, b)) value = 0;
  else if (form === 'and' && values.isConstant(b) && values.offset(b) === 0) value = 0;
  if (value !== undefined && !r.isReplaced(op.id)) r.equals(op, r.constant(value));
  r.keep(op);
}

/** True when the region ends here. */
function foldGuard(op: IrOp & { readonly op: 'trap' | 'exitIf' }, r: Rewrite): boolean {
  const { values } = r;
  if (op.args.length === 0) {
    r.keep(op);
    return false;
  }
  stripTest(op, r);
  const condition = op.args[0];
  if (!values.isConstant(condition)) r.keep(op);
  else if (values.offset(condition) === 0) r.drop(op);
  else if (op.op === 'exitIf') {
    r.become(exitFor(op));
    return true;
  } else r.keep(op);
  return false;
}

/** A guard on `x != 0` is one on x. */
function stripTest(op: IrOp, r: Rewrite): void {
  const test = r.values.definition(op.args[0]);
  if (test.op !== 'ne') return;
  if (!r.values.isConstant(test.args[1]) || r.values.offset(test.args[1]) !== 0) return;
  op.args[0] = test.args[0];
  r.count.changed++;
}
