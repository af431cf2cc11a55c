/**
 * What is not compared, because the manual leaves it undefined: the row's undefined flags, and
 * those that depend on a count. References are to SDM vol. 2. A faulting instruction leaves the
 * flags alone, so then everything is compared.
 */
import { decode } from '../../guest-isa/decode/decode.js';
import type { DecodeTable } from '../../guest-isa/decode/decode-table.js';
import { operandBytes } from '../../guest-isa/insn/operand-codes.js';
import type { InsnRow } from '../../guest-isa/insn/row.js';
import { AF, CF, OF } from '../../guest-isa/state/flags.js';
import type { Case } from './case.js';
import { descriptorOf, SEGMENT_SETS } from './stage-layout.js';

const ECX = 1;

/** Flags of EFLAGS to leave out of the comparison of a case that came to its end. */
export function undefinedFlags(row: InsnRow, c: Case, table: DecodeTable): number {
  const rule = COUNTED[row.mnemonic];
  if (!rule) return row.flags.undefined;
  let at = 0;
  const reader = { count: 0, next: () => c.code[at++] ?? 0 };
  const { insn } = decode(table, reader, descriptorOf(SEGMENT_SETS[c.segments][1])?.big ?? true);
  const last = row.operands[row.operands.length - 1];
  const count = last === 'CL' ? c.registers[ECX] : last === '1' ? 1 : insn.imm;
  return rule(count & 31, 8 * operandBytes(row.operands[0], insn.opSize));
}

type Rule = (count: number, bits: number) => number;

/** SAL/SAR/SHL/SHR: AF undefined unless the count is 0; OF defined for 1-bit shifts only; CF undefined from the operand's width on (SHL, SHR). */
const shift: Rule = (count, bits) =>
  count === 0 ? 0 : AF | (count === 1 ? 0 : OF) | (count >= bits ? CF : 0);
const sar: Rule = (count) => (count === 0 ? 0 : AF | (count === 1 ? 0 : OF));
/** RCL/RCR/ROL/ROR: OF defined for 1-bit rotates only; nothing changes when the count is 0. */
const rotate: Rule = (count) => (count <= 1 ? 0 : OF);
/** SHLD, SHRD: AF undefined, OF defined for 1-bit shifts only; nothing changes when the count is 0. */
const double: Rule = (count) => (count === 0 ? 0 : AF | (count === 1 ? 0 : OF));

const COUNTED: Readonly<Record<string, Rule>> = {
  shl: shift, shr: shift, sar, rol: rotate, ror: rotate, rcl: rotate, rcr: rotate, shld: double, shrd: double,
};
