/**
 * A repeated string instruction that overwrites itself gives way the same however the run is cut,
 * also in a page that reaches below the code segment (real mode, base inside a page).
 */
import { expect, it } from 'vitest';
import { EAX, ECX, EDI, EIP } from '../../../guest-isa/state/layout.js';
import { RunBench } from './run-bench.js';

function overwrite(slice: number, base: number): number[] {
  const b = new RunBench();
  b.enterRealMode();
  const { s } = b.cpu;
  for (let seg = 0; seg < 6; seg++) b.cpu.setSegment(seg, base >> 4, base, 0xffff, 0x93);
  // 10h: rep stosb, with di at the prefix; then jmp $
  b.code(base + 0x10, [0xf3, 0xaa, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0xeb, 0xfe]);
  s[EIP] = 0x10;
  s[EDI] = 0x10;
  s[ECX] = 8;
  s[EAX] = 0x90;
  b.pass(50, slice);
  return [s[EIP], s[ECX], s[EDI]];
}

it.each([0x10000, 0x10800])('with a segment at %s', (base) => {
  expect(overwrite(50, base)).toEqual(overwrite(1, base));
});
