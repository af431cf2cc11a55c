/**
 * Repeated string instructions in the interpreter gear: each access comes as long after the instruction began
 * as the iterations before it take, wherever the run is cut into slices.
 */
import { describe, expect, it } from 'vitest';
import { InterpreterGear } from '../../../cms/runtime/interpreter-gear.js';
import { Statistics } from '../../../cms/runtime/statistics.js';
import { ECX, EDI, EIP, ESI, REMAINING, REPEAT_EXTRA_LO } from '../../../guest-isa/state/layout.js';
import type { HostCore } from '../../../hw/core/host-core.js';
import { makeBoard } from '../../board.js';

const CODE = 0x1000;
const FROM = 0x2000;
const TO = 0x3000;
const STEP_CYCLES = 40;
const ITERATION_CYCLES = 7;
const COUNT = 10;

function setUp() {
  const { cpu, memory, fetch } = makeBoard();
  const { s } = cpu;
  const seen = { now: 0, accesses: [] as number[] };
  const charge = (_slot: number, cycles: number): void => {
    seen.now += cycles;
    s[REMAINING] -= cycles;
  };
  const core = {
    timing: 'full',
    charge,
    guestAccess: () => {
      seen.accesses.push(seen.now);
      return 0;
    },
  };
  const cost = {
    cyclesPerIteration: ITERATION_CYCLES,
    unfetchedCycles: 0,
    step: () => charge(0, STEP_CYCLES),
  };
  const gear = new InterpreterGear({
    cpu,
    fetch,
    core: core as unknown as HostCore,
    costs: { full: cost, functional: cost },
    ramOffset: 0,
    deliver: () => {},
    statistics: new Statistics(),
    deliveryCycles: 0,
    repeatIterations: Number.POSITIVE_INFINITY,
  });
  memory.ram.set([0xf3, 0xa4], CODE);
  return { gear, s, seen };
}

/** When the accesses of `rep movsb` come; slices have so many cycles. */
function accessTimes(sliceCycles: number): number[] {
  const { gear, s, seen } = setUp();
  [s[EIP], s[ECX], s[ESI], s[EDI]] = [CODE, COUNT, FROM, TO];
  while (s[ECX] !== 0) {
    s[REMAINING] = sliceCycles;
    while (s[REMAINING] > 0 && s[ECX] !== 0) gear.step();
  }
  expect(seen.now).toBe(STEP_CYCLES + (COUNT - 1) * ITERATION_CYCLES);
  return seen.accesses;
}

describe('a repeated move', () => {
  it('accesses memory in the cycles in which its iterations begin', () => {
    const expected = Array.from({ length: COUNT }, (_, i) => STEP_CYCLES + i * ITERATION_CYCLES);
    expect(accessTimes(1_000_000)).toEqual(expected.flatMap((time) => [time, time]));
  });

  it.each([1, 30, 45, 60, 61])('does so in slices of %i cycles', (sliceCycles) => {
    expect(accessTimes(sliceCycles)).toEqual(accessTimes(1_000_000));
  });

  it('does not pay for iterations of translated code when something is delivered behind it', () => {
    const { gear, s, seen } = setUp();
    s[REPEAT_EXTRA_LO] += 100;
    gear.accessed(FROM, FROM, false);
    expect(seen).toEqual({ now: 0, accesses: [0] });
  });
});
