/**
 * Patching of the atoms by which a translation leaves: `exit n` and its number, the branch that
 * takes its place when the exit is chained, and the inline compare of an indirect exit. Only the atom
 * in the slot changes; format and commit bits of the molecule stay (hw/atom/molecule.ts).
 */
import type { AtomRow } from '../../hw/atom/atom.js';
import { FORM_FIELDS, NUMBER_RANGE } from '../../hw/atom/forms.js';
import { atomNamed, atoms } from '../../hw/atom/index.js';
import { replaceAtomWord } from '../../hw/atom/molecule.js';

const EXIT = atomNamed('exit');
const BRANCH = atomNamed('br');
const OPCODE_MASK = 0x1ff;
const MOLECULE_UNIT = 8;
/** Exit numbers have 22 bits. */
export const EXIT_NUMBERS = 1 << 22;

/** A slot and the molecule that it belongs to. */
export interface SlotPlace {
  readonly slotPc: number;
  readonly moleculePc: number;
}

const rowOf = (word: number): AtomRow => atoms[word & OPCODE_MASK];

export class ExitSlots {
  /** `words`: the machine's linear memory. */
  constructor(private readonly words: Uint32Array) {}

  /** Makes the slot leave with this number: `exit n`, or `assist n` where it is one. */
  setExit(place: SlotPlace, number: number): void {
    const row = this.row(place.slotPc);
    this.put(place, row.effect?.kind === 'assist' ? row : EXIT, 0, number);
  }

  /** Makes the slot branch; false when the target is out of reach. A conditional branch stays one, an `rspush` too. */
  setBranch(place: SlotPlace, targetPc: number): boolean {
    const old = this.row(place.slotPc);
    const kind = old.effect?.kind;
    const row = kind === 'branch' || kind === 'returnPush' ? old : BRANCH;
    const displacement = (targetPc - place.moleculePc) / MOLECULE_UNIT;
    const [lowest, highest] = NUMBER_RANGE[FORM_FIELDS[row.form].number];
    if (displacement < lowest || displacement > highest) return false;
    this.put(place, row, (this.words[place.slotPc >>> 2] >>> 15) & 0x3f, displacement);
    return true;
  }

  /** Undoes a patch: the slot's word as it was compiled, with the exit's number where it leaves by one. */
  restore(place: SlotPlace, compiled: number, number: number): void {
    this.words[place.slotPc >>> 2] = compiled;
    if (rowOf(compiled).effect?.kind === 'exit') this.setExit(place, number);
  }

  setLiteral(pc: number, value: number): void {
    this.words[pc >>> 2] = value;
  }

  private row(slotPc: number): AtomRow {
    return rowOf(this.words[slotPc >>> 2]);
  }

  private put({ slotPc, moleculePc }: SlotPlace, row: AtomRow, a: number, imm: number): void {
    const index = slotPc >>> 2;
    const slot = (slotPc - moleculePc) >>> 2;
    this.words[index] = replaceAtomWord(this.words[index], row, { d: 0, a, b: 0, imm }, slot);
  }
}
