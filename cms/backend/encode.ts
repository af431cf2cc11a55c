/**
 * From molecules to words: formats and slots (formats.ts), lengths, displacements of branches, the
 * words themselves (hw/atom/molecule.ts). Slots without an atom get a no-op.
 */
import { FORM_FIELDS, NUMBER_RANGE } from '../../hw/atom/forms.js';
import type { HostIsa } from '../../hw/atom/host-isa.js';
import { atoms as rows } from '../../hw/atom/index.js';
import { COMMIT_BIT, encodeAtomWord, FORMAT_SHIFT } from '../../hw/atom/molecule.js';
import { ATOM_CLASSES } from '../../hw/options.js';
import type { CodeBuffer } from './code-buffer.js';
import { CannotCompile } from './compiled.js';
import type { FormatTable } from './formats.js';
import { NOP, RSPUSH } from './opcodes.js';
import { type AtomTraits, ORDER, USES_LITERAL } from './traits.js';
import { WordSlab } from './word-slab.js';

/** Branches count in units of 8 bytes. */
const UNIT_SHIFT = 3;
const NO_GUEST = -1;

export class Encoder {
  /** By molecule of the buffer: byte offset; one more for the end. */
  offsets = new Int32Array(256);
  /** By atom of the buffer: byte offset of its slot. */
  slotOffsets = new Int32Array(512);
  /** Useful atoms: no no-ops, no literals. */
  atomCount = 0;
  private readonly slab = new WordSlab();
  private readonly nextOfClass = new Int32Array(ATOM_CLASSES.length);

  constructor(
    private readonly isa: HostIsa,
    private readonly traits: AtomTraits,
    private readonly formats: FormatTable,
    private readonly code: CodeBuffer,
  ) {}

  /** Words and, for each, the guest instruction of its atom (-1: none). */
  encode(): { readonly words: Uint32Array; readonly guests: Int16Array } {
    const { code } = this;
    const sizeBytes = this.layOut();
    const words = this.slab.words(sizeBytes >>> 2);
    const guests = this.slab.halves(sizeBytes >>> 2);
    this.atomCount = code.atoms.length;
    for (let m = 0; m < code.molecules; m++) this.encodeMolecule(m, words, guests);
    return { words, guests };
  }

  private layOut(): number {
    const { code, formats, isa } = this;
    if (this.offsets.length <= code.molecules) this.offsets = new Int32Array(2 * code.molecules);
    if (this.slotOffsets.length < code.atoms.length)
      this.slotOffsets = new Int32Array(2 * code.atoms.length);
    let offset = 0;
    for (let m = 0; m < code.molecules; m++) {
      this.offsets[m] = offset;
      offset += isa.formats[formats.formatOf(code.set[m])].lengthBytes;
    }
    this.offsets[code.molecules] = offset;
    return offset;
  }

  /** Byte offset of a molecule's literal. */
  literalOffset(m: number): number {
    const format = this.isa.formats[this.formats.formatOf(this.code.set[m])];
    return this.offsets[m] + 4 * format.immSlot;
  }

  /** One past the last atom of a molecule. */
  private lastAtom(m: number): number {
    const { code } = this;
    return m + 1 < code.molecules ? code.start[m + 1] : code.atoms.length;
  }

  private encodeMolecule(m: number, words: Uint32Array, guests: Int16Array): void {
    const { code, formats } = this;
    const set = code.set[m];
    const format = this.isa.formats[formats.formatOf(set)];
    const base = this.offsets[m] >>> 2;
    // Loops, since a call of `fill` takes longer than a few words.
    for (let i = base; i < base + format.slots.length; i++) {
      words[i] = NOP;
      guests[i] = NO_GUEST;
    }
    const to = this.lastAtom(m);
    this.countClasses(code.start[m], to);
    const slots = formats.slotsOf(set);
    for (let i = code.start[m]; i < to; i++) {
      const unitClass = this.traits.unitClass[code.atoms.opcode[i]];
      const slot = slots[this.nextOfClass[unitClass]++];
      words[base + slot] = this.encodeAtom(i, m, slot);
      guests[base + slot] = code.atoms.guest[i];
      this.slotOffsets[i] = (base + slot) << 2;
    }
    if (format.immSlot >= 0)
      words[base + format.immSlot] = (set & formats.literal) !== 0 ? code.literal[m] : 0;
    words[base] |= format.index << FORMAT_SHIFT;
    if ((set & formats.commit) !== 0) words[base + 1] |= COMMIT_BIT;
  }

  /** Slots are listed by class: where each class begins. */
  private countClasses(from: number, to: number): void {
    const { nextOfClass, traits, code } = this;
    for (let k = 0; k < nextOfClass.length; k++) nextOfClass[k] = 0;
    for (let i = from; i < to; i++) {
      const unitClass = traits.unitClass[code.atoms.opcode[i]];
      for (let k = unitClass + 1; k < nextOfClass.length; k++) nextOfClass[k]++;
    }
  }

  private encodeAtom(i: number, m: number, slot: number): number {
    const { atoms } = this.code;
    const opcode = atoms.opcode[i];
    const row = rows[opcode];
    const branches = this.traits.order[opcode] === ORDER.sideExit || opcode === RSPUSH;
    let imm = (this.traits.bits[opcode] & USES_LITERAL) !== 0 ? 0 : atoms.imm[i];
    if (branches) {
      imm = (this.offsets[this.code.labels[atoms.exit[i]]] - this.offsets[m]) >> UNIT_SHIFT;
      const [lowest, highest] = NUMBER_RANGE[FORM_FIELDS[row.form].number];
      if (imm < lowest || imm > highest) throw new CannotCompile('branchReach');
    }
    return encodeAtomWord(row, atoms.d[i], atoms.a[i], atoms.b[i], imm, slot);
  }
}
