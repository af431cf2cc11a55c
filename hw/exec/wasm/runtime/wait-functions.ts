/**
 * Waits where time is counted as it comes: for registers and for all that is outstanding, as the scoreboard
 * knows them (timing/scoreboard.ts).
 */
import { CPI } from '../../../timing/cpi.js';
import { NOW } from '../../../timing/cycle-account.js';
import { CAUSE_SLOTS, LAST, PENDING0, PENDING1 } from '../../../timing/scoreboard.js';
import { W } from '../binary.js';
import { FunctionCode, wordAt } from '../function-code.js';

/** Slots by cause of what is waited for at a commit. */
const COMMIT_SLOTS = CAUSE_SLOTS.map((slot) => (slot === CPI.interlock ? CPI.commit : slot));

interface StallLocals {
  readonly wait: number;
  readonly cell: number;
  readonly base: number;
  readonly latest: number;
}

/** Scoreboard.await: masks of r0-r31 and r32-r63, where the wait is charged. */
export function awaitRegisters(ready: Int32Array, cells: Int32Array): FunctionCode {
  const code = new FunctionCode(3);
  const latest = code.local();
  const time = code.local();
  takePending(code, 0, wordAt(ready, PENDING0));
  latestOf(code, 0, wordAt(ready, 0), latest, time);
  takePending(code, 1, wordAt(ready, PENDING1));
  latestOf(code, 1, wordAt(ready, 32), latest, time);
  // The masks are no longer needed.
  stall(code, { wait: 0, cell: 1, base: 2, latest }, cells, CAUSE_SLOTS);
  return code;
}

/** Scoreboard.drain at a commit, as far as it waits: where that is charged. */
export function drain(ready: Int32Array, cells: Int32Array): FunctionCode {
  const code = new FunctionCode(1);
  const locals = { base: 0, wait: code.local(), cell: code.local(), latest: code.local() };
  code.word(wordAt(ready, LAST));
  code.set(locals.latest);
  stall(code, locals, cells, COMMIT_SLOTS);
  return code;
}

/** Of the registers of a mask those that are pending, which they are no longer. */
function takePending(code: FunctionCode, mask: number, pending: number): void {
  code.get(mask);
  code.word(pending);
  code.op(W.and);
  code.set(mask);
  code.setWord(pending, () => {
    code.word(pending);
    code.get(mask);
    code.op(W.xor);
  });
}

/** The latest time of a mask's registers and of before. */
function latestOf(
  code: FunctionCode,
  mask: number,
  times: number,
  latest: number,
  time: number,
): void {
  code.eachBit(mask, () => {
    code.element(times);
    code.tee(time);
    code.get(latest);
    code.get(time);
    code.get(latest);
    code.op(W.gtS);
    code.op(W.select);
    code.set(latest);
  });
}

/** Waits until a time and charges its cause. */
function stall(
  code: FunctionCode,
  { wait, cell, base, latest }: StallLocals,
  cells: Int32Array,
  slots: readonly number[],
): void {
  const now = wordAt(cells, NOW);
  code.get(latest);
  code.const32(2);
  code.op(W.shrS);
  code.word(now);
  code.op(W.sub);
  code.tee(wait);
  code.const32(0);
  code.op(W.leS);
  code.if();
  code.return();
  code.end();
  code.get(base);
  causeSlot(code, latest, slots);
  code.op(W.add);
  code.set(cell);
  const addWait = (): void => {
    code.get(wait);
    code.op(W.add);
  };
  code.setElement(
    wordAt(cells, 0),
    () => code.get(cell),
    () => {
      code.get(cell);
      code.element(wordAt(cells, 0));
      addWait();
    },
  );
  code.setWord(now, () => {
    code.word(now);
    addWait();
  });
}

/** The slot of a time and cause (scoreboard.ts). */
function causeSlot(code: FunctionCode, time: number, slots: readonly number[]): void {
  const [first, ...others] = slots;
  code.const32(first);
  others.forEach((slot, i) => {
    code.const32(slot);
    code.get(time);
    code.const32(3);
    code.op(W.and);
    code.const32(i + 1);
    code.op(W.ne);
    code.op(W.select);
  });
}
