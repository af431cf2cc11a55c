/** Records by number that are made when they are first wanted. */
import { describe, expect, it } from 'vitest';
import { Rng } from '../../../base/rng.js';
import { LazyRecords } from '../../../hw/exec/wasm/cold/lazy-records.js';
import { LinearMemory } from '../../../hw/memory/layout.js';

const NUMBERS = 16;
const BYTES = 256;

function make() {
  const memory = new LinearMemory(0, 0, 2 * LazyRecords.bytes(NUMBERS, BYTES));
  const records = new LazyRecords(memory, memory.tablesOffset, NUMBERS, BYTES);
  /** The words of a record; undefined: none. */
  const read = (number: number, count: number): number[] | undefined =>
    records.has(number) ? [...memory.words(records.table[number], count)] : undefined;
  return { memory, records, read };
}

describe('lazy records', () => {
  it('are there once they are made, until they are forgotten', () => {
    const { records, read } = make();
    expect(records.has(3)).toBe(false);
    records.make(3, [1, -2, 3]);
    records.make(5, [4]);
    expect(read(3, 3)).toEqual([1, -2, 3]);
    expect(read(5, 1)).toEqual([4]);
    records.forget(3);
    expect([records.has(3), records.has(5)]).toEqual([false, true]);
    records.make(3, [7]);
    expect(read(3, 1)).toEqual([7]);
  });

  it('have low numbers only', () => {
    const { records, memory } = make();
    const behind = memory.words(memory.tablesOffset, NUMBERS + 4).subarray(NUMBERS);
    for (const number of [NUMBERS, NUMBERS + 1]) {
      records.make(number, [9]);
      records.forget(number);
      expect(records.has(number)).toBe(false);
    }
    expect([...behind]).toEqual([0, 0, 0, 0]);
  });

  it('all go when there is no room for one more', () => {
    const { records, read } = make();
    const words = Array.from({ length: BYTES / 8 }, (_, i) => i);
    records.make(0, words);
    records.make(1, words);
    expect([0, 1].map((n) => records.has(n))).toEqual([true, true]);
    records.make(2, [5]);
    expect([0, 1, 2].map((n) => records.has(n))).toEqual([false, false, true]);
    expect(read(2, 1)).toEqual([5]);
  });

  it('that are longer than all of their room are not made', () => {
    const { records } = make();
    records.make(
      1,
      Array.from({ length: BYTES / 4 + 1 }, () => 1),
    );
    expect(records.has(1)).toBe(false);
    records.make(
      1,
      Array.from({ length: BYTES / 4 }, () => 1),
    );
    expect(records.has(1)).toBe(true);
  });

  it('hold what they were made of, and write nowhere else', () => {
    const { records, read, memory } = make();
    const rng = new Rng(1);
    const end = LazyRecords.bytes(NUMBERS, BYTES);
    const wanted = new Map<number, number[]>();
    for (let n = 0; n < 3000; n++) {
      const number = rng.below(NUMBERS);
      if (rng.chance(0.3)) {
        records.forget(number);
        wanted.delete(number);
      } else if (!records.has(number)) {
        const words = Array.from({ length: 1 + rng.below(9) }, () => rng.u32() | 0);
        records.make(number, words);
        wanted.set(number, words);
      }
      for (const [known, words] of wanted)
        if (records.has(known)) expect(read(known, words.length)).toEqual(words);
        else wanted.delete(known);
      expect(records.has(number)).toBe(wanted.has(number));
    }
    const behind = memory.bytes.subarray(memory.tablesOffset + end, memory.tablesOffset + 2 * end);
    expect(behind.every((byte) => byte === 0)).toBe(true);
  });
});
