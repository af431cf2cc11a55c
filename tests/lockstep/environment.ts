/** In what surroundings a random program runs; everything that the generator may rely on. */
import type { Rng } from '../../base/rng.js';

export interface Environment {
  readonly paging: boolean;
  readonly user: boolean;
  readonly code16: boolean;
  readonly stack16: boolean;
  readonly data: 'flat' | 'based' | 'limited';
  /** CR0.WP. */
  readonly writeProtect: boolean;
  /** Interrupts enabled, with a timer of so many cycles; 0: none. */
  readonly interruptCycles: number;
  /** A bus master writes a word of data (or of code) so often; 0: never. */
  readonly dmaCycles: number;
  readonly dmaAddress: number;
  /** Offset of the program in its pages. */
  readonly start: number;
  /** The run is cut into slices of so many cycles. */
  readonly slice: number;
  readonly outerLoops: number;
}

export function randomEnvironment(rng: Rng): Environment {
  const paging = rng.chance(0.55);
  return {
    paging,
    user: rng.chance(paging ? 0.5 : 0.15),
    code16: rng.chance(0.1),
    stack16: rng.chance(0.1),
    data: rng.chance(0.7) ? 'flat' : rng.pick(['based', 'limited'] as const),
    writeProtect: rng.chance(0.5),
    interruptCycles: rng.chance(0.35) ? rng.pick([701, 1511, 4001, 9973]) : 0,
    dmaCycles: rng.chance(0.1) ? rng.pick([997, 5003]) : 0,
    dmaAddress: rng.chance(0.7) ? 0x8000 + 4 * rng.below(0x200) : 0x10000 + rng.below(0x2000),
    start: rng.chance(0.5) ? rng.below(0x40) : 0x2000 - rng.below(0x400),
    slice: rng.pick([1, 97, 1009, 1_000_000, 1_000_000]),
    outerLoops: 3 + rng.below(rng.chance(0.85) ? 8 : 40),
  };
}
