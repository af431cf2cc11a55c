/**
 * What a molecule of cold code waits for before its atoms execute, and what it leaves behind when it has
 * issued: fetch, operands, late results (step/stepper.ts, timing/scoreboard.ts).
 */
import { CPI } from '../../../timing/cpi.js';
import { ATOMS, FETCHED_LINE, NOW } from '../../../timing/cycle-account.js';
import { LAST, PENDING0, PENDING1 } from '../../../timing/scoreboard.js';
import { W } from '../binary.js';
import { CoreWords } from '../core-words.js';
import type { FunctionCode } from '../function-code.js';
import { TagTests } from '../tag-tests.js';
import { MISS_FUNCTIONS, RUNTIME_FUNCTIONS } from '../unit-imports.js';
import type { UnitMachine } from '../unit-machine.js';
import type { ActionLocals } from './action-code.js';
import type { RecordHead } from './record-head.js';
import { HEAD, HEAD_BYTES, LATE, LATE_BYTES } from './records.js';

export class IssueCode {
  private readonly tags: TagTests;
  private readonly scratch: number;
  private readonly words: CoreWords;

  constructor(
    private readonly code: FunctionCode,
    private readonly head: RecordHead,
    private readonly locals: ActionLocals,
    private readonly machine: UnitMachine,
  ) {
    this.tags = new TagTests(code, machine);
    this.scratch = code.local();
    this.words = new CoreWords(code, machine.area);
  }

  /** The lines that it lies in; one that was not in L1I is waited for. */
  fetch(): void {
    const { code, locals } = this;
    this.head.byte(HEAD.base);
    code.const32(2);
    code.op(W.shrU);
    code.set(locals.base);
    this.head.word(HEAD.firstLine);
    code.tee(this.scratch);
    code.word(this.words.cell(FETCHED_LINE));
    code.op(W.ne);
    code.if();
    this.fetchLine();
    code.end();
    this.head.word(HEAD.lastLine);
    code.get(this.scratch);
    code.op(W.ne);
    code.if();
    this.head.word(HEAD.lastLine);
    code.set(this.scratch);
    this.fetchLine();
    code.end();
    code.setWord(this.words.cell(FETCHED_LINE), () => this.head.word(HEAD.lastLine));
  }

  /** The line in the local. */
  private fetchLine(): void {
    const { code, scratch } = this;
    const absent = (): void => {
      code.if();
      code.get(scratch);
      code.get(this.locals.base);
      code.call(MISS_FUNCTIONS.fetchLine.number);
      code.end();
    };
    code.releaseScratch();
    if (this.machine.l1i.isLru) {
      code.const32(1);
      absent();
    } else this.tags.fetchedIn(scratch, absent);
  }

  /** Its operands are waited for. */
  wait(): void {
    const { code } = this;
    this.pending(HEAD.wait0, PENDING0);
    this.pending(HEAD.wait1, PENDING1);
    code.op(W.or);
    code.ifSeldom();
    this.head.word(HEAD.wait0);
    this.head.word(HEAD.wait1);
    code.get(this.locals.base);
    code.call(RUNTIME_FUNCTIONS.await.number);
    code.end();
  }

  private pending(mask: number, word: number): void {
    this.head.word(mask);
    this.code.word(this.words.ready(word));
    this.code.op(W.and);
  }

  /** The atoms have executed: it has issued. */
  issue(): void {
    const { code, locals } = this;
    this.head.half(HEAD.latestCycles);
    code.if();
    this.noteResults();
    code.end();
    code.addToWord(this.words.cell(NOW), 1);
    this.head.charge(CPI.issue, () => code.const32(1));
    this.head.charge(ATOMS, () => {
      this.head.byte(HEAD.atoms);
    });
    code.get(locals.missed);
    code.ifSeldom();
    code.call(MISS_FUNCTIONS.noteMisses.number);
    code.end();
  }

  /** Scoreboard.note. */
  private noteResults(): void {
    const { code, locals, scratch } = this;
    this.head.byte(HEAD.lateCount);
    code.const32(Math.log2(LATE_BYTES));
    code.op(W.shl);
    code.get(this.head.record);
    code.op(W.add);
    code.set(scratch);
    code.get(this.head.record);
    code.tee(locals.at);
    code.get(scratch);
    code.op(W.ltU);
    code.if();
    code.loop();
    const again = code.depth;
    code.get(locals.at);
    code.access(W.load16u, HEAD_BYTES + LATE.register);
    this.words.pushTime(() => {
      code.get(locals.at);
      code.access(W.load16u, HEAD_BYTES + LATE.cycles);
    });
    code.access(W.store32, this.words.ready(0));
    code.get(locals.at);
    code.const32(LATE_BYTES);
    code.op(W.add);
    code.tee(locals.at);
    code.get(scratch);
    code.op(W.ltU);
    code.branch(W.brIf, again);
    code.end();
    code.end();
    this.orReady(PENDING0, HEAD.late0);
    this.orReady(PENDING1, HEAD.late1);
    this.words.pushTime(() => {
      this.head.half(HEAD.latestCycles);
    });
    code.tee(scratch);
    code.word(this.words.ready(LAST));
    code.op(W.gtS);
    code.if();
    code.setWord(this.words.ready(LAST), () => code.get(scratch));
    code.end();
  }

  private orReady(word: number, mask: number): void {
    const { code } = this;
    code.setWord(this.words.ready(word), () => {
      code.word(this.words.ready(word));
      this.head.word(mask);
      code.op(W.or);
    });
  }
}
