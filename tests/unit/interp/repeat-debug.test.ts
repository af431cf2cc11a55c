/**
 * RF covers the whole of a repeated string instruction: the breakpoint on it is reported once
 * (SDM vol. 3, 17.3.1.1).
 */
import { expect, it } from 'vitest';
import { DB } from '../../../guest-isa/state/exceptions.js';
import { DR0, DR7, ECX, EDI, ESP } from '../../../guest-isa/state/layout.js';
import { AT, RunBench } from './run-bench.js';

it('reports an instruction breakpoint on rep stos once, if its handler returns with RF set', () => {
  const b = new RunBench();
  const { s } = b.cpu;
  b.code(AT.code, [0xf3, 0xaa, 0xeb, 0xfe]); // rep stosb; jmp $
  // inc dword [0x30000]; or dword [esp+8], RF; iret
  b.handler(DB, 0x11000, [0xff, 0x05, 0, 0, 3, 0, 0x81, 0x4c, 0x24, 0x08, 0, 0, 1, 0, 0xcf]);
  s[ESP] = AT.stack0;
  s[ECX] = 5;
  s[EDI] = 0x20000;
  s[DR0] = AT.code;
  s[DR7] = 0x401;
  b.pass(100);
  expect(s[ECX]).toBe(0);
  expect(b.get32(0x30000)).toBe(1);
});
