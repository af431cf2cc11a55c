/** The rows that these vectors cover: all of the x87 unit, MMX, FXSAVE and FXRSTOR. */
import { rows } from '../../../guest-isa/insn/index.js';
import type { InsnRow } from '../../../guest-isa/insn/row.js';

const isX87 = (row: InsnRow): boolean => {
  const first = row.opcode.bytes[0];
  return first === 0x9b || (first >= 0xd8 && first <= 0xdf) || row.feature === 'fxsr';
};

export const x87Rows: readonly InsnRow[] = rows.filter(isX87);
export const mmxRows: readonly InsnRow[] = rows.filter((row) => row.feature === 'mmx');
