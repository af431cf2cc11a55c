/** Which lines a set-associative structure gives up. */
import { describe, expect, it } from 'vitest';
import { geometry, TagArray, tagWords } from '../../hw/timing/tag-array.js';

function tags(sets: number, ways: number, replacement: 'lru' | 'fifo'): TagArray {
  const shape = geometry('test', sets * ways, ways, replacement);
  return new TagArray(shape, new Int32Array(tagWords(shape)));
}

/** The lines of 0 to 99 that are present. */
const present = (t: TagArray): number[] => [...Array(100).keys()].filter((line) => t.has(line));

describe('fifo', () => {
  it('gives up the oldest, used or not', () => {
    const t = tags(1, 3, 'fifo');
    expect([1, 2, 3, 1, 1, 4].map((line) => t.touch(line))).toEqual([
      false,
      false,
      false,
      true,
      true,
      false,
    ]);
    expect(present(t)).toEqual([2, 3, 4]);
    expect(t.misses).toBe(4);
  });

  it('leaves a hole until its turn comes', () => {
    const t = tags(1, 2, 'fifo');
    for (const line of [1, 2]) t.touch(line);
    t.forget(2);
    t.touch(3);
    expect(present(t)).toEqual([3]);
    t.touch(4);
    expect(present(t)).toEqual([3, 4]);
  });
});

describe('lru', () => {
  it('gives up the least recently used', () => {
    const t = tags(1, 3, 'lru');
    for (const line of [1, 2, 3, 1, 4]) t.touch(line);
    expect(present(t)).toEqual([1, 3, 4]);
    for (const line of [1, 5]) t.touch(line);
    expect(present(t)).toEqual([1, 4, 5]);
  });

  it('fills holes first', () => {
    const t = tags(1, 3, 'lru');
    for (const line of [1, 2, 3]) t.touch(line);
    t.forget(3);
    t.touch(4);
    expect(present(t)).toEqual([1, 2, 4]);
  });

  it('keeps its order when the stamps run out', () => {
    const shape = geometry('test', 8, 4, 'lru');
    const words = new Int32Array(tagWords(shape));
    const t = new TagArray(shape, words);
    for (const line of [2, 4, 6, 8, 1, 3, 4, 2]) t.touch(line);
    words[0] = 0x7fff_ffff;
    t.touch(10);
    t.touch(12);
    expect(present(t)).toEqual([1, 2, 3, 4, 10, 12]);
    expect(words[0]).toBeLessThan(10);
  });
});

describe('sets', () => {
  it('are chosen by the low bits of the line', () => {
    const t = tags(4, 1, 'fifo');
    for (const line of [0, 1, 2, 3, 5]) t.touch(line);
    expect(present(t)).toEqual([0, 2, 3, 5]);
  });

  it('may be any number', () => {
    const t = tags(3, 1, 'lru');
    for (const line of [0, 1, 2, 3]) t.touch(line);
    expect(present(t)).toEqual([1, 2, 3]);
  });

  it('are whole', () => {
    expect(() => geometry('host.l2', 100, 8, 'lru')).toThrow(/host\.l2.*100 entries/);
  });
});

describe('misses', () => {
  it('are counted beyond 32 bits', () => {
    const t = tags(1, 1, 'fifo');
    t.misses = 2 ** 32 - 1;
    for (const line of [1, 2, 3]) t.touch(line);
    expect(t.misses).toBe(2 ** 32 + 2);
  });
});
