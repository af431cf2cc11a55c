/**
 * The host code of a translation, molecule by molecule and slot by slot, as it was compiled: exits are
 * not chained, and branch targets are offsets like those of the molecules.
 */
import type { CompiledRegion } from '../../cms/backend/compiled.js';
import { atomText } from '../../hw/atom/disassemble.js';
import type { HostIsa } from '../../hw/atom/host-isa.js';
import { decodeMolecule } from '../../hw/atom/molecule.js';
import type { AtomCell, MoleculeLine } from './explanation.js';

const NO_EXIT = -1;

export function moleculesOf(isa: HostIsa, compiled: CompiledRegion): MoleculeLine[] {
  const resumes = new Set(compiled.resumePoints.map(({ offset }) => offset));
  const exitAt = new Map<number, number>();
  compiled.exits.forEach(({ moleculeOffset }, index) => {
    if (moleculeOffset >= 0) exitAt.set(moleculeOffset, index);
  });
  return compiled.notes.map(({ offset, cycle, guests }) => {
    const { commit, format, slots } = decodeMolecule(isa, compiled.words, offset >>> 2);
    const units = isa.formats[format].slots;
    const atoms = slots.flatMap((atom, slot): AtomCell[] =>
      atom === undefined
        ? []
        : [
            {
              unit: isa.units[units[slot]].name,
              text: atomText(atom, offset),
              guest: guests[slot],
            },
          ],
    );
    return {
      offset,
      cycle,
      commit,
      isEntry: offset === compiled.entryOffset,
      isResumePoint: resumes.has(offset),
      exit: exitAt.get(offset) ?? NO_EXIT,
      atoms,
    };
  });
}
