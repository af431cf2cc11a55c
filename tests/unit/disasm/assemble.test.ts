/** The test assembler: chosen lines, and that the disassembler's text of each row assembles to the same text. */
import { describe, expect, it } from 'vitest';
import { Rng } from '../../../base/rng.js';
import { Assembler } from '../../../guest-isa/disasm/assemble.js';
import { Disassembler } from '../../../guest-isa/disasm/disassemble.js';
import { rows } from '../../../guest-isa/insn/index.js';
import { rowKey } from '../../insn/row-key.js';
import { randomEncoding } from './random-encoding.js';

const assembler = new Assembler(rows);
const disassembler = new Disassembler(rows);
const bytesOf = (text: string, eip = 0): string =>
  assembler
    .assemble(text, eip, true)
    .map((b) => b.toString(16).padStart(2, '0'))
    .join(' ');

/** Of several rows with one name and operands, the assembler takes one; xlat's operand is not written as one. */
const NOT_WRITTEN = /^xlat /;

describe('assembler', () => {
  it.each([
    ['add eax, 1', '83 c0 01'],
    ['add eax, 0x12345678', '05 78 56 34 12'],
    ['lock xadd word ptr fs:[ebx+esi*4-8], dx', null],
    ['mov eax, [0x1234]', 'a1 34 12 00 00'],
    ['shl eax, 1', 'd1 e0'],
    ['jmp 0x10', 'eb 0e'],
    ['jz 0x1000', '0f 84 fa 0f 00 00'],
    ['rep movsd es:[edi], ds:[esi]', 'f3 a5'],
    ['fadd st(0), st(3)', 'd8 c3'],
    ['call 0x10:0x1234', '9a 34 12 00 00 10 00'],
    ['mov ds, ax', '8e d8'],
    ['push -1', '6a ff'],
  ])('%s', (text, expected) => {
    if (expected !== null) expect(bytesOf(text)).toBe(expected);
    else
      expect(disassembler.at(assembler.assemble(text, 0, true), 0, true).text).toBe(
        text.replace('-8', '-0x8'),
      );
  });

  it('refuses what no row has', () => {
    expect(() => bytesOf('add eax, bl')).toThrow('cannot assemble');
    expect(() => bytesOf('frobnicate')).toThrow('cannot assemble');
  });

  for (const code32 of [true, false]) {
    it(`reads what the disassembler writes (${code32 ? 32 : 16}-bit code)`, () => {
      const rng = new Rng(3);
      const wrong = new Map<string, string>();
      for (const row of rows) {
        for (let i = 0; i < 6; i++) {
          const { bytes } = randomEncoding(rng, row, code32);
          // Shifts by one have a shorter form, which is written differently.
          const text = disassembler
            .at(bytes, 0x4000, code32)
            .text.replace(/^((?:sh|sa|ro|rc).*), 0x1$/, '$1, 1');
          if (NOT_WRITTEN.test(text)) continue;
          let again: string;
          try {
            again = disassembler.at(assembler.assemble(text, 0x4000, code32), 0x4000, code32).text;
          } catch (error) {
            again = String(error);
          }
          if (again !== text) wrong.set(rowKey(row), `${rowKey(row)}: ${text} | ${again}`);
        }
      }
      expect([...wrong.values()].slice(0, 30)).toEqual([]);
    });
  }
});
