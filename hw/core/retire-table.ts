/**
 * What each molecule with the commit bit completes, by its place: metadata of the simulator, not of the
 * machine. Steps are the interpreter's (an instruction, or a further iteration of a repeated one).
 */
import { SimulatorBug } from '../../base/errors.js';
import type { LinearMemory } from '../memory/layout.js';

const FIELD_BITS = 16;
const FIELD_MASK = (1 << FIELD_BITS) - 1;

export class RetireTable {
  steps = 0;
  instructions = 0;
  private readonly packed: Int32Array;
  private readonly first: number;

  constructor(memory: LinearMemory) {
    this.first = memory.cmsOffset;
    this.packed = new Int32Array(memory.cmsBytes >>> 3);
  }

  set(hostPc: number, steps: number, instructions: number): void {
    const index = (hostPc - this.first) >>> 3;
    if (index >= this.packed.length) throw new SimulatorBug(`no host code lies at ${hostPc}`);
    if (steps > FIELD_MASK || instructions > FIELD_MASK)
      throw new SimulatorBug(`a commit of ${steps} steps`);
    this.packed[index] = steps | (instructions << FIELD_BITS);
  }

  /** Steps in the lower half, instructions in the upper one. */
  at(hostPc: number): number {
    return this.packed[(hostPc - this.first) >>> 3];
  }

  count(hostPc: number): void {
    const packed = this.at(hostPc);
    this.steps += packed & FIELD_MASK;
    this.instructions += packed >>> FIELD_BITS;
  }
}

export const stepsOf = (packed: number): number => packed & FIELD_MASK;
export const instructionsOf = (packed: number): number => packed >>> FIELD_BITS;
