/**
 * Molecules and atoms as text, which assemble.ts reads back:
 *
 *   { ld32.u r16,[r17] ; add r18,r1,#4 ; br.nz 0x1040 } commit
 *
 * `#` marks an 8-bit immediate, `##` the molecule's literal; branch targets are addresses. Where the
 * assembler would choose other slots for these atoms, units are named, or, where that is not enough,
 * the format with its slots written out: `{ nop ; add r1,r2,r3 } format 4`.
 */

import { CONDITIONS } from './condition.js';
import { BRANCH_UNIT_BYTES, FORM_FIELDS, type NumberField, usesLiteral } from './forms.js';
import { type HostIsa, IMM_SLOT, type SlotWish } from './host-isa.js';
import type { AtomInstance, Molecule } from './molecule.js';

/** An atom of a molecule at host address `pc`. */
export function atomText({ row, d, a, b, imm }: AtomInstance, pc: number): string {
  const number = numberText(FORM_FIELDS[row.form].number, imm, pc);
  const name = row.name.replace(/#+$/, '');
  const operands = operandTexts(row.form, { d: `r${d}`, a: `r${a}`, b: `r${b}`, number });
  return operands === '' ? name : `${name} ${operands}`;
}

interface Texts {
  readonly d: string;
  readonly a: string;
  readonly b: string;
  readonly number: string;
}

function operandTexts(form: AtomInstance['row']['form'], t: Texts): string {
  switch (form) {
    case 'd,[a]':
      return `${t.d},[${t.a}]`;
    case 'd,[a],imm8':
      return `${t.d},[${t.a}],${t.number}`;
    case '[a],b,mask':
      return `[${t.a}],${t.b}${t.number === '#0' ? '' : `,${t.number}`}`;
    case 'd,imm8':
      return `${t.d},${CONDITIONS[Number(t.number.slice(1))] ?? t.number}`;
    default: {
      const fields = FORM_FIELDS[form];
      const used = [fields.d && t.d, fields.a && t.a, fields.b && t.b, t.number];
      return used.filter((text) => text !== false && text !== '').join(',');
    }
  }
}

function numberText(kind: NumberField, value: number, pc: number): string {
  switch (kind) {
    case 'none':
      return '';
    case 'imm8':
    case 'number8':
    case 'mask':
      return `#${value}`;
    case 'literal':
      return literalText(value);
    case 'disp22':
    case 'disp14':
      return hex(pc + value * BRANCH_UNIT_BYTES);
    case 'n22':
    case 'n14':
      return `${value}`;
  }
}

const hex = (value: number): string =>
  value < 0 ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`;

function literalText(value: number): string {
  return `##0x${(value >>> 0).toString(16)}`;
}

/** The molecule at host address `pc`, on one line. */
export function moleculeText(isa: HostIsa, m: Molecule, pc: number): string {
  const atoms = m.slots.filter((atom) => atom !== undefined);
  const isShown = atoms.some(({ row }) => usesLiteral(row)) || m.literal === 0;
  const loose = isShown ? [] : [`imm ${literalText(m.literal)}`];
  const commit = m.commit ? ' commit' : '';
  const line = (texts: readonly string[], tail: string): string =>
    `{ ${[...texts, ...loose].join(' ; ') || 'nop'} }${commit}${tail}`;
  const units = isa.formats[m.format].slots;
  const unitOf = (atom: AtomInstance): number => units[m.slots.indexOf(atom)];
  const plain = atoms.map((atom) => atomText(atom, pc));
  if (isChosen(isa, m, atoms, () => -1)) return line(plain, '');
  if (isChosen(isa, m, atoms, unitOf))
    return line(
      atoms.map((atom, i) => `${isa.units[unitOf(atom)].name}: ${plain[i]}`),
      '',
    );
  const written = units.flatMap((unit, i) => (unit === IMM_SLOT ? [] : [m.slots[i]]));
  return line(
    written.map((atom) => (atom ? atomText(atom, pc) : 'nop')),
    ` format ${m.format}`,
  );
}

/** The assembler, told these units, would put the atoms in the slots where they are. */
function isChosen(
  isa: HostIsa,
  m: Molecule,
  atoms: readonly AtomInstance[],
  unit: (atom: AtomInstance) => number,
): boolean {
  const wishes = atoms.map((atom): SlotWish => ({ row: atom.row, unit: unit(atom) }));
  const literal = m.literal !== 0 || atoms.some(({ row }) => usesLiteral(row));
  const placed = isa.place(wishes, literal, m.commit);
  return placed?.format === m.format && atoms.every((atom, i) => m.slots[placed.slots[i]] === atom);
}
