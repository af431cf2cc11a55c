/**
 * The debug trap of a task switch (T bit) comes before the first instruction of the new task
 * (SDM vol. 3, 17.3.1.5), also when that is a repeated string instruction; and an interrupt there
 * does not find it begun.
 */
import { expect, it } from 'vitest';
import { DB } from '../../../guest-isa/state/exceptions.js';
import { IF, RF } from '../../../guest-isa/state/flags.js';
import { ECX, EIP } from '../../../guest-isa/state/layout.js';
import { AT, RunBench, SEL } from './run-bench.js';

function switchToRepeat(trap: boolean): RunBench {
  const b = new RunBench();
  b.code(AT.code, [0xea, 0, 0, 0, 0, SEL.tss2, 0]);
  b.code(0x12000, [0xf3, 0xaa, 0xeb, 0xfe]); // rep stosb; jmp $
  b.handler(DB, 0x11000, [0xeb, 0xfe]);
  b.handler(0x20, 0x11800, [0xeb, 0xfe]);
  const put = (offset: number, value: number): void => b.put32(AT.tss2 + offset, value);
  put(0x20, 0x12000); // eip
  put(0x24, 2 | IF);
  put(0x2c, 5); // ecx
  put(0x38, AT.stack1); // esp
  put(0x44, 0x20000); // edi
  for (const offset of [0x48, 0x50, 0x54, 0x58, 0x5c]) put(offset, SEL.data0);
  put(0x4c, SEL.code0);
  put(0x64, trap ? 1 : 0);
  return b;
}

it('traps before the first iteration', () => {
  const b = switchToRepeat(true);
  b.pass(10);
  expect([b.cpu.s[EIP], b.cpu.s[ECX]]).toEqual([0x11000, 5]);
});

it('is interrupted without RF before the first iteration', () => {
  const b = switchToRepeat(false);
  b.pass(1);
  expect([b.cpu.s[EIP], b.cpu.s[ECX]]).toEqual([0x12000, 5]);
  b.cpu.interrupts.acknowledge = () => {
    b.intr = false;
    return 0x20;
  };
  b.intr = true;
  b.pass(5);
  expect(b.stack(3)[2] & RF).toBe(0);
});
