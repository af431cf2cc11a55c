/**
 * Copy propagation (Muchnick ch. 12.5): users of an operation whose value exists already take that
 * value; the operation goes unless its flags are wanted. In this representation moves between
 * registers leave no operation behind, so what is found here are identities (x + 0, x | x), extensions
 * of what is extended, selects between equals, and partial-register writes that write what was there.
 * Snapshots that name the value that a register has anyway say so (-1), so that the exit need not move it.
 *
 * Legality: equal values in a program where each value is defined once; the older one stands before
 * every user of the younger (copy-rules.ts). A shift by a count of zero changes no flag either.
 */
import { type IrExit, type IrOp, STATE_REGISTERS, type ValueId } from '../ir/ir.js';
import { exitOf } from '../ir/ir-ops.js';
import { copyOf } from './copy-rules.js';
import { type PassCount, Rewrite, type Workspace } from './rewrite.js';
import { COPIES, NAMES_EXIT } from './traits.js';
import type { Values } from './values.js';

export function copyPropagation(work: Workspace): PassCount {
  const r = new Rewrite(work);
  let moved = 0;
  for (const op of work.ir.ops) {
    r.next(op);
    if (!r.has(op, COPIES | NAMES_EXIT)) {
      r.keep(op);
      continue;
    }
    const exit = exitOf(work.ir, op);
    if (exit) forgetUnchanged(exit, moved, r.values);
    if (exit && op.op === 'commit') moved |= movedRegisters(exit);
    else if (op.op === 'assist') moved = 0;
    if (isEmptyShift(op, r.values)) r.drop(op, op.args[0]);
    else propagate(op, r);
  }
  return r.finish();
}

function propagate(op: IrOp, r: Rewrite): void {
  const copy = r.isReplaced(op.id) ? -1 : copyOf(op, r.values);
  if (copy < 0) {
    r.keep(op);
    return;
  }
  if (op.op !== 'alu' || !op.setsFlags) {
    r.drop(op, copy);
    return;
  }
  r.equals(op, copy);
  r.keep(op);
}

/** A shift or rotate by a constant of which x86 looks at no bit: neither value nor flags change. */
function isEmptyShift(op: IrOp, values: Values): boolean {
  if (op.op !== 'alu') return false;
  const count: ValueId | undefined = op.args[SHIFT_COUNTS[op.alu] ?? -1];
  return count !== undefined && values.isConstant(count) && (values.offset(count) & 31) === 0;
}

/** Which argument is the count. */
const SHIFT_COUNTS: Readonly<Record<string, number>> = {
  shl: 1,
  shr: 1,
  sar: 1,
  rol: 1,
  ror: 1,
  rcl: 1,
  rcr: 1,
  shld: 2,
  shrd: 2,
};

/**
 * Registers that hold what they held at the start (or behind the last barrier: values do not outlive
 * one). Not those that a commit since then has given another value: they would have to go back.
 */
function forgetUnchanged(exit: IrExit, moved: number, values: Values): void {
  for (const register of STATE_REGISTERS) {
    const value = exit.registers[register];
    if (value < 0 || (moved >> register) & 1) continue;
    const source = values.definition(value);
    if (source.op === 'reg' && source.register === register) exit.registers[register] = -1;
  }
}

/** Mask of the registers that a commit gives another value. */
function movedRegisters(exit: IrExit): number {
  let mask = 0;
  for (const register of STATE_REGISTERS) if (exit.registers[register] >= 0) mask |= 1 << register;
  return mask;
}
