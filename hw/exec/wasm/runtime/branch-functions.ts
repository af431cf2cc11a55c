/**
 * What indirect jumps cost, and what the time that passes at a commit does to what is prepared
 * (step/branch-unit.ts, timing/cycle-account.ts).
 */
import {
  LONG_AGO,
  PORT_FREE,
  PREPARED_AT,
  PREPARED_TARGET,
} from '../../../timing/cycle-account.js';
import { W } from '../binary.js';
import { FunctionCode, wordAt } from '../function-code.js';

/** BranchUnit.jump: target and cycle; what the jump costs. */
export function jump(
  cells: Int32Array,
  indirectCycles: number,
  preparedCycles: number,
): FunctionCode {
  const code = new FunctionCode(2);
  const cost = code.local();
  code.const32(indirectCycles);
  code.set(cost);
  code.word(wordAt(cells, PREPARED_TARGET));
  code.get(0);
  code.op(W.eq);
  code.if();
  code.get(1);
  code.word(wordAt(cells, PREPARED_AT));
  code.op(W.sub);
  code.const32(indirectCycles);
  code.op(W.geS);
  code.if();
  code.const32(preparedCycles);
  code.set(cost);
  code.end();
  code.end();
  code.setWord(wordAt(cells, PREPARED_TARGET), () => code.const32(0));
  code.get(cost);
  return code;
}

/** CycleAccount.pass, as far as the fill port and `brprep` are concerned: cycles. */
export function pass(cells: Int32Array): FunctionCode {
  const code = new FunctionCode(1);
  const lower = (cell: number, least: number): void => {
    const value = code.local();
    code.setWord(wordAt(cells, cell), () => {
      code.word(wordAt(cells, cell));
      code.get(0);
      code.op(W.sub);
      code.tee(value);
      code.const32(least);
      code.get(value);
      code.const32(least);
      code.op(W.gtS);
      code.op(W.select);
    });
  };
  lower(PORT_FREE, 0);
  lower(PREPARED_AT, LONG_AGO);
  return code;
}
