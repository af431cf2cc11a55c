/** A guest with so much memory that the host's code lies beyond 2 GB: nothing in it takes addresses for signed numbers. */
import { describe, expect, it } from 'vitest';
import { pupa, TestRun, type Values } from './support/run.js';

const POWER_OFF = { kind: 'powerOff', status: 0, why: 'ACPI soft off' };
const script = 'script="strings 1; jit 1; echo over"';

function end(values: Values) {
  const run = new TestRun({ ...pupa(script), 'machine.memoryMB': 2048, ...values });
  expect(run.run({ sliceInstructions: 1_000_000 })).toEqual(POWER_OFF);
  const { instructions, cycles } = run.machine;
  return { text: run.text, instructions, cycles };
}

describe('a machine with 2 GB', () => {
  it('does the same on both engines', () => {
    const stepped = end({ 'simulation.engine': 'stepper' });
    expect(stepped.text).toContain('over');
    expect(end({ 'simulation.engine': 'wasm' })).toEqual(stepped);
  });
});
