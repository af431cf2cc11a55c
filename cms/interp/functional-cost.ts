/**
 * The interpreter gear in the functional model: a cycle for each step, whatever it does, as in the golden
 * interpreter (guest-isa/interp/step-loop.ts). One that cannot be fetched is a step there, too.
 */
import type { HostCore } from '../../hw/core/host-core.js';
import { CPI } from '../../hw/timing/cpi.js';
import type { StepCost } from '../runtime/parts.js';

export class FunctionalCost implements StepCost {
  readonly cyclesPerIteration = 1;
  readonly unfetchedCycles = 1;

  constructor(private readonly core: HostCore) {}

  step(): void {
    this.core.charge(CPI.interpret, 1, 1);
  }
}
