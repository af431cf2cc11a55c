/**
 * An order in which the atoms of a molecule can be executed one after the other with the effect of all
 * at once: every source is read before it is written, loads precede stores, stores keep their slots'
 * order. So a protected load is known to a store of its own molecule. Among atoms that may go next the
 * lowest slot goes; so it is defined which of two host exits of a molecule is reported.
 *
 * Atoms that exchange registers (r1 <- r2, r2 <- r1) have no such order: then an old value is copied to
 * a latch (a word behind the working file) before the first atom, and its reader reads the latch.
 *
 * Most molecules can go in the order of their slots; that is looked at first, with sets of words as bits.
 */
import { SimulatorBug } from '../../base/errors.js';
import type { AtomRow } from '../atom/atom.js';
import { FORM_FIELDS } from '../atom/forms.js';
import { atoms } from '../atom/index.js';
import type { AtomInstance, Molecule } from '../atom/molecule.js';
import { CC_RESULT, MQ, R_SINK } from '../atom/registers.js';
import { LATCH_COUNT, LATCH_FIRST } from '../core/core-area.js';

export interface OrderedAtom {
  readonly row: AtomRow;
  readonly d: number;
  /** Words of the working file: registers or latches. */
  readonly a: number;
  readonly b: number;
  readonly imm: number;
}

/** A copy to make before the first atom: from a register, to a latch. */
export interface Latch {
  readonly from: number;
  readonly to: number;
}

export interface OrderedMolecule {
  readonly atoms: readonly OrderedAtom[];
  readonly latches: readonly Latch[];
}

/** Bits of `USES`: what an atom reads and writes, and how it is ordered with other accesses. */
const READS_A = 1;
const READS_B = 2;
const READS_D = 4;
const READS_FLAGS = 8;
const READS_MQ = 16;
const WRITES_D = 32;
const WRITES_FLAGS = 64;
const WRITES_MQ = 128;
const LOADS = 256;
const STORES = 512;

const USES: readonly number[] = atoms.map((row) => {
  const form = FORM_FIELDS[row.form];
  return (
    (form.a ? READS_A : 0) |
    (form.b ? READS_B : 0) |
    (form.d && row.readsD ? READS_D : 0) |
    (row.readsFlags ? READS_FLAGS : 0) |
    (row.readsMq ? READS_MQ : 0) |
    (form.d ? WRITES_D : 0) |
    (row.writesFlags ? WRITES_FLAGS : 0) |
    (row.writesMq ? WRITES_MQ : 0) |
    (row.effect?.kind === 'load' ? LOADS : 0) |
    (row.effect?.kind === 'store' ? STORES : 0)
  );
});

/** A word as a bit of half the working file, r0-r31 or r32-r63. */
const bit = (word: number, first: 0 | 32): number =>
  word >>> 5 === first >>> 5 ? 1 << (word & 31) : 0;

/** Words that an atom reads: registers, and the condition codes and MQ as the words of these numbers. */
export function wordsRead(atom: OrderedAtom, first: 0 | 32): number {
  const uses = USES[atom.row.opcode];
  let words = fixedWordsRead(atom, first);
  if ((uses & READS_A) !== 0) words |= bit(atom.a, first);
  if ((uses & READS_B) !== 0) words |= bit(atom.b, first);
  return words;
}

/** Those of them that no latch can take the place of. */
function fixedWordsRead({ row, d }: OrderedAtom, first: 0 | 32): number {
  const uses = USES[row.opcode];
  let words = 0;
  if ((uses & READS_D) !== 0) words |= bit(d, first);
  if ((uses & READS_FLAGS) !== 0) words |= bit(CC_RESULT, first);
  if ((uses & READS_MQ) !== 0) words |= bit(MQ, first);
  return words;
}

/** Words that an atom writes; the sink is none. */
export function wordsWritten({ row, d }: OrderedAtom, first: 0 | 32): number {
  const uses = USES[row.opcode];
  let words = 0;
  if ((uses & WRITES_D) !== 0 && d < R_SINK) words |= bit(d, first);
  if ((uses & WRITES_FLAGS) !== 0) words |= bit(CC_RESULT, first);
  if ((uses & WRITES_MQ) !== 0) words |= bit(MQ, first);
  return words;
}

const NO_LATCHES: readonly Latch[] = [];

export function executionOrder({ slots }: Molecule): OrderedMolecule {
  const present: AtomInstance[] = [];
  for (const atom of slots) if (atom !== undefined) present.push(atom);
  return isInOrder(present) ? { atoms: present, latches: NO_LATCHES } : sorted(present);
}

/** Has no atom to wait for one behind it? */
function isInOrder(present: readonly AtomInstance[]): boolean {
  let written0 = 0;
  let written1 = 0;
  let uses = 0;
  for (const atom of present) {
    const own = USES[atom.row.opcode];
    if ((uses & STORES) !== 0 && (own & LOADS) !== 0) return false;
    if (((wordsRead(atom, 0) & written0) | (wordsRead(atom, 32) & written1)) !== 0) return false;
    written0 |= wordsWritten(atom, 0);
    written1 |= wordsWritten(atom, 32);
    uses |= own;
  }
  return true;
}

function sorted(present: readonly OrderedAtom[]): OrderedMolecule {
  const left = [...present];
  const ordered: OrderedAtom[] = [];
  const latches: Latch[] = [];
  while (left.length > 0) {
    let next = firstOf(left, wordsRead);
    if (next < 0) {
      next = firstOf(left, fixedWordsRead);
      if (next < 0) throw new SimulatorBug('a molecule whose atoms cannot be put in order');
      latch(left, left[next], latches);
    }
    ordered.push(...left.splice(next, 1));
  }
  return { atoms: ordered, latches };
}

/** The first atom that writes nothing that `reads` says another one reads, and waits for no access; or -1. */
function firstOf(left: readonly OrderedAtom[], reads: typeof wordsRead): number {
  for (let i = 0; i < left.length; i++) {
    const written0 = wordsWritten(left[i], 0);
    const written1 = wordsWritten(left[i], 32);
    let mayGo = true;
    for (let k = 0; k < left.length && mayGo; k++) {
      if (k === i) continue;
      const read = (reads(left[k], 0) & written0) | (reads(left[k], 32) & written1);
      mayGo = read === 0 && !waitsForAccess(left[i], left[k], k < i);
    }
    if (mayGo) return i;
  }
  return -1;
}

/** Does the atom store behind the other's load, or behind its store in an earlier slot? */
function waitsForAccess(atom: OrderedAtom, other: OrderedAtom, isEarlier: boolean): boolean {
  if ((USES[atom.row.opcode] & STORES) === 0) return false;
  const uses = USES[other.row.opcode];
  return (uses & LOADS) !== 0 || (isEarlier && (uses & STORES) !== 0);
}

/** Each other atom that reads what the writer writes reads a copy of its own from now on. */
function latch(left: OrderedAtom[], writer: OrderedAtom, latches: Latch[]): void {
  if ((USES[writer.row.opcode] & WRITES_D) === 0 || writer.d >= R_SINK) return;
  for (let k = 0; k < left.length; k++) {
    const reader = left[k];
    const uses = USES[reader.row.opcode];
    const isA = (uses & READS_A) !== 0 && reader.a === writer.d;
    const isB = (uses & READS_B) !== 0 && reader.b === writer.d;
    if (reader === writer || !(isA || isB)) continue;
    const to = LATCH_FIRST + latches.length;
    if (latches.length === LATCH_COUNT) throw new SimulatorBug('a molecule needs too many latches');
    latches.push({ from: writer.d, to });
    const { row, d, a, b, imm } = reader;
    left[k] = { row, d, a: isA ? to : a, b: isB ? to : b, imm };
  }
}
