/**
 * The bytes of an addressing form are fetched before the encoding is judged: where they cannot be,
 * that is the fault (verified on silicon: fe /7 with its displacement in a missing page gives #PF).
 */
import { expect, it } from 'vitest';
import { GP } from '../../../guest-isa/state/exceptions.js';
import { CS, EIP, REMAINING } from '../../../guest-isa/state/layout.js';
import { makeBoard } from '../../board.js';

it.each([
  ['fe /7', [0xfe, 0x3d]],
  ['ff /7', [0xff, 0x3d]],
])('an invalid %s whose displacement lies beyond the segment', (_name, code) => {
  const board = makeBoard();
  board.memory.ram.set(code, 0x1000);
  board.cpu.setSegment(CS, 8, 0, 0x1001, 0x409b);
  board.cpu.s[EIP] = 0x1000;
  board.cpu.s[REMAINING] = 1;
  board.loop.run();
  expect(board.faults.map((f) => f.vector)).toEqual([GP]);
});
