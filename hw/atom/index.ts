/**
 * The atom table: all rows, numbered by their place. Branches come first, so that a word of zeros is a
 * branch-unit atom, which cannot stand in slot 0: memory that was never written does not decode.
 */
import { SimulatorBug } from '../../base/errors.js';
import { ALU_ROWS } from './alu.js';
import type { AtomRow } from './atom.js';
import { BRANCH_ROWS } from './branch.js';
import { CONTROL_ROWS } from './control.js';
import { DIVIDE_ROWS } from './divide.js';
import { MEMORY_ROWS } from './memory.js';
import { MULTIPLY_ROWS } from './multiply.js';
import { SHIFT_ROWS } from './shift.js';

export const atoms: readonly AtomRow[] = [
  ...BRANCH_ROWS,
  ...CONTROL_ROWS,
  ...ALU_ROWS,
  ...SHIFT_ROWS,
  ...MULTIPLY_ROWS,
  ...DIVIDE_ROWS,
  ...MEMORY_ROWS,
].map((draft, opcode) => ({ opcode, ...draft }));

const byName: ReadonlyMap<string, AtomRow> = new Map(atoms.map((row) => [row.name, row]));

/** The row of that name (`op`, `op#` and `op##` for the three forms); throws where there is none. */
export function atomNamed(name: string): AtomRow {
  const row = byName.get(name);
  if (!row) throw new SimulatorBug(`no atom is named ${name}`);
  return row;
}

export function isAtomName(name: string): boolean {
  return byName.has(name);
}
