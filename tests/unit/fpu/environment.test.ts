/** The images of FSTENV and FSAVE in their four formats (SDM vol. 1, figures 8-9 to 8-12). */
import { describe, expect, it } from 'vitest';
import { VM } from '../../../guest-isa/state/flags.js';
import {
  CR0,
  CS,
  DS,
  FLAGS_SYSTEM,
  FPU_CS,
  FPU_CW,
  FPU_DP,
  FPU_DS,
  FPU_HI,
  FPU_IP,
  FPU_LO,
  FPU_OPCODE,
  FPU_SE,
  FPU_SW,
  FPU_TAGS,
} from '../../../guest-isa/state/layout.js';
import { PE, UnitBoard } from './unit-board.js';

const FNSTENV = [0xd9, 0x35, 0x00, 0x20, 0x00, 0x00];
const FLDENV = [0xd9, 0x25, 0x00, 0x20, 0x00, 0x00];
const FNSAVE = [0xdd, 0x35, 0x00, 0x20, 0x00, 0x00];
const FRSTOR = [0xdd, 0x25, 0x00, 0x20, 0x00, 0x00];
const short = (code: number[]): number[] => [0x66, ...code];

/** Status with TOP 5; R5 holds 1, R6 zero, R7 a NaN, the rest is empty. */
function fill(board: UnitBoard): void {
  const { s } = board;
  s[FPU_CW] = 0x27f;
  s[FPU_SW] = 0x2901;
  s[FPU_TAGS] = 0xe0;
  s[FPU_OPCODE] = 0x5a3;
  s[FPU_IP] = 0x00012345;
  s[FPU_CS] = 0x1234;
  s[FPU_DP] = 0x0000fedc;
  s[FPU_DS] = 0x8765;
  [s[FPU_SE + 5], s[FPU_HI + 5], s[FPU_LO + 5]] = [0x3fff, -0x80000000, 0];
  [s[FPU_SE + 6], s[FPU_HI + 6], s[FPU_LO + 6]] = [0x8000, 0, 0];
  [s[FPU_SE + 7], s[FPU_HI + 7], s[FPU_LO + 7]] = [0x7fff, -0x3f000000, 0x11];
}

const TAGS = 0x93ff & 0xffff;
const words32 = (board: UnitBoard): number[] =>
  [0, 1, 2, 3, 4, 5, 6].map((i) => board.data.getUint32(4 * i, true));
const words16 = (board: UnitBoard): number[] =>
  [0, 1, 2, 3, 4, 5, 6].map((i) => board.data.getUint16(2 * i, true));
const pointers = (s: Int32Array): number[] =>
  [FPU_IP, FPU_CS, FPU_OPCODE, FPU_DP, FPU_DS].map((i) => s[i]);

/** Turns the board's processor to real or virtual-8086 mode without touching its flat segments. */
function paragraphs(board: UnitBoard, mode: 'real' | 'v86'): void {
  if (mode === 'real') board.s[CR0] &= ~PE;
  else board.s[FLAGS_SYSTEM] |= VM;
}

describe('protected mode', () => {
  it('32 bits: selectors, offsets, opcode', () => {
    const board = new UnitBoard();
    fill(board);
    expect(board.run(FNSTENV)).toBe(-1);
    expect(words32(board)).toEqual([
      0xffff027f,
      0xffff2901,
      0xffff0000 + TAGS,
      0x12345,
      0x05a31234,
      0xfedc,
      0xffff8765,
    ]);
    expect(board.s[FPU_CW]).toBe(0x27f);
    board.board.cpu.fpu.initialize();
    expect(board.run(FLDENV)).toBe(-1);
    expect([board.s[FPU_CW], board.s[FPU_SW], board.s[FPU_TAGS]]).toEqual([0x27f, 0x2901, 0xe0]);
    expect(pointers(board.s)).toEqual([0x12345, 0x1234, 0x5a3, 0xfedc, 0x8765]);
  });

  it('16 bits: no opcode', () => {
    const board = new UnitBoard();
    fill(board);
    expect(board.run(short(FNSTENV))).toBe(-1);
    expect(words16(board)).toEqual([0x27f, 0x2901, TAGS, 0x2345, 0x1234, 0xfedc, 0x8765]);
    expect(board.run(short(FLDENV))).toBe(-1);
    expect(pointers(board.s)).toEqual([0x2345, 0x1234, 0, 0xfedc, 0x8765]);
  });
});

describe.each(['real', 'v86'] as const)('%s mode', (mode) => {
  const ip = 0x12340 + 0x12345;
  const dp = 0x87650 + 0xfedc;

  it('32 bits: linear pointers', () => {
    const board = new UnitBoard();
    fill(board);
    paragraphs(board, mode);
    expect(board.run(FNSTENV)).toBe(-1);
    expect(words32(board)).toEqual([
      0xffff027f,
      0xffff2901,
      0xffff0000 + TAGS,
      0xffff0000 + (ip & 0xffff),
      ((ip >>> 16) << 12) | 0x5a3,
      0xffff0000 + (dp & 0xffff),
      (dp >>> 16) << 12,
    ]);
    expect(board.run(FLDENV)).toBe(-1);
    expect(pointers(board.s)).toEqual([ip, 0, 0x5a3, dp, 0]);
  });

  it('16 bits: linear pointers of 20 bits', () => {
    const board = new UnitBoard();
    fill(board);
    board.s[FPU_IP] = 0x00fff;
    paragraphs(board, mode);
    expect(board.run(short(FNSTENV))).toBe(-1);
    const linear = 0x12340 + 0xfff;
    expect(words16(board)).toEqual([
      0x27f,
      0x2901,
      TAGS,
      linear & 0xffff,
      ((linear >>> 16) << 12) | 0x5a3,
      dp & 0xffff,
      (dp >>> 16) << 12,
    ]);
    expect(board.run(short(FLDENV))).toBe(-1);
    expect(pointers(board.s)).toEqual([linear, 0, 0x5a3, dp, 0]);
  });
});

describe('fnsave and frstor', () => {
  it('store registers in stack order, initialize, and bring everything back', () => {
    const board = new UnitBoard();
    fill(board);
    const before = [...board.s.slice(96, 128)];
    expect(board.run(FNSAVE)).toBe(-1);
    expect(board.data.getUint16(28 + 8, true)).toBe(0x3fff);
    expect(board.data.getUint16(28 + 18, true)).toBe(0x8000);
    expect([board.s[FPU_CW], board.s[FPU_SW], board.s[FPU_TAGS]]).toEqual([0x37f, 0, 0]);
    board.s.fill(-1, FPU_LO, FPU_SE + 8);
    expect(board.run(FRSTOR)).toBe(-1);
    expect([...board.s.slice(96, 128)]).toEqual(before);
  });

  it('note where the last instruction and its operand were', () => {
    const board = new UnitBoard();
    expect(board.run([0x3e, 0xdd, 0x05, 0x40, 0x20, 0x00, 0x00])).toBe(-1);
    expect(pointers(board.s)).toEqual([0x1000, board.s[16 + CS], 0x505, 0x2040, board.s[16 + DS]]);
    expect(board.run([0xd9, 0xc9])).toBe(-1);
    expect(pointers(board.s).slice(2)).toEqual([0x1c9, 0x2040, board.s[16 + DS]]);
  });
});
