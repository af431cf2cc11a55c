/**
 * A compiled region as text, for `explain` and golden tests: one line for each molecule with its byte
 * offset, its static cycle (counted from the entry, and from the start of each stub), its atoms, and the
 * guest instructions that they work for. Marks in front: `c` commits, `>` the entry, `*` a resume point.
 *
 *   0018 c   7  st32.k [r16],r17,0 | add r6,r6,#4        ; 1 2
 */
import { atomText } from '../../hw/atom/disassemble.js';
import type { HostIsa } from '../../hw/atom/host-isa.js';
import { decodeMolecule } from '../../hw/atom/molecule.js';
import type { CompiledRegion } from './compiled.js';

const COMMENT_COLUMN = 78;

/** `pc`: where the code lies, for the targets of branches. */
export function listing(isa: HostIsa, code: CompiledRegion, pc = 0): string {
  const resumes = new Set(code.resumePoints.map((p) => p.offset));
  const lines = code.notes.map(({ offset, cycle, guests }) => {
    const molecule = decodeMolecule(isa, code.words, offset >>> 2);
    const atoms = molecule.slots.flatMap((atom) => (atom ? [atomText(atom, pc + offset)] : []));
    const marks = [
      offset === code.entryOffset ? '>' : resumes.has(offset) ? '*' : ' ',
      molecule.commit ? 'c' : ' ',
    ].join('');
    const place = `${offset.toString(16).padStart(4, '0')} ${marks} ${String(cycle).padStart(3)}`;
    const text = `${place}  ${atoms.length > 0 ? atoms.join(' | ') : 'nop'}`;
    const known = [...new Set(guests.filter((guest) => guest >= 0))];
    return known.length > 0 ? `${text.padEnd(COMMENT_COLUMN)}; ${known.join(' ')}` : text;
  });
  return `${lines.join('\n')}\n`;
}
