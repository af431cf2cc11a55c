/**
 * Decoded instructions never outlive their bytes: writes by the processor, by bus masters and
 * through another mapping, instructions that cross a page, and pages that stop being code.
 */
import { describe, expect, it } from 'vitest';
import {
  CR0,
  CR3,
  DS,
  EAX,
  EBX,
  ECX,
  EDI,
  EIP,
  ES,
  ESI,
  REMAINING,
} from '../../../guest-isa/state/layout.js';
import { type Board, execute, makeBoard } from '../../board.js';

const INC_EAX = 0x40;
const INC_EBX = 0x43;
const INC_ECX = 0x41;

/** Runs n instructions from an address without touching the code there. */
function runAt(board: Board, eip: number, n: number): void {
  board.cpu.s[EIP] = eip;
  board.cpu.s[REMAINING] = n;
  board.loop.run();
}

describe('code that changes', () => {
  it('is decoded anew after a store by the processor', () => {
    const board = makeBoard();
    execute(board, [INC_EAX], 0x1000, 1);
    board.cpu.write8(DS, 0x1000, INC_EBX);
    runAt(board, 0x1000, 1);
    expect([board.cpu.s[EAX], board.cpu.s[EBX]]).toEqual([1, 1]);
  });

  it('is decoded anew after a bus master wrote it', () => {
    const board = makeBoard();
    execute(board, [INC_EAX], 0x1000, 1);
    board.memory.onRamWritten(0xf80, 0x100);
    board.memory.ram[0x1000] = INC_EBX;
    runAt(board, 0x1000, 1);
    expect([board.cpu.s[EAX], board.cpu.s[EBX]]).toEqual([1, 1]);
  });

  it('is decoded anew when only its last byte changes, in another granule', () => {
    const board = makeBoard();
    // mov eax, imm32 whose immediate lies across a granule's border
    execute(board, [0xb8, 1, 0, 0, 0], 0x107d, 1);
    board.cpu.write8(DS, 0x1081, 0x12);
    runAt(board, 0x107d, 1);
    expect(board.cpu.s[EAX]).toBe(0x12000001);
  });

  it('is decoded anew when its tail in the next page changes', () => {
    const board = makeBoard();
    execute(board, [0xb8, 1, 0, 0, 0, INC_ECX], 0x1ffe, 2);
    expect([board.cpu.s[EAX], board.cpu.s[ECX]]).toEqual([1, 1]);
    runAt(board, 0x1ffe, 1);
    board.cpu.write8(DS, 0x2001, 0x7f);
    runAt(board, 0x1ffe, 1);
    expect(board.cpu.s[EAX]).toBe(0x7f0001);
  });

  it('stops a rep stos that overwrites itself, however the run is sliced', () => {
    for (const slice of [1, 2, 3, 100]) {
      const board = makeBoard();
      board.cpu.s[EAX] = 0x43434343;
      board.cpu.s[EDI] = 0x1000;
      board.cpu.s[ECX] = 8;
      // The first iteration turns rep stosd; inc eax; inc eax into four times inc ebx.
      execute(board, [0xf3, 0xab, INC_EAX, INC_EAX], 0x1000, Math.min(slice, 5));
      for (let done = slice; done < 5; done += slice) {
        runAt(board, board.cpu.s[EIP], Math.min(slice, 5 - done));
      }
      const { s } = board.cpu;
      expect([s[ECX], s[EDI], s[EBX], s[EAX]]).toEqual([7, 0x1004, 4, 0x43434343]);
    }
  });

  it('is seen through another linear address of the same page', () => {
    const board = makeBoard(1 << 22);
    const { cpu } = board;
    cpu.view.setInt32(0x10000, 0x11003, true);
    for (let page = 0; page < 1024; page++)
      cpu.view.setInt32(0x11000 + 4 * page, (page << 12) | 3, true);
    cpu.view.setInt32(0x11000 + 4 * 0x300, 0x1003, true); // 0x300000 is 0x1000 too
    cpu.s[CR3] = 0x10000;
    cpu.s[CR0] |= 0x80000000;
    cpu.flushTlb(true);
    cpu.write8(DS, 0x300800, 0); // makes the alias writable at once before there is code
    execute(board, [INC_EAX], 0x1000, 1);
    cpu.write8(DS, 0x300000, INC_EBX);
    runAt(board, 0x1000, 1);
    expect([cpu.s[EAX], cpu.s[EBX]]).toEqual([1, 1]);
  });

  it('lets a page that holds data beside code be written without dropping the code', () => {
    const board = makeBoard();
    execute(board, [INC_EAX], 0x1000, 1);
    const page = board.cpu.code.page(1);
    const before = page.instructions(true)[0];
    expect(before).toBeDefined();
    board.cpu.write32(DS, 0x1f00, 1);
    expect(page.instructions(true)[0]).toBe(before);
    expect(board.cpu.read32(DS, 0x1f00)).toBe(1);
  });
});

describe('rep movs over the running code', () => {
  it('copies like single moves do', () => {
    const board = makeBoard();
    const code = [0xf3, 0xa4, INC_EAX, INC_EAX];
    board.memory.ram.fill(INC_EBX, 0x5000, 0x5010);
    board.cpu.s[ESI] = 0x5000;
    board.cpu.s[EDI] = 0x1002;
    board.cpu.s[ECX] = 2;
    board.cpu.setSegment(ES, 0x10, 0, -1, 0xc093);
    execute(board, code, 0x1000, 4);
    expect([board.cpu.s[EAX], board.cpu.s[EBX]]).toEqual([0, 2]);
  });
});
