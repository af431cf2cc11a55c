/**
 * From the schedule to code: the molecules of a segment with host registers in place of virtual ones,
 * with the moves that found room in them (moves.ts), and with loads and stores around those that use
 * spilled values. A molecule can have as many spilled values as there are registers for them.
 */
import type { Allocator } from './allocate.js';
import { type AtomList, FIRST_VIRTUAL } from './atom-list.js';
import type { CodeBuffer } from './code-buffer.js';
import { CannotCompile } from './compiled.js';
import type { ExitEmitter } from './exits.js';
import { type Moves, spillSlotAddress } from './moves.js';
import { LOAD_STATE, MOVI, RSPUSH, STORE_STATE } from './opcodes.js';
import type { Scheduler } from './schedule.js';
import { R_SPILL_ADDRESS, R_SPILLED_FIRST, SPILLED_IN_A_MOLECULE } from './stub-registers.js';
import { type AtomTraits, READS_A, READS_B, READS_D, WRITES_D } from './traits.js';

export class ScheduleEmitter {
  /** Spilled values of the molecule under way, each in R_SPILLED_FIRST + its index. */
  private readonly spilled: number[] = [];
  private spillAddress = -1;

  constructor(
    private readonly atoms: AtomList,
    private readonly traits: AtomTraits,
    private readonly schedule: Scheduler,
    private readonly allocator: Allocator,
    private readonly code: CodeBuffer,
    private readonly exits: ExitEmitter,
  ) {}

  /** Molecules `from` to `to` (exclusive); the last one stays open. */
  emit(from: number, to: number, moves: Moves, guest: number, spillAddress: number): void {
    this.spillAddress = spillAddress;
    for (let m = from; m < to; m++) {
      if (this.allocator.spills > 0) this.emitSpilled(m);
      else this.emitMolecule(m);
      moves.putFilled(this.code, m, guest);
    }
  }

  private emitMolecule(m: number): void {
    const { schedule, atoms, code } = this;
    code.openScheduled(schedule.set[m], schedule.literal[m], schedule.sideExits[m] > 0);
    for (let k = schedule.start[m]; k < schedule.start[m + 1]; k++) {
      const i = schedule.order[k];
      const opcode = atoms.opcode[i];
      const bits = this.traits.bits[opcode];
      const d = (bits & WRITES_D) !== 0 ? this.registerOf(atoms.d[i]) : 0;
      const a = (bits & READS_A) !== 0 ? this.registerOf(atoms.a[i]) : 0;
      const b = (bits & READS_B) !== 0 ? this.registerOf(atoms.b[i]) : 0;
      const at = code.put(opcode, d, a, b, atoms.imm[i], atoms.guest[i]);
      const exit = atoms.exit[i];
      code.atoms.exit[at] = opcode === RSPUSH ? this.exits.landingLabel(exit, at) : exit;
    }
  }

  private registerOf(register: number): number {
    if (register < FIRST_VIRTUAL) return register;
    const place = this.allocator.place[register];
    return place >= 0 ? place : R_SPILLED_FIRST + this.spilled.indexOf(register);
  }

  private emitSpilled(m: number): void {
    this.spilled.length = 0;
    const { schedule, atoms, code } = this;
    const written: number[] = [];
    for (let k = schedule.start[m]; k < schedule.start[m + 1]; k++) {
      const i = schedule.order[k];
      const bits = this.traits.bits[atoms.opcode[i]];
      if ((bits & READS_A) !== 0) this.reload(atoms.a[i], atoms.guest[i]);
      if ((bits & READS_B) !== 0) this.reload(atoms.b[i], atoms.guest[i]);
      if ((bits & READS_D) !== 0) this.reload(atoms.d[i], atoms.guest[i]);
    }
    for (let k = schedule.start[m]; k < schedule.start[m + 1]; k++) {
      const i = schedule.order[k];
      const d = atoms.d[i];
      if ((this.traits.bits[atoms.opcode[i]] & WRITES_D) === 0 || !this.isSpilled(d)) continue;
      this.claim(d);
      if (!written.includes(d)) written.push(d);
    }
    this.emitMolecule(m);
    for (const value of written) {
      // What follows the molecule must not join it.
      code.close();
      const place = this.allocator.place[value];
      code.add(MOVI, R_SPILL_ADDRESS, 0, 0, spillSlotAddress(this.spillAddress, place));
      code.add(STORE_STATE, 0, R_SPILL_ADDRESS, R_SPILLED_FIRST + this.spilled.indexOf(value), 0);
    }
  }

  private isSpilled(register: number): boolean {
    return register >= FIRST_VIRTUAL && this.allocator.place[register] < 0;
  }

  /** Gives the value a register in the molecule; false when it had one. */
  private claim(value: number): boolean {
    if (this.spilled.includes(value)) return false;
    if (this.spilled.length === SPILLED_IN_A_MOLECULE) throw new CannotCompile('registers');
    this.spilled.push(value);
    return true;
  }

  private reload(register: number, guest: number): void {
    if (!this.isSpilled(register) || !this.claim(register)) return;
    const { code } = this;
    const place = this.allocator.place[register];
    const to = R_SPILLED_FIRST + this.spilled.indexOf(register);
    code.add(MOVI, R_SPILL_ADDRESS, 0, 0, spillSlotAddress(this.spillAddress, place), guest);
    code.add(LOAD_STATE, to, R_SPILL_ADDRESS, 0, 0, guest);
  }
}
