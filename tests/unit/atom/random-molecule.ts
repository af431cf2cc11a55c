/** Random molecules of a machine: any format, any atoms its units execute, any operands. */
import type { Rng } from '../../../base/rng.js';
import type { AtomRow } from '../../../hw/atom/atom.js';
import { moleculeProblem } from '../../../hw/atom/check-molecule.js';
import { FORM_FIELDS, NUMBER_RANGE, usesLiteral } from '../../../hw/atom/forms.js';
import { type HostIsa, IMM_SLOT } from '../../../hw/atom/host-isa.js';
import { atoms } from '../../../hw/atom/index.js';
import type { AtomInstance, Molecule } from '../../../hw/atom/molecule.js';

type Use = 'read' | 'written' | 'tied';

function randomRegister(isa: HostIsa, rng: Rng, use: Use): number {
  for (;;) {
    const r = rng.below(64);
    // Decoding turns r63 as a destination into the sink.
    const fits = use === 'read' ? isa.mayRead(r) : isa.mayWrite(r) && r !== 63;
    if (fits && !(use === 'tied' && r === 62)) return r;
  }
}

function randomAtom(isa: HostIsa, rng: Rng, row: AtomRow, literal: number): AtomInstance {
  const form = FORM_FIELDS[row.form];
  const [lowest, highest] = NUMBER_RANGE[form.number];
  const any = lowest + rng.below(highest - lowest + 1);
  const imm = rng.chance(0.2) ? rng.pick([lowest, highest]) : any;
  return {
    row,
    d: form.d ? randomRegister(isa, rng, row.readsD ? 'tied' : 'written') : 0,
    a: form.a ? randomRegister(isa, rng, 'read') : 0,
    b: form.b ? randomRegister(isa, rng, 'read') : 0,
    imm: usesLiteral(row) ? literal : row.form === 'd,imm8' ? rng.below(16) : imm,
  };
}

export function randomMolecule(isa: HostIsa, rng: Rng): Molecule {
  const format = rng.pick(isa.formats);
  const literal = format.immSlot >= 0 && rng.chance(0.7) ? rng.u32() | 0 : 0;
  const commit = format.canCommit && rng.chance(0.3);
  const slots: (AtomInstance | undefined)[] = format.slots.map(() => undefined);
  const molecule = {
    format: format.index,
    slots,
    literal,
    commit,
    lengthBytes: format.lengthBytes,
  };
  format.slots.forEach((unit, i) => {
    if (unit === IMM_SLOT || rng.chance(0.2)) return;
    const rows = atoms.filter(
      (row) =>
        row.effect?.kind !== 'nop' &&
        isa.executes(unit, row.unitClass) &&
        !(usesLiteral(row) && format.immSlot < 0),
    );
    slots[i] = randomAtom(isa, rng, rng.pick(rows), literal);
    // Two writers of one thing: without this one.
    if (moleculeProblem(isa, molecule) !== undefined) slots[i] = undefined;
  });
  return molecule;
}
