/**
 * Goes on where a unit was left inside a path: what the path has done is brought up to date (what Units.resume
 * and Scoreboard.load do), and cold code runs from there.
 */
import { ALIAS_USED } from '../../../core/alias-registers.js';
import { UNDO_COUNT, UNDO_STORES } from '../../../core/undo-log.js';
import { CPI } from '../../../timing/cpi.js';
import { NOW } from '../../../timing/cycle-account.js';
import { LAST, PENDING0, PENDING1 } from '../../../timing/scoreboard.js';
import { W } from '../binary.js';
import { type FunctionCode, wordAt } from '../function-code.js';
import type { UnitMachine } from '../unit-machine.js';
import { CELL, LOG_PLACE_BYTES } from '../unit-tables.js';
import type { LazyRecords } from './lazy-records.js';
import { PAIR, PAIR_BYTES, WAY, WAY_BYTES } from './pending-records.js';

export class WayCode {
  private readonly way: number;
  private readonly at: number;
  private readonly end: number;
  private readonly origin: number;

  constructor(
    private readonly code: FunctionCode,
    private readonly machine: UnitMachine,
    private readonly ways: LazyRecords,
    /** Local: the way out as the unit returned it; afterwards the place. */
    private readonly place: number,
    /** Local: a path begins at the place. */
    private readonly begins: number,
  ) {
    this.way = code.local();
    this.at = code.local();
    this.end = code.local();
    this.origin = code.local();
  }

  /** `pushFresh` pushes 1 if a path may begin. Returns the way out if it is TypeScript's. */
  write(pushFresh: () => void): void {
    this.find();
    this.countDown();
    const { code } = this;
    this.word(WAY.late);
    code.if();
    code.const32(0);
    code.set(this.begins);
    this.word(WAY.place);
    code.set(this.place);
    code.else();
    this.outstanding();
    this.history();
    this.cells();
    this.goOn(pushFresh);
    code.end();
  }

  private find(): void {
    const { code, ways } = this;
    code.const32(-1);
    code.get(this.place);
    code.op(W.sub);
    code.tee(this.way);
    code.const32(ways.table.length - 1);
    code.op(W.gtU);
    code.ifSeldom();
    this.giveUp();
    code.end();
    code.get(this.way);
    code.element(ways.table.byteOffset);
    code.tee(this.way);
    code.op(W.eqz);
    code.ifSeldom();
    this.giveUp();
    code.end();
  }

  private giveUp(): void {
    this.code.get(this.place);
    this.code.return();
  }

  /** The last time that it may be taken is TypeScript's. */
  private countDown(): void {
    const { code } = this;
    this.word(WAY.left);
    code.if();
    this.word(WAY.left);
    code.const32(1);
    code.op(W.eq);
    code.ifSeldom();
    this.giveUp();
    code.end();
    code.get(this.way);
    this.word(WAY.left);
    code.const32(1);
    code.op(W.sub);
    code.access(W.store32, WAY.left);
    code.end();
  }

  private outstanding(): void {
    const { code, machine } = this;
    const { ready, cells } = machine.area;
    code.word(wordAt(cells, NOW));
    code.op(W.eqz);
    code.if();
    code.setWord(machine.tables.cell(CELL.resumePc), () => this.word(WAY.headPc));
    code.end();
    code.word(wordAt(cells, NOW));
    code.const32(2);
    code.op(W.shl);
    code.set(this.origin);
    code.setWord(wordAt(ready, PENDING0), () => this.word(WAY.pending0));
    code.setWord(wordAt(ready, PENDING1), () => this.word(WAY.pending1));
    code.setWord(wordAt(ready, LAST), () => {
      this.word(WAY.last);
      code.get(this.origin);
      code.op(W.add);
      code.const32(0);
      this.word(WAY.last);
      code.op(W.select);
    });
    code.get(this.way);
    code.const32(WAY_BYTES);
    code.op(W.add);
    code.set(this.at);
    this.each(WAY.registers, () => {
      code.get(this.at);
      code.access(W.load32, PAIR.at);
      code.get(this.at);
      code.access(W.load32, PAIR.value);
      code.get(this.origin);
      code.op(W.add);
      code.access(W.store32, ready.byteOffset);
    });
  }

  private history(): void {
    const { code } = this;
    const { undo, alias } = this.machine.area;
    for (const word of [UNDO_COUNT, UNDO_STORES])
      code.setWord(wordAt(undo, word), () => this.word(WAY.stores));
    code.setWord(wordAt(alias, ALIAS_USED), () => {
      code.word(wordAt(alias, ALIAS_USED));
      this.word(WAY.protects);
      code.op(W.or);
    });
  }

  private cells(): void {
    this.each(WAY.cells, () => addPair(this.code, this.at, this.machine.area.cells));
  }

  private goOn(pushFresh: () => void): void {
    const { code, machine } = this;
    const { tables, area } = machine;
    code.const32(0);
    code.set(this.begins);
    this.word(WAY.jumps);
    code.if();
    code.get(this.way);
    code.access(W.load32, WAY.base);
    code.set(this.at);
    code.get(this.at);
    code.get(this.at);
    code.access(W.load32, wordAt(area.cells, CPI.branch));
    code.word(tables.cell(CELL.targetCycles));
    code.op(W.add);
    code.access(W.store32, wordAt(area.cells, CPI.branch));
    code.setWord(wordAt(area.cells, NOW), () => {
      code.word(wordAt(area.cells, NOW));
      code.word(tables.cell(CELL.targetCycles));
      code.op(W.add);
    });
    pushFresh();
    code.set(this.begins);
    code.word(tables.cell(CELL.target));
    code.const32(tables.memory.cmsOffset);
    code.op(W.sub);
    code.const32(LOG_PLACE_BYTES);
    code.op(W.shrU);
    code.set(this.place);
    code.else();
    this.word(WAY.place);
    code.set(this.place);
    code.end();
  }

  /** For each of so many pairs from `at` on. */
  private each(count: number, body: () => void): void {
    const { code } = this;
    this.word(count);
    code.const32(Math.log2(PAIR_BYTES));
    code.op(W.shl);
    code.get(this.at);
    code.op(W.add);
    code.set(this.end);
    eachPair(code, this.at, this.end, body);
  }

  private word(offset: number): void {
    this.code.get(this.way);
    this.code.access(W.load32, offset);
  }
}

/** `body` for each pair between the addresses in two locals; the first one ends up at the second. */
export function eachPair(code: FunctionCode, at: number, end: number, body: () => void): void {
  code.block();
  const done = code.depth;
  code.loop();
  const again = code.depth;
  code.get(at);
  code.get(end);
  code.op(W.geU);
  code.branch(W.brIf, done);
  body();
  code.get(at);
  code.const32(PAIR_BYTES);
  code.op(W.add);
  code.set(at);
  code.branch(W.br, again);
  code.end();
  code.end();
}

/** Adds the value of the pair at an address in a local to its cell. */
export function addPair(code: FunctionCode, at: number, cells: Int32Array): void {
  code.get(at);
  code.access(W.load32, PAIR.at);
  code.get(at);
  code.access(W.load32, PAIR.at);
  code.access(W.load32, cells.byteOffset);
  code.get(at);
  code.access(W.load32, PAIR.value);
  code.op(W.add);
  code.access(W.store32, cells.byteOffset);
}
