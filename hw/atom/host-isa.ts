/**
 * The instruction set of one configured machine: its units, molecule formats, latencies and registers,
 * parsed once from the configuration. Everything that schedules, encodes, decodes or executes molecules
 * asks here. Whether a configuration makes sense is host-problems.ts's matter; the constructor only
 * refuses what it cannot represent.
 */
import type { AtomClass, HostOptions } from '../options.js';
import type { AtomRow } from './atom.js';
import { formatSlots, IMM_NAME, MAX_FORMATS, temporariesOf } from './host-parts.js';
import {
  R_CONTEXT,
  R_EIP,
  R_LINK,
  R_ROUTINE_FIRST,
  R_SINK,
  R_SYSTEM_FLAGS,
  R_ZERO,
} from './registers.js';

export { hostProblems } from './host-problems.js';

/** In the place of a unit's index: the slot holds the literal. */
export const IMM_SLOT = -1;

export interface HostUnit {
  readonly index: number;
  readonly name: string;
  readonly classes: readonly AtomClass[];
}

export interface MoleculeFormat {
  readonly index: number;
  /** Unit of each slot, or IMM_SLOT. */
  readonly slots: readonly number[];
  /** Slot of the literal, or -1. */
  readonly immSlot: number;
  readonly lengthBytes: number;
  /** The commit bit lies in slot 1, which must not be the literal. */
  readonly canCommit: boolean;
}

/** Words 0-15 of the working file that are general registers. */
const STATE_REGISTERS = [0, 1, 2, 3, 4, 5, 6, 7, R_EIP, R_SYSTEM_FLAGS];

/** An atom that looks for a slot: on any unit of its class, or (unit >= 0) on that one. */
export interface SlotWish {
  readonly row: AtomRow;
  readonly unit: number;
}

export interface Placement {
  readonly format: number;
  /** Slot of each atom, in the order of the wishes. */
  readonly slots: readonly number[];
}

export class HostIsa {
  /** The shortest first. */
  private readonly byLength: readonly MoleculeFormat[];
  readonly units: readonly HostUnit[];
  readonly formats: readonly MoleculeFormat[];
  /** Registers that code may use freely between commits, in order of preference. */
  readonly temporaries: readonly number[];
  readonly aliasRegisters: number;
  /** Slots of the widest format, literals included. */
  readonly maxSlots: number;
  private readonly readable = new Uint8Array(64);
  private readonly writable = new Uint8Array(64);

  constructor(readonly options: HostOptions) {
    this.units = options.units.map(({ name, classes }, index) => ({ index, name, classes }));
    if (options.formats.length < 1 || options.formats.length > MAX_FORMATS)
      throw new Error(`a host has 1 to ${MAX_FORMATS} molecule formats`);
    this.formats = options.formats.map((text, index) => this.parseFormat(text, index));
    this.byLength = [...this.formats].sort((x, y) => x.slots.length - y.slots.length);
    this.maxSlots = Math.max(...this.formats.map((f) => f.slots.length));
    this.temporaries = temporariesOf(options);
    this.aliasRegisters = options.aliasRegisters;
    const routine = Array.from(
      { length: R_CONTEXT - R_ROUTINE_FIRST + 1 },
      (_, i) => i + R_ROUTINE_FIRST,
    );
    const general = [...STATE_REGISTERS, ...this.temporaries, ...routine, R_LINK, R_LINK + 1];
    for (const r of [...general, R_ZERO]) this.readable[r] = 1;
    for (const r of [...general, R_SINK, R_ZERO]) this.writable[r] = 1;
  }

  /** Cycles from the issue of an atom to the first molecule that may use its results. */
  latencyOf(row: AtomRow): number {
    return this.options.latencyCycles[row.latency];
  }

  /** Units that execute a class; any unit takes atoms of class control. */
  unitsFor(unitClass: AtomClass): readonly number[] {
    return this.units.filter((u) => this.executes(u.index, unitClass)).map((u) => u.index);
  }

  executes(unit: number, unitClass: AtomClass): boolean {
    return unitClass === 'control' || this.units[unit].classes.includes(unitClass);
  }

  /** Whether an atom of the class may use the molecule's literal: a format has it and a unit for the class. */
  takesLiteral(unitClass: AtomClass): boolean {
    return this.formats.some(
      ({ immSlot, slots }) =>
        immSlot >= 0 && slots.some((unit) => unit !== IMM_SLOT && this.executes(unit, unitClass)),
    );
  }

  /** The sink has no value, and some words of the working file are no general registers. */
  mayRead(register: number): boolean {
    return this.readable[register] === 1;
  }

  mayWrite(register: number): boolean {
    return this.writable[register] === 1;
  }

  /** The shortest format (of equal ones the first) with a slot for each of these atoms, and for a literal and a commit if wanted. */
  place(atoms: readonly SlotWish[], literal: boolean, commit: boolean): Placement | undefined {
    for (const format of this.byLength) {
      if ((literal && format.immSlot < 0) || (commit && !format.canCommit)) continue;
      const slots: number[] = [];
      if (this.assign(format, atoms, slots)) return { format: format.index, slots };
    }
    return undefined;
  }

  /** Extends `taken` (slots of the first atoms) to all atoms; the earliest slots that work. */
  private assign(format: MoleculeFormat, atoms: readonly SlotWish[], taken: number[]): boolean {
    if (taken.length === atoms.length) return true;
    const { row, unit } = atoms[taken.length];
    for (let slot = 0; slot < format.slots.length; slot++) {
      const has = format.slots[slot];
      if (has === IMM_SLOT || taken.includes(slot) || (unit >= 0 && unit !== has)) continue;
      if (!this.executes(has, row.unitClass)) continue;
      taken.push(slot);
      if (this.assign(format, atoms, taken)) return true;
      taken.pop();
    }
    return false;
  }

  private parseFormat(text: string, index: number): MoleculeFormat {
    const slots = formatSlots(text).map((name) => {
      if (name === IMM_NAME) return IMM_SLOT;
      const unit = this.units.findIndex((u) => u.name === name);
      if (unit < 0) throw new Error(`molecule format "${text}": no unit is named ${name}`);
      return unit;
    });
    if (slots.length < 2 || slots.length % 2 !== 0 || slots[0] === IMM_SLOT)
      throw new Error(`molecule format "${text}": an even number of slots, the first a unit`);
    const immSlot = slots.indexOf(IMM_SLOT);
    return {
      index,
      slots,
      immSlot,
      lengthBytes: 4 * slots.length,
      canCommit: slots[1] !== IMM_SLOT,
    };
  }
}
