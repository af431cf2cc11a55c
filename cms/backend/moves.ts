/**
 * Bringing the guest's values to their registers where a snapshot is taken: moves that happen all at
 * once, as far as the program is concerned. On the main line they first look for room in molecules
 * that have been scheduled (`fill`); what remains is put in an order, cycles through r48.
 */
import { R_ZERO } from '../../hw/atom/registers.js';
import { type Allocator, FIRST_SPILL } from './allocate.js';
import { type AtomList, FIRST_VIRTUAL } from './atom-list.js';
import type { CodeBuffer } from './code-buffer.js';
import { CannotCompile } from './compiled.js';
import type { FormatTable } from './formats.js';
import { BINARY, LOAD_STATE, MOVI } from './opcodes.js';
import type { Scheduler } from './schedule.js';
import { R_CYCLE, R_SPILL_ADDRESS } from './stub-registers.js';
import type { AtomTraits } from './traits.js';
import { CONSTANT, DESTINATIONS, NOTHING, type ValueMap } from './values.js';

const MOVE = BINARY.or.register;
const COUNT = DESTINATIONS.length;
const DONE = -1;

export class Moves {
  /** By destination: what has to come there (host register, spill slot, CONSTANT), or NOTHING. */
  private readonly source = new Int32Array(COUNT);
  private readonly constant = new Int32Array(COUNT);
  /** Moves of the filler, until the next `fill`: molecule, destination, source or CONSTANT. */
  private readonly filledMolecule = new Int32Array(COUNT);
  private readonly filledBy = new Int32Array(COUNT);
  private filled = 0;

  constructor(
    private readonly values: ValueMap,
    private readonly allocator: Allocator,
    private readonly schedule: Scheduler,
    private readonly formats: FormatTable,
    private readonly traits: AtomTraits,
    private readonly lowered: AtomList,
  ) {}

  /** Takes up what the exit wants; what is in place already is dropped. */
  begin(exit: number): void {
    const { values, allocator, source } = this;
    this.filled = 0;
    for (let k = 0; k < COUNT; k++) {
      const wanted = values.wanted(exit, k);
      source[k] = wanted >= FIRST_VIRTUAL ? this.placed(allocator.place[wanted]) : wanted;
      if (wanted === CONSTANT) this.constant[k] = values.wantedConstant(exit, k);
      if (source[k] === DESTINATIONS[k]) source[k] = NOTHING;
    }
  }

  /** Spill slots are told from CONSTANT by an offset. */
  private placed(place: number): number {
    return place >= 0 ? place : place - 1;
  }

  // --- room on the main line

  /**
   * Moves into molecules `first` to `last` (exclusive) of the schedule what can be moved there: the
   * destination is free from there on, the value is there. No value may have been spilled.
   */
  fill(exit: number, first: number, last: number): void {
    for (let k = 0; k < COUNT; k++) {
      const source = this.source[k];
      if (source === NOTHING) continue;
      const free = (this.allocator.busyUntil[DESTINATIONS[k]] + 3) >> 2;
      const wanted = this.values.wanted(exit, k);
      const m = this.roomFor(k, Math.max(first, free), last, wanted);
      if (m < 0) continue;
      this.filledMolecule[this.filled] = m;
      this.filledBy[this.filled++] = k;
    }
  }

  private roomFor(k: number, first: number, last: number, wanted: number): number {
    const { schedule, formats } = this;
    const isConstant = wanted === CONSTANT;
    const opcode = isConstant ? MOVI : MOVE;
    const atom = formats.atomOf[this.traits.unitClass[opcode]];
    const from = wanted >= FIRST_VIRTUAL ? this.readyAt(wanted, first, last) : first;
    for (let m = from; m < last; m++) {
      let set = schedule.set[m] + atom;
      if (isConstant) {
        if ((set & formats.literal) === 0) set += formats.literal;
        else if (schedule.literal[m] !== this.constant[k]) continue;
      }
      if (formats.formatOf(set) < 0) continue;
      schedule.set[m] = set;
      if (isConstant) schedule.literal[m] = this.constant[k];
      return m;
    }
    return DONE;
  }

  /** The first molecule from `first` on that has the value without waiting, or else the last one that has it. */
  private readyAt(value: number, first: number, last: number): number {
    const { schedule } = this;
    const defined = this.allocator.definedAt[value];
    if (defined < first) {
      // Of an earlier segment, whose cycles are others, or long ago.
      if (defined < 0 || schedule.cycle[defined] > schedule.cycle[first]) return first;
    }
    const ready = schedule.cycle[defined] + this.latencyOf(value, defined);
    let m = Math.max(first, defined + 1);
    while (m < last && schedule.cycle[m] < ready) m++;
    return m < last ? m : Math.max(first, defined + 1, last - 1);
  }

  private latencyOf(value: number, molecule: number): number {
    const { schedule, lowered } = this;
    for (let k = schedule.start[molecule]; k < schedule.start[molecule + 1]; k++) {
      const i = schedule.order[k];
      if (lowered.d[i] === value) return this.traits.latency[lowered.opcode[i]];
    }
    return 1;
  }

  /** Puts the moves that were given to a molecule of the schedule into the code. */
  putFilled(code: CodeBuffer, molecule: number, guest: number): void {
    for (let i = 0; i < this.filled; i++) {
      if (this.filledMolecule[i] !== molecule) continue;
      const k = this.filledBy[i];
      const d = DESTINATIONS[k];
      if (this.source[k] === CONSTANT) code.put(MOVI, d, 0, 0, this.constant[k], guest);
      else code.put(MOVE, d, this.source[k], R_ZERO, 0, guest);
      this.source[k] = NOTHING;
    }
  }

  // --- straight code

  /** Appends the moves that remain. `spillAddress`: where slot 0 is, or -1. */
  emit(code: CodeBuffer, spillAddress: number, guest: number): void {
    this.emitRegisters(code, guest);
    for (let k = 0; k < COUNT; k++) {
      const source = this.source[k];
      if (source === NOTHING) continue;
      if (source === CONSTANT) code.add(MOVI, DESTINATIONS[k], 0, 0, this.constant[k], guest);
      else {
        const address = spillSlotAddress(spillAddress, source + 1);
        code.add(MOVI, R_SPILL_ADDRESS, 0, 0, address, guest);
        code.add(LOAD_STATE, DESTINATIONS[k], R_SPILL_ADDRESS, 0, 0, guest);
      }
    }
  }

  /** Each move when nothing else needs its destination any more. */
  private emitRegisters(code: CodeBuffer, guest: number): void {
    for (;;) {
      let moved = false;
      let blocked = -1;
      for (let k = 0; k < COUNT; k++) {
        if (this.source[k] < 0) continue;
        if (this.isSource(DESTINATIONS[k], k)) {
          blocked = k;
          continue;
        }
        code.add(MOVE, DESTINATIONS[k], this.source[k], R_ZERO, 0, guest);
        this.source[k] = NOTHING;
        moved = true;
      }
      if (blocked < 0) return;
      if (moved) continue;
      code.add(MOVE, R_CYCLE, this.source[blocked], R_ZERO, 0, guest);
      this.source[blocked] = R_CYCLE;
    }
  }

  private isSource(register: number, except: number): boolean {
    for (let k = 0; k < COUNT; k++) if (k !== except && this.source[k] === register) return true;
    return false;
  }
}

/** Host physical address of a spilled value's place (allocate.ts). */
export function spillSlotAddress(spillAddress: number, place: number): number {
  if (spillAddress < 0) throw new CannotCompile('registers');
  return spillAddress + 4 * (FIRST_SPILL - place);
}
