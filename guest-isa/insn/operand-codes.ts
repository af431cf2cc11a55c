/**
 * Operand codes of the rows (row.ts): what each letter means for decoding and for meanings.
 * Facts only; decoder, recorder, assembler and disassembler look here.
 */

import type { OperandPlace } from '../sem/sem.js';
import type { Bytes } from '../sem/template.js';
import { EAX, ECX, EDI, EDX, ES, ESI } from '../state/layout.js';

/** Part of the encoding that an operand takes. */
export type OperandClass =
  | 'modrm-rm' // E M R Q N: the r/m field
  | 'modrm-reg' // G S C D P: the reg field
  | 'opcode' // Z, STi: low bits of the opcode
  | 'immediate' // I J A O: bytes after it
  | 'string' // X Y
  | 'fixed';

const FIXED: Readonly<Record<string, { register: number; bytes: Bytes | 'v' }>> = {
  AL: { register: EAX, bytes: 1 },
  CL: { register: ECX, bytes: 1 },
  AX: { register: EAX, bytes: 2 },
  DX: { register: EDX, bytes: 2 },
  eAX: { register: EAX, bytes: 'v' },
};

const SEGMENT_NAMES = new Set(['ES', 'CS', 'SS', 'DS', 'FS', 'GS']);

export function operandClass(code: string): OperandClass {
  if (code in FIXED || code === '1' || SEGMENT_NAMES.has(code) || code === 'ST0') return 'fixed';
  if (code === 'STi') return 'opcode';
  switch (code[0]) {
    case 'E':
    case 'M':
    case 'R':
    case 'Q':
    case 'N':
      return 'modrm-rm';
    case 'G':
    case 'S':
    case 'C':
    case 'D':
    case 'P':
      return 'modrm-reg';
    case 'Z':
      return 'opcode';
    case 'I':
    case 'J':
    case 'A':
    case 'O':
      return 'immediate';
    case 'X':
    case 'Y':
      return 'string';
    default:
      throw new Error(`unknown operand code ${code}`);
  }
}

/** True if the operand can only be memory (M codes) — then register encodings of the row do not exist. */
export const memoryOnly = (code: string): boolean => code[0] === 'M';
/** True if the operand can only be a register. */
export const registerOnly = (code: string): boolean => code[0] === 'R' || code[0] === 'N';

/** True for moves of control and debug registers: their mod field is ignored, r/m always names a register. */
export const ignoresMod = (operands: readonly string[]): boolean =>
  operands.some((code) => code[0] === 'C' || code[0] === 'D') && operands.some(registerOnly);

/** Width in bytes of a general-register or memory operand; 0 when the code names no width that meanings use. */
export function operandBytes(code: string, operandSize: 2 | 4): Bytes | 0 {
  if (code in FIXED) {
    const bytes = FIXED[code].bytes;
    return bytes === 'v' ? operandSize : bytes;
  }
  switch (code.slice(1)) {
    case 'b':
      return 1;
    case 'bs':
      return operandSize;
    case 'w':
      return 2;
    case 'd':
      return 4;
    case 'v':
    case 'z':
      return operandSize;
    default:
      return 0;
  }
}

/** Where a meaning finds the operand, in the register or the memory form of the row. */
export function operandPlace(code: string, isMem: boolean, immediateIndex: number): OperandPlace {
  if (code in FIXED)
    return { kind: 'register', place: { at: 'fixed', index: FIXED[code].register } };
  if (code === '1') return { kind: 'constant', value: 1 };
  switch (code[0]) {
    case 'E':
    case 'M':
      return isMem ? { kind: 'memory' } : { kind: 'register', place: { at: 'field', field: 'rm' } };
    case 'R':
    case 'Z':
      return { kind: 'register', place: { at: 'field', field: 'rm' } };
    case 'G':
      return { kind: 'register', place: { at: 'field', field: 'reg' } };
    case 'I':
    case 'J':
      return { kind: 'immediate', which: immediateIndex === 0 ? 'imm' : 'imm2' };
    case 'O':
      return { kind: 'memory' };
    case 'X':
      return { kind: 'string', register: ESI, segment: 'operand' };
    case 'Y':
      return { kind: 'string', register: EDI, segment: ES };
    default:
      throw new Error(`operand code ${code} has no place in a meaning`);
  }
}
