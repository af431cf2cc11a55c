import { describe, expect, it } from 'vitest';
import { readEflags, ZF } from '../../../guest-isa/state/flags.js';
import { EAX, EBX, ECX, EDI, EIP, ESI, ESP } from '../../../guest-isa/state/layout.js';
import { execute, makeBoard } from '../../board.js';

describe('step loop', () => {
  it('runs a counting loop', () => {
    const board = makeBoard();
    // mov ecx,10; xor eax,eax; l: add eax,ecx; dec ecx; jnz l
    execute(board, [0xb9, 10, 0, 0, 0, 0x31, 0xc0, 0x01, 0xc8, 0x49, 0x75, 0xfb], 0x1000, 2 + 30);
    expect(board.faults).toEqual([]);
    expect(board.cpu.s[EAX]).toBe(55);
    expect(board.cpu.s[ECX]).toBe(0);
    expect(board.cpu.s[EIP]).toBe(0x100c);
    expect(readEflags(board.cpu.s) & ZF).toBe(ZF);
  });

  it('sees code that it has just written', () => {
    const board = makeBoard();
    // mov byte [0x1007],0x43 (inc ebx instead of inc eax); inc eax at 0x1007
    execute(board, [0xc6, 0x05, 0x07, 0x10, 0, 0, 0x43, 0x40], 0x1000, 2);
    expect(board.cpu.s[EBX]).toBe(1);
    expect(board.cpu.s[EAX]).toBe(0);
  });

  it('copies with rep movs as the plain loop does, and can be cut anywhere', () => {
    const whole = makeBoard();
    const cut = makeBoard();
    for (const board of [whole, cut]) {
      for (let i = 0; i < 0x3000; i++) board.memory.ram[0x20000 + i] = i * 7;
      board.cpu.s[ESI] = 0x20003;
      board.cpu.s[EDI] = 0x30ffe;
      board.cpu.s[ECX] = 0x900;
    }
    execute(whole, [0xf3, 0xa5], 0x1000, 0x900);
    execute(cut, [0xf3, 0xa5], 0x1000, 1);
    for (let left = 0x900 - 1; left > 0; left -= 100) {
      expect(cut.cpu.s[EIP]).toBe(0x1000);
      execute(cut, [0xf3, 0xa5], 0x1000, Math.min(left, 100));
    }
    expect(whole.cpu.s[ECX]).toBe(0);
    expect(Buffer.compare(cut.memory.ram, whole.memory.ram)).toBe(0);
    expect([...cut.cpu.s.subarray(0, 10)]).toEqual([...whole.cpu.s.subarray(0, 10)]);
    expect(whole.memory.ram[0x30ffe + 0x23ff]).toBe(((3 + 0x23ff) * 7) & 0xff);
  });

  it('pushes, calls and returns', () => {
    const board = makeBoard();
    board.cpu.s[ESP] = 0x8000;
    // call +1; (skipped) hlt-less nop; ret target: inc eax; ret
    execute(board, [0xe8, 1, 0, 0, 0, 0x43, 0x40, 0xc3], 0x1000, 4);
    expect(board.cpu.s[EAX]).toBe(1);
    expect(board.cpu.s[EBX]).toBe(1);
    expect(board.cpu.s[ESP]).toBe(0x8000);
  });
});
