/**
 * The test assembler's core: from a row and a choice of operands to bytes, every form that SDM
 * vol. 2 ch. 2 allows (both address sizes, forced SIB and displacement widths, prefixes in any
 * order). It reads the same rows as the decoder and is its inverse. Text comes in assemble.ts.
 */
import { memoryOnly, operandClass, registerOnly } from '../insn/operand-codes.js';
import type { InsnRow } from '../insn/row.js';

/** A memory operand; registers by number, -1 for none. */
export interface MemoryChoice {
  readonly base: number;
  readonly index: number;
  /** Power of two: 0-3. */
  readonly scale: number;
  readonly disp: number;
  /** Least width of the displacement in bytes; the encoding takes the next one that exists. */
  readonly dispBytes?: 0 | 1 | 4;
  /** 32-bit addresses: use a SIB byte even where none is needed. */
  readonly sib?: boolean;
}

export interface OperandChoice {
  /** r/m operand: register number or memory. */
  readonly rm?: number | MemoryChoice;
  /** Register of the reg field, where the row leaves it free. */
  readonly reg?: number;
  /** Register in the opcode's low bits. */
  readonly low?: number;
  /** Immediates in order (I, J, O codes; offset then selector for A). */
  readonly immediates?: readonly number[];
}

export interface EncodingForm {
  /** Code segment's default size. */
  readonly code32: boolean;
  readonly opSize: 2 | 4;
  readonly addrSize: 2 | 4;
  /** Segment override: ES = 0 ... GS = 5. */
  readonly segment?: number;
  readonly lock?: boolean;
  /** 2 repne (f2), 3 rep (f3). */
  readonly repeat?: 0 | 2 | 3;
  /** Order of the prefixes: rotates them by this many places. */
  readonly rotate?: number;
  /** Prefixes that change nothing, put in front (for example 66 66). */
  readonly extra?: readonly number[];
}

const SEGMENT_PREFIXES = [0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65];

export function encode(row: InsnRow, choice: OperandChoice, form: EncodingForm): number[] {
  const { bytes, inOpcode, fixedModrm, hasModrm } = row.opcode;
  const out = [...prefixes(form), ...bytes];
  if (inOpcode && fixedModrm < 0) out[out.length - 1] |= choice.low ?? 0;
  if (fixedModrm >= 0) out.push(fixedModrm | (inOpcode ? (choice.low ?? 0) : 0));
  else if (hasModrm) out.push(...modrm(row, choice, form.addrSize));
  out.push(...immediates(row, choice.immediates ?? [], form));
  return out;
}

function prefixes(form: EncodingForm): number[] {
  const list: number[] = [];
  if (form.segment !== undefined) list.push(SEGMENT_PREFIXES[form.segment]);
  if (form.code32 !== (form.opSize === 4)) list.push(0x66);
  if (form.code32 !== (form.addrSize === 4)) list.push(0x67);
  if (form.lock) list.push(0xf0);
  if (form.repeat) list.push(0xf0 | form.repeat);
  const turn = list.length > 0 ? (form.rotate ?? 0) % list.length : 0;
  return [...(form.extra ?? []), ...list.slice(turn), ...list.slice(0, turn)];
}

function modrm(row: InsnRow, choice: OperandChoice, addrSize: 2 | 4): number[] {
  const { extension } = row.opcode;
  const reg = (extension >= 0 ? extension : (choice.reg ?? 0)) << 3;
  const rm = choice.rm ?? 0;
  if (typeof rm === 'number') {
    if (row.operands.some(memoryOnly)) throw new Error(`${row.mnemonic} takes memory only`);
    return [0xc0 | reg | rm];
  }
  if (row.operands.some(registerOnly)) throw new Error(`${row.mnemonic} takes a register only`);
  const [first, ...rest] = addrSize === 4 ? address32(rm) : address16(rm);
  return [first | reg, ...rest];
}

const ESP = 4;
const EBP = 5;

/** Tables 2-2 and 2-3: modrm without its reg field, SIB, displacement. */
function address32(m: MemoryChoice): number[] {
  if (m.index === ESP) throw new Error('esp is no index');
  const sib = m.sib === true || m.index >= 0 || m.base === ESP;
  const scaleIndex = (m.scale << 6) | ((m.index < 0 ? ESP : m.index) << 3);
  if (m.base < 0) return [...(sib ? [0x04, scaleIndex | EBP] : [0x05]), ...little(m.disp, 4)];
  const width = dispWidth(m, m.base === EBP, 4);
  const mod = width === 0 ? 0 : width === 1 ? 0x40 : 0x80;
  return [...(sib ? [mod | 0x04, scaleIndex | m.base] : [mod | m.base]), ...little(m.disp, width)];
}

/** Base and index pairs that 16-bit addresses have, in the order of the r/m field (table 2-1). */
export const FORMS16: readonly { readonly base: number; readonly index: number }[] = [
  { base: 3, index: 6 },
  { base: 3, index: 7 },
  { base: 5, index: 6 },
  { base: 5, index: 7 },
  { base: 6, index: -1 },
  { base: 7, index: -1 },
  { base: 5, index: -1 },
  { base: 3, index: -1 },
];

function address16(m: MemoryChoice): number[] {
  if (m.base < 0) return [0x06, ...little(m.disp, 2)];
  const rm = FORMS16.findIndex((form) => form.base === m.base && form.index === m.index);
  if (rm < 0) throw new Error('no such 16-bit address');
  const width = dispWidth(m, rm === 6, 2);
  return [(width === 0 ? 0 : width === 1 ? 0x40 : 0x80) | rm, ...little(m.disp, width)];
}

function dispWidth(m: MemoryChoice, needsOne: boolean, full: 2 | 4): number {
  const fits8 = (m.disp << 24) >> 24 === (full === 2 ? (m.disp << 16) >> 16 : m.disp | 0);
  if (!fits8 || m.dispBytes === 4) return full;
  return m.disp !== 0 || needsOne || m.dispBytes === 1 ? 1 : 0;
}

function immediates(row: InsnRow, values: readonly number[], form: EncodingForm): number[] {
  const out: number[] = [];
  let at = 0;
  for (const code of row.operands) {
    if (operandClass(code) !== 'immediate') continue;
    out.push(...little(values[at++] ?? 0, immediateBytes(code, form)));
    if (code[0] === 'A') out.push(...little(values[at++] ?? 0, 2));
  }
  return out;
}

/** Bytes that an immediate operand takes in the encoding (the offset alone for A codes). */
export function immediateBytes(code: string, form: EncodingForm): 1 | 2 | 4 {
  if (code[0] === 'O') return form.addrSize;
  if (code === 'Iw') return 2;
  return code[1] === 'b' ? 1 : form.opSize;
}

function little(value: number, bytes: number): number[] {
  return Array.from({ length: bytes }, (_, i) => (value >>> (8 * i)) & 0xff);
}
