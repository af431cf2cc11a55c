/**
 * What each operand form keeps in an atom's word (hw/atom/molecule.ts encodes it): which of d, a, b
 * are registers, and what its number is. One table for the encoder, both text directions and whoever
 * asks which registers an atom reads and writes.
 */
import type { AtomRow, OperandForm } from './atom.js';
import type { AtomInstance } from './molecule.js';

/** literal: the molecule's imm slot; imm8: signed; number8: 0 to 255; disp: in units of 8 bytes. */
export type NumberField =
  | 'none'
  | 'imm8'
  | 'number8'
  | 'literal'
  | 'mask'
  | 'disp22'
  | 'n22'
  | 'disp14'
  | 'n14';

export interface FormFields {
  readonly d: boolean;
  readonly a: boolean;
  readonly b: boolean;
  readonly number: NumberField;
}

const fields = (registers: string, number: NumberField): FormFields => ({
  d: registers.includes('d'),
  a: registers.includes('a'),
  b: registers.includes('b'),
  number,
});

export const FORM_FIELDS: Readonly<Record<OperandForm, FormFields>> = {
  'd,a,b': fields('dab', 'none'),
  'd,a,imm8': fields('da', 'imm8'),
  'd,a,imm32': fields('da', 'literal'),
  'd,a': fields('da', 'none'),
  'd,imm32': fields('d', 'literal'),
  'd,imm8': fields('d', 'number8'),
  'a,b': fields('ab', 'none'),
  'a,imm8': fields('a', 'imm8'),
  'a,imm32': fields('a', 'literal'),
  a: fields('a', 'none'),
  d: fields('d', 'none'),
  'd,[a]': fields('da', 'none'),
  'd,[a],imm8': fields('da', 'number8'),
  '[a],b,mask': fields('ab', 'mask'),
  disp22: fields('', 'disp22'),
  'a,disp14': fields('a', 'disp14'),
  n22: fields('', 'n22'),
  'a,n14': fields('a', 'n14'),
  '': fields('', 'none'),
};

/** Displacements of branches count units of so many bytes. */
export const BRANCH_UNIT_BYTES = 8;

/** Lowest and highest value of each kind of number. */
export const NUMBER_RANGE: Readonly<Record<NumberField, readonly [number, number]>> = {
  none: [0, 0],
  imm8: [-0x80, 0x7f],
  number8: [0, 0xff],
  literal: [-0x8000_0000, 0x7fff_ffff],
  mask: [0, 0xff],
  disp22: [-0x20_0000, 0x1f_ffff],
  n22: [0, 0x3f_ffff],
  disp14: [-0x2000, 0x1fff],
  n14: [0, 0x3fff],
};

/** The second source of the meaning is the instance's number, not register b. */
export function secondIsImmediate(row: AtomRow): boolean {
  const { number } = FORM_FIELDS[row.form];
  return number === 'imm8' || number === 'number8' || number === 'literal';
}

export function usesLiteral(row: AtomRow): boolean {
  return FORM_FIELDS[row.form].number === 'literal';
}

/** Register that an atom writes, or -1. */
export function registerWritten(atom: AtomInstance): number {
  return FORM_FIELDS[atom.row.form].d ? atom.d : -1;
}

/** Whether it reads the register as a source (tied destinations included). */
export function readsRegister(atom: AtomInstance, register: number): boolean {
  const { d, a, b } = FORM_FIELDS[atom.row.form];
  return (
    (a && atom.a === register) ||
    (b && atom.b === register) ||
    (d && atom.row.readsD && atom.d === register)
  );
}
