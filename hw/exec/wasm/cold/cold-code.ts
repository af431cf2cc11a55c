/**
 * Runs molecules from their records, one after the other, with everything that the stepper does for them
 * (step/stepper.ts): fetch, waits, atoms, branch, commit. What happens seldom is left to TypeScript, in front
 * of the molecule or behind its branch. Where a path begins that has a unit the unit goes on.
 *
 *   cold(entry) -> LEFT, or -1 - number of a unit's way out
 */
import { ALIAS_USED } from '../../../core/alias-registers.js';
import { REMAINING } from '../../../core/guest-words.js';
import { UNDO_COUNT, UNDO_STORES } from '../../../core/undo-log.js';
import { CPI } from '../../../timing/cpi.js';
import { NOW } from '../../../timing/cycle-account.js';
import { LAST } from '../../../timing/scoreboard.js';
import { W } from '../binary.js';
import { FunctionCode, wordAt } from '../function-code.js';
import { UNIT_IMPORTS } from '../unit-imports.js';
import type { UnitMachine } from '../unit-machine.js';
import { CELL, LOG_PLACE_BYTES } from '../unit-tables.js';
import { ActionCode, type ActionLocals } from './action-code.js';
import { ColdCommit } from './cold-commit.js';
import { IssueCode } from './issue-code.js';
import type { LazyRecords } from './lazy-records.js';
import { RecordHead } from './record-head.js';
import { FLAG, HEAD, SEEN } from './records.js';
import { TestCode } from './test-code.js';
import { WayCode } from './way-code.js';

/** Why cold code was left; CELL.place and CELL.begins tell where, CELL.target where a branch led. */
export const LEFT = {
  /** The molecule has no record. */
  unknown: 0,
  /** The molecule is the stepper's. */
  refused: 1,
  /** A path has begun here for the time that makes it hot. */
  hot: 2,
  /** Enough paths have begun (CELL.patience). */
  patience: 3,
  /** The molecule has issued and branched: its commit is TypeScript's. */
  issued: 4,
  /** It has committed, and the countdown is spent. */
  event: 5,
} as const;

/** The imported loop over units, behind what units import. */
const RUN_UNITS = UNIT_IMPORTS.length;

/** Where cold code is entered: a place, and whether a path begins there, as one number. */
export const entryAt = (place: number, begins: boolean): number => (place << 1) | (begins ? 1 : 0);

/** The parameter, afterwards the place of the molecule at hand. */
const PLACE = 0;

export class ColdCode {
  readonly code = new FunctionCode(1);
  /** Local: a path begins at the molecule. */
  private readonly begins: number;
  private readonly record: number;
  private readonly nextPc: number;
  private readonly locals: ActionLocals;
  private readonly tests: TestCode;
  private readonly actions: ActionCode;
  private readonly commits: ColdCommit;
  private readonly ways: WayCode;
  private readonly head: RecordHead;
  private readonly issuing: IssueCode;
  private readonly scratch: number;

  constructor(
    private readonly machine: UnitMachine,
    /** Host address of the records' addresses by place. */
    private readonly recordOf: number,
    ways: LazyRecords,
    private readonly hot: number,
  ) {
    const { code } = this;
    const local = (): number => code.local();
    this.begins = local();
    this.record = local();
    this.nextPc = local();
    this.scratch = local();
    this.locals = {
      at: local(),
      end: local(),
      base: local(),
      target: local(),
      cycles: local(),
      missed: local(),
    };
    this.tests = new TestCode(code, this.locals, machine);
    this.actions = new ActionCode(code, this.locals, machine);
    this.commits = new ColdCommit(code, this.record, machine);
    this.head = new RecordHead(code, this.record, machine.area.cells);
    this.issuing = new IssueCode(code, this.head, this.locals, machine);
    this.ways = new WayCode(code, machine, ways, PLACE, this.begins);
  }

  /** The function. */
  write(): FunctionCode {
    const { code } = this;
    code.get(PLACE);
    code.const32(1);
    code.op(W.and);
    code.set(this.begins);
    code.get(PLACE);
    code.const32(1);
    code.op(W.shrU);
    code.set(PLACE);
    code.loop();
    const again = code.depth;
    this.beginning(again);
    this.find();
    this.heat();
    this.test();
    this.issuing.fetch();
    this.issuing.wait();
    this.act();
    this.issuing.issue();
    this.straightOn(again);
    this.branch();
    this.commit();
    this.goOn(again);
    code.end();
    code.out.u8(W.unreachable);
    return code;
  }

  // --- where paths begin

  /** A unit goes on, if there is one. */
  private beginning(again: number): void {
    const { code, machine } = this;
    const { tables } = machine;
    code.get(this.begins);
    code.if();
    code.get(PLACE);
    code.element(tables.entryOf.byteOffset);
    code.if();
    code.get(PLACE);
    code.call(RUN_UNITS);
    code.tee(PLACE);
    code.const32(0);
    code.op(W.ltS);
    code.if();
    this.ways.write(() => this.pushFresh());
    code.branch(W.br, again);
    code.end();
    code.word(wordAt(machine.area.cells, NOW));
    code.op(W.eqz);
    code.if();
    code.setWord(tables.cell(CELL.resumePc), () => {
      code.get(PLACE);
      code.const32(LOG_PLACE_BYTES);
      code.op(W.shl);
      code.const32(tables.memory.cmsOffset);
      code.op(W.add);
    });
    code.end();
    code.end();
    code.addToWord(tables.cell(CELL.patience), -1);
    code.word(tables.cell(CELL.patience));
    code.op(W.eqz);
    this.leaveIf(LEFT.patience);
    code.end();
  }

  private find(): void {
    const { code } = this;
    code.get(PLACE);
    code.element(this.recordOf);
    code.tee(this.record);
    code.op(W.eqz);
    this.leaveIf(LEFT.unknown);
  }

  private heat(): void {
    const { code } = this;
    code.get(this.begins);
    code.if();
    code.get(this.record);
    this.head.word(HEAD.heat);
    code.const32(1);
    code.op(W.add);
    code.tee(this.scratch);
    code.access(W.store32, HEAD.heat);
    code.get(this.scratch);
    code.const32(this.hot);
    code.op(W.eq);
    this.leaveIf(LEFT.hot);
    code.end();
  }

  // --- the molecule

  private test(): void {
    const { code } = this;
    code.block();
    const passed = code.depth;
    code.block();
    const failed = code.depth;
    this.head.half(HEAD.tests);
    code.tee(this.scratch);
    code.op(W.eqz);
    code.branch(W.brIf, passed);
    this.testStores(failed);
    code.get(this.record);
    code.get(this.scratch);
    code.op(W.add);
    code.set(this.locals.at);
    this.setEnd(HEAD.actions);
    this.tests.write(failed);
    code.branch(W.br, passed);
    code.end();
    this.leave(LEFT.refused);
    code.end();
  }

  /** They have room in the store buffer. */
  private testStores(failed: number): void {
    const { code, machine } = this;
    code.word(wordAt(machine.area.undo, UNDO_STORES));
    this.head.byte(HEAD.stores);
    code.op(W.add);
    code.const32(machine.costs.storeBufferEntries);
    code.op(W.gtS);
    code.branchSeldom(failed);
  }

  private act(): void {
    const { code, locals } = this;
    for (const local of [locals.target, locals.cycles, locals.missed]) {
      code.const32(0);
      code.set(local);
    }
    code.get(this.record);
    this.head.half(HEAD.actions);
    code.op(W.add);
    code.set(locals.at);
    this.setEnd(HEAD.end);
    this.actions.write();
  }

  /** Entries end at an offset in the record. */
  private setEnd(offset: number): void {
    const { code } = this;
    code.get(this.record);
    this.head.half(offset);
    code.op(W.add);
    code.set(this.locals.end);
  }

  /** Most molecules just go on behind them. */
  private straightOn(again: number): void {
    const { code } = this;
    const { branches, leaves, commits, jumps } = FLAG;
    this.head.flag(branches | leaves | commits | jumps);
    code.op(W.eqz);
    code.if();
    this.head.word(HEAD.nextPc);
    code.set(this.nextPc);
    code.const32(0);
    code.set(this.begins);
    this.goTo(again);
    code.end();
  }

  /** What its branch costs, where it leads. */
  private branch(): void {
    const { code, locals, machine } = this;
    code.get(locals.target);
    code.if();
    this.see(SEEN.taken);
    code.get(locals.target);
    code.set(this.nextPc);
    code.else();
    this.see(SEEN.following);
    this.head.word(HEAD.nextPc);
    code.set(this.nextPc);
    code.const32(machine.costs.leaveCycles);
    code.const32(0);
    this.head.flag(FLAG.leaves);
    code.op(W.select);
    code.set(locals.cycles);
    code.end();
    code.get(locals.cycles);
    code.if();
    this.head.charge(CPI.branch, () => code.get(locals.cycles));
    code.setWord(this.cell(NOW), () => {
      code.word(this.cell(NOW));
      code.get(locals.cycles);
      code.op(W.add);
    });
    code.end();
  }

  private see(direction: number): void {
    const { code } = this;
    code.get(this.record);
    this.head.byte(HEAD.seen);
    code.const32(direction);
    code.op(W.or);
    code.access(W.store8, HEAD.seen);
  }

  private commit(): void {
    const { code, machine } = this;
    this.head.flag(FLAG.leaves | FLAG.commits);
    code.if();
    code.setWord(machine.tables.cell(CELL.target), () => code.get(this.nextPc));
    this.head.flag(FLAG.leaves);
    this.commits.pushUnusual();
    code.op(W.or);
    this.leaveIf(LEFT.issued);
    this.commits.write(this.nextPc);
    code.word(machine.state + 4 * REMAINING);
    code.const32(0);
    code.op(W.leS);
    this.leaveIf(LEFT.event);
    code.end();
  }

  private goOn(again: number): void {
    const { code } = this;
    this.head.flag(FLAG.commits | FLAG.jumps);
    code.if();
    // Behind a commit a path begins; behind an indirect jump where nothing is outstanding.
    code.const32(1);
    code.set(this.begins);
    this.head.flag(FLAG.commits);
    code.op(W.eqz);
    code.if();
    this.pushFresh();
    code.get(this.locals.target);
    code.const32(0);
    code.op(W.ne);
    code.op(W.and);
    code.set(this.begins);
    code.end();
    code.else();
    code.const32(0);
    code.set(this.begins);
    code.end();
    this.goTo(again);
  }

  private goTo(again: number): void {
    const { code, machine } = this;
    code.get(this.nextPc);
    code.const32(machine.tables.memory.cmsOffset);
    code.op(W.sub);
    code.const32(LOG_PLACE_BYTES);
    code.op(W.shrU);
    code.set(PLACE);
    code.branch(W.br, again);
  }

  /** Pushes 1 if nothing is outstanding, no store logged, no alias register in use. */
  private pushFresh(): void {
    const { code, machine } = this;
    const { undo, alias } = machine.area;
    code.word(this.ready(LAST));
    code.const32(2);
    code.op(W.shrS);
    code.word(this.cell(NOW));
    code.op(W.leS);
    code.word(wordAt(undo, UNDO_COUNT));
    code.word(wordAt(alias, ALIAS_USED));
    code.op(W.or);
    code.op(W.eqz);
    code.op(W.and);
  }

  // --- pieces

  private leave(why: number): void {
    const { code, machine } = this;
    code.setWord(machine.tables.cell(CELL.place), () => code.get(PLACE));
    code.setWord(machine.tables.cell(CELL.begins), () => code.get(this.begins));
    code.const32(why);
    code.return();
  }

  /** Leaves if the condition on the stack holds. */
  private leaveIf(why: number): void {
    this.code.ifSeldom();
    this.leave(why);
    this.code.end();
  }

  private cell(number: number): number {
    return wordAt(this.machine.area.cells, number);
  }

  private ready(number: number): number {
    return wordAt(this.machine.area.ready, number);
  }
}
