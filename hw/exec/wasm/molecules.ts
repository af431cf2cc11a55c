/**
 * Which molecules compiled code can contain, and what their writers ask of them.
 */
import { isLoad, OP, type Op, type StepMolecule } from '../step/step-molecule.js';

const TESTED: readonly number[] = [
  OP.load,
  OP.loadPhysical,
  OP.store,
  OP.storePhysical,
  OP.checkPage,
  OP.divide,
  OP.trapCondition,
  OP.trapNonZero,
  OP.trapZero,
];
const TRANSFERS: readonly number[] = [
  OP.branch,
  OP.branchCondition,
  OP.branchNonZero,
  OP.branchZero,
  OP.jumpRegister,
  OP.returnPop,
];

/** Whether a molecule can be part of compiled code at all. */
export function canCompile(m: StepMolecule): boolean {
  const { ops } = m;
  if ((m.leave >= 0 && !m.commit) || (m.jumps && m.commit)) return false;
  return !ops.some((op) => op.kind === OP.trap) && canTestAhead(m);
}

/** Not so if a store must not overlap a load of its own molecule: it would be tested before that is recorded. */
export function canTestAhead({ ops }: StepMolecule): boolean {
  let recorded = 0;
  let named = 0;
  for (const op of ops) {
    if (op.kind === OP.store) named |= op.imm;
    else if (op.isProtected && isLoad(op)) recorded |= 1 << op.imm;
  }
  return (recorded & named) === 0;
}

/** Stores that take a place in the store buffer. */
export function storesOf({ ops }: StepMolecule): number {
  let stores = 0;
  for (const op of ops) if (op.kind === OP.store) stores++;
  return stores;
}

/** The molecule has an operation that something must hold for. */
export const isTested = ({ ops }: StepMolecule): boolean =>
  ops.some(({ kind }) => TESTED.includes(kind));

/** Place of the operation that may lead somewhere else, or -1. */
export const transferOf = (ops: readonly Op[]): number =>
  ops.findIndex(({ kind }) => TRANSFERS.includes(kind));
