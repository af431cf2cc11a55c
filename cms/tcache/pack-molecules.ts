/**
 * Packs straight host assembly, one atom a line, into molecules of whatever machine is configured: in
 * order, as many atoms in a molecule as a format takes and as do not depend on each other. For the
 * software's own routines, which are written once and run on every machine; translations have a real
 * scheduler (cms/backend).
 */
import { readsRegister, registerWritten, usesLiteral } from '../../hw/atom/forms.js';
import type { HostIsa } from '../../hw/atom/host-isa.js';
import type { AtomInstance } from '../../hw/atom/molecule.js';
import { evaluateAtom, parseAtom } from '../../hw/atom/parse-atom.js';
import { R_SINK } from '../../hw/atom/registers.js';

interface Line {
  readonly text: string;
  readonly atom: AtomInstance;
}

/** Text for the assembler; lines are atoms or `label:`. */
export function packMolecules(isa: HostIsa, lines: readonly string[]): string {
  const out: string[] = [];
  let group: Line[] = [];
  const flush = (): void => {
    if (group.length > 0) out.push(`{ ${group.map(({ text }) => text).join(' ; ')} }`);
    group = [];
  };
  for (const text of lines) {
    if (text.endsWith(':')) {
      flush();
      out.push(text);
      continue;
    }
    // Where labels lie does not matter for packing.
    const line = { text, atom: evaluateAtom(parseAtom(text), 0, () => 0) };
    if (!fits(isa, group, line)) flush();
    group.push(line);
    if (line.atom.row.unitClass === 'branch') flush();
  }
  flush();
  return out.join('\n');
}

function fits(isa: HostIsa, group: readonly Line[], line: Line): boolean {
  if (group.some((earlier) => dependsOn(line.atom, earlier.atom))) return false;
  const all = [...group, line];
  const literals = all.filter(({ atom }) => usesLiteral(atom.row)).length;
  if (literals > 1) return false;
  const wishes = all.map(({ atom }) => ({ row: atom.row, unit: -1 }));
  return isa.place(wishes, literals > 0, false) !== undefined;
}

/** Sources of a molecule are read before anything is written: only reads and writes after a write matter. */
function dependsOn(later: AtomInstance, earlier: AtomInstance): boolean {
  const written = registerWritten(earlier);
  if (written < 0 || written >= R_SINK) return false;
  return readsRegister(later, written) || registerWritten(later) === written;
}
