/**
 * From a host pc in the tcache to the translation that lies there, and to the guest's place after a
 * commit (resume points). Looked up at each host exit, so it is two words for each place where a
 * molecule can start. Knows nothing of states: the caller judges whether a translation may be resumed.
 */
import type { MemoryArea } from './cms-memory.js';
import type { Translation } from './translation.js';

/** Where the guest stands when execution goes on at a host pc. */
export interface ResumePlace {
  /** undefined: in the look-up routine. */
  readonly translation: Translation | undefined;
  /** -1: in r9. */
  readonly eip: number;
}

export class CodeMap<T extends Translation> {
  /** Number + 1 of the translation, and of the resume place; 0: none. */
  private readonly owners: Int32Array;
  private readonly resumes: Int32Array;
  private readonly translations: (T | undefined)[] = [];
  private readonly freeOwners: number[] = [];
  private readonly places: (ResumePlace | undefined)[] = [];
  private readonly freePlaces: number[] = [];

  constructor(private readonly area: MemoryArea) {
    const units = (area.end - area.start) >>> 3;
    this.owners = new Int32Array(units);
    this.resumes = new Int32Array(units);
  }

  translationAt(hostPc: number): T | undefined {
    if (hostPc < this.area.start || hostPc >= this.area.end) return undefined;
    const owner = this.owners[this.unit(hostPc)];
    return owner === 0 ? undefined : this.translations[owner - 1];
  }

  /** All that lie there, in no order that means anything. */
  *all(): IterableIterator<T> {
    for (const translation of this.translations) if (translation !== undefined) yield translation;
  }

  placeAt(hostPc: number): ResumePlace | undefined {
    if (hostPc < this.area.start || hostPc >= this.area.end) return undefined;
    const place = this.resumes[this.unit(hostPc)];
    return place === 0 ? undefined : this.places[place - 1];
  }

  add(translation: T): void {
    const owner = this.freeOwners.pop() ?? this.translations.length;
    this.translations[owner] = translation;
    this.owners.fill(owner + 1, this.unit(translation.startPc), this.unit(translation.endPc));
  }

  /** The first place that is named for a host pc holds. */
  addPlace(hostPc: number, place: ResumePlace): void {
    const unit = this.unit(hostPc);
    if (this.resumes[unit] !== 0) return;
    const number = this.freePlaces.pop() ?? this.places.length;
    this.places[number] = place;
    this.resumes[unit] = number + 1;
  }

  remove(translation: T): void {
    const first = this.unit(translation.startPc);
    const end = this.unit(translation.endPc);
    const owner = this.owners[first] - 1;
    this.translations[owner] = undefined;
    this.freeOwners.push(owner);
    this.owners.fill(0, first, end);
    for (let unit = first; unit < end; unit++) {
      if (this.resumes[unit] === 0) continue;
      this.places[this.resumes[unit] - 1] = undefined;
      this.freePlaces.push(this.resumes[unit] - 1);
      this.resumes[unit] = 0;
    }
  }

  private unit(hostPc: number): number {
    return (hostPc - this.area.start) >>> 3;
  }
}
