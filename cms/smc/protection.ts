/**
 * Keeps translations and the bytes that they were made from together: T-bits over the bytes, what
 * happens when a store hits them, when the interpreter or a bus master writes there, and when a
 * translation checks itself in vain. Mechanisms from cheap to dear: smc-ladder.ts.
 *
 *   revalidation on    a fault puts everything under the written granules to sleep, so that further
 *                      stores there are free; whoever is entered again compares its bytes first
 *   revalidation off   translations of the very bytes go (or into their group); the others keep their
 *                      T-bits, and the store is left to the interpreter
 *   self-checking      such translations have no T-bits; what the software sees (interpreter, bus masters)
 *                      still finds them, since they do not look again in the middle of a run
 *
 * The interpreter and bus masters know exactly what they write, so they disturb only translations of those
 * very bytes. Addresses are guest physical.
 */
import type { CmsOptions } from '../options.js';
import type { Death } from '../tcache/tcache-counters.js';
import type { Translation } from '../tcache/translation.js';
import { SleepingTranslations } from './groups.js';
import type { PolicyLedger } from './policy-ledger.js';
import { zeroCounts } from './smc-counters.js';
import { SmcLadder } from './smc-ladder.js';
import { insideFields, loadedFields } from './stylized.js';
import { TBits } from './t-bits.js';

const PAGE_BYTES = 4096;

export type Writer = 'translation' | 'interpreter' | 'dma';

/** What protection asks of the tcache. */
export interface TranslationStore<T extends Translation> {
  kill(translation: T, why: Death): void;
  sleep(translation: T): void;
  wake(translation: T): void;
  readonly deathListeners: ((translation: T, why: Death) => void)[];
}

export interface ProtectionParts<T extends Translation> {
  readonly options: CmsOptions['selfModifying'];
  /** Bytes that a T-bit of the host covers. */
  readonly granuleBytes: number;
  /** Guest RAM; index = guest physical address. */
  readonly ram: Uint8Array;
  readonly tcache: TranslationStore<T>;
  readonly ledger: PolicyLedger;
  /** Cycles since power-on. */
  readonly now: () => number;
  /** A page frame comes to hold translated bytes: stores there must be looked at from now on. */
  readonly onFrameHeld?: (frame: number) => void;
}

export class CodeProtection<T extends Translation = Translation> {
  readonly counts = zeroCounts();
  private readonly ladder: SmcLadder;
  private readonly tBits: TBits<T>;
  /** Bytes of translations that check themselves. */
  private readonly checked: TBits<T>;
  private readonly sleepers: SleepingTranslations<T>;
  private readonly usesPages: boolean;

  constructor(private readonly parts: ProtectionParts<T>) {
    const { options, ram, ledger, now, tcache } = parts;
    const granuleBytes = options.protection === 'page' ? PAGE_BYTES : parts.granuleBytes;
    this.usesPages = granuleBytes === PAGE_BYTES;
    this.tBits = new TBits(ram.length / PAGE_BYTES, granuleBytes);
    this.checked = new TBits(ram.length / PAGE_BYTES, granuleBytes);
    this.sleepers = new SleepingTranslations(options.groupSize);
    this.ladder = new SmcLadder(options, ledger, ram, now);
    tcache.deathListeners.push((translation) => this.forget(translation));
  }

  /** A translation was installed. */
  protect(translation: T): void {
    const { policy } = translation.region;
    if (policy.selfCheck) this.counts.selfCheckTranslations++;
    if (policy.stylizedAt.size > 0) this.counts.stylizedTranslations++;
    this.ladder.made(translation);
    this.guard(translation);
  }

  /** A store of translated code inside one page hits a T-bit. */
  storeHits(physical: number, sizeBytes: number): boolean {
    return this.tBits.hits(physical, sizeBytes);
  }

  /** The page frame holds bytes of translations that may be entered: writes there must be reported. */
  holds(frame: number): boolean {
    return this.tBits.holds(frame) || this.checked.holds(frame);
  }

  /**
   * Bytes are about to change, or have just changed: a store of a translation hit a T-bit (and was rolled
   * back), the interpreter stores, or a bus master has written. How many translations had to go or sleep.
   */
  write(physical: number, sizeBytes: number, by: Writer): number {
    const end = (physical >>> 0) + sizeBytes;
    let disturbed = 0;
    for (let at = physical >>> 0; at < end; ) {
      const inPage = Math.min(PAGE_BYTES - (at % PAGE_BYTES), end - at);
      if (this.holds(at >>> 12)) disturbed += this.writeInPage(at, inPage, by);
      at += inPage;
    }
    return disturbed;
  }

  /**
   * A sleeping translation of this address whose bytes are in memory now, live and protected again.
   * Others are found changed on the way, and go to their group. For the dispatcher when the tcache has none.
   */
  wakeAt(eip: number, contextId: number, physical: number): T | undefined {
    for (const sleeper of this.sleepers.at(eip, contextId)) {
      const { translation, pending } = sleeper;
      // One that was compared before may have taken its place in the group.
      if (translation.state !== 'asleep' || translation.physical !== physical >>> 0) continue;
      if (this.outdated(translation)) {
        this.parts.tcache.kill(translation, 'policy');
        continue;
      }
      if (!this.matches(translation)) {
        if (pending) this.foundChanged(translation);
        continue;
      }
      this.counts[pending ? 'revalidated' : 'groupRevivals']++;
      this.sleepers.remove(translation);
      this.parts.tcache.wake(translation);
      this.guard(translation);
      return translation;
    }
    return undefined;
  }

  /** A translation has trapped because its source bytes changed (its own stores to them are the interpreter's). */
  selfCheckFailed(translation: T): void {
    this.counts.selfCheckFailures++;
    if (translation.state !== 'live' || this.matches(translation)) return;
    this.ladder.changed(translation);
    if (this.escalates(translation)) return;
    this.counts.invalidations++;
    this.toGroup(translation);
  }

  /** The guest was replaced by another, and the tcache is empty: nothing is known of any address. */
  clear(): void {
    this.ladder.clear();
    this.parts.ledger.clear();
  }

  private writeInPage(physical: number, sizeBytes: number, by: Writer): number {
    const touched = this.tBits.touched(physical, sizeBytes, this.reliesOn);
    if (by === 'translation') {
      this.countFault(touched);
      return this.disturbAll(touched, by, true);
    }
    const truly = [...touched, ...this.checked.touched(physical, sizeBytes, this.reliesOn)].filter(
      ([, isTrue]) => isTrue,
    );
    if (truly.length > 0) this.counts[by === 'dma' ? 'dmaWrites' : 'interpreterWrites']++;
    return this.disturbAll(truly, by, by === 'interpreter');
  }

  private countFault(touched: ReadonlyMap<T, boolean>): void {
    if (touched.size === 0) return;
    this.counts[this.usesPages ? 'pageFaults' : 'fineFaults']++;
    this.counts[[...touched.values()].includes(true) ? 'trueSharing' : 'falseSharing']++;
  }

  private disturbAll(
    touched: Iterable<readonly [T, boolean]>,
    by: Writer,
    isIncident: boolean,
  ): number {
    let disturbed = 0;
    for (const [translation, truly] of touched) {
      if (translation.state !== 'live') continue;
      if (isIncident && this.escalates(translation)) disturbed++;
      else if (this.disturb(translation, truly)) {
        disturbed++;
        if (by === 'dma') this.counts.dmaInvalidations++;
      }
    }
    return disturbed;
  }

  /** False: it stays as it is, since only bytes beside it are written. */
  private disturb(translation: T, truly: boolean): boolean {
    if (this.parts.options.revalidation) {
      this.counts.suspensions++;
      this.suspend(translation, true);
      return true;
    }
    if (!truly) return false;
    this.counts.invalidations++;
    this.ladder.lost(translation);
    this.toGroup(translation);
    return true;
  }

  /** Takes the next step where it is time for one; the translation is gone then. */
  private escalates(translation: T): boolean {
    const step = this.ladder.incident(translation);
    if (step === undefined) return false;
    if (step === 'stylized') this.counts.stylizedRetranslations++;
    else if (step === 'selfCheck') this.counts.selfCheckRetranslations++;
    else this.counts.interpretOnly++;
    this.parts.tcache.kill(translation, 'policy');
    return true;
  }

  /** A sleeping translation has other bytes now than those that it was made from. */
  private foundChanged(translation: T): void {
    this.counts.revalidationsFailed++;
    this.ladder.changed(translation);
    this.sleepers.remove(translation);
    if (this.parts.options.groupSize === 0) this.parts.tcache.kill(translation, 'changed');
    else this.addVariant(translation);
  }

  private toGroup(translation: T): void {
    if (this.parts.options.groupSize === 0) this.parts.tcache.kill(translation, 'changed');
    else this.suspend(translation, false);
  }

  private suspend(translation: T, pending: boolean): void {
    this.unguard(translation);
    this.parts.tcache.sleep(translation);
    if (pending) this.sleepers.add(translation, true);
    else this.addVariant(translation);
  }

  private addVariant(translation: T): void {
    this.sleepers.add(translation, false);
    const surplus = this.sleepers.surplus(translation.entryEip, translation.context.id);
    if (surplus === undefined) return;
    this.counts.groupDrops++;
    this.parts.tcache.kill(surplus, 'changed');
  }

  private guard(translation: T): void {
    const bits = translation.region.policy.selfCheck ? this.checked : this.tBits;
    for (const frame of bits.add(translation)) this.parts.onFrameHeld?.(frame);
  }

  private unguard(translation: T): void {
    const bits = translation.region.policy.selfCheck ? this.checked : this.tBits;
    bits.remove(translation);
  }

  private forget(translation: T): void {
    this.unguard(translation);
    this.sleepers.remove(translation);
  }

  /** The ladder has chosen another mechanism since the translation was made. */
  private outdated({ entryEip, context, region }: T): boolean {
    const { selfCheck, stylizedAt } = this.parts.ledger.policyFor(entryEip, context.id);
    const { policy } = region;
    return selfCheck !== policy.selfCheck || stylizedAt.size !== policy.stylizedAt.size;
  }

  /** Bytes that a translation loads when it runs may change under it. */
  private readonly reliesOn = (translation: T, from: number, to: number): boolean => {
    const fields = fieldsOf(translation);
    return fields.length === 0 || !insideFields(fields, from, to);
  };

  private matches(translation: T): boolean {
    const { ram } = this.parts;
    const fields = fieldsOf(translation);
    for (const { physical, bytes } of translation.sources) {
      this.counts.comparedBytes += bytes.length;
      for (let i = 0; i < bytes.length; i++) {
        if (ram[physical + i] === bytes[i]) continue;
        if (fields.length === 0 || !insideFields(fields, physical + i, physical + i + 1))
          return false;
      }
    }
    return true;
  }
}

function fieldsOf(translation: Translation): readonly number[] {
  return loadedFields(translation.region.instructions, translation.region.policy.stylizedAt);
}
