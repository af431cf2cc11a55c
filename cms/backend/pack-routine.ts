/**
 * Packs a routine of the code morphing software, written as a list of atoms, into molecules of the
 * configured machine: list scheduling inside each stretch between labels and branches, in program
 * order, each atom in the first molecule in which its operands are there and a format has room.
 * So one text serves narrow and wide machines alike. The result is text for the host assembler.
 *
 * Memory atoms keep their order where one of them stores; branches end a stretch.
 */
import { SimulatorBug } from '../../base/errors.js';
import type { AtomRow } from '../../hw/atom/atom.js';
import { readsRegister, registerWritten, usesLiteral } from '../../hw/atom/forms.js';
import type { HostIsa } from '../../hw/atom/host-isa.js';
import type { AtomInstance } from '../../hw/atom/molecule.js';
import { evaluateAtom, parseAtom } from '../../hw/atom/parse-atom.js';
import { R_SINK } from '../../hw/atom/registers.js';

interface Placed {
  readonly text: string;
  readonly atom: AtomInstance;
  readonly cycle: number;
}

/** Lines of a routine: `label:` or one atom; what stands behind // is left out. */
export function packRoutine(isa: HostIsa, routine: string): string {
  const out: string[] = [];
  let stretch: Placed[] = [];
  const flush = (): void => {
    out.push(...molecules(stretch));
    stretch = [];
  };
  for (const written of routine.split('\n')) {
    const line = written.replace(/\/\/.*$/, '').trim();
    if (line === '') continue;
    if (line.endsWith(':')) {
      flush();
      out.push(line);
      continue;
    }
    const placed = place(isa, stretch, line);
    stretch.push(placed);
    if (isBranch(placed.atom.row)) flush();
  }
  flush();
  return out.join('\n');
}

/** Registers only: labels and constants are the assembler's. */
const registersOf = (text: string): AtomInstance => evaluateAtom(parseAtom(text), 0, () => 0);

function place(isa: HostIsa, before: readonly Placed[], text: string): Placed {
  const atom = registersOf(text);
  if (!fits(isa, [atom])) throw new SimulatorBug(`no format of this machine holds '${text}'`);
  let cycle = before.reduce((at, earlier) => Math.max(at, earliest(isa, earlier, atom)), 0);
  for (;;) {
    const together = [...before.filter((p) => p.cycle === cycle).map((p) => p.atom), atom];
    if (fits(isa, together)) return { text, atom, cycle };
    cycle++;
  }
}

function fits(isa: HostIsa, atoms: readonly AtomInstance[]): boolean {
  const literals = atoms.filter(({ row }) => usesLiteral(row)).length;
  const wishes = atoms.map(({ row }) => ({ row, unit: -1 }));
  return literals <= 1 && isa.place(wishes, literals > 0, false) !== undefined;
}

/** First cycle that `later` may issue in, as far as `placed` is concerned. */
function earliest(isa: HostIsa, placed: Placed, later: AtomInstance): number {
  const { atom, cycle } = placed;
  const { row } = atom;
  const d = registerWritten(atom);
  const result = d >= 0 && d < R_SINK ? d : -1;
  const needs =
    (result >= 0 && readsRegister(later, result)) ||
    (row.writesFlags && later.row.readsFlags) ||
    (row.writesMq && later.row.readsMq);
  if (needs) return cycle + isa.latencyOf(row);
  const sameResult =
    (result >= 0 && registerWritten(later) === result) ||
    (row.writesFlags && later.row.writesFlags) ||
    (row.writesMq && later.row.writesMq);
  if (sameResult) return cycle + isa.latencyOf(row);
  if (memoryOrder(row, later.row)) return cycle + 1;
  // Sources are read before anything is written, and a branch leaves with its whole molecule.
  return isBranch(later.row) || readsWhat(atom, later) ? cycle : 0;
}

const memoryOrder = (first: AtomRow, second: AtomRow): boolean =>
  (isMemory(first) && second.effect?.kind === 'store') ||
  (first.effect?.kind === 'store' && isMemory(second));
const isBranch = (row: AtomRow): boolean =>
  row.unitClass === 'branch' && row.effect?.kind !== 'prepare';
const isMemory = (row: AtomRow): boolean => row.unitClass === 'memory';

/** `later` overwrites a source of `atom`. */
function readsWhat(atom: AtomInstance, later: AtomInstance): boolean {
  const d = registerWritten(later);
  return (
    (d >= 0 && readsRegister(atom, d)) ||
    (later.row.writesFlags && atom.row.readsFlags) ||
    (later.row.writesMq && atom.row.readsMq)
  );
}

function molecules(stretch: readonly Placed[]): string[] {
  const cycles = [...new Set(stretch.map((p) => p.cycle))].sort((a, b) => a - b);
  return cycles.map((cycle) => {
    const texts = stretch.filter((p) => p.cycle === cycle).map((p) => p.text);
    return `{ ${texts.join(' ; ')} }`;
  });
}
