/**
 * Where the guest's registers are while a region is lifted: as they were at the start (or behind
 * the last barrier), or in a value. Also what is known of the direction flag.
 */
import { DF } from '../../guest-isa/state/flags.js';
import { FLAGS_SYSTEM } from '../../guest-isa/state/layout.js';
import { SNAPSHOT_SIZE, type ValueId } from '../ir/ir.js';
import type { IrBuilder, IrCondition } from '../ir/ir-builder.js';

export type Direction = 'up' | 'down' | 'unknown';

export class GuestRegisters {
  /** `reg` operations made so far, by register; -1: none. */
  private initial = noValues();
  /** Value of each register that was written; -1: as at the start. */
  private written = noValues();
  direction: Direction = 'unknown';

  constructor(private readonly b: IrBuilder) {}

  read(register: number): ValueId {
    if (this.written[register] >= 0) return this.written[register];
    if (this.initial[register] < 0) this.initial[register] = this.b.register(register);
    return this.initial[register];
  }

  write(register: number, value: ValueId): void {
    if (register === FLAGS_SYSTEM) this.direction = 'unknown';
    // What a register held from the start is no news (nop, xchg twice).
    this.written[register] = value === this.initial[register] ? -1 : value;
  }

  /** Sets DF to a known value. */
  setDirection(direction: 'up' | 'down'): void {
    const old = this.read(FLAGS_SYSTEM);
    this.write(FLAGS_SYSTEM, this.b.binaryConst(direction === 'up' ? 'andn' : 'or', old, DF));
    this.direction = direction;
  }

  /** What an exit's snapshot holds here. */
  snapshot(): Int32Array {
    return this.written.slice();
  }

  /** The interpreter steps in: everything is in the state block again. */
  barrier(): void {
    this.initial = noValues();
    this.written = noValues();
    this.direction = 'unknown';
  }

  /** A copy that `restore` and `merge` take. */
  fork(): Int32Array {
    return this.snapshot();
  }

  restore(fork: Int32Array): void {
    this.written = fork.slice();
  }

  /** Joins the registers as they are now (where the condition does not hold) with those of `then` (where it does). */
  merge(condition: IrCondition, then: Int32Array): void {
    const otherwise = this.written.slice();
    for (let register = 0; register < SNAPSHOT_SIZE; register++) {
      if (then[register] === otherwise[register]) continue;
      this.written = then;
      const whenTrue = this.read(register);
      this.written = otherwise;
      const whenFalse = this.read(register);
      otherwise[register] = this.b.select(condition, whenTrue, whenFalse);
    }
    this.written = otherwise;
  }
}

const noValues = (): Int32Array => new Int32Array(SNAPSHOT_SIZE).fill(-1);
