/**
 * Which molecule format holds a given set of atoms in the fewest bytes, and in which slots. A set is
 * a count for each unit class, whether a literal is needed, and whether the molecule commits; its
 * number in mixed radix is the index of a table that is filled as sets are asked for, so that the
 * scheduler's question costs one look-up.
 */
import { type HostIsa, IMM_SLOT, type MoleculeFormat } from '../../hw/atom/host-isa.js';
import { ATOM_CLASSES } from '../../hw/options.js';

/** No-ops (class control, the last) fill what is left over and are not counted. */
const CLASSES = ATOM_CLASSES.length - 1;
const UNKNOWN = -2;
/** What no format holds. */
export const NO_FORMAT = -1;

export class FormatTable {
  /** What one atom of a class adds to a set's number; a class that a full set cannot take more of leads to NO_FORMAT. */
  readonly atomOf = new Int32Array(ATOM_CLASSES.length);
  /** What a literal and a commit add. */
  readonly literal: number;
  readonly commit: number;
  private readonly digits = new Int32Array(CLASSES);
  private readonly table: Int8Array;
  private readonly slotLists: (Uint8Array | undefined)[] = [];
  /** Formats from the shortest on. */
  private readonly bySize: readonly MoleculeFormat[];

  constructor(private readonly isa: HostIsa) {
    this.bySize = [...isa.formats].sort((x, y) => x.lengthBytes - y.lengthBytes);
    this.literal = 1;
    this.commit = 2;
    let stride = 4;
    for (let k = 0; k < CLASSES; k++) {
      const most = Math.max(...isa.formats.map((f) => slotsOfClass(isa, f, k)));
      // One more than fits, so that a full set has a successor, which no format holds.
      this.digits[k] = most + 2;
      this.atomOf[k] = stride;
      stride *= most + 2;
    }
    this.table = new Int8Array(stride).fill(UNKNOWN);
  }

  /** Index of the format, or NO_FORMAT. `set` has at most one atom more than a set that some format holds. */
  formatOf(set: number): number {
    const known = this.table[set];
    return known === UNKNOWN ? this.find(set) : known;
  }

  /** Slots of a set's atoms in its format: those of the first class first. */
  slotsOf(set: number): Uint8Array {
    this.formatOf(set);
    return this.slotLists[set]!;
  }

  private find(set: number): number {
    const wanted: number[] = [];
    for (let k = 0; k < CLASSES; k++) {
      const count = Math.floor(set / this.atomOf[k]) % this.digits[k];
      for (let i = 0; i < count; i++) wanted.push(k);
    }
    const literal = (set & this.literal) !== 0;
    const commit = (set & this.commit) !== 0;
    for (const format of this.bySize) {
      if ((literal && format.immSlot < 0) || (commit && !format.canCommit)) continue;
      const taken = this.assign(format, wanted);
      if (!taken) continue;
      this.slotLists[set] = Uint8Array.from(taken);
      this.table[set] = format.index;
      return format.index;
    }
    this.table[set] = NO_FORMAT;
    return NO_FORMAT;
  }

  /** A slot for each atom (augmenting paths); undefined where the format does not hold them. */
  private assign(format: MoleculeFormat, wanted: readonly number[]): number[] | undefined {
    const owner = new Array<number>(format.slots.length).fill(-1);
    const place = (atom: number, seen: Set<number>): boolean => {
      for (let slot = 0; slot < owner.length; slot++) {
        if (seen.has(slot) || !executes(this.isa, format.slots[slot], wanted[atom])) continue;
        seen.add(slot);
        if (owner[slot] >= 0 && !place(owner[slot], seen)) continue;
        owner[slot] = atom;
        return true;
      }
      return false;
    };
    for (let atom = 0; atom < wanted.length; atom++) if (!place(atom, new Set())) return undefined;
    return wanted.map((_, atom) => owner.indexOf(atom));
  }
}

function executes(isa: HostIsa, unit: number, unitClass: number): boolean {
  return unit !== IMM_SLOT && isa.executes(unit, ATOM_CLASSES[unitClass]);
}

function slotsOfClass(isa: HostIsa, format: MoleculeFormat, unitClass: number): number {
  return format.slots.filter((unit) => executes(isa, unit, unitClass)).length;
}
