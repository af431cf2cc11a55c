/**
 * Where records of molecules lie (records.ts), by place of host code, and how they are made. When there
 * is no room left all of them go, and those that are still needed are made again.
 */
import { SimulatorBug } from '../../../../base/errors.js';
import { ALIAS_WORDS } from '../../../core/core-area.js';
import type { RetireTable } from '../../../core/retire-table.js';
import type { LinearMemory } from '../../../memory/layout.js';
import { OP, type Op, type StepMolecule } from '../../step/step-molecule.js';
import { canTestAhead, storesOf } from '../molecules.js';
import { LOG_PLACE_BYTES } from '../unit-tables.js';
import { actionOf, TEST_REFUSE, testOf } from './codes.js';
import {
  DO,
  DO_BYTES,
  flagsOf,
  HEAD,
  HEAD_BYTES,
  LATE,
  LATE_BYTES,
  MOST_RECORD_BYTES,
  PLACE_BYTES,
  registerAt,
  TEST,
  TEST_BYTES,
} from './records.js';

/** Words of a head that begin at zero. */
const TOTALS = [HEAD.heat, HEAD.commits, HEAD.cycles, HEAD.skipped] as const;

/** Molecules are at most so long, in places. */
const LONGEST_PLACES = 4;
/** Chosen: records of 200,000 molecules and more. Pages of it that are never used take no memory. */
const MOST_ARENA_BYTES = 48 << 20;
const LEAST_ARENA_BYTES = 1 << 20;
const ALIGNMENT = 8;

const arenaBytes = (cmsBytes: number): number =>
  Math.min(MOST_ARENA_BYTES, Math.max(LEAST_ARENA_BYTES, 8 * cmsBytes));

/** Bytes that a machine has to reserve. */
export const coldTableBytes = (cmsBytes: number): number =>
  4 * (cmsBytes >>> LOG_PLACE_BYTES) + arenaBytes(cmsBytes) + ALIGNMENT;

const aligned = (address: number): number => Math.ceil(address / ALIGNMENT) * ALIGNMENT;

export class ColdTables {
  /** By place: host address of the record; 0: none. */
  readonly recordOf: Uint32Array;
  private readonly view: DataView;
  private readonly first: number;
  private readonly end: number;
  private next: number;

  constructor(
    private readonly memory: LinearMemory,
    offset: number,
    private readonly retires: RetireTable,
  ) {
    const places = memory.cmsBytes >>> LOG_PLACE_BYTES;
    this.recordOf = new Uint32Array(memory.memory.buffer, offset, places);
    this.view = memory.view;
    this.first = aligned(offset + 4 * places);
    this.end = offset + coldTableBytes(memory.cmsBytes);
    this.next = this.first;
    if (this.end > memory.tablesOffset + memory.tableBytes)
      throw new SimulatorBug('the machine has no memory for records of cold code');
  }

  /** The record of the molecule at a host pc, or 0. */
  at(hostPc: number): number {
    return this.recordOf[this.place(hostPc)];
  }

  /** Makes the record of a molecule that has none. */
  make(m: StepMolecule): void {
    if (this.next + MOST_RECORD_BYTES > this.end) this.clear();
    const record = this.next;
    this.next = aligned(this.write(record, m));
    this.recordOf[this.place(m.hostPc)] = record;
  }

  /** Molecules with bytes in this range are gone. */
  drop(fromPc: number, toPc: number): void {
    const { recordOf, view } = this;
    const last = Math.min(recordOf.length, this.place(toPc + ALIGNMENT - 1));
    for (let place = Math.max(0, this.place(fromPc) - LONGEST_PLACES); place < last; place++) {
      const record = recordOf[place];
      if (record === 0 || view.getUint32(record + HEAD.nextPc, true) <= fromPc) continue;
      this.settle(record);
      recordOf[place] = 0;
    }
  }

  heat(hostPc: number): number {
    const record = this.at(hostPc);
    return record === 0 ? 0 : this.view.getInt32(record + HEAD.heat, true);
  }

  setHeat(hostPc: number, heat: number): void {
    const record = this.at(hostPc);
    if (record !== 0) this.view.setInt32(record + HEAD.heat, heat, true);
  }

  /** Directions (SEEN) in which a molecule was seen to go on. */
  seen(hostPc: number): number {
    const record = this.at(hostPc);
    return record === 0 ? 0 : this.view.getUint8(record + HEAD.seen);
  }

  addSeen(hostPc: number, directions: number): void {
    const record = this.at(hostPc);
    if (record === 0) return;
    const at = record + HEAD.seen;
    this.view.setUint8(at, this.view.getUint8(at) | directions);
  }

  /** The commits of the molecule at a host pc are accounted for. */
  settleAt(hostPc: number): void {
    const record = this.at(hostPc);
    if (record !== 0) this.settle(record);
  }

  private place(hostPc: number): number {
    return (hostPc - this.memory.cmsOffset) >>> LOG_PLACE_BYTES;
  }

  private clear(): void {
    const { recordOf } = this;
    for (let place = 0; place < recordOf.length; place++)
      if (recordOf[place] !== 0) this.settle(recordOf[place]);
    recordOf.fill(0);
    this.next = this.first;
  }

  private settle(record: number): void {
    const { view } = this;
    const times = view.getUint32(record + HEAD.commits, true);
    if (times === 0) return;
    const cycles = view.getUint32(record + HEAD.cycles, true);
    const steps = view.getUint32(record + HEAD.steps, true);
    const instructions = view.getUint32(record + HEAD.instructions, true);
    const hostPc = view.getUint32(record + HEAD.hostPc, true);
    const skipped = view.getUint32(record + HEAD.skipped, true);
    const completed = times * instructions - skipped;
    this.retires.tally(hostPc, times * steps - skipped, completed, cycles, times);
    view.setUint32(record + HEAD.commits, 0, true);
    view.setUint32(record + HEAD.cycles, 0, true);
    view.setUint32(record + HEAD.skipped, 0, true);
  }

  // --- writing

  /** One past the record's last byte. */
  private write(record: number, m: StepMolecule): number {
    const tests = record + HEAD_BYTES + LATE_BYTES * m.lateRegisters.length;
    const actions = this.writeTests(tests, m);
    this.writeHead(record, m, tests, actions);
    m.lateRegisters.forEach((r, i) => {
      const at = record + HEAD_BYTES + LATE_BYTES * i;
      this.half(at + LATE.register, registerAt(r));
      this.half(at + LATE.cycles, m.lateCycles[i]);
    });
    const end = this.writeActions(actions, m);
    this.half(record + HEAD.end, end - record);
    return end;
  }

  private writeHead(record: number, m: StepMolecule, tests: number, actions: number): void {
    const { steps, instructions, skips } = this.retires.completes(m.hostPc);
    this.word(record + HEAD.hostPc, m.hostPc);
    this.word(record + HEAD.nextPc, m.nextPc);
    this.word(record + HEAD.firstLine, m.firstLine);
    this.word(record + HEAD.lastLine, m.lastLine);
    this.word(record + HEAD.wait0, m.wait0);
    this.word(record + HEAD.wait1, m.wait1);
    this.word(record + HEAD.late0, m.late0);
    this.word(record + HEAD.late1, m.late1);
    this.word(record + HEAD.steps, steps);
    this.word(record + HEAD.instructions, instructions);
    for (const total of TOTALS) this.word(record + total, 0);
    this.half(record + HEAD.tests, actions === tests ? 0 : tests - record);
    this.half(record + HEAD.actions, actions - record);
    this.half(record + HEAD.latestCycles, m.latestCycles);
    this.byte(record + HEAD.flags, flagsOf(m, skips));
    this.byte(record + HEAD.base, 4 * m.accountBase);
    this.byte(record + HEAD.atoms, m.atoms);
    this.byte(record + HEAD.stores, storesOf(m));
    this.byte(record + HEAD.lateCount, m.lateRegisters.length);
    this.byte(record + HEAD.seen, 0);
  }

  /** One past the last; where it began if there is nothing to test. */
  private writeTests(from: number, m: StepMolecule): number {
    let at = from;
    const refused = !canTestAhead(m);
    if (refused) at = this.writeTest(at, TEST_REFUSE, 0, undefined);
    for (let i = 0; i < m.ops.length; i++) {
      const code = testOf(m.ops[i]);
      if (code >= 0) at = this.writeTest(at, code, i, m.ops[i]);
    }
    return at;
  }

  private writeTest(at: number, code: number, index: number, op: Op | undefined): number {
    this.half(at + TEST.code, code);
    if (op === undefined) return at + TEST_BYTES;
    // Of a latch: where it is.
    this.half(at + TEST.place, op.kind === OP.latch ? registerAt(op.d) : PLACE_BYTES * index);
    this.half(at + TEST.a, registerAt(op.a));
    this.half(at + TEST.bytes, op.kind === OP.divide ? registerAt(op.b) : op.bytes);
    this.word(at + TEST.fastBits, op.fastBits);
    this.word(at + TEST.number, op.imm);
    return at + TEST_BYTES;
  }

  private writeActions(from: number, m: StepMolecule): number {
    let at = from;
    for (let i = 0; i < m.ops.length; i++) {
      const code = actionOf(m.ops[i]);
      if (code < 0) continue;
      this.writeAction(at, code, m.ops[i], i);
      at += DO_BYTES;
    }
    return at;
  }

  private writeAction(at: number, code: number, op: Op, index: number): void {
    const isAccess = ACCESSES.includes(op.kind);
    this.half(at + DO.code, code);
    this.half(at + DO.d, registerAt(op.d));
    this.half(at + DO.a, isAccess ? PLACE_BYTES * index : registerAt(op.a));
    this.half(at + DO.b, registerAt(op.b));
    const number = op.kind === OP.load && op.isProtected ? 4 * ALIAS_WORDS * op.imm : op.imm;
    this.word(at + DO.number, number);
  }

  private word(at: number, value: number): void {
    this.view.setInt32(at, value, true);
  }

  private byte(at: number, value: number): void {
    this.view.setUint8(at, value);
  }

  private half(at: number, value: number): void {
    this.view.setUint16(at, value, true);
  }
}

const ACCESSES: readonly number[] = [
  OP.load,
  OP.loadPhysical,
  OP.store,
  OP.storePhysical,
  OP.checkPage,
];
