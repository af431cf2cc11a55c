/**
 * The molecules of a translation before they are encoded: atoms over host registers, grouped. A
 * molecule is open while atoms may still join it; `add` packs straight code in order (entry, exit
 * stubs, spill code): an atom joins the open molecule if a format holds it there and it neither
 * reads nor writes what the molecule writes. Reading before a later atom's write in the same
 * molecule is what the hardware does.
 *
 * Labels stand for molecules; branches name them in `atoms.exit`.
 */
import { R_SINK } from '../../hw/atom/registers.js';
import { ATOM_CLASSES } from '../../hw/options.js';
import { AtomList } from './atom-list.js';
import { CannotCompile } from './compiled.js';
import type { FormatTable } from './formats.js';
import {
  type AtomTraits,
  ORDER,
  READS_A,
  READS_B,
  READS_D,
  USES_LITERAL,
  WRITES_D,
} from './traits.js';

const NO_GUEST = -1;
const BRANCH_CLASS = ATOM_CLASSES.indexOf('branch');

export class CodeBuffer {
  readonly atoms = new AtomList();
  /** By molecule: its first atom, set (formats.ts, commit included), literal. */
  start = new Int32Array(256);
  set = new Int32Array(256);
  literal = new Int32Array(256);
  molecules = 0;
  /** By label: its molecule. */
  labels = new Int32Array(64);
  private labelCount = 0;
  private isOpen = false;
  private openSet = 0;
  private openLiteral = 0;
  /** A side exit in the open molecule: nothing from behind it may join. */
  private hasExit = false;

  constructor(
    private readonly traits: AtomTraits,
    private readonly formats: FormatTable,
  ) {}

  /** The first `labels` labels are given out from the start. */
  begin(labels: number): void {
    this.atoms.clear();
    this.molecules = 0;
    this.labelCount = labels;
    this.isOpen = false;
    this.growLabels();
  }

  newLabel(): number {
    this.labelCount++;
    this.growLabels();
    return this.labelCount - 1;
  }

  private growLabels(): void {
    if (this.labels.length >= this.labelCount) return;
    const next = new Int32Array(2 * this.labelCount);
    next.set(this.labels);
    this.labels = next;
  }

  /** The label stands for the next molecule. */
  bind(label: number): void {
    this.close();
    this.labels[label] = this.molecules;
  }

  /** Opens a molecule that has been scheduled; its atoms follow by `put`. */
  openScheduled(set: number, literal: number, hasExit: boolean): void {
    this.open();
    this.openSet = set;
    this.openLiteral = literal;
    this.hasExit = hasExit;
  }

  /** An atom of a scheduled molecule; its index. */
  put(opcode: number, d: number, a: number, b: number, imm: number, guest: number): number {
    return this.atoms.push(opcode, d, a, b, imm, guest);
  }

  private open(): void {
    this.close();
    if (this.molecules === this.start.length) this.grow();
    this.start[this.molecules] = this.atoms.length;
    this.isOpen = true;
    this.openSet = 0;
    this.hasExit = false;
  }

  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.set[this.molecules] = this.openSet;
    this.literal[this.molecules] = this.openLiteral;
    this.molecules++;
  }

  /** Appends an atom of straight code; its index. */
  add(opcode: number, d: number, a: number, b: number, imm: number, guest = NO_GUEST): number {
    const joined = this.isOpen ? this.joined(opcode, d, a, b, imm) : -1;
    if (joined >= 0) this.openSet = joined;
    else {
      this.open();
      this.openSet = this.setWith(opcode);
      if (this.formats.formatOf(this.openSet) < 0) throw new CannotCompile('noUnit');
    }
    if ((this.traits.bits[opcode] & USES_LITERAL) !== 0) this.openLiteral = imm;
    return this.atoms.push(opcode, d, a, b, imm, guest);
  }

  /** A branch to a label, or an atom that names one. */
  addBranch(opcode: number, a: number, label: number): number {
    const i = this.add(opcode, 0, a, 0, 0);
    this.atoms.exit[i] = label;
    return i;
  }

  /** Sets the commit bit on the open molecule, or on one of its own; that molecule. */
  commit(): number {
    const set = this.openSet + this.formats.commit;
    if (!this.isOpen || this.hasExit || this.formats.formatOf(set) < 0) this.open();
    this.openSet += this.formats.commit;
    if (this.formats.formatOf(this.openSet) < 0) throw new CannotCompile('noUnit');
    return this.molecules;
  }

  /** `exit` or `assist`, with the commit bit; the atom. */
  addLeaving(opcode: number, commit: boolean, guest: number): number {
    const extra = commit ? this.formats.commit : 0;
    const set = this.openSet + this.setWith(opcode) + extra;
    if (!this.isOpen || this.hasBranch() || this.formats.formatOf(set) < 0) {
      this.open();
      this.openSet = this.setWith(opcode) + extra;
      if (this.formats.formatOf(this.openSet) < 0) throw new CannotCompile('noUnit');
    } else this.openSet = set;
    return this.atoms.push(opcode, 0, 0, 0, 0, guest);
  }

  /** Does something in the open molecule lead elsewhere? */
  private hasBranch(): boolean {
    const { traits, atoms } = this;
    for (let i = this.start[this.molecules]; i < atoms.length; i++)
      if (traits.unitClass[atoms.opcode[i]] === BRANCH_CLASS) return true;
    return false;
  }

  /** The molecule that atoms join now. */
  get current(): number {
    return this.molecules;
  }

  private setWith(opcode: number): number {
    const { traits, formats } = this;
    const literal = (traits.bits[opcode] & USES_LITERAL) !== 0 ? formats.literal : 0;
    return formats.atomOf[traits.unitClass[opcode]] + literal;
  }

  /** The open molecule's set with the atom in it, or -1. */
  private joined(opcode: number, d: number, a: number, b: number, imm: number): number {
    if (this.hasExit) return -1;
    const { traits, formats, atoms } = this;
    const bits = traits.bits[opcode];
    let set = this.openSet + formats.atomOf[traits.unitClass[opcode]];
    if ((bits & USES_LITERAL) !== 0) {
      if ((set & formats.literal) === 0) set += formats.literal;
      else if (imm !== this.openLiteral) return -1;
    }
    if (formats.formatOf(set) < 0) return -1;
    const order = traits.order[opcode];
    for (let i = this.start[this.molecules]; i < atoms.length; i++) {
      const other = atoms.opcode[i];
      // Two branches, or accesses of the spill area, stay in order.
      if (order !== ORDER.pure && traits.order[other] !== ORDER.pure) return -1;
      if ((traits.bits[other] & WRITES_D) === 0) continue;
      const written = atoms.d[i];
      if (written >= R_SINK) continue;
      if ((bits & READS_A) !== 0 && a === written) return -1;
      if ((bits & READS_B) !== 0 && b === written) return -1;
      if ((bits & (READS_D | WRITES_D)) !== 0 && d === written) return -1;
    }
    return set;
  }

  private grow(): void {
    const size = 2 * this.start.length;
    for (const name of ['start', 'set', 'literal'] as const) {
      const next = new Int32Array(size);
      next.set(this[name]);
      this[name] = next;
    }
  }
}
