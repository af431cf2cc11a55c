/**
 * Alias registers (CMS paper; numbers: 8): a protected load records the guest physical bytes it read;
 * a store names in a mask the registers that it must not overlap. A load that crosses a page has two
 * ranges. Commit and rollback empty all of them.
 */
import { ALIAS_WORDS, type CoreArea, MAX_ALIAS_REGISTERS } from './core-area.js';

/** Word of `CoreArea.alias`: a register is in use. */
export const ALIAS_USED = ALIAS_WORDS * MAX_ALIAS_REGISTERS;

export class AliasRegisters {
  /** First and one past the last byte of both ranges; an empty range is 0, 0. */
  private readonly words: Int32Array;

  constructor(area: CoreArea) {
    this.words = area.alias;
  }

  record(register: number, physical: number, bytes: number): void {
    const { words } = this;
    const at = register * ALIAS_WORDS;
    this.words[ALIAS_USED] = 1;
    words[at] = physical;
    words[at + 1] = physical + bytes;
    words[at + 2] = 0;
    words[at + 3] = 0;
  }

  /** The second range of a load that was just recorded. */
  recordSecond(register: number, physical: number, bytes: number): void {
    this.words[register * ALIAS_WORDS + 2] = physical;
    this.words[register * ALIAS_WORDS + 3] = physical + bytes;
  }

  /** The lowest register of the mask that a store overlaps, or -1. */
  overlapping(mask: number, physical: number, bytes: number): number {
    const { words } = this;
    const end = physical + bytes;
    for (let register = 0, left = mask; left !== 0; register++, left >>>= 1) {
      if ((left & 1) === 0) continue;
      const at = register * ALIAS_WORDS;
      if (physical < words[at + 1] && words[at] < end) return register;
      if (physical < words[at + 3] && words[at + 2] < end) return register;
    }
    return -1;
  }

  /** Words of some registers were written by compiled code. */
  written(): void {
    this.words[ALIAS_USED] = 1;
  }

  get isEmpty(): boolean {
    return this.words[ALIAS_USED] === 0;
  }

  clear(): void {
    if (this.words[ALIAS_USED] !== 0) this.words.fill(0);
  }
}
