/** Alignment of x87 and MMX operands (SDM vol. 3, table 6-7; vol. 2, FXSAVE), and code that stores over itself. */

import { describe, expect, it } from 'vitest';
import { CR0_AM } from '../../../guest-isa/state/control-bits.js';
import { AC_FAULT, GP } from '../../../guest-isa/state/exceptions.js';
import { AC } from '../../../guest-isa/state/flags.js';
import { CR0, FLAGS_SYSTEM, FPU_OPCODE } from '../../../guest-isa/state/layout.js';
import { CODE, UnitBoard } from './unit-board.js';

const at = (code: number[], address: number): number[] => [
  ...code,
  address & 0xff,
  (address >> 8) & 0xff,
  0,
  0,
];

/** Level 3 with alignment checking. */
function checked(): UnitBoard {
  const board = new UnitBoard();
  board.s[CR0] |= CR0_AM;
  board.s[FLAGS_SYSTEM] |= AC;
  board.board.cpu.setCpl(3);
  return board;
}

describe('alignment checking', () => {
  it.each([
    ['fld m32', [0xd9, 0x05], 4],
    ['fld m64', [0xdd, 0x05], 8],
    ['fstp m64', [0xdd, 0x1d], 8],
    ['fld m80', [0xdb, 0x2d], 8],
    ['fstp m80', [0xdb, 0x3d], 8],
    ['fild m64', [0xdf, 0x2d], 8],
    ['fadd m64', [0xdc, 0x05], 8],
    ['movq', [0x0f, 0x6f, 0x05], 8],
    ['movq store', [0x0f, 0x7f, 0x05], 8],
    ['fldcw', [0xd9, 0x2d], 2],
  ])('%s', (_name, code, alignment) => {
    for (let offset = 0; offset < 16; offset++) {
      const vector = checked().run(at(code, 0x2000 + offset));
      expect([offset, vector]).toEqual([offset, offset % alignment === 0 ? -1 : AC_FAULT]);
      expect(new UnitBoard().run(at(code, 0x2000 + offset))).toBe(-1);
    }
  });
});

describe('fxsave and fxrstor', () => {
  it('want 16 bytes', () => {
    for (const modrm of [0x05, 0x0d]) {
      expect(new UnitBoard().run(at([0x0f, 0xae, modrm], 0x2008))).toBe(GP);
      expect(new UnitBoard().run(at([0x0f, 0xae, modrm], 0x2010))).toBe(-1);
    }
  });
});

describe('a store over its own instruction', () => {
  it('notes the opcode that was executed', () => {
    const board = new UnitBoard();
    expect(board.run([0xd9, 0xe8])).toBe(-1);
    expect(board.run(at([0xd9, 0x1d], CODE))).toBe(-1);
    expect(board.s[FPU_OPCODE]).toBe(0x11d);
  });
});
