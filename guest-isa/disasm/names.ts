/**
 * Names of registers, sizes and mnemonics in Intel syntax. One opcode has two names where the
 * operand or address size decides (SDM vol. 2: CBW/CWDE, MOVSB/MOVSW/MOVSD, JCXZ/JECXZ, ...).
 */
import { operandBytes } from '../insn/operand-codes.js';
import type { InsnRow } from '../insn/row.js';

export const REGISTERS_32 = ['eax', 'ecx', 'edx', 'ebx', 'esp', 'ebp', 'esi', 'edi'];
export const REGISTERS_16 = ['ax', 'cx', 'dx', 'bx', 'sp', 'bp', 'si', 'di'];
export const REGISTERS_8 = ['al', 'cl', 'dl', 'bl', 'ah', 'ch', 'dh', 'bh'];
export const SEGMENTS = ['es', 'cs', 'ss', 'ds', 'fs', 'gs'];

/** Names with 32-bit operands, by the row's name. */
const WIDE_NAMES: Readonly<Record<string, string>> = {
  cbw: 'cwde',
  cwd: 'cdq',
  pusha: 'pushad',
  popa: 'popad',
  pushf: 'pushfd',
  popf: 'popfd',
  iret: 'iretd',
};

/** Rows whose operands the mnemonic implies. */
export const OPERANDS_IMPLIED: ReadonlySet<string> = new Set(['cbw']);

/** Rows (by opcode) that store a word to memory whatever the operand size: selectors and the status word. */
export const WORD_IN_MEMORY: ReadonlySet<string> = new Set([
  '8c /r',
  '0f 00 /0',
  '0f 00 /1',
  '0f 01 /4',
]);

const SUFFIX: Readonly<Record<number, string>> = { 1: 'b', 2: 'w', 4: 'd' };

export function sizedMnemonic(row: InsnRow, opSize: 2 | 4, addrSize: 2 | 4): string {
  const { mnemonic } = row;
  if (row.repeat !== 'none') return mnemonic + SUFFIX[stringUnit(row, opSize)];
  if (mnemonic === 'jecxz') return addrSize === 4 ? 'jecxz' : 'jcxz';
  return opSize === 4 ? (WIDE_NAMES[mnemonic] ?? mnemonic) : mnemonic;
}

/** Bytes of a string instruction's element. */
export function stringUnit(row: InsnRow, opSize: 2 | 4): number {
  const code = row.operands.find((o) => o[0] === 'X' || o[0] === 'Y') ?? '';
  return operandBytes(code, opSize);
}

/** Size of a memory operand as a word in front of `ptr`; empty where the instruction implies it. */
export function sizeWord(code: string, opSize: 2 | 4): string {
  switch (code.slice(1)) {
    case 'b':
      return 'byte';
    case 'w':
      return 'word';
    case 'd':
      return 'dword';
    case 'q':
      return 'qword';
    case 't':
      return 'tbyte';
    case 'p':
      return opSize === 4 ? 'fword' : 'dword';
    case 'a':
      return opSize === 4 ? 'qword' : 'dword';
    case 'v':
    case 'z':
      return opSize === 4 ? 'dword' : 'word';
    default:
      return '';
  }
}
