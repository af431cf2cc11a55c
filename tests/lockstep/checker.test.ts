/**
 * The check of the lockstep checker itself: two interpreters on a boot of the embedded system agree,
 * to the end and in all of RAM; what is changed behind the machine's back is found where it happens.
 */
import { describe, expect, it } from 'vitest';
import { CPL, EBX, ESP, FPU_CW } from '../../guest-isa/state/layout.js';
import { LockstepDifference } from '../../sim/lockstep/lockstep-difference.js';
import { pupa } from '../system/support/run.js';
import { CheckedMachine } from './checked-machine.js';

const boot = (append: string): CheckedMachine =>
  new CheckedMachine({ 'simulation.engine': 'reference', ...pupa(append) });

/** Does something to the machine before the first instruction behind so many steps. */
function at(machine: CheckedMachine, steps: number, act: () => void): void {
  let done = false;
  machine.before = (now) => {
    if (done || now < steps) return;
    done = true;
    act();
  };
}

/** The difference that a run ends with. */
function differenceOf(run: () => void): LockstepDifference['facts'] {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof LockstepDifference) return thrown.facts;
    throw thrown;
  }
  throw new Error('no difference was found');
}

describe('lockstep checker', () => {
  it('finds nothing where both are interpreters', () => {
    const machine = boot('run=/etc/demo');
    machine.run(8_000_000);
    expect(machine.checker.steps).toBeGreaterThan(1_000_000);
    expect(machine.checker.comparisons).toBeGreaterThan(50_000);
    expect(machine.console).toContain('Pupa 1.0');
  });

  it('finds nothing where the machine runs translated code', () => {
    const machine = new CheckedMachine({
      ...pupa('run=/etc/demo'),
      'simulation.engine': 'stepper',
      'cms.gears.blockThreshold': 3,
      'cms.gears.superblockThreshold': 20,
      'cms.cost.blockPerInstruction': 10,
      'cms.cost.superblockPerInstruction': 100,
    });
    machine.run(6_000_000);
    expect(machine.checker.steps).toBeGreaterThan(500_000);
    expect(machine.translated).toBeGreaterThan(machine.checker.steps / 4);
  });

  it('finds a register that changes', () => {
    const machine = boot('run=/etc/demo');
    at(machine, 500_000, () => {
      machine.cpu.s[EBX] ^= 1;
    });
    const facts = differenceOf(() => machine.run(8_000_000));
    expect(facts.steps).toBeGreaterThan(500_000);
    expect(facts.steps).toBeLessThan(510_000);
    expect(facts.registers.length).toBeGreaterThan(0);
    expect(facts.instructions.length).toBeGreaterThan(0);
    expect(facts.rerun).toBe('run it again');
  });

  it('finds what lies outside the general registers', () => {
    const machine = boot('run=/etc/demo');
    at(machine, 300_000, () => {
      machine.cpu.s[FPU_CW] ^= 0x400;
    });
    const facts = differenceOf(() => machine.run(8_000_000));
    expect(facts.steps).toBeLessThan(301_000);
    expect(facts.registers.map((r) => r.name)).toEqual(['x87 control']);
  });

  it('finds a byte of memory when all of RAM is compared, or earlier', () => {
    const machine = boot('run=/etc/demo');
    at(machine, 200_000, () => {
      machine.bus.ram[0x700123] ^= 0x10;
    });
    const facts = differenceOf(() => machine.run(8_000_000));
    expect(facts.steps).toBeLessThan(1_001_000);
    expect(facts.memory.map((m) => m.name)).toContain('byte at physical 0x700123');
  });

  it('finds a stored value at the next report', () => {
    const machine = boot('run=/etc/demo');
    let changedAt = -1;
    machine.before = (steps) => {
      const { cpu } = machine;
      if (steps < 400_000 || changedAt >= 0 || cpu.s[CPL] !== 3) return;
      // A call or push of the program has just written the top of its stack.
      const physical = cpu.translate(cpu.s[ESP], false);
      cpu.view.setInt32(physical, cpu.view.getInt32(physical, true) ^ 0x100, true);
      changedAt = steps;
    };
    const facts = differenceOf(() => machine.run(8_000_000));
    expect(changedAt).toBeGreaterThan(0);
    expect(facts.steps).toBeLessThan(changedAt + 20_000);
  });
});
