/**
 * The return-target stack: `rspush` puts a guest return address and the host address of its landing,
 * `rspop` takes the top and jumps to the landing when the guest address is the expected one. A ring:
 * the newest entries survive. A rollback does not restore it; a wrong entry only fails to match.
 * ASSUMED: Crusoe is not known to have one; this follows "return stack in hardware" (MICRO 2003).
 */
import { type CoreArea, MAX_RETURN_STACK } from './core-area.js';

/** Words of `CoreArea.returnStack`: index of the next push, entries that hold something. */
export const RETURN_TOP = 2 * MAX_RETURN_STACK;
export const RETURN_DEPTH = RETURN_TOP + 1;

export class ReturnStack {
  private readonly words: Int32Array;

  constructor(
    area: CoreArea,
    readonly entries: number,
  ) {
    this.words = area.returnStack;
  }

  push(guestAddress: number, hostPc: number): void {
    const { words, entries } = this;
    if (entries === 0) return;
    const top = words[RETURN_TOP];
    words[top] = guestAddress;
    words[MAX_RETURN_STACK + top] = hostPc;
    words[RETURN_TOP] = top + 1 === entries ? 0 : top + 1;
    if (words[RETURN_DEPTH] < entries) words[RETURN_DEPTH]++;
  }

  /** Host address of the landing, or 0 where the top holds another guest address or nothing. */
  pop(guestAddress: number): number {
    const { words } = this;
    if (words[RETURN_DEPTH] === 0) return 0;
    words[RETURN_DEPTH]--;
    const top = words[RETURN_TOP] === 0 ? this.entries - 1 : words[RETURN_TOP] - 1;
    words[RETURN_TOP] = top;
    return words[top] === guestAddress ? words[MAX_RETURN_STACK + top] >>> 0 : 0;
  }

  clear(): void {
    this.words[RETURN_DEPTH] = 0;
  }
}
