/**
 * What a snapshot holds is enough to go on: also between two iterations of a repeated string
 * instruction, where an interrupt pushes EFLAGS with RF set (SDM vol. 3, 17.3.1.1).
 */
import { expect, it } from 'vitest';
import { IF } from '../../../guest-isa/state/flags.js';
import { ECX, EDI, FLAGS_SYSTEM, REMAINING } from '../../../guest-isa/state/layout.js';
import { AT, RunBench } from './run-bench.js';

it('pushes the same EFLAGS image before and after a restore', () => {
  const b = new RunBench();
  b.code(AT.code, [0xf3, 0xaa, 0xeb, 0xfe]); // rep stosb; jmp $
  b.handler(0x20, 0x11000, [0xeb, 0xfe]);
  b.cpu.s[FLAGS_SYSTEM] |= IF;
  b.cpu.s[ECX] = 100;
  b.cpu.s[EDI] = 0x20000;
  b.pass(10);

  // As the machine restores: clock, memory, state block.
  const other = new RunBench();
  other.memory.ram.set(b.memory.ram);
  const saved = b.clock.save();
  const state = b.cpu.s.slice();
  other.clock.restore(saved);
  const remaining = other.cpu.s[REMAINING];
  other.cpu.s.set(state);
  other.cpu.s[REMAINING] = remaining;
  other.cpu.stateReplaced();

  for (const run of [b, other]) {
    run.intr = true;
    run.cpu.interrupts.acknowledge = () => {
      run.intr = false;
      return 0x20;
    };
    run.pass(5);
  }
  expect(b.stack(3)[2] & 0x10000).toBe(0x10000);
  expect(other.stack(3)).toEqual(b.stack(3));
});
