/**
 * How the operands of a row are decoded, worked out once for each row: a list of small steps, so
 * that decoding an instruction looks at no operand code.
 */
import { ignoresMod, operandBytes, operandClass } from '../insn/operand-codes.js';
import type { InsnRow } from '../insn/row.js';
import { type ByteReader, read16, read32, signed8 } from './byte-reader.js';
import type { Insn } from './insn.js';

/** Fills in one operand; `low` is the modrm byte, or the opcode's last byte where there is none. */
export type DecodeStep = (insn: Insn, reader: ByteReader, low: number) => void;

export interface DecodePlan {
  readonly steps: readonly DecodeStep[];
  /** The r/m field names a register whatever the mod field says. */
  readonly ignoresMod: boolean;
}

export function planOf(row: InsnRow): DecodePlan {
  let immediates = 0;
  const steps: DecodeStep[] = [];
  for (const code of row.operands) {
    switch (operandClass(code)) {
      case 'modrm-rm': {
        const scale = scaleOf(code);
        steps.push((insn, _reader, low) => {
          if (!insn.isMem) insn.rm = scale(low & 7, insn.opSize);
        });
        break;
      }
      case 'modrm-reg': {
        const scale = scaleOf(code);
        steps.push((insn, _reader, low) => {
          insn.reg = scale((low >> 3) & 7, insn.opSize);
        });
        break;
      }
      case 'opcode': {
        const scale = scaleOf(code);
        steps.push((insn, _reader, low) => {
          insn.rm = scale(low & 7, insn.opSize);
        });
        break;
      }
      case 'immediate':
        if (code[0] === 'O') steps.push(decodeOffset);
        else if (code[0] === 'A') steps.push(decodeFarPointer);
        else steps.push(immediateStep(code, immediates++ === 0));
        break;
      case 'string':
      case 'fixed':
        break;
    }
  }
  return { steps, ignoresMod: ignoresMod(row.operands) };
}

function decodeOffset(insn: Insn, reader: ByteReader): void {
  insn.isMem = true;
  insn.disp = insn.addrMask === -1 ? read32(reader) : read16(reader);
}

function decodeFarPointer(insn: Insn, reader: ByteReader): void {
  insn.imm = insn.opSize === 4 ? read32(reader) : read16(reader);
  insn.imm2 = read16(reader);
}

function immediateStep(code: string, first: boolean): DecodeStep {
  const read = immediateReader(code);
  if (first) {
    return (insn, reader) => {
      insn.imm = read(reader, insn.opSize);
    };
  }
  return (insn, reader) => {
    insn.imm2 = read(reader, insn.opSize);
  };
}

function immediateReader(code: string): (reader: ByteReader, operandSize: 2 | 4) => number {
  switch (code) {
    case 'Ib':
      return (reader) => reader.next();
    case 'Ibs':
    case 'Jb':
      return (reader) => signed8(reader.next());
    case 'Iw':
      return (reader) => read16(reader);
    case 'Jz':
      return (reader, size) => (size === 4 ? read32(reader) : (read16(reader) << 16) >> 16);
    default:
      return (reader, size) => (size === 4 ? read32(reader) : read16(reader));
  }
}

/** Index into the register view of the operand's width (insn.ts); x87, MMX, segment ... registers stay plain. */
function scaleOf(code: string): (register: number, operandSize: 2 | 4) => number {
  if (!'EGZR'.includes(code[0])) return (register) => register;
  const with16 = scaled(operandBytes(code, 2));
  const with32 = scaled(operandBytes(code, 4));
  return (register, operandSize) => (operandSize === 4 ? with32[register] : with16[register]);
}

function scaled(bytes: number): readonly number[] {
  const registers = [0, 1, 2, 3, 4, 5, 6, 7];
  if (bytes === 1) return registers.map((r) => ((r & 3) << 2) | (r >> 2));
  return bytes === 2 ? registers.map((r) => r << 1) : registers;
}
