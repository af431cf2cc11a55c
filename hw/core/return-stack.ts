/**
 * The return-target stack: `rspush` puts a guest return address and the host address of its landing,
 * `rspop` takes the top and jumps to the landing when the guest address is the expected one. A ring:
 * the newest entries survive. A rollback does not restore it; a wrong entry only fails to match.
 * ASSUMED: Crusoe is not known to have one; this follows "return stack in hardware" (MICRO 2003).
 */
import { type CoreArea, MAX_RETURN_STACK } from './core-area.js';

export class ReturnStack {
  private readonly guest: Int32Array;
  private readonly host: Int32Array;
  /** Index of the next push; entries that hold something. */
  private top = 0;
  private depth = 0;

  constructor(
    area: CoreArea,
    private readonly entries: number,
  ) {
    this.guest = area.returnStack.subarray(0, MAX_RETURN_STACK);
    this.host = area.returnStack.subarray(MAX_RETURN_STACK);
  }

  push(guestAddress: number, hostPc: number): void {
    if (this.entries === 0) return;
    this.guest[this.top] = guestAddress;
    this.host[this.top] = hostPc;
    this.top = this.top + 1 === this.entries ? 0 : this.top + 1;
    if (this.depth < this.entries) this.depth++;
  }

  /** Host address of the landing, or 0 where the top holds another guest address or nothing. */
  pop(guestAddress: number): number {
    if (this.depth === 0) return 0;
    this.depth--;
    this.top = this.top === 0 ? this.entries - 1 : this.top - 1;
    return this.guest[this.top] === guestAddress ? this.host[this.top] >>> 0 : 0;
  }

  clear(): void {
    this.depth = 0;
  }
}
