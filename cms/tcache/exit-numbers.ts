/**
 * Numbers in `exit n` and `assist n` atoms: one for each exit of each translation that is not dead,
 * so that a number tells the dispatcher at once who left. The first numbers are reserved for host
 * assembly. A number is used again only after its translation died, when no code holds it any more.
 */
import { EXIT_NUMBERS } from './exit-slots.js';
import type { TranslationExit } from './translation.js';

/** The look-up routine has found no translation for the guest address in r9. */
export const EXIT_INDIRECT_MISS = 0;
const FIRST_NUMBER = 16;

export class ExitNumbers<E extends TranslationExit> {
  private readonly exits: (E | undefined)[] = new Array(FIRST_NUMBER).fill(undefined);
  private readonly free: number[] = [];

  exit(number: number): E | undefined {
    return this.exits[number];
  }

  /** True if `count` more exits can have numbers. */
  room(count: number): boolean {
    return this.exits.length + count - this.free.length <= EXIT_NUMBERS;
  }

  /** All are free, and will be given out in the order of a new machine. */
  clear(): void {
    this.exits.length = FIRST_NUMBER;
    this.free.length = 0;
  }

  take(): number {
    const number = this.free.pop() ?? this.exits.length;
    this.exits[number] = undefined;
    return number;
  }

  assign(exit: E): void {
    this.exits[exit.number] = exit;
  }

  release(exit: E): void {
    this.exits[exit.number] = undefined;
    this.free.push(exit.number);
  }
}
