/**
 * Translations that sleep: unreachable, without T-bits, their code still in the tcache. Two kinds,
 * kept by (eip, context):
 *
 *   pending   something near or on their bytes was written; they compare their bytes before they are
 *             entered again (self-revalidation)
 *   variant   their bytes were found changed; they stay in the address's group in case the code flips
 *             back (translation groups), at most `groupSize` of them, the oldest goes first
 */
import type { Translation } from '../tcache/translation.js';
import { addressKey } from './policy-ledger.js';

export interface Sleeper<T extends Translation> {
  readonly translation: T;
  readonly pending: boolean;
}

export class SleepingTranslations<T extends Translation> {
  private readonly byAddress = new Map<number, Sleeper<T>[]>();
  private sleeping = 0;

  constructor(readonly groupSize: number) {}

  get count(): number {
    return this.sleeping;
  }

  /** Those of an address, oldest first. */
  at(eip: number, contextId: number): readonly Sleeper<T>[] {
    if (this.sleeping === 0) return NOBODY;
    return this.byAddress.get(addressKey(eip, contextId)) ?? NOBODY;
  }

  add(translation: T, pending: boolean): void {
    const key = keyOf(translation);
    const others = this.byAddress.get(key);
    const sleeper = { translation, pending };
    if (others === undefined) this.byAddress.set(key, [sleeper]);
    else others.push(sleeper);
    this.sleeping++;
  }

  remove(translation: T): boolean {
    const key = keyOf(translation);
    const others = this.byAddress.get(key);
    if (others === undefined) return false;
    const left = others.filter((sleeper) => sleeper.translation !== translation);
    if (left.length === others.length) return false;
    if (left.length === 0) this.byAddress.delete(key);
    else this.byAddress.set(key, left);
    this.sleeping--;
    return true;
  }

  /** The oldest variant of an address whose group is too large. */
  surplus(eip: number, contextId: number): T | undefined {
    const variants = this.at(eip, contextId).filter((sleeper) => !sleeper.pending);
    return variants.length > this.groupSize ? variants[0].translation : undefined;
  }
}

const NOBODY: readonly never[] = [];

function keyOf(translation: Translation): number {
  return addressKey(translation.entryEip, translation.context.id);
}
