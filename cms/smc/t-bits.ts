/**
 * T-bits: which parts of guest RAM hold bytes that translations were made from, so that a store
 * there leaves translated code (numbers: a bit per page, finer bits for parts of a page). One word of
 * 32 bits for each page frame, one bit for each granule; with page protection the page is one granule.
 * A granule's bit is set as long as a translation that relies on it has bytes inside.
 *
 * Beside the bits, which hardware looks at, each frame has the list of those translations, which only
 * the handler of a hit looks at.
 */
import type { SourceRange, Translation } from '../tcache/translation.js';

const PAGE_BYTES = 4096;
const PAGE_SHIFT = 12;

/** Bytes of one translation inside one page frame, by offset. */
interface Holding<T> {
  readonly translation: T;
  readonly source: SourceRange;
  readonly from: number;
  readonly to: number;
}

export class TBits<T extends Translation> {
  /** Bit of each granule, by page frame. */
  readonly masks: Int32Array;
  private readonly holdings = new Map<number, Holding<T>[]>();
  private readonly granuleShift: number;

  /** `granuleBytes`: a power of two, 128 to 4096. */
  constructor(frames: number, granuleBytes: number) {
    this.masks = new Int32Array(frames);
    this.granuleShift = 31 - Math.clz32(granuleBytes);
  }

  /** A store inside one page (physical address) hits a granule with source bytes. */
  hits(physical: number, sizeBytes: number): boolean {
    return (this.masks[physical >>> PAGE_SHIFT] & this.granules(physical, sizeBytes)) !== 0;
  }

  holds(frame: number): boolean {
    return frame < this.masks.length && this.masks[frame] !== 0;
  }

  /** Enters the bytes of a translation; the frames that had none before. */
  add(translation: T): readonly number[] {
    const fresh: number[] = [];
    for (const source of translation.sources) {
      const frame = source.physical >>> PAGE_SHIFT;
      // Frames beyond RAM are never written.
      if (frame >= this.masks.length) continue;
      const from = source.physical & (PAGE_BYTES - 1);
      const holding = { translation, source, from, to: from + source.bytes.length };
      const others = this.holdings.get(frame);
      if (others === undefined) this.holdings.set(frame, [holding]);
      else others.push(holding);
      if (this.masks[frame] === 0) fresh.push(frame);
      this.masks[frame] |= this.granules(from, source.bytes.length);
    }
    return fresh;
  }

  /** Takes the bytes of a translation out; the frames that have none any more. */
  remove(translation: T): readonly number[] {
    const emptied: number[] = [];
    for (const { physical } of translation.sources) {
      const frame = physical >>> PAGE_SHIFT;
      const others = this.holdings.get(frame);
      if (others === undefined) continue;
      const left = others.filter((holding) => holding.translation !== translation);
      if (left.length === others.length) continue;
      this.keep(frame, left);
      if (left.length === 0) emptied.push(frame);
    }
    return emptied;
  }

  /**
   * Translations whose granules a write inside one page touches, in the order of their entering,
   * with whether the write touches their very bytes (`bytesOf`: true sharing).
   */
  touched(
    physical: number,
    sizeBytes: number,
    reliesOn: (translation: T, from: number, to: number) => boolean,
  ): ReadonlyMap<T, boolean> {
    const found = new Map<T, boolean>();
    const written = this.granules(physical, sizeBytes);
    for (const holding of this.holdings.get(physical >>> PAGE_SHIFT) ?? []) {
      if ((this.granules(holding.from, holding.to - holding.from) & written) === 0) continue;
      const { translation, source } = holding;
      const from = Math.max(physical, source.physical);
      const to = Math.min(physical + sizeBytes, source.physical + source.bytes.length);
      const truly = from < to && reliesOn(translation, from, to);
      found.set(translation, truly || found.get(translation) === true);
    }
    return found;
  }

  private keep(frame: number, left: Holding<T>[]): void {
    if (left.length === 0) this.holdings.delete(frame);
    else this.holdings.set(frame, left);
    let mask = 0;
    for (const { from, to } of left) mask |= this.granules(from, to - from);
    this.masks[frame] = mask;
  }

  /** Bits of the granules that bytes inside one page lie in. */
  private granules(address: number, sizeBytes: number): number {
    const low = (address & (PAGE_BYTES - 1)) >>> this.granuleShift;
    const high = ((address + sizeBytes - 1) & (PAGE_BYTES - 1)) >>> this.granuleShift;
    return (0xffffffff >>> (31 - (high - low))) << low;
  }
}
