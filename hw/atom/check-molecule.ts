/**
 * Whether a machine has a molecule: its format exists, each atom stands on a unit that executes it and
 * names registers that exist, literals agree, and no two atoms write the same thing.
 */
import { FORM_FIELDS, registerWritten, usesLiteral } from './forms.js';
import { type HostIsa, IMM_SLOT } from './host-isa.js';
import type { AtomInstance, Molecule } from './molecule.js';
import { R_SINK } from './registers.js';

/** Why the machine has no such molecule, as a sentence; undefined where it has. */
export function moleculeProblem(isa: HostIsa, m: Molecule): string | undefined {
  const format = isa.formats[m.format];
  if (!format) return `there is no format ${m.format}`;
  if (m.slots.length !== format.slots.length) return `the format has ${format.slots.length} slots`;
  if (m.commit && !format.canCommit) return 'a molecule with its literal in slot 1 cannot commit';
  for (let i = 0; i < m.slots.length; i++) {
    const atom = m.slots[i];
    if (!atom) continue;
    const problem = atomProblem(isa, m, atom, format.slots[i]);
    if (problem !== undefined) return `slot ${i}: ${atom.row.name}: ${problem}`;
  }
  return conflict(m);
}

function atomProblem(
  isa: HostIsa,
  m: Molecule,
  atom: AtomInstance,
  unit: number,
): string | undefined {
  if (unit === IMM_SLOT) return 'the slot is for the literal';
  if (!isa.executes(unit, atom.row.unitClass))
    return `${isa.units[unit].name} does not execute ${atom.row.unitClass} atoms`;
  if (usesLiteral(atom.row)) {
    if (isa.formats[m.format].immSlot < 0) return 'the format has no literal';
    if (atom.imm !== m.literal) return 'the molecule has another literal';
  }
  const form = FORM_FIELDS[atom.row.form];
  const tied = form.d && atom.row.readsD;
  if (form.d && !isa.mayWrite(atom.d)) return `r${atom.d} cannot be written`;
  if (tied && atom.d >= R_SINK) return `r${atom.d} cannot be both read and written`;
  if (form.a && !isa.mayRead(atom.a)) return `r${atom.a} cannot be read`;
  if (form.b && !isa.mayRead(atom.b)) return `r${atom.b} cannot be read`;
  return undefined;
}

/** Two atoms that write the same thing. */
function conflict(m: Molecule): string | undefined {
  let flags = 0;
  let mq = 0;
  for (let i = 0; i < m.slots.length; i++) {
    const atom = m.slots[i];
    if (!atom) continue;
    if (atom.row.writesFlags && ++flags > 1) return 'two atoms write the condition codes';
    if (atom.row.writesMq && ++mq > 1) return 'two atoms write MQ';
    const d = registerWritten(atom);
    if (d < 0 || d >= R_SINK) continue;
    for (let k = 0; k < i; k++) {
      const other = m.slots[k];
      if (other && registerWritten(other) === d) return `two atoms write r${d}`;
    }
  }
  return undefined;
}
