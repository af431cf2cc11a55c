/**
 * An operand of eight bytes is one access: with 16-bit addresses it does not wrap in the middle
 * (verified on silicon: cmpxchg8b fs:[di] with di = fffch and a 4 GB segment).
 */
import { expect, it } from 'vitest';
import { EAX, EDI, EDX } from '../../../guest-isa/state/layout.js';
import { execute, makeBoard } from '../../board.js';

it('cmpxchg8b reads on past offset ffffh', () => {
  const board = makeBoard();
  const { s } = board.cpu;
  const view = new DataView(board.memory.ram.buffer);
  view.setUint32(0xfffc, 1, true);
  view.setUint32(0x10000, 2, true);
  view.setUint32(0, 3, true);
  s[EAX] = 0;
  s[EDX] = 0;
  s[EDI] = 0xfffc;
  execute(board, [0x67, 0x0f, 0xc7, 0x0d], 0x1000, 1);
  expect([s[EAX], s[EDX]]).toEqual([1, 2]);
});
