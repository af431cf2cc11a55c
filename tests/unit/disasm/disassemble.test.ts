/** The disassembler: chosen texts, and random encodings of every row against GNU objdump. */
import { describe, expect, it } from 'vitest';
import { Rng } from '../../../base/rng.js';
import { Disassembler } from '../../../guest-isa/disasm/disassemble.js';
import { rows } from '../../../guest-isa/insn/index.js';
import { rowKey } from '../../insn/row-key.js';
import { comparable, hasObjdump, normalized, objdump } from './objdump.js';
import { randomEncoding } from './random-encoding.js';

/**
 * Hints that objdump gives the names of later extensions (prefetch, MPX, CET), and doubles of x87
 * encodings, salc and prefixes of wbinvd that it does not know.
 */
const OTHER_NAMES = /^(0f 1[89a-e] |dc d0|dc d8|de d0|d9 d8|df d0|df d8|dd c8|df c8|d6$|0f 09$)/;

const disassembler = new Disassembler(rows);
const text = (hex: string, code32 = true): string =>
  disassembler.at(
    hex.split(' ').map((b) => Number.parseInt(b, 16)),
    0x1000,
    code32,
  ).text;

describe('disassembler', () => {
  it.each([
    ['01 44 8b f0', 'add dword ptr [ebx+ecx*4-0x10], eax'],
    ['66 f0 01 05 78 56 34 12', 'lock add word ptr [0x12345678], ax'],
    ['64 8a 23', 'mov ah, byte ptr fs:[ebx]'],
    ['83 c0 ff', 'add eax, 0xffffffff'],
    ['eb fe', 'jmp 0x1000'],
    ['f3 a5', 'rep movsd es:[edi], ds:[esi]'],
    ['f2 66 af', 'repne scasw ax, es:[edi]'],
    ['65 a4', 'movsb es:[edi], gs:[esi]'],
    ['98', 'cwde'],
    ['66 98', 'cbw'],
    ['67 e3 00', 'jcxz 0x1003'],
    ['67 8b 07', 'mov eax, dword ptr [bx]'],
    ['c8 34 12 01', 'enter 0x1234, 0x1'],
    ['d3 e0', 'shl eax, cl'],
    ['d1 25 00 00 00 00', 'shl dword ptr [0x0], 1'],
  ])('%s is %s', (bytes, expected) => {
    expect(text(bytes)).toBe(expected);
  });

  it('knows 16-bit code', () => {
    expect(text('8b 82 34 12', false)).toBe('mov ax, word ptr [bp+si+0x1234]');
    expect(text('66 60', false)).toBe('pushad');
  });

  it('says how far it got where no row has the bytes, or too few are given', () => {
    expect(disassembler.at([0xf0, 0x00, 0xc0], 0, true)).toMatchObject({
      text: '(bad)',
      length: 3,
    });
    expect(disassembler.at([0x81, 0x05, 0x00], 0, true)).toMatchObject({
      text: '(bad)',
      length: 3,
    });
  });
});

describe.skipIf(!hasObjdump())('against objdump', () => {
  for (const code32 of [true, false]) {
    it(`says the same of random encodings of each row (${code32 ? 32 : 16}-bit code)`, () => {
      const rng = new Rng(2);
      const made = rows
        .filter((row) => !OTHER_NAMES.test(row.opcodeText))
        .flatMap((row) =>
          Array.from({ length: 24 }, () => ({
            row,
            bytes: randomEncoding(rng, row, code32).bytes,
          })),
        );
      const theirs = objdump(
        made.map((m) => m.bytes),
        code32,
      );
      const wrong = new Map<string, string>();
      made.forEach(({ row, bytes }, i) => {
        const ours = comparable(disassembler.at(bytes, (i * 16) & 0xffff, code32).text);
        const other = normalized(theirs[i] ?? '(nothing)', code32);
        if (ours === other) return;
        const hex = bytes.map((b) => b.toString(16).padStart(2, '0')).join(' ');
        wrong.set(
          rowKey(row),
          `${rowKey(row)}: ${hex}: ours ${ours} | objdump ${other} | ${theirs[i]}`,
        );
      });
      expect([...wrong.values()].slice(0, 40)).toEqual([]);
    });
  }
});
