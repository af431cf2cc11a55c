/**
 * A bounded table of counters by (eip, context id): sets of four ways in typed arrays, as a profile
 * in the memory of the code morphing software would be laid out (16 bytes an entry).
 *
 * A new key takes a free way of its set, else the one with the smallest count. After every 16 such
 * replacements the counts of the set are halved: what was hot long ago gives way in the end, what
 * is hot now grows faster than it ages. So a full table forgets cold code and never has to be flushed;
 * the same calls always give the same counts.
 * ASSUMED: size and ageing; nothing is published of Crusoe's profile.
 */
import { addressHash } from '../context.js';

const WAYS = 4;
const REPLACEMENTS_TO_AGE = 16;
export const COUNTER_BYTES = 16;

export class CounterTable {
  /** Number of calls, by slot. */
  readonly counts: Uint32Array;
  /** Of them, those that its user marks (a branch: taken); ages alike. */
  readonly marked: Uint32Array;
  private readonly eips: Int32Array;
  /** Context id + 1; 0: the way is free. */
  private readonly contexts: Int32Array;
  /** Replacements in each set since it aged. */
  private readonly replaced: Uint8Array;
  private readonly setMask: number;

  /** `entries`: a power of two, at least four. */
  constructor(readonly entries: number) {
    this.counts = new Uint32Array(entries);
    this.marked = new Uint32Array(entries);
    this.eips = new Int32Array(entries);
    this.contexts = new Int32Array(entries);
    this.replaced = new Uint8Array(entries / WAYS);
    this.setMask = entries / WAYS - 1;
  }

  /** Slot of a key, or -1. */
  find(eip: number, contextId: number): number {
    const first = this.firstWay(eip, contextId);
    for (let slot = first; slot < first + WAYS; slot++)
      if (this.eips[slot] === (eip | 0) && this.contexts[slot] === contextId + 1) return slot;
    return -1;
  }

  /** Slot of a key; where it is new, its count is 0 and another key may be gone. */
  slot(eip: number, contextId: number): number {
    const known = this.find(eip, contextId);
    if (known >= 0) return known;
    const slot = this.makeRoom(this.firstWay(eip, contextId));
    this.eips[slot] = eip;
    this.contexts[slot] = contextId + 1;
    this.counts[slot] = 0;
    this.marked[slot] = 0;
    return slot;
  }

  remove(eip: number, contextId: number): void {
    const slot = this.find(eip, contextId);
    if (slot >= 0) this.contexts[slot] = 0;
  }

  clear(): void {
    this.contexts.fill(0);
    this.replaced.fill(0);
  }

  private firstWay(eip: number, contextId: number): number {
    return (addressHash(eip, contextId) & this.setMask) * WAYS;
  }

  /** A free way of the set, or its least counted one. */
  private makeRoom(first: number): number {
    let victim = first;
    for (let slot = first; slot < first + WAYS; slot++) {
      if (this.contexts[slot] === 0) return slot;
      if (this.counts[slot] < this.counts[victim]) victim = slot;
    }
    const set = first / WAYS;
    if (++this.replaced[set] === REPLACEMENTS_TO_AGE) {
      this.replaced[set] = 0;
      this.age(first);
    }
    return victim;
  }

  private age(first: number): void {
    for (let slot = first; slot < first + WAYS; slot++) {
      this.counts[slot] >>>= 1;
      this.marked[slot] >>>= 1;
    }
  }
}
