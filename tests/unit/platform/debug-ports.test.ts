/** The consoles at 0xe9 and 0x402, the exit port, the POST code. */
import { expect, it } from 'vitest';
import { DebugPorts } from '../../../hw/platform/debug-ports.js';
import { TestBoard } from './board.js';

it('prints, and is recognized by what it reads', () => {
  const board = new TestBoard();
  const printed: number[] = [];
  new DebugPorts(board.host, { sink: (byte) => printed.push(byte) });
  expect([board.in(0xe9), board.in(0x402)]).toEqual([0xe9, 0xe9]);
  board.out(0xe9, 0x48);
  board.out(0x402, 0x69);
  expect(String.fromCharCode(...printed)).toBe('Hi');
});

it('ends the run with the status of the value written, at any width', () => {
  const board = new TestBoard();
  new DebugPorts(board.host, { sink: () => {} });
  board.out(0xf4, 0);
  board.out(0xf4, 0x10, 4);
  board.out(0xf4, 0x7f, 2);
  expect(board.powerOffs.map((p) => p.exitStatus)).toEqual([1, 0x21, 0xff]);
});

it('has the exit port where it is wanted, or not at all', () => {
  const board = new TestBoard();
  new DebugPorts(board.host, { sink: () => {}, exitPort: 0x501, consolePorts: [] });
  board.out(0xf4, 1);
  board.out(0x501, 1);
  expect(board.powerOffs.length).toBe(1);
  const none = new TestBoard();
  new DebugPorts(none.host, { sink: () => {}, exitPort: undefined });
  none.out(0xf4, 1, 4);
  expect(none.powerOffs).toEqual([]);
  expect(none.bus.unclaimedPorts()).toEqual([{ address: 0xf4, reads: 0, writes: 1 }]);
});

it('keeps the POST code', () => {
  const board = new TestBoard();
  const ports = new DebugPorts(board.host, { sink: () => {} });
  board.out(0x80, 0x5a);
  const state = board.save(ports);
  ports.reset();
  expect(ports.postCode).toBe(0);
  board.restore(ports, state);
  expect(board.in(0x80)).toBe(0x5a);
});
