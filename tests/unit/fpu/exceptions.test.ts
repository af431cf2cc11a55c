/**
 * When x87 and MMX instructions do not execute: #NM, #UD, #MF, and the error line FERR# with its
 * interrupt where CR0.NE is clear (SDM vol. 1, 8.7; vol. 3, 2.5 and 12.1).
 */
import { describe, expect, it } from 'vitest';
import { MF, NM, UD } from '../../../guest-isa/state/exceptions.js';
import { CR0, FPU_SW, FPU_TAGS } from '../../../guest-isa/state/layout.js';
import { CODE, EM, MP, NE, PE, TS, UnitBoard } from './unit-board.js';

const FLD1 = [0xd9, 0xe8];
const FNINIT = [0xdb, 0xe3];
const FNSTSW_AX = [0xdf, 0xe0];
const FNCLEX = [0xdb, 0xe2];
const FWAIT = [0x9b];
const FNOP = [0xd9, 0xd0];
const EMMS = [0x0f, 0x77];
const PXOR = [0x0f, 0xef, 0xc0];
const FXSAVE = [0x0f, 0xae, 0x05, 0x00, 0x20, 0x00, 0x00];

describe('#NM', () => {
  it.each([
    ['fld1', FLD1],
    ['fninit', FNINIT],
    ['fnstsw ax', FNSTSW_AX],
    ['fnclex', FNCLEX],
    ['fnop', FNOP],
    ['fxsave', FXSAVE],
  ])('%s raises it with CR0.EM or CR0.TS', (_name, code) => {
    for (const bit of [EM, TS]) expect(new UnitBoard(PE | NE | bit).run(code)).toBe(NM);
    expect(new UnitBoard().run(code)).toBe(-1);
  });

  it('comes from fwait only with both CR0.MP and CR0.TS', () => {
    expect(new UnitBoard(PE | MP | TS).run(FWAIT)).toBe(NM);
    for (const cr0 of [PE, PE | TS, PE | MP, PE | EM | MP])
      expect(new UnitBoard(cr0).run(FWAIT)).toBe(-1);
  });

  it('is #UD for MMX with CR0.EM, before #NM', () => {
    for (const code of [EMMS, PXOR]) {
      expect(new UnitBoard(PE | EM | TS).run(code)).toBe(UD);
      expect(new UnitBoard(PE | TS).run(code)).toBe(NM);
    }
  });
});

describe('a pending exception with CR0.NE', () => {
  it.each([
    ['fld1', FLD1],
    ['fnop', FNOP],
    ['fwait', FWAIT],
    ['pxor', PXOR],
    ['emms', EMMS],
  ])('%s raises #MF and changes nothing', (_name, code) => {
    const board = new UnitBoard();
    board.makePending();
    const before = [...board.s.slice(96, 128)];
    expect(board.run(code)).toBe(MF);
    expect([...board.s.slice(96, 128)]).toEqual(before);
  });

  it('leaves instructions alone that do not wait, and #NM comes before it', () => {
    const board = new UnitBoard();
    board.makePending();
    for (const code of [FNSTSW_AX, FXSAVE]) expect(board.run(code)).toBe(-1);
    board.s[CR0] |= TS;
    expect(board.run(FLD1)).toBe(NM);
    board.s[CR0] &= ~TS;
    expect(board.run(FNCLEX)).toBe(-1);
    expect(board.run(FLD1)).toBe(-1);
  });

  it('appears when a control word unmasks a flag that is set already', () => {
    const board = new UnitBoard();
    expect(board.run([0xd9, 0xe8, 0xd9, 0xee, 0xde, 0xf9], 3)).toBe(-1);
    board.data.setUint16(0, 0x37b, true);
    expect(board.run([0xd9, 0x2d, 0x00, 0x20, 0x00, 0x00])).toBe(-1);
    expect(board.s[FPU_SW] & 0x8080).toBe(0x8080);
    expect(board.run(FWAIT)).toBe(MF);
  });
});

describe('a pending exception without CR0.NE', () => {
  it('drives FERR# at the next waiting instruction, which is not executed meanwhile', () => {
    const board = new UnitBoard(PE | MP);
    const levels: boolean[] = [];
    const line = { signal: (active: boolean) => levels.push(active), ignored: false };
    board.board.cpu.fpu.errorLine = line;
    board.makePending();
    expect(levels).toEqual([]);
    const { fpu } = board.board.cpu;
    const tags = board.s[FPU_TAGS];
    expect(board.run(FLD1)).toBe(-1);
    expect([board.eip, board.s[FPU_TAGS], levels]).toEqual([CODE, tags, [true]]);
    expect(board.run([...FWAIT, 0x90], 5)).toBe(-1);
    expect(board.eip).toBe(CODE);

    // The handler of interrupt 13 writes to port F0h, which drives IGNNE#, then clears.
    line.ignored = true;
    expect(board.run(FNOP)).toBe(-1);
    expect(board.eip).toBe(CODE + 2);
    line.ignored = false;
    levels.length = 0;
    expect(board.run(FNCLEX)).toBe(-1);
    expect(levels).toEqual([false]);
    expect(board.run(FLD1)).toBe(-1);
    expect([board.eip, fpu.isEmpty(0)]).toEqual([CODE + 2, false]);
  });

  it('is ignored where nothing is tied to FERR#', () => {
    const board = new UnitBoard(PE | MP);
    board.makePending();
    expect(board.run(FWAIT)).toBe(-1);
    expect(board.eip).toBe(CODE + 1);
  });
});
