/**
 * Common subexpressions by hash-based value numbering over the whole region (Cocke and Schwartz;
 * Muchnick ch. 12.4): an operation with the same name, attributes and sources as an earlier one has
 * its value.
 *
 * Legality: pure operations only, and within what they depend on: readers of flags also by the last
 * operation that wrote flags, `reg` and everything else by the last barrier (no value lives on behind
 * one), `loadState` by the last write to the state block or commit (where the runtime may write),
 * `chkpage` by the last barrier (mappings change by interpreted instructions only). A guard on what an
 * earlier one of its kind let pass lets it pass again. An operation that
 * sets flags exactly as the one did that set them last goes too; any other keeps setting them. What
 * leaves a second result (`mq`) is not merged: the second result would have to outlive others.
 */
import type { IrOp } from '../ir/ir.js';
import { flagsWritten, writesMq } from '../ir/ir-ops.js';
import { type PassCount, Rewrite, type Workspace } from './rewrite.js';
import { IS_NUMBERED, TOUCHES_FLAGS } from './traits.js';
import type { ValueTable } from './value-table.js';

export function commonSubexpressions(work: Workspace): PassCount {
  const r = new Rewrite(work);
  const { table } = work;
  table.begin(work.ir.ops.length);
  for (const op of work.ir.ops) {
    r.next(op);
    const touchesFlags = r.has(op, TOUCHES_FLAGS);
    const earlier =
      r.has(op, IS_NUMBERED) && isNumbered(op) ? table.find(op, touchesFlags) : undefined;
    if (!earlier) r.keep(op);
    else merge(op, earlier, table, r);
    if (touchesFlags) table.pass(op, earlier);
  }
  return r.finish();
}

/** Of those with the trait not all are. */
function isNumbered(op: IrOp): boolean {
  // Flag operations other than lahf have no value.
  if (op.op === 'flag') return op.flag === 'lahf';
  return op.op !== 'alu' || !writesMq(op);
}

function merge(op: IrOp, earlier: IrOp, table: ValueTable, r: Rewrite): void {
  const setsOther = flagsWritten(op) !== 0 && !table.hasLastFlagsOf(earlier);
  if (!setsOther) {
    r.drop(op, earlier.id);
    return;
  }
  if (!r.isReplaced(op.id)) r.equals(op, earlier.id);
  r.keep(op);
}
