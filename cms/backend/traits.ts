/**
 * What the stages of the backend ask about an atom, by opcode, in arrays: made once for a machine
 * from the atom table, since the rows themselves (objects, strings) are too slow to ask for each
 * atom of each translation.
 */
import type { AtomEffect, AtomRow } from '../../hw/atom/atom.js';
import { FORM_FIELDS } from '../../hw/atom/forms.js';
import type { HostIsa } from '../../hw/atom/host-isa.js';
import { atoms } from '../../hw/atom/index.js';
import { ATOM_CLASSES } from '../../hw/options.js';

/** Bits of `AtomTraits.bits`: fields that are registers, status registers, the literal. */
export const WRITES_D = 1;
export const READS_D = 2;
export const READS_A = 4;
export const READS_B = 8;
export const USES_LITERAL = 16;
export const READS_CC = 32;
export const WRITES_CC = 64;
export const READS_MQ = 128;
export const WRITES_MQ = 256;
export const TOUCHES_STATUS = READS_CC | WRITES_CC | READS_MQ | WRITES_MQ;

/** How an atom is ordered with others, beside its registers. */
export const ORDER = {
  pure: 0,
  /** Of guest memory. */
  load: 1,
  store: 2,
  /** A branch out of the main line, to a stub. */
  sideExit: 3,
  /** Rolls back when something is wrong; must not do so on behalf of an exit's far side. */
  guard: 4,
  /** Of the processor's state block. */
  stateLoad: 5,
  stateStore: 6,
  /** `exit`, `assist`. */
  end: 7,
} as const;

function orderOf(effect: AtomEffect | undefined): number {
  switch (effect?.kind) {
    case undefined:
    case 'nop':
      return ORDER.pure;
    case 'load':
      return effect.access === 'physical' ? ORDER.stateLoad : ORDER.load;
    case 'store':
      return effect.access === 'physical' ? ORDER.stateStore : ORDER.store;
    case 'branch':
      return ORDER.sideExit;
    case 'exit':
    case 'assist':
      return ORDER.end;
    default:
      return ORDER.guard;
  }
}

function bitsOf(row: AtomRow): number {
  const form = FORM_FIELDS[row.form];
  return (
    (form.d ? WRITES_D : 0) |
    (form.d && row.readsD ? READS_D : 0) |
    (form.a ? READS_A : 0) |
    (form.b ? READS_B : 0) |
    (form.number === 'literal' ? USES_LITERAL : 0) |
    (row.readsFlags ? READS_CC : 0) |
    (row.writesFlags ? WRITES_CC : 0) |
    (row.readsMq ? READS_MQ : 0) |
    (row.writesMq ? WRITES_MQ : 0)
  );
}

const widthOf = (effect: AtomEffect | undefined): number =>
  effect?.kind === 'load' || effect?.kind === 'store' ? effect.bytes : 0;

export class AtomTraits {
  readonly bits = new Int32Array(atoms.length);
  readonly order = new Uint8Array(atoms.length);
  /** Index in ATOM_CLASSES. */
  readonly unitClass = new Uint8Array(atoms.length);
  /** Cycles to the first molecule that may use a result. */
  readonly latency = new Int32Array(atoms.length);
  /** Width of a memory access in bytes. */
  readonly width = new Uint8Array(atoms.length);
  /** The protected, speculative, and both, form of a load; 0 where there is none (0 is no load). */
  readonly protectedForm = new Uint16Array(atoms.length);
  readonly speculativeForm = new Uint16Array(atoms.length);
  readonly bothForm = new Uint16Array(atoms.length);

  constructor(isa: HostIsa) {
    for (const row of atoms) {
      const i = row.opcode;
      this.bits[i] = bitsOf(row);
      this.order[i] = orderOf(row.effect);
      this.unitClass[i] = ATOM_CLASSES.indexOf(row.unitClass);
      this.latency[i] = isa.latencyOf(row);
      this.width[i] = widthOf(row.effect);
    }
    for (const row of atoms) {
      this.protectedForm[row.opcode] = variantOf(row, true, false);
      this.speculativeForm[row.opcode] = variantOf(row, false, true);
      this.bothForm[row.opcode] = variantOf(row, true, true);
    }
  }
}

/** Opcode of the load with the same width and access that is protected or speculative. */
function variantOf({ effect }: AtomRow, isProtected: boolean, speculative: boolean): number {
  if (effect?.kind !== 'load' || effect.isProtected || effect.speculative) return 0;
  const found = atoms.find(
    ({ effect: e }) =>
      e?.kind === 'load' &&
      e.access === effect.access &&
      e.bytes === effect.bytes &&
      e.signed === effect.signed &&
      e.isProtected === isProtected &&
      e.speculative === speculative,
  );
  return found?.opcode ?? 0;
}
