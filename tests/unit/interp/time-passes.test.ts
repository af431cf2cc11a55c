/**
 * A run ends at its cycle whatever the guest does: also where debug exceptions follow one another
 * without an instruction between them (a breakpoint on the first byte of the #DB handler in real
 * mode, whose entry does not set RF).
 */
import { expect, it } from 'vitest';
import { DB } from '../../../guest-isa/state/exceptions.js';
import { DR0, DR7, IDTR_BASE, IDTR_LIMIT } from '../../../guest-isa/state/layout.js';
import { RunBench } from './run-bench.js';

it('comes back from a breakpoint on its own handler', () => {
  const b = new RunBench();
  b.enterRealMode();
  const { cpu } = b;
  cpu.s[IDTR_BASE] = 0;
  cpu.s[IDTR_LIMIT] = 0x3ff;
  b.put16(DB * 4, 0x2000);
  b.put16(DB * 4 + 2, 0x0100);
  b.code(0x3000, [0x90, 0xcf]);
  b.code(0x1040, [0x90, 0xeb, 0xfd]);
  cpu.s[DR0] = 0x3000;
  cpu.s[DR7] = 0x401;
  b.put16(DB * 4, 0x2000);
  cpu.s[9] = 0x2000;
  // So that a run that never ends fails instead of hanging.
  let deliveries = 0;
  const read = cpu.systemRead.bind(cpu);
  cpu.systemRead = (linear, width) => {
    if (++deliveries > 100_000) throw new Error('no time passes');
    return read(linear, width);
  };
  b.loop.run(b.clock.now + 1000);
  expect(b.clock.now).toBeGreaterThan(0);
});
