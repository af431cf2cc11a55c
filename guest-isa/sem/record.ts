/**
 * Records the meaning of a row for one variant: operand size and register or memory form.
 */
import { operandBytes, operandPlace } from '../insn/operand-codes.js';
import type { InsnRow } from '../insn/row.js';
import { Operand, Sem, type Template } from './sem.js';

export interface Variant {
  readonly operandSize: 2 | 4;
  readonly isMem: boolean;
}

/** Template of a row that has a meaning, be it for privilege level 0 alone. */
export function recordTemplate(row: InsnRow, variant: Variant): Template {
  const meaning = row.meaning ?? row.level0;
  if (!meaning) throw new Error(`${row.mnemonic} ${row.opcodeText} has no recorded meaning`);
  const m = new Sem(variant.operandSize);
  let immediates = 0;
  const operands = row.operands.map((code) => {
    const place = operandPlace(code, variant.isMem, immediates);
    if (place.kind === 'immediate') immediates++;
    return new Operand(m, operandBytes(code, variant.operandSize) || 4, place);
  });
  meaning(m, ...operands);
  return m.finish();
}
