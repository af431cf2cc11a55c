/**
 * Commits of cold code: what the stepper's commit does (step/stepper.ts), on the same words. What it adds to
 * totals is kept by slot and by molecule until somebody reads them.
 */
import { R_SKIPPED, SHADOWED } from '../../../atom/registers.js';
import { ALIAS_USED } from '../../../core/alias-registers.js';
import { REMAINING } from '../../../core/guest-words.js';
import { UNDO_COUNT, UNDO_STORES } from '../../../core/undo-log.js';
import { CPI } from '../../../timing/cpi.js';
import {
  ATOMS,
  NOW,
  PORT_FREE,
  PREPARED_TARGET,
  ROUTINE,
  WAITS,
} from '../../../timing/cycle-account.js';
import { LAST, PENDING0, PENDING1 } from '../../../timing/scoreboard.js';
import { W } from '../binary.js';
import { type FunctionCode, wordAt } from '../function-code.js';
import { RUNTIME_FUNCTIONS } from '../unit-imports.js';
import type { UnitMachine } from '../unit-machine.js';
import { CELL } from '../unit-tables.js';
import { RecordHead } from './record-head.js';
import { FLAG, HEAD } from './records.js';

/** A record's totals are taken over before they could overflow (logarithm). */
const LOG_MOST_TOTAL = 30;

const TOTALS = [HEAD.commits, HEAD.cycles, HEAD.skipped] as const;

export class ColdCommit {
  private readonly cells: Int32Array;
  private readonly head: RecordHead;
  private readonly ready: Int32Array;
  private readonly time: number;
  private readonly skipped: number;
  private readonly routine: number;

  constructor(
    private readonly code: FunctionCode,
    /** Local with the host address of the record. */
    record: number,
    private readonly machine: UnitMachine,
  ) {
    this.cells = machine.area.cells;
    this.head = new RecordHead(code, record, this.cells);
    this.ready = machine.area.ready;
    this.time = code.local();
    this.skipped = code.local();
    this.routine = code.local();
  }

  /** Pushes not 0 if the commit is TypeScript's: somebody watches, it counts otherwise. */
  pushUnusual(): void {
    const { code, machine } = this;
    const { tables } = machine;
    code.word(tables.cell(CELL.asked));
    code.word(tables.cell(CELL.eventLimit));
    code.op(W.or);
    TOTALS.forEach((total, i) => {
      this.head.word(total);
      if (i > 0) code.op(W.or);
    });
    code.const32(LOG_MOST_TOTAL);
    code.op(W.shrU);
    code.op(W.or);
  }

  /** `nextPc`: local of where execution goes on. */
  write(nextPc: number): void {
    const { code, machine } = this;
    const { tables, timing } = machine;
    if (timing === 'full') {
      this.drain();
      this.stall(CPI.commit, () => code.const32(machine.costs.commitCycles));
    }
    this.writeDrained();
    code.setWord(tables.cell(CELL.resumePc), () => code.get(nextPc));
    code.setWord(tables.cell(CELL.lastSite), () => code.const32(-1));
    code.setWord(tables.cell(CELL.lastPc), () => {
      this.head.word(HEAD.hostPc);
    });
  }

  /** Same, without the waits for what is outstanding, and without the place that it was. */
  writeDrained(): void {
    const { code, ready, machine } = this;
    if (machine.timing === 'full')
      for (const word of [PENDING0, PENDING1, LAST])
        code.setWord(wordAt(ready, word), () => code.const32(0));
    this.count();
    this.publish();
    if (machine.timing === 'full') this.settle();
    else this.settleSteps();
  }

  /** Waits until nothing is outstanding (Scoreboard.drain). */
  private drain(): void {
    const { code, ready, cells } = this;
    code.word(wordAt(ready, LAST));
    code.const32(2);
    code.op(W.shrS);
    code.word(wordAt(cells, NOW));
    code.op(W.sub);
    code.const32(0);
    code.op(W.gtS);
    code.if();
    this.head.byte(HEAD.base);
    code.const32(2);
    code.op(W.shrU);
    code.call(RUNTIME_FUNCTIONS.drain.number);
    code.end();
  }

  private stall(slot: number, cycles: () => void): void {
    if (this.machine.costs.commitCycles === 0) return;
    this.head.charge(slot, cycles);
    this.add(NOW, cycles);
  }

  /** RetireTable.count: a commit more of the record, its steps and instructions. */
  private count(): void {
    const { code } = this;
    const steps = this.machine.tables.cell(CELL.steps);
    this.noteSkipped();
    this.settleRoutine();
    this.head.add(HEAD.commits, () => code.const32(1));
    this.head.add(HEAD.cycles, () => this.pushCycles());
    code.const32(0);
    code.const32(0);
    code.access(W.load64, steps);
    code.get(this.head.record);
    code.access(W.load64, HEAD.steps);
    code.op(W.add64);
    // Both halves less what was skipped.
    code.get(this.skipped);
    code.op(W.extendU);
    code.op(W.sub64);
    code.get(this.skipped);
    code.op(W.extendU);
    code.const64(32);
    code.op(W.shl64);
    code.op(W.sub64);
    code.access(W.store64, steps);
  }

  /** Pending cycles of the software's routines are dispatch: how many goes to a local. */
  private settleRoutine(): void {
    const { code, cells, machine, routine } = this;
    code.const32(0);
    code.set(routine);
    code.word(wordAt(cells, ROUTINE + CPI.issue));
    code.if();
    for (const slot of [CPI.issue, ...WAITS]) {
      code.get(routine);
      code.word(wordAt(cells, ROUTINE + slot));
      code.op(W.add);
      code.set(routine);
    }
    for (const cell of [CPI.issue, ...WAITS, ATOMS])
      code.setWord(wordAt(cells, ROUTINE + cell), () => code.const32(0));
    // The functional model's routines take no time.
    if (machine.timing === 'full')
      this.addWide(machine.tables.cell(CELL.settled + 2 * CPI.dispatch), () => code.get(routine));
    code.end();
  }

  /** How much of what the commit completes was skipped: RetireTable.at. */
  private noteSkipped(): void {
    const { code, machine } = this;
    code.const32(0);
    code.set(this.skipped);
    this.head.flag(FLAG.skips);
    code.if();
    code.word(wordAt(machine.area.working, R_SKIPPED));
    code.set(this.skipped);
    this.head.add(HEAD.skipped, () => code.get(this.skipped));
    code.end();
  }

  /** Pushes the cycles that the commit settles, without those of the software's routines. */
  private pushCycles(): void {
    const { code, machine } = this;
    if (machine.timing === 'full') {
      code.word(wordAt(this.cells, NOW));
      code.get(this.routine);
      code.op(W.sub);
    } else {
      this.head.word(HEAD.steps);
      code.get(this.skipped);
      code.op(W.sub);
    }
  }

  /** CoreState.commit. */
  private publish(): void {
    const { code, machine } = this;
    const { working, undo, alias } = machine.area;
    for (const r of SHADOWED)
      code.setWord(machine.state + 4 * r, () => code.word(wordAt(working, r)));
    for (const word of [UNDO_COUNT, UNDO_STORES])
      code.setWord(wordAt(undo, word), () => code.const32(0));
    code.word(wordAt(alias, ALIAS_USED));
    code.if();
    for (let i = 0; i < alias.length; i++) code.setWord(wordAt(alias, i), () => code.const32(0));
    code.end();
  }

  /** CycleAccount.settle. */
  private settle(): void {
    const { code, cells } = this;
    this.take(CPI.issue);
    this.take(ATOMS);
    code.word(wordAt(cells, NOW));
    code.get(this.time);
    code.op(W.ne);
    code.if();
    for (const slot of WAITS) this.take(slot);
    code.end();
    this.pass();
    code.word(wordAt(cells, PORT_FREE));
    code.word(wordAt(cells, PREPARED_TARGET));
    code.op(W.or);
    code.ifSeldom();
    code.word(wordAt(cells, NOW));
    code.call(RUNTIME_FUNCTIONS.pass.number);
    code.end();
    code.setWord(wordAt(cells, NOW), () => code.const32(0));
  }

  /** FunctionalAccount.settle. */
  private settleSteps(): void {
    const { code, cells, machine } = this;
    this.take(CPI.issue);
    this.take(ATOMS);
    this.addWide(machine.tables.cell(CELL.coldSteps), () => this.pushCycles());
    this.pass();
    code.setWord(wordAt(cells, NOW), () => code.const32(0));
  }

  /** The clock's countdown. */
  private pass(): void {
    const { code, machine } = this;
    const remaining = machine.state + 4 * REMAINING;
    code.setWord(remaining, () => {
      code.word(remaining);
      if (machine.timing === 'full') code.word(wordAt(this.cells, NOW));
      else this.pushCycles();
      code.op(W.sub);
    });
  }

  /** Pending cycles of a slot (or atoms) are settled; of `issue` they stay in the local, too. */
  private take(cell: number): void {
    const { code, cells, machine } = this;
    this.addWide(machine.tables.cell(CELL.settled + 2 * cell), () => {
      code.word(wordAt(cells, cell));
      if (cell === CPI.issue) code.tee(this.time);
    });
    code.setWord(wordAt(cells, cell), () => code.const32(0));
  }

  /** Adds to 64 bits at an address. */
  private addWide(at: number, value: () => void): void {
    const { code } = this;
    code.const32(0);
    code.const32(0);
    code.access(W.load64, at);
    value();
    code.op(W.extendU);
    code.op(W.add64);
    code.access(W.store64, at);
  }

  private add(cell: number, value: () => void): void {
    const { code } = this;
    const at = wordAt(this.cells, cell);
    code.setWord(at, () => {
      code.word(at);
      value();
      code.op(W.add);
    });
  }
}
