/**
 * Register allocation by linear scan over the schedule of one block (the segments between two
 * barriers). A value lives in one register from the molecule that writes it to its last reader; a
 * molecule reads before it writes, so a register is free for a result in the molecule of its last reader.
 *
 * Preferred is the register that a snapshot wants the value in: r0-r7, as soon as what they held is
 * dead (commit and rollback go by the shadows, so between commits they are registers like others).
 * Then the temporaries, then any of r0-r7, then memory: the value with the longest life is spilled.
 *
 * Positions: molecule m reads at 4m, writes at 4m+1, stubs of its exits read at 4m+2; a segment whose
 * last molecule is m has its snapshot taken at 4m+2 and r0-r7 set to it at 4m+3. Values that live
 * across the commit there cannot be in r0-r7, unless the snapshot wants just them there.
 */
import { R_EIP } from '../../hw/atom/registers.js';
import { type AtomList, FIRST_VIRTUAL } from './atom-list.js';
import { CannotCompile } from './compiled.js';
import type { Segment } from './lower.js';
import type { Scheduler } from './schedule.js';
import { type AtomTraits, ORDER, READS_A, READS_B, READS_D, WRITES_D } from './traits.js';
import { DESTINATIONS, type ValueMap } from './values.js';

const GUEST_REGISTERS = 8;
const UNPLACED = -1;
/** Places below this are spill slots: slot s is FIRST_SPILL - s. */
export const FIRST_SPILL = -2;
const NONE = -1;
/** Values that the machine's spill area (a page) holds with room to spare; more are not worth a translation. */
const MOST_SPILLS = 256;

export class Allocator {
  /** By virtual register: host register, or a spill slot. */
  place = new Int32Array(512);
  /** By virtual register: the last molecule that writes it. */
  definedAt = new Int32Array(512);
  spills = 0;
  /** By host register: end of the last life in it, of this block. */
  readonly busyUntil = new Int32Array(64);
  private end = new Int32Array(512);
  /** Values that an exit in the very molecule of their definition wants cannot be spilled behind it. */
  private keep = new Uint8Array(512);
  private readonly occupant = new Int32Array(64);
  private firstMolecule = 0;

  constructor(
    private readonly atoms: AtomList,
    private readonly traits: AtomTraits,
    private readonly values: ValueMap,
    private readonly schedule: Scheduler,
    private readonly temporaries: readonly number[],
  ) {}

  /** Before the first block of a region. */
  begin(): void {
    const n = this.values.registers;
    if (this.place.length < n) {
      this.place = new Int32Array(2 * n);
      this.definedAt = new Int32Array(2 * n);
      this.end = new Int32Array(2 * n);
      this.keep = new Uint8Array(2 * n);
    }
    this.place.fill(UNPLACED, 0, n);
    this.definedAt.fill(NONE, 0, n);
    this.end.fill(NONE, 0, n);
    this.keep.fill(0, 0, n);
    this.spills = 0;
    this.firstMolecule = 0;
  }

  /** Places the values of a block: its segments, and the molecule behind the last one of each. */
  allocate(segments: readonly Segment[], ends: readonly number[], first: number): void {
    const last = ends[ends.length - 1];
    this.firstMolecule = first;
    this.busyUntil.fill(NONE);
    this.occupant.fill(NONE);
    this.findLives(segments, ends, last);
    for (let m = first; m < last; m++)
      for (let k = this.schedule.start[m]; k < this.schedule.start[m + 1]; k++) {
        const i = this.schedule.order[k];
        const d = this.atoms.d[i];
        if ((this.traits.bits[this.atoms.opcode[i]] & WRITES_D) === 0) continue;
        if (d >= FIRST_VIRTUAL && this.place[d] === UNPLACED)
          this.choose(d, 4 * m + 1, segments, ends);
      }
  }

  // --- lives

  private findLives(segments: readonly Segment[], ends: readonly number[], last: number): void {
    for (let m = this.firstMolecule; m < last; m++) this.findMoleculeLives(m);
    for (let s = 0; s < segments.length; s++)
      this.useSnapshot(segments[s].exit.index, 4 * ends[s] - 2);
  }

  private findMoleculeLives(m: number): void {
    const { atoms, traits, schedule } = this;
    const from = schedule.start[m];
    const to = schedule.start[m + 1];
    for (let k = from; k < to; k++) {
      const i = schedule.order[k];
      const bits = traits.bits[atoms.opcode[i]];
      if ((bits & READS_A) !== 0) this.use(atoms.a[i], 4 * m);
      if ((bits & READS_B) !== 0) this.use(atoms.b[i], 4 * m);
      if ((bits & READS_D) !== 0) this.use(atoms.d[i], 4 * m);
      if ((bits & WRITES_D) === 0 || atoms.d[i] < FIRST_VIRTUAL) continue;
      this.use(atoms.d[i], 4 * m + 1);
      this.definedAt[atoms.d[i]] = m;
    }
    if (schedule.sideExits[m] === 0) return;
    for (let k = from; k < to; k++) {
      const i = schedule.order[k];
      if (traits.order[atoms.opcode[i]] === ORDER.sideExit) this.useAtExit(atoms.exit[i], m);
    }
  }

  private useAtExit(exit: number, m: number): void {
    this.useSnapshot(exit, 4 * m + 2);
    for (let k = 0; k < DESTINATIONS.length; k++) {
      const r = this.values.wanted(exit, k);
      if (r >= FIRST_VIRTUAL && this.definedAt[r] === m) this.keep[r] = 1;
    }
  }

  private useSnapshot(exit: number, position: number): void {
    for (let k = 0; k < DESTINATIONS.length; k++) {
      const r = this.values.wanted(exit, k);
      if (r >= 0) this.use(r, position);
    }
  }

  private use(register: number, position: number): void {
    const { end, busyUntil } = this;
    if (register >= FIRST_VIRTUAL) {
      if (position > end[register]) end[register] = position;
    } else if (position > busyUntil[register]) busyUntil[register] = position;
  }

  // --- choice

  private choose(
    value: number,
    start: number,
    segments: readonly Segment[],
    ends: readonly number[],
  ): void {
    const hint = this.values.hint[value];
    if (hint >= 0 && this.isFree(hint, value, start, segments, ends)) {
      this.put(value, hint);
      return;
    }
    const { temporaries } = this;
    for (let k = 0; k < temporaries.length; k++)
      if (this.busyUntil[temporaries[k]] < start) {
        this.put(value, temporaries[k]);
        return;
      }
    for (let r = 0; r < GUEST_REGISTERS; r++)
      if (this.isFree(r, value, start, segments, ends)) {
        this.put(value, r);
        return;
      }
    this.spill(value, start, segments, ends);
  }

  private isFree(
    register: number,
    value: number,
    start: number,
    segments: readonly Segment[],
    ends: readonly number[],
  ): boolean {
    if (this.busyUntil[register] >= start) return false;
    return this.mayHold(register, value, start, segments, ends);
  }

  private put(value: number, register: number): void {
    this.place[value] = register;
    this.busyUntil[register] = this.end[value];
    this.occupant[register] = value;
  }

  /** May the value be in this guest register across all commits of its life? */
  private mayHold(
    register: number,
    value: number,
    start: number,
    segments: readonly Segment[],
    ends: readonly number[],
  ): boolean {
    if (segments.length === 1 || register === R_EIP) return true;
    for (let s = 0; s < segments.length; s++) {
      const written = 4 * ends[s] - 1;
      if (start > written || this.end[value] < written) continue;
      if (this.values.wanted(segments[s].exit.index, register) !== value) return false;
    }
    return true;
  }

  /** No register is free: the value that lives longest goes to memory for all of its life. */
  private spill(
    value: number,
    start: number,
    segments: readonly Segment[],
    ends: readonly number[],
  ): void {
    let longest = this.keep[value] === 1 ? NONE : value;
    let register = NONE;
    for (let k = 0; k < this.temporaries.length + GUEST_REGISTERS; k++) {
      const r = k < GUEST_REGISTERS ? k : this.temporaries[k - GUEST_REGISTERS];
      const other = this.occupant[r];
      if (other < 0 || this.busyUntil[r] < start || this.keep[other] === 1) continue;
      if (longest >= 0 && this.end[other] <= this.end[longest]) continue;
      if (r < GUEST_REGISTERS && !this.mayHold(r, value, start, segments, ends)) continue;
      longest = other;
      register = r;
    }
    if (longest < 0 || this.spills === MOST_SPILLS) throw new CannotCompile('registers');
    this.place[longest] = FIRST_SPILL - this.spills++;
    if (register >= 0) this.put(value, register);
  }
}
