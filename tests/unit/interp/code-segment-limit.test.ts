/** An instruction must lie inside the code segment each time it is executed, decoded before or not. */
import { expect, it } from 'vitest';
import { GP } from '../../../guest-isa/state/exceptions.js';
import { CS, EAX, EIP, REMAINING } from '../../../guest-isa/state/layout.js';
import { execute, makeBoard } from '../../board.js';

it('raises #GP when a known instruction reaches beyond the limit of the present segment', () => {
  const board = makeBoard();
  const { cpu } = board;
  // mov eax, imm32 at 0x1000: its last byte lies at 0x1004.
  execute(board, [0xb8, 1, 2, 3, 4], 0x1000, 1);
  expect(cpu.s[EAX]).toBe(0x04030201);
  cpu.s[EAX] = 0;
  cpu.setSegment(CS, 8, 0, 0x1003, 0x409b);
  cpu.s[EIP] = 0x1000;
  cpu.s[REMAINING] = 1;
  board.loop.run();
  expect(board.faults.map((f) => f.vector)).toEqual([GP]);
  expect(cpu.s[EAX]).toBe(0);
});
