/**
 * Records by number that are made when they are first wanted, one behind the other. When there is no room
 * left all of them go.
 */
import type { LinearMemory } from '../../../memory/layout.js';

const WORD_BYTES = 4;

export class LazyRecords {
  /** By number: host address of the record; 0: none. */
  readonly table: Uint32Array;
  private readonly first: number;
  private readonly end: number;
  private next: number;

  /** `numbers`: of these only lower ones have records. `bytes`: for all of them. */
  constructor(
    private readonly memory: LinearMemory,
    offset: number,
    numbers: number,
    bytes: number,
  ) {
    this.table = new Uint32Array(memory.memory.buffer, offset, numbers);
    this.first = this.next = offset + WORD_BYTES * numbers;
    this.end = this.first + bytes;
  }

  has(number: number): boolean {
    return this.table[number] > 0;
  }

  /** A word of a record that is there. */
  word(number: number, offset: number): number {
    return this.memory.view.getInt32(this.table[number] + offset, true);
  }

  make(number: number, words: readonly number[]): void {
    if (number >= this.table.length) return;
    const bytes = WORD_BYTES * words.length;
    if (this.next + bytes > this.end) {
      this.table.fill(0);
      this.next = this.first;
    }
    if (this.next + bytes > this.end) return;
    this.memory.words(this.next, words.length).set(words);
    this.table[number] = this.next;
    this.next += bytes;
  }

  forget(number: number): void {
    if (number < this.table.length) this.table[number] = 0;
  }

  static bytes(numbers: number, bytes: number): number {
    return WORD_BYTES * numbers + bytes;
  }
}
