/** When a pending interrupt is taken never depends on how a run is cut into slices. */
import { expect, it } from 'vitest';
import { NMI } from '../../../guest-isa/state/exceptions.js';
import { IF } from '../../../guest-isa/state/flags.js';
import { FLAGS_SYSTEM } from '../../../guest-isa/state/layout.js';
import { AT, RunBench, TRAP_GATE } from './run-bench.js';

/** inc ebx; jmp back */
const COUNT = [0x43, 0xeb, 0xfd];

/** A second NMI arrives in the handler of the first; it is due right after the iret. */
function secondNmi(slice: number): number[] {
  const b = new RunBench();
  b.code(AT.code, COUNT);
  b.handler(NMI, 0x11000, [0xff, 0x05, 0, 0, 3, 0, 0x90, 0x90, 0xcf]);
  b.loop.raiseNmi();
  b.pass(2, slice);
  b.loop.raiseNmi();
  b.pass(100, slice);
  return [b.get32(0x30000), b.cpu.s[3]];
}

it('takes an NMI that waited for iret at the iret, whatever the slices', () => {
  expect(secondNmi(1)[0]).toBe(2);
  expect(secondNmi(100)).toEqual(secondNmi(1));
});

/** INTR stays up after the acknowledge (automatic end of interrupt); the handler's gate leaves IF alone. */
function heldLine(slice: number): number[] {
  const b = new RunBench();
  b.code(AT.code, COUNT);
  // inc dword [0x30000]; then loops on
  b.handler(0x20, 0x11000, [0xff, 0x05, 0, 0, 3, 0, 0x43, 0xeb, 0xfd], TRAP_GATE);
  b.cpu.s[FLAGS_SYSTEM] |= IF;
  let left = 3;
  b.cpu.interrupts.acknowledge = () => {
    if (--left === 0) b.intr = false;
    return 0x20;
  };
  b.intr = true;
  b.pass(100, slice);
  return [left, b.get32(0x30000), b.cpu.s[3], b.cpu.s[4]];
}

it('looks at INTR again after an interrupt whose handler leaves IF set', () => {
  expect(heldLine(100)).toEqual(heldLine(1));
});
