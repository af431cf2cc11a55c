/**
 * Live translations by (eip, context, physical address of the first byte): a remapped page misses,
 * and the translations of several address spaces stand side by side. A hash table with chains through
 * the translations themselves, since the dispatcher asks at each of its rounds.
 */
import { addressHash, type Context } from '../context.js';
import type { Translation } from './translation.js';

const BUCKETS = 1 << 14;

/** What the table needs of a translation. */
export interface Listed extends Translation {
  nextInBucket: Listed | undefined;
}

export class TranslationTable<T extends Listed> {
  private readonly buckets: (Listed | undefined)[] = new Array(BUCKETS).fill(undefined);

  find(eip: number, context: Context, physical: number): T | undefined {
    for (let t = this.buckets[bucketOf(eip, context.id)]; t !== undefined; t = t.nextInBucket) {
      if (t.entryEip === eip >>> 0 && t.context === context && t.physical === physical >>> 0)
        return t as T;
    }
    return undefined;
  }

  add(translation: T): void {
    const bucket = bucketOf(translation.entryEip, translation.context.id);
    translation.nextInBucket = this.buckets[bucket];
    this.buckets[bucket] = translation;
  }

  remove(translation: T): void {
    const bucket = bucketOf(translation.entryEip, translation.context.id);
    let before: Listed | undefined;
    for (let t = this.buckets[bucket]; t !== undefined; before = t, t = t.nextInBucket) {
      if (t !== translation) continue;
      if (before === undefined) this.buckets[bucket] = t.nextInBucket;
      else before.nextInBucket = t.nextInBucket;
      translation.nextInBucket = undefined;
      return;
    }
  }
}

function bucketOf(eip: number, contextId: number): number {
  return addressHash(eip, contextId) & (BUCKETS - 1);
}
