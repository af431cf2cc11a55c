/**
 * Encoder and decoder are inverse to each other: a random encoding of each row decodes to that row,
 * with the operands chosen and all its bytes taken.
 */
import { describe, expect, it } from 'vitest';
import { Rng } from '../../../base/rng.js';
import { decode } from '../../../guest-isa/decode/decode.js';
import { buildDecodeTable } from '../../../guest-isa/decode/decode-table.js';
import type { Insn } from '../../../guest-isa/decode/insn.js';
import { FORMS16 } from '../../../guest-isa/disasm/encode.js';
import { rows } from '../../../guest-isa/insn/index.js';
import { operandBytes, operandClass } from '../../../guest-isa/insn/operand-codes.js';
import type { InsnRow } from '../../../guest-isa/insn/row.js';
import { rowKey } from '../../insn/row-key.js';
import { type RandomEncoding, randomEncoding } from './random-encoding.js';

const ZERO = 8;
const table = buildDecodeTable(rows);

function decodeBytes(
  bytes: readonly number[],
  code32: boolean,
): { insn: Insn; row: InsnRow | undefined; taken: number } {
  const reader = { count: 0, next: () => bytes[reader.count++] };
  return { ...decode(table, reader, code32), taken: reader.count };
}

/** Plain number of a general register from its scaled index. */
function plain(index: number, code: string, opSize: 2 | 4): number {
  if (!'EGZR'.includes(code[0])) return index;
  const bytes = operandBytes(code, opSize);
  return bytes === 1 ? (index >> 2) | ((index & 3) << 2) : bytes === 2 ? index >> 1 : index;
}

/** What an encoding should decode to, and what it does, as comparable text. */
function wantedText(row: InsnRow, e: RandomEncoding): string {
  const parts = [
    rowKey(row),
    `${e.bytes.length} bytes`,
    `size ${e.form.opSize}`,
    e.form.lock ? 'lock' : '',
  ];
  for (const code of row.operands) {
    const kind = operandClass(code);
    if (kind === 'modrm-reg') parts.push(`reg ${e.choice.reg}`);
    if (kind === 'opcode') parts.push(`low ${e.choice.low}`);
    if (kind === 'modrm-rm') parts.push(wantedRm(e));
  }
  return parts.join(', ');
}

function wantedRm(e: RandomEncoding): string {
  const { rm } = e.choice;
  if (typeof rm !== 'object') return `rm ${rm}`;
  const stack = rm.base === 4 || rm.base === 5;
  const mask = e.form.addrSize === 4 ? -1 : 0xffff;
  return memoryText(
    e.form.segment ?? (stack ? 2 : 3),
    rm.base,
    rm.index,
    rm.index < 0 ? 0 : rm.scale,
    rm.disp & mask,
  );
}

function memoryText(seg: number, base: number, index: number, scale: number, disp: number): string {
  return `seg ${seg} base ${base} index ${index} scale ${scale} disp ${disp}`;
}

function decodedText(insn: Insn, row: InsnRow | undefined, taken: number): string {
  if (!row) return 'no row';
  const parts = [rowKey(row), `${taken} bytes`, `size ${insn.opSize}`, insn.lock ? 'lock' : ''];
  for (const code of row.operands) {
    const kind = operandClass(code);
    if (kind === 'modrm-reg') parts.push(`reg ${plain(insn.reg, code, insn.opSize)}`);
    if (kind === 'opcode') parts.push(`low ${plain(insn.rm, code, insn.opSize)}`);
    if (kind === 'modrm-rm') parts.push(decodedRm(insn, code));
  }
  return parts.join(', ');
}

function decodedRm(insn: Insn, code: string): string {
  if (!insn.isMem) return `rm ${plain(insn.rm, code, insn.opSize)}`;
  const register = (index: number): number => (index === ZERO ? -1 : index);
  return memoryText(
    insn.seg,
    register(insn.base),
    register(insn.index),
    insn.scale,
    insn.disp & insn.addrMask,
  );
}

describe('encoder', () => {
  it('knows the eight pairs of 16-bit addresses', () => {
    expect(FORMS16).toHaveLength(8);
  });

  for (const code32 of [true, false]) {
    it(`gives what the decoder takes apart again (${code32 ? 32 : 16}-bit code)`, () => {
      const rng = new Rng(1);
      const wrong: string[] = [];
      for (const row of rows) {
        for (let i = 0; i < 40; i++) {
          const e = randomEncoding(rng, row, code32);
          const { insn, row: decoded, taken } = decodeBytes(e.bytes, code32);
          const [wanted, got] = [wantedText(row, e), decodedText(insn, decoded, taken)];
          if (wanted !== got)
            wrong.push(`${e.bytes.map((b) => b.toString(16))}: wanted ${wanted}; got ${got}`);
        }
      }
      expect(wrong.slice(0, 5)).toEqual([]);
    });
  }
});
