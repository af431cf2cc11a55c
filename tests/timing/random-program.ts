/**
 * Random host programs: blocks of random molecules that commit first, branch to each other's beginnings,
 * and access memory through pointers that nothing else writes. Other transfers, traps and exits are rare,
 * so that programs run on.
 */
import type { Rng } from '../../base/rng.js';
import type { AtomRow } from '../../hw/atom/atom.js';
import { moleculeProblem } from '../../hw/atom/check-molecule.js';
import { FORM_FIELDS, usesLiteral } from '../../hw/atom/forms.js';
import type { HostIsa } from '../../hw/atom/host-isa.js';
import { type AtomInstance, encodeMolecule, type Molecule } from '../../hw/atom/molecule.js';
import { randomMolecule } from '../unit/atom/random-molecule.js';

/** Pointers: to guest memory, to host physical addresses, to blocks. */
export const GUEST_POINTERS = [40, 41, 42, 43] as const;
export const HOST_POINTERS = [44, 45] as const;
export const CODE_POINTERS = [46, 47] as const;
/** Guest page that pointers lead to, or to the one behind it. */
export const PLAIN = 0x20;
const FIRST_POINTER = 40;
const LAST_POINTER = 47;
/** Effects of which few are left in the program. */
const RARE: readonly string[] = ['trap', 'exit', 'assist', 'divide'];
const BRANCHES: readonly string[] = ['branch', 'returnPush'];

export interface RandomProgram {
  readonly words: Uint32Array;
  /** Offsets of the blocks. */
  readonly blocks: readonly number[];
}

export function randomProgram(isa: HostIsa, rng: Rng, aliasRegisters: number): RandomProgram {
  const molecules: Molecule[] = [];
  const starts: number[] = [];
  for (let block = 0; block < 5; block++) {
    starts.push(molecules.length);
    const length = 2 + rng.below(6);
    for (let i = 0; i < length; i++) molecules.push(oneMolecule(isa, rng, i === 0, aliasRegisters));
  }
  const offsets: number[] = [];
  let end = 0;
  for (const { lengthBytes } of molecules) {
    offsets.push(end);
    end += lengthBytes;
  }
  const blocks = starts.map((i) => offsets[i]);
  // Behind the last block the program begins anew.
  const back = jumpTo(isa, rng, (blocks[0] - end) / 8);
  const words = new Uint32Array((end + back.lengthBytes) / 4);
  molecules.forEach((m, i) => {
    const slots = m.slots.map((atom) => atom && aimed(atom, offsets[i], blocks, rng));
    encodeMolecule(isa, { ...m, slots }, words, offsets[i] / 4);
  });
  encodeMolecule(isa, back, words, end / 4);
  return { words, blocks };
}

/** A branch leads to the beginning of a block. */
function aimed(atom: AtomInstance, at: number, blocks: readonly number[], rng: Rng): AtomInstance {
  if (!BRANCHES.includes(atom.row.effect?.kind ?? '')) return atom;
  return { ...atom, imm: (rng.pick(blocks) - at) / 8 };
}

function jumpTo(isa: HostIsa, rng: Rng, imm: number): Molecule {
  for (;;) {
    const m = randomMolecule(isa, rng);
    const slot = m.slots.findIndex((atom) => atom?.row.name === 'br');
    if (slot < 0) continue;
    const row = m.slots[slot]?.row as AtomRow;
    const slots = m.slots.map((_, i) => (i === slot ? { row, d: 0, a: 0, b: 0, imm } : undefined));
    return { ...m, slots };
  }
}

function oneMolecule(isa: HostIsa, rng: Rng, commits: boolean, aliasRegisters: number): Molecule {
  for (;;) {
    const m = randomMolecule(isa, rng);
    if (commits && !isa.formats[m.format].canCommit) continue;
    const slots = m.slots.map((atom) => atom && tamed(atom, rng, aliasRegisters));
    const tame = checksPages({ ...m, slots, commit: commits || m.commit }, rng);
    if (moleculeProblem(isa, tame) === undefined) return tame;
  }
}

/** A page check names a page that a pointer may lead to: the literal of its molecule. */
function checksPages(m: Molecule, rng: Rng): Molecule {
  if (!m.slots.some((atom) => atom?.row.effect?.kind === 'chkpage')) return m;
  const literal = (PLAIN + rng.below(2)) << 12;
  const slots = m.slots.map((atom) =>
    atom && usesLiteral(atom.row) ? { ...atom, imm: literal } : atom,
  );
  return { ...m, slots, literal };
}

/** Another register, often one of a few: they are waited for, and atoms exchange them. */
const near = (r: number, rng: Rng): number =>
  r >= 16 && r < FIRST_POINTER && rng.chance(0.4) ? 16 + (r & 3) : r;

/** An atom that lets the program go on; undefined: none. */
function tamed(atom: AtomInstance, rng: Rng, aliasRegisters: number): AtomInstance | undefined {
  const { effect, form } = atom.row;
  const fields = FORM_FIELDS[form];
  const [a, b] = [fields.a ? near(atom.a, rng) : atom.a, fields.b ? near(atom.b, rng) : atom.b];
  if (effect && RARE.includes(effect.kind) && rng.chance(0.9)) return undefined;
  const isPointer = (r: number): boolean => r >= FIRST_POINTER && r <= LAST_POINTER;
  const d = near(fields.d && isPointer(atom.d) ? atom.d - 16 : atom.d, rng);
  switch (effect?.kind) {
    case 'load': {
      const a = rng.pick(effect.access === 'physical' ? HOST_POINTERS : GUEST_POINTERS);
      return { ...atom, d, a, imm: effect.isProtected ? atom.imm % aliasRegisters : 0 };
    }
    case 'store': {
      const a = rng.pick(effect.access === 'physical' ? HOST_POINTERS : GUEST_POINTERS);
      const mask = rng.chance(0.9) ? 0 : atom.imm & ((1 << aliasRegisters) - 1);
      return { ...atom, a, b, imm: mask };
    }
    case 'jumpRegister':
    case 'prepare':
      return { ...atom, a: rng.pick(CODE_POINTERS) };
    case 'chkpage':
      return rng.chance(0.7) ? undefined : { ...atom, a: rng.pick(GUEST_POINTERS) };
    default:
      return { ...atom, d, a, b };
  }
}
