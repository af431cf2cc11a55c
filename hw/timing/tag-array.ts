/**
 * Tags of a set-associative structure: the host's caches (by line number) and its TLB (by linear
 * page). Which lines are present is modelled exactly; their contents lie in the linear memory anyway.
 *
 * Replacement: fifo gives way in the order of coming (a counter per set, no update on a hit); lru by
 * a stamp per line. A line that was forgotten leaves a hole: lru fills it first, fifo when its turn
 * comes. `recent` holds lines that are present, so that most look-ups need one compare; it decides
 * nothing.
 */
import { ConfigError, SimulatorBug } from '../../base/errors.js';

export interface TagGeometry {
  readonly sets: number;
  readonly ways: number;
  readonly replacement: 'lru' | 'fifo';
}

const EMPTY = -1;
/** Places for recent lines: that of a line is its number modulo this power of two. */
export const RECENT = 4096;
export const STAMP_LIMIT = 0x7fff_ffff;

/** Sets of a structure with so many entries; `key` names it in the configuration. */
export function geometry(
  key: string,
  entries: number,
  ways: number,
  replacement: 'lru' | 'fifo',
): TagGeometry {
  const sets = entries / ways;
  if (!Number.isInteger(sets) || sets < 1) {
    throw new ConfigError(`${key}: ${entries} entries cannot be divided into sets of ${ways} ways`);
  }
  return { sets, ways, replacement };
}

/** Words in front of the tags: clock, misses (two words, as one of 64 bits). */
const HEAD_WORDS = 3;

/** Words that a tag array takes: head, tags, recency (a stamp per line, or a turn per set), recent lines. */
export function tagWords({ sets, ways, replacement }: TagGeometry): number {
  return HEAD_WORDS + sets * ways + (replacement === 'lru' ? sets * ways : sets) + RECENT;
}

export class TagArray {
  readonly isLru: boolean;
  readonly clock: Int32Array;
  /** How many accesses found nothing: lower and upper half. */
  readonly missCount: Uint32Array;
  readonly tags: Int32Array;
  /** lru: stamp of the last use of each line, 0 for holes; fifo: next way to give up, by set. */
  readonly recency: Int32Array;
  readonly recent: Int32Array;
  readonly sets: number;
  readonly ways: number;
  /** sets - 1 where that is a mask, else -1. */
  private readonly setMask: number;

  constructor(geometry: TagGeometry, words: Int32Array) {
    const { sets, ways, replacement } = geometry;
    if (words.length !== tagWords(geometry)) throw new SimulatorBug('a tag array of another size');
    this.sets = sets;
    this.ways = ways;
    this.isLru = replacement === 'lru';
    this.setMask = (sets & (sets - 1)) === 0 ? sets - 1 : -1;
    this.clock = words.subarray(0, 1);
    this.missCount = new Uint32Array(words.buffer, words.byteOffset + 4, 2);
    const tagsEnd = HEAD_WORDS + sets * ways;
    this.tags = words.subarray(HEAD_WORDS, tagsEnd);
    this.recency = words.subarray(tagsEnd, words.length - RECENT);
    this.recent = words.subarray(words.length - RECENT);
    this.clear();
    this.misses = 0;
  }

  get misses(): number {
    return this.missCount[0] + this.missCount[1] * 2 ** 32;
  }

  set misses(count: number) {
    this.missCount[0] = count % 2 ** 32;
    this.missCount[1] = Math.floor(count / 2 ** 32);
  }

  /** One access: true when the line is present; else it is taken in, at the expense of another. */
  touch(line: number): boolean {
    return (!this.isLru && this.recent[line & (RECENT - 1)] === line) || this.search(line);
  }

  has(line: number): boolean {
    return this.find(line) >= 0;
  }

  forget(line: number): void {
    const slot = this.find(line);
    if (slot < 0) return;
    this.drop(slot);
    if (this.isLru) this.recency[slot] = 0;
  }

  clear(): void {
    this.tags.fill(EMPTY);
    this.recency.fill(0);
    this.recent.fill(EMPTY);
    this.clock[0] = 0;
  }

  private search(line: number): boolean {
    let slot = this.find(line);
    const hit = slot >= 0;
    if (!hit) {
      slot = this.victim(this.setOf(line));
      this.drop(slot);
      this.tags[slot] = line;
      this.missCount[0]++;
      // What `++` yields does not wrap.
      if (this.missCount[0] === 0) this.missCount[1]++;
    }
    this.recent[line & (RECENT - 1)] = line;
    if (this.isLru) this.stamp(slot);
    return hit;
  }

  /** The line in a slot is gone. */
  private drop(slot: number): void {
    const place = this.tags[slot] & (RECENT - 1);
    if (this.recent[place] === this.tags[slot]) this.recent[place] = EMPTY;
    this.tags[slot] = EMPTY;
  }

  private setOf(line: number): number {
    return this.setMask >= 0 ? line & this.setMask : line % this.sets;
  }

  private find(line: number): number {
    const first = this.setOf(line) * this.ways;
    const { tags } = this;
    for (let slot = first; slot < first + this.ways; slot++) if (tags[slot] === line) return slot;
    return -1;
  }

  private victim(set: number): number {
    const { recency, ways } = this;
    const first = set * ways;
    if (!this.isLru) {
      const way = recency[set];
      recency[set] = way + 1 === ways ? 0 : way + 1;
      return first + way;
    }
    let oldest = first;
    for (let slot = first + 1; slot < first + ways; slot++)
      if (recency[slot] < recency[oldest]) oldest = slot;
    return oldest;
  }

  private stamp(slot: number): void {
    if (this.clock[0] === STAMP_LIMIT) this.renumber();
    this.recency[slot] = ++this.clock[0];
  }

  /** The stamps ran out: keeps their order inside each set, in small numbers. */
  renumber(): void {
    const { recency, ways } = this;
    for (let first = 0; first < recency.length; first += ways) {
      const set = recency.subarray(first, first + ways);
      const order = [...set].sort((a, b) => a - b);
      for (let way = 0; way < ways; way++)
        if (set[way] !== 0) set[way] = order.indexOf(set[way]) + 1;
    }
    this.clock[0] = ways;
  }
}
