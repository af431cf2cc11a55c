/**
 * A commit of the functional model behind molecules from before its path (FunctionalAccount.settle): they
 * are counted, apart from those of the path, and nothing is pending any more.
 */
import { CPI } from '../../../timing/cpi.js';
import { ATOMS, NOW, ROUTINE } from '../../../timing/cycle-account.js';
import { W } from '../binary.js';
import { FunctionCode, wordAt } from '../function-code.js';
import { CELL, type UnitTables } from '../unit-tables.js';

export function settleMolecules(cells: Int32Array, tables: UnitTables): FunctionCode {
  const code = new FunctionCode(0);
  const add = (total: number, cell: number): void => {
    const at = tables.cell(total);
    code.setWord(at, () => {
      code.word(at);
      code.word(wordAt(cells, cell));
      code.op(W.add);
    });
  };
  add(CELL.molecules, CPI.issue);
  add(CELL.atoms, ATOMS);
  for (const cell of [CPI.issue, ATOMS, ROUTINE + CPI.issue, ROUTINE + ATOMS, NOW])
    code.setWord(wordAt(cells, cell), () => code.const32(0));
  return code;
}
