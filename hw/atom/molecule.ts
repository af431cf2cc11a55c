/**
 * Molecules and their encoding: 2 to 8 words of 32 bits, one for each slot of the format, with Crusoe's
 * field widths. ASSUMED: the places of the fields.
 *
 *   every slot  bits 0-8 opcode, 9-14 d, 15-20 a, 21-26 b
 *               imm8 and other 8-bit numbers: bits 21-28; mask of a store: bits 9-14, 27, 28
 *               14-bit numbers: bits 9-14, 21-28; 22-bit numbers: bits 9-28, 30, 31
 *   slot 0      bits 29-31 number of the format (so no branch unit there: its numbers need 30, 31)
 *   slot 1      bit 29 commit (so a molecule with its literal in slot 1 cannot commit)
 *   imm slot    the literal
 *
 * Fields that a form does not use are zero. At most one atom of a molecule writes a register, the
 * condition codes or MQ; sources are read before anything is written.
 */
import { SimulatorBug } from '../../base/errors.js';
import type { AtomRow } from './atom.js';
import { moleculeProblem } from './check-molecule.js';
import { FORM_FIELDS, NUMBER_RANGE, type NumberField } from './forms.js';
import { type HostIsa, IMM_SLOT } from './host-isa.js';
import { atomNamed, atoms } from './index.js';
import { R_SINK, R_ZERO } from './registers.js';

/** An atom with its operands; fields that its form does not have are zero. */
export interface AtomInstance {
  readonly row: AtomRow;
  readonly d: number;
  readonly a: number;
  readonly b: number;
  /** Immediate, literal, mask, number, or displacement in units of 8 bytes. */
  readonly imm: number;
}

export interface Molecule {
  readonly format: number;
  /** By slot of the format; undefined: nothing there, or the literal. */
  readonly slots: readonly (AtomInstance | undefined)[];
  readonly literal: number;
  readonly commit: boolean;
  readonly lengthBytes: number;
}

/** Host code that is no molecule of this machine: a bug of whoever made it or jumped there. */
export class HostDecodeError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'HostDecodeError';
  }
}

export const COMMIT_BIT = 1 << 29;
export const FORMAT_SHIFT = 29;
const NOP = atomNamed('nop');

function encodeNumber(kind: NumberField, value: number): number {
  switch (kind) {
    case 'imm8':
    case 'number8':
      return (value & 0xff) << 21;
    case 'mask':
      return ((value & 0x3f) << 9) | ((value & 0xc0) << 21);
    case 'disp14':
    case 'n14':
      return ((value & 0x3f) << 9) | ((value & 0x3fc0) << 15);
    case 'disp22':
    case 'n22':
      return ((value & 0xf_ffff) << 9) | ((value & 0x30_0000) << 10);
    case 'none':
    case 'literal':
      return 0;
  }
}

function decodeNumber(kind: NumberField, word: number, literal: number): number {
  const n14 = ((word >>> 9) & 0x3f) | ((word >>> 15) & 0x3fc0);
  const n22 = ((word >>> 9) & 0xf_ffff) | ((word >>> 10) & 0x30_0000);
  switch (kind) {
    case 'imm8':
      return (word << 3) >> 24;
    case 'number8':
      return (word >>> 21) & 0xff;
    case 'mask':
      return ((word >>> 9) & 0x3f) | ((word >>> 21) & 0xc0);
    case 'n14':
      return n14;
    case 'disp14':
      return (n14 << 18) >> 18;
    case 'n22':
      return n22;
    case 'disp22':
      return (n22 << 10) >> 10;
    case 'literal':
      return literal;
    case 'none':
      return 0;
  }
}

/**
 * The word of an atom in a slot, without format and commit bits. The literal of an imm32 form
 * goes to the molecule's imm slot, not in here.
 */
export function encodeAtomWord(
  row: AtomRow,
  d: number,
  a: number,
  b: number,
  imm: number,
  slot: number,
): number {
  const form = FORM_FIELDS[row.form];
  const [lowest, highest] = NUMBER_RANGE[form.number];
  if (imm < lowest || imm > highest)
    throw new RangeError(`${row.name}: ${imm} is not in ${lowest} to ${highest}`);
  if (slot === 0 && row.unitClass === 'branch')
    throw new RangeError(`${row.name}: slot 0 has no room for a branch`);
  return (
    row.opcode |
    (form.d ? d << 9 : 0) |
    (form.a ? a << 15 : 0) |
    (form.b ? b << 21 : 0) |
    encodeNumber(form.number, imm)
  );
}

/** The word of a slot with another atom in it; format and commit bits stay. For chaining. */
export function replaceAtomWord(
  old: number,
  row: AtomRow,
  operands: Omit<AtomInstance, 'row'>,
  slot: number,
): number {
  const { d, a, b, imm } = operands;
  return (old & headerMask(slot)) | encodeAtomWord(row, d, a, b, imm, slot);
}

function headerMask(slot: number): number {
  if (slot === 0) return 7 << FORMAT_SHIFT;
  return slot === 1 ? COMMIT_BIT : 0;
}

/** Writes the molecule's words from index `at` on; how many. Throws where the machine has no such molecule. */
export function encodeMolecule(isa: HostIsa, m: Molecule, out: Uint32Array, at: number): number {
  const problem = moleculeProblem(isa, m);
  if (problem !== undefined) throw new SimulatorBug(`cannot encode: ${problem}`);
  const { slots } = isa.formats[m.format];
  slots.forEach((unit, i) => {
    const atom = m.slots[i] ?? { row: NOP, d: 0, a: 0, b: 0, imm: 0 };
    out[at + i] =
      unit === IMM_SLOT ? m.literal : encodeAtomWord(atom.row, atom.d, atom.a, atom.b, atom.imm, i);
  });
  out[at] |= m.format << FORMAT_SHIFT;
  if (m.commit) out[at + 1] |= COMMIT_BIT;
  return slots.length;
}

/** The molecule at word index `at`; throws HostDecodeError. */
export function decodeMolecule(
  isa: HostIsa,
  words: Uint32Array | Int32Array,
  at: number,
): Molecule {
  const number = words[at] >>> FORMAT_SHIFT;
  const format = isa.formats[number];
  if (!format) throw new HostDecodeError(`the machine has no molecule format ${number}`);
  if (at + format.slots.length > words.length)
    throw new HostDecodeError('a molecule runs beyond the end of the code');
  const literal = format.immSlot < 0 ? 0 : words[at + format.immSlot] | 0;
  const slots = format.slots.map((unit, i) =>
    unit === IMM_SLOT ? undefined : decodeAtom(words[at + i] & ~headerMask(i), i, literal),
  );
  const molecule: Molecule = {
    format: number,
    slots,
    literal,
    commit: format.canCommit && (words[at + 1] & COMMIT_BIT) !== 0,
    lengthBytes: format.lengthBytes,
  };
  const problem = moleculeProblem(isa, molecule);
  if (problem !== undefined) throw new HostDecodeError(problem);
  return molecule;
}

/** Writes to the zero register go to the sink. */
const destination = (d: number): number => (d === R_ZERO ? R_SINK : d);

function decodeAtom(word: number, slot: number, literal: number): AtomInstance | undefined {
  const row = atoms[word & 0x1ff];
  if (!row) throw new HostDecodeError(`slot ${slot}: no atom has opcode ${word & 0x1ff}`);
  if (row === NOP && word === NOP.opcode) return undefined;
  if (slot === 0 && row.unitClass === 'branch')
    throw new HostDecodeError(`slot 0: ${row.name} is a branch`);
  const form = FORM_FIELDS[row.form];
  const d = form.d ? (word >>> 9) & 0x3f : 0;
  const a = form.a ? (word >>> 15) & 0x3f : 0;
  const b = form.b ? (word >>> 21) & 0x3f : 0;
  const imm = decodeNumber(form.number, word, literal);
  if (encodeAtomWord(row, d, a, b, imm, slot) !== (word | 0))
    throw new HostDecodeError(`slot ${slot}: bits that ${row.name} does not have are set`);
  return { row, d: form.d ? destination(d) : 0, a, b, imm };
}
