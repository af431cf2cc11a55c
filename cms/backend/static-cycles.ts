/**
 * Cycles of a straight line of molecules by the timing rules that need no run: one molecule a cycle,
 * a molecule waits for the registers that it reads and writes, a commit waits for everything. No
 * branch is taken, every access hits, every line is there (docs/timing-model.md has the rest).
 */

import { FORM_FIELDS, registerWritten } from '../../hw/atom/forms.js';
import type { HostIsa } from '../../hw/atom/host-isa.js';
import { type AtomInstance, decodeMolecule, type Molecule } from '../../hw/atom/molecule.js';
import { CC_RESULT, MQ, R_SINK } from '../../hw/atom/registers.js';

export interface StaticCost {
  readonly molecules: number;
  readonly cycles: number;
  readonly bytes: number;
}

export class StaticClock {
  /** Cycle in which the next molecule issues at the earliest. */
  now = 0;
  private readonly ready = new Int32Array(64);
  private last = 0;

  constructor(private readonly isa: HostIsa) {}

  /** Issues a molecule; the cycle in which it does. */
  issue(molecule: Molecule): number {
    let at = this.now;
    for (const atom of molecule.slots) {
      if (!atom) continue;
      forEachWord(atom, (word) => {
        at = Math.max(at, this.ready[word]);
      });
    }
    for (const atom of molecule.slots) if (atom) this.note(atom, at);
    this.now = at + 1;
    if (molecule.commit) this.now = Math.max(this.now, this.last) + this.isa.options.commitCycles;
    return at;
  }

  /** When everything that was issued is ready. */
  get settled(): number {
    return Math.max(this.now, this.last);
  }

  private note(atom: AtomInstance, at: number): void {
    const ready = at + this.isa.latencyOf(atom.row);
    const d = registerWritten(atom);
    if (d >= 0 && d < R_SINK) this.ready[d] = ready;
    if (atom.row.writesFlags) this.ready[CC_RESULT] = ready;
    if (atom.row.writesMq) this.ready[MQ] = ready;
    if (d >= 0 || atom.row.writesFlags || atom.row.writesMq) this.last = Math.max(this.last, ready);
  }
}

/** Registers that the atom waits for; condition codes and MQ are words 11 and 15. */
function forEachWord({ row, d, a, b }: AtomInstance, visit: (word: number) => void): void {
  const form = FORM_FIELDS[row.form];
  if (form.a) visit(a);
  if (form.b) visit(b);
  if (form.d && d < R_SINK) visit(d);
  if (row.readsFlags || row.writesFlags) visit(CC_RESULT);
  if (row.readsMq || row.writesMq) visit(MQ);
}

/** Does execution never go on behind this molecule by itself? */
export function isEnd(molecule: Molecule): boolean {
  return molecule.slots.some((atom) => {
    const effect = atom?.row.effect;
    return effect?.kind === 'exit' || (effect?.kind === 'branch' && effect.condition === 'always');
  });
}

/** Cost of the line from a byte offset to its end. */
export function costOfLine(isa: HostIsa, words: Uint32Array, from: number): StaticCost {
  const clock = new StaticClock(isa);
  let molecules = 0;
  let offset = from;
  while (offset < 4 * words.length) {
    const molecule = decodeMolecule(isa, words, offset >>> 2);
    clock.issue(molecule);
    molecules++;
    offset += molecule.lengthBytes;
    if (isEnd(molecule)) break;
  }
  return { molecules, cycles: clock.now, bytes: offset - from };
}
