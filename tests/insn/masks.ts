/**
 * What is not compared, because the manual leaves it undefined: the row's undefined flags, those
 * that depend on a count, condition codes of the x87, and the parts of x87 images in memory that
 * hold pointers. References are to SDM vol. 2. A faulting instruction leaves the flags alone, so
 * then everything is compared.
 */
import type { DecodeTable } from '../../guest-isa/decode/decode-table.js';
import { operandBytes } from '../../guest-isa/insn/operand-codes.js';
import type { InsnRow } from '../../guest-isa/insn/row.js';
import { AF, CF, OF } from '../../guest-isa/state/flags.js';
import type { Case } from './case.js';
import { decodeCase, operandAddress } from './operand-address.js';

const ECX = 1;

/** Flags of EFLAGS to leave out of the comparison of a case that came to its end. */
export function undefinedFlags(row: InsnRow, c: Case, table: DecodeTable): number {
  const rule = COUNTED[row.mnemonic];
  if (!rule) return row.flags.undefined;
  const insn = decodeCase(c, table);
  const last = row.operands[row.operands.length - 1];
  const count = last === 'CL' ? c.registers[ECX] : last === '1' ? 1 : insn.imm;
  return rule(count & 31, 8 * operandBytes(row.operands[0], insn.opSize));
}

type Rule = (count: number, bits: number) => number;

/** SAL/SHL/SHR: AF undefined unless the count is 0, OF defined for one bit only, CF undefined from the operand's width on. */
const shift: Rule = (count, bits) =>
  count === 0 ? 0 : AF | (count === 1 ? 0 : OF) | (count >= bits ? CF : 0);
/** SAR, SHLD, SHRD: AF undefined, OF defined for one bit only; nothing changes when the count is 0. */
const signedShift: Rule = (count) => (count === 0 ? 0 : AF | (count === 1 ? 0 : OF));
/** RCL/RCR/ROL/ROR: OF defined for one bit only; nothing changes when the count is 0. */
const rotate: Rule = (count) => (count <= 1 ? 0 : OF);

const COUNTED: Readonly<Record<string, Rule>> = {
  shl: shift,
  shr: shift,
  sar: signedShift,
  rol: rotate,
  ror: rotate,
  rcl: rotate,
  rcr: rotate,
  shld: signedShift,
  shrd: signedShift,
};

/** Bytes of memory, as linear addresses, of which only those inside `shown` are compared; undefined: all are. */
export function comparedBytes(
  row: InsnRow,
  c: Case,
  table: DecodeTable,
): ((linear: number) => boolean) | undefined {
  const shown = IMAGES[row.mnemonic];
  if (!shown) return undefined;
  const insn = decodeCase(c, table);
  const start = operandAddress(c, insn);
  return (linear) => shown(linear - start, insn.opSize);
}

/** FNSTENV and FNSAVE: control, status, tags and registers; the pointers of today's processors are zero or stale (SDM vol. 1, 8.1.8). */
const environment = (offset: number, opSize: number): boolean =>
  opSize === 4 ? offset < 12 || offset >= 28 : offset < 6 || offset >= 14;
/** FXSAVE: control, status, tags, and ten bytes of each register; the rest is pointers, SSE or reserved (table 3-43). */
const extended = (offset: number): boolean =>
  offset < 5 || (offset >= 32 && offset < 160 && (offset & 15) < 10);

const IMAGES: Readonly<Record<string, (offset: number, opSize: number) => boolean>> = {
  fnstenv: environment,
  fnsave: environment,
  fxsave: extended,
};
