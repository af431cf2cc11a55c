/**
 * Which encodings of d8-df and of the MMX range exist: the others raise #UD, as on a processor
 * without SSE. And what CPUID does not announce raises #UD.
 */
import { describe, expect, it } from 'vitest';
import { buildDecodeTable } from '../../../guest-isa/decode/decode-table.js';
import { rows } from '../../../guest-isa/insn/index.js';
import { UD } from '../../../guest-isa/state/exceptions.js';
import { UnitBoard } from './unit-board.js';

const table = buildDecodeTable(rows);

/** Register forms (modrm c0-ff) that no processor has; memory forms by reg field. SDM vol. 2, tables. */
const UNDEFINED: Readonly<Record<number, { register: string; memory: number[] }>> = {
  216: { register: '', memory: [] },
  217: { register: 'd1-d7 e2-e3 e6-e7 ef', memory: [1] },
  218: { register: 'e0-e8 ea-ff', memory: [] },
  219: { register: 'e5-e7 f8-ff', memory: [1, 4, 6] },
  220: { register: '', memory: [] },
  221: { register: 'f0-ff', memory: [1, 5] },
  222: { register: 'd8 da-df', memory: [] },
  223: { register: 'e1-e7 f8-ff', memory: [1] },
};

function expand(ranges: string): number[] {
  return ranges
    .split(' ')
    .filter((range) => range !== '')
    .flatMap((range) => {
      const [first, last] = range.split('-').map((text) => Number.parseInt(text, 16));
      return Array.from({ length: (last ?? first) - first + 1 }, (_, i) => first + i);
    });
}

describe('d8-df', () => {
  it.each(Object.entries(UNDEFINED))('opcode %i', (opcode, { register, memory }) => {
    const entry = table.oneByte[Number(opcode)];
    const fixed = Array.from({ length: 64 }, (_, i) => 0xc0 + i);
    const missing = fixed.filter(
      (modrm) => !entry?.fixed[modrm - 0xc0] && !entry?.register[(modrm >> 3) & 7],
    );
    expect(missing).toEqual(expand(register));
    expect([0, 1, 2, 3, 4, 5, 6, 7].filter((reg) => !entry?.memory[reg])).toEqual(memory);
  });

  it('raises #UD for what it does not have', () => {
    for (const modrm of [0xd1, 0xe2, 0xef]) expect(new UnitBoard().run([0xd9, modrm])).toBe(UD);
  });
});

describe('MMX', () => {
  it('shifts registers only by an immediate', () => {
    for (const opcode of [0x71, 0x72, 0x73]) {
      expect(new UnitBoard().run([0x0f, opcode, 0x15, 0, 0x20, 0, 0, 3])).toBe(UD);
      expect(new UnitBoard().run([0x0f, opcode, 0xd0, 3])).toBe(-1);
    }
  });

  it('has no instruction of SSE', () => {
    for (const opcode of [0x70, 0xc4, 0xd7, 0xe0, 0xe7, 0xf6])
      expect(new UnitBoard().run([0x0f, opcode, 0xc0, 0])).toBe(UD);
  });
});

describe('features', () => {
  it.each([
    ['fpu', [0xd9, 0xe8]],
    ['cmov', [0xda, 0xc1]],
    ['cmov', [0xdb, 0xf1]],
    ['mmx', [0x0f, 0x77]],
    ['fxsr', [0x0f, 0xae, 0x05, 0x00, 0x20, 0x00, 0x00]],
  ])('without %s: #UD', (feature, code) => {
    expect(new UnitBoard().run(code)).toBe(-1);
    const board = new UnitBoard();
    (board.board.cpu.identity.features as Set<string>).delete(feature);
    const vector = board.run(code);
    (board.board.cpu.identity.features as Set<string>).add(feature);
    expect(vector).toBe(UD);
  });
});
