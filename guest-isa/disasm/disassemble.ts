/**
 * The disassembler: text of a decoded instruction, from its row. It uses the interpreter's decoder,
 * so what it shows is what the interpreter executes. Intel syntax, lower case, sizes always
 * written (`add dword ptr [ebx+ecx*4-0x10], eax`), branch targets as absolute offsets.
 */
import type { ByteReader } from '../decode/byte-reader.js';
import { decode } from '../decode/decode.js';
import { buildDecodeTable, type DecodeTable } from '../decode/decode-table.js';
import type { Insn } from '../decode/insn.js';
import { operandBytes, operandClass } from '../insn/operand-codes.js';
import type { InsnRow } from '../insn/row.js';
import { ZERO } from '../state/layout.js';
import {
  OPERANDS_IMPLIED,
  REGISTERS_8,
  REGISTERS_16,
  REGISTERS_32,
  SEGMENTS,
  sizedMnemonic,
  sizeWord,
  WORD_IN_MEMORY,
} from './names.js';

export interface Disassembled {
  /** `(bad)` where no row has the encoding. */
  readonly text: string;
  /** Bytes taken. */
  readonly length: number;
  readonly row: InsnRow | undefined;
}

class ArrayReader implements ByteReader {
  count = 0;

  constructor(private readonly bytes: ArrayLike<number>) {}

  next(): number {
    if (this.count >= this.bytes.length) throw TRUNCATED;
    return this.bytes[this.count++];
  }
}

const TRUNCATED = new Error('the bytes end inside the instruction');

export class Disassembler {
  private readonly table: DecodeTable;

  constructor(rows: readonly InsnRow[]) {
    this.table = buildDecodeTable(rows);
  }

  /** The instruction at the start of `bytes`; `eip` is the offset of its first byte in the code segment. */
  at(bytes: ArrayLike<number>, eip: number, code32: boolean): Disassembled {
    const reader = new ArrayReader(bytes);
    try {
      const { insn, row } = decode(this.table, reader, code32);
      if (!row) return { text: '(bad)', length: reader.count, row };
      return {
        text: instructionText(insn, row, (eip + reader.count) | 0),
        length: reader.count,
        row,
      };
    } catch (thrown) {
      if (thrown !== TRUNCATED) throw thrown;
      return { text: '(bad)', length: reader.count, row: undefined };
    }
  }
}

/** Text of a decoded instruction; `next` is the offset behind it. */
export function instructionText(insn: Insn, row: InsnRow, next: number): string {
  const prefix = insn.lock ? 'lock ' : repeatText(insn, row);
  const name = sizedMnemonic(row, insn.opSize, insn.addrMask === -1 ? 4 : 2);
  if (OPERANDS_IMPLIED.has(row.mnemonic)) return `${prefix}${name}`;
  if (row.mnemonic === 'xlat') return `${name} ${xlatText(insn)}`;
  if (row.opcodeText === '90+r' && insn.rm === 0) return 'nop';
  let immediates = 0;
  const operands = row.operands.map((code) => {
    const counted = operandClass(code) === 'immediate' && code[0] !== 'O' && code[0] !== 'A';
    return operandText(insn, code, counted ? immediates++ : 0, next);
  });
  return operands.length === 0 ? `${prefix}${name}` : `${prefix}${name} ${operands.join(', ')}`;
}

function repeatText(insn: Insn, row: InsnRow): string {
  if (row.repeat === 'none' || insn.repeat === 0) return '';
  if (row.repeat === 'rep') return 'rep ';
  return insn.repeat === 3 ? 'repe ' : 'repne ';
}

function operandText(insn: Insn, code: string, immediate: number, next: number): string {
  switch (operandClass(code)) {
    case 'fixed':
      return fixedText(insn, code);
    case 'opcode':
      return code === 'STi'
        ? `st(${insn.rm})`
        : generalText(insn.rm, operandBytes(code, insn.opSize));
    case 'modrm-reg':
      return registerText(insn, code);
    case 'modrm-rm':
      return rmText(insn, code);
    case 'immediate':
      return immediateText(insn, code, immediate, next);
    case 'string':
      return stringText(insn, code);
  }
}

function fixedText(insn: Insn, code: string): string {
  if (code === 'ST0') return 'st(0)';
  if (code[0] === 'e' && code.length === 3)
    return (insn.opSize === 4 ? code : code.slice(1)).toLowerCase();
  return code.toLowerCase();
}

/** Name of a register from its scaled index (decode/insn.ts). */
function generalText(index: number, bytes: number): string {
  if (bytes === 1) return REGISTERS_8[(index >> 2) | ((index & 3) << 2)];
  return bytes === 2 ? REGISTERS_16[index >> 1] : REGISTERS_32[index];
}

function registerText(insn: Insn, code: string): string {
  switch (code[0]) {
    case 'S':
      return SEGMENTS[insn.reg] ?? `seg${insn.reg}`;
    case 'C':
      return `cr${insn.reg}`;
    case 'D':
      return `dr${insn.reg}`;
    case 'P':
      return `mm${insn.reg}`;
    default:
      return generalText(insn.reg, operandBytes(code, insn.opSize));
  }
}

function rmText(insn: Insn, code: string): string {
  if (insn.isMem)
    return memoryText(insn, WORD_IN_MEMORY.has(insn.row?.opcodeText ?? '') ? 'Ew' : code);
  return code[0] === 'Q' || code[0] === 'N'
    ? `mm${insn.rm}`
    : generalText(insn.rm, operandBytes(code, insn.opSize));
}

function memoryText(insn: Insn, code: string): string {
  const size = sizeWord(code, insn.opSize);
  const segment = insn.override ? `${SEGMENTS[insn.seg]}:` : '';
  return `${size === '' ? '' : `${size} ptr `}${segment}[${addressText(insn)}]`;
}

function addressText(insn: Insn): string {
  const wide = insn.addrMask === -1;
  const names = wide ? REGISTERS_32 : REGISTERS_16;
  const parts: string[] = [];
  if (insn.base !== ZERO) parts.push(names[insn.base]);
  if (insn.index !== ZERO) parts.push(`${names[insn.index]}${wide ? `*${1 << insn.scale}` : ''}`);
  if (parts.length === 0) return hex(insn.disp & insn.addrMask);
  return parts.join('+') + signedHex(wide ? insn.disp : (insn.disp << 16) >> 16);
}

const hex = (value: number): string => `0x${(value >>> 0).toString(16)}`;

function signedHex(value: number): string {
  if (value === 0) return '';
  return value < 0 ? `-${hex(-value)}` : `+${hex(value)}`;
}

function immediateText(insn: Insn, code: string, which: number, next: number): string {
  if (code[0] === 'O') return memoryText(insn, '');
  if (code[0] === 'A')
    return `${hex(insn.imm2)}:${hex(insn.opSize === 2 ? insn.imm & 0xffff : insn.imm)}`;
  const value = which === 0 ? insn.imm : insn.imm2;
  const mask = insn.opSize === 4 ? -1 : 0xffff;
  if (code[0] === 'J') return hex((next + value) & mask);
  return hex(code === 'Ibs' ? value & mask : value);
}

function xlatText(insn: Insn): string {
  return `byte ptr ${SEGMENTS[insn.seg]}:[${insn.addrMask === -1 ? 'ebx' : 'bx'}]`;
}

function stringText(insn: Insn, code: string): string {
  const names = insn.addrMask === -1 ? REGISTERS_32 : REGISTERS_16;
  return code[0] === 'X' ? `${SEGMENTS[insn.seg]}:[${names[6]}]` : `es:[${names[7]}]`;
}
