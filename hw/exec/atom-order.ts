/**
 * An order in which the atoms of a molecule can be executed one after the other with the effect of all
 * at once: every source is read before it is written, loads precede stores, stores keep their slots'
 * order. So a protected load is known to a store of its own molecule. Among atoms that may go next the
 * lowest slot goes; so it is defined which of two host exits of a molecule is reported.
 *
 * Atoms that exchange registers (r1 <- r2, r2 <- r1) have no such order: then an old value is copied to
 * a latch (a word behind the working file) before the first atom, and its reader reads the latch.
 */
import { SimulatorBug } from '../../base/errors.js';
import type { AtomRow } from '../atom/atom.js';
import { FORM_FIELDS, registerWritten } from '../atom/forms.js';
import type { AtomInstance, Molecule } from '../atom/molecule.js';
import { CC_RESULT, MQ, R_SINK } from '../atom/registers.js';
import { LATCH_COUNT, LATCH_FIRST } from '../core/core-area.js';

export interface OrderedAtom {
  readonly row: AtomRow;
  readonly d: number;
  /** Words of the working file: registers or latches. */
  a: number;
  b: number;
  readonly imm: number;
}

export interface OrderedMolecule {
  readonly atoms: readonly OrderedAtom[];
  /** Copies to make before the first atom: from a register, to a latch. */
  readonly latches: readonly { readonly from: number; readonly to: number }[];
}

/** Words that an atom reads: registers, and the condition codes and MQ as the words of these numbers. */
export function wordsRead(atom: AtomInstance): number[] {
  const { d, a, b } = FORM_FIELDS[atom.row.form];
  const words: number[] = [];
  if (a) words.push(atom.a);
  if (b) words.push(atom.b);
  if (d && atom.row.readsD) words.push(atom.d);
  if (atom.row.readsFlags) words.push(CC_RESULT);
  if (atom.row.readsMq) words.push(MQ);
  return words;
}

/** Words that an atom writes; the sink is none. */
export function wordsWritten(atom: AtomInstance): number[] {
  const words: number[] = [];
  const d = registerWritten(atom);
  if (d >= 0 && d < R_SINK) words.push(d);
  if (atom.row.writesFlags) words.push(CC_RESULT);
  if (atom.row.writesMq) words.push(MQ);
  return words;
}

export function executionOrder(molecule: Molecule): OrderedMolecule {
  const left = molecule.slots.flatMap((atom, slot) => (atom ? [new Waiting(atom, slot)] : []));
  const atoms: OrderedAtom[] = [];
  const latches: { from: number; to: number }[] = [];
  while (left.length > 0) {
    let next = left.findIndex((w) => !left.some((r) => r !== w && w.waitsFor(r)));
    if (next < 0) {
      next = left.findIndex((w) => left.every((r) => r === w || w.canOvertake(r)));
      if (next < 0) throw new SimulatorBug('a molecule whose atoms cannot be put in order');
      for (const reader of left) if (reader !== left[next]) latch(reader, left[next], latches);
    }
    const [waiting] = left.splice(next, 1);
    const { row, d, imm } = waiting.atom;
    atoms.push({ row, d, a: waiting.a, b: waiting.b, imm });
  }
  return { atoms, latches };
}

function latch(
  reader: Waiting,
  writer: Waiting,
  latches: { readonly from: number; readonly to: number }[],
): void {
  for (const from of writer.writes) {
    if (reader.a !== from && reader.b !== from) continue;
    const to = LATCH_FIRST + latches.length;
    if (latches.length === LATCH_COUNT) throw new SimulatorBug('a molecule needs too many latches');
    const { a, b } = FORM_FIELDS[reader.atom.row.form];
    latches.push({ from, to });
    if (a && reader.a === from) reader.a = to;
    if (b && reader.b === from) reader.b = to;
  }
}

class Waiting {
  readonly writes: readonly number[];
  a: number;
  b: number;
  private readonly effect: string | undefined;

  constructor(
    readonly atom: AtomInstance,
    readonly slot: number,
  ) {
    this.writes = wordsWritten(atom);
    this.a = atom.a;
    this.b = atom.b;
    this.effect = atom.row.effect?.kind;
  }

  /** Must the other go first? */
  waitsFor(other: Waiting): boolean {
    return this.memoryWaitsFor(other) || other.reads().some((word) => this.writes.includes(word));
  }

  /** May it go first if registers that the other reads are latched? */
  canOvertake(other: Waiting): boolean {
    if (this.memoryWaitsFor(other)) return false;
    const { row, d } = other.atom;
    const fixed = [
      ...(row.readsFlags ? [CC_RESULT] : []),
      ...(row.readsMq ? [MQ] : []),
      ...(FORM_FIELDS[row.form].d && row.readsD ? [d] : []),
    ];
    return !fixed.some((word) => this.writes.includes(word));
  }

  private memoryWaitsFor(other: Waiting): boolean {
    if (this.effect !== 'store') return false;
    return other.effect === 'load' || (other.effect === 'store' && other.slot < this.slot);
  }

  private reads(): number[] {
    return wordsRead({ ...this.atom, a: this.a, b: this.b });
  }
}
