/** Where the memory operand of a case lies, for those who judge its outcome. */
import { decode } from '../../guest-isa/decode/decode.js';
import type { DecodeTable } from '../../guest-isa/decode/decode-table.js';
import type { Insn } from '../../guest-isa/decode/insn.js';
import type { Case } from './case.js';
import { descriptorOf, SEGMENT_SETS, segmentBase } from './stage-layout.js';

const ZERO = 8;

export function decodeCase(c: Case, table: DecodeTable): Insn {
  let at = 0;
  const reader = {
    count: 0,
    next: () => {
      reader.count++;
      return c.code[at++] ?? 0;
    },
  };
  return decode(table, reader, descriptorOf(SEGMENT_SETS[c.segments][1])?.big ?? true).insn;
}

/** Linear address of the modrm operand, or -1. */
export function operandAddress(c: Case, insn: Insn): number {
  if (!insn.isMem) return -1;
  const register = (index: number): number => (index === ZERO ? 0 : c.registers[index]);
  const offset =
    (register(insn.base) + (register(insn.index) << insn.scale) + insn.disp) & insn.addrMask;
  return (offset + segmentBase(SEGMENT_SETS[c.segments][insn.seg])) >>> 0;
}
