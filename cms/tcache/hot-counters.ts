/**
 * Counters of basic-block translations: each entry of the block counts its word down in host code, and
 * at zero the block leaves by its `hot` exit. A counter is made before the block is compiled, since
 * its address stands in the code, and goes when the translation dies.
 */
import type { MemoryArea } from './cms-memory.js';

export class HotCounters {
  private free: number[] = [];
  private next: number;

  /** `words`: the machine's linear memory. */
  constructor(
    private readonly words: Uint32Array,
    private readonly area: MemoryArea,
  ) {
    this.next = area.start;
  }

  /** Host physical address of a fresh counter; 0: there is none left. */
  allocate(entries: number): number {
    const address = this.free.pop() ?? this.fresh();
    if (address !== 0) this.set(address, entries);
    return address;
  }

  /** Entries that are left before the block counts as hot. */
  set(address: number, entries: number): void {
    this.words[address >>> 2] = entries;
  }

  left(address: number): number {
    return this.words[address >>> 2] | 0;
  }

  release(address: number): void {
    this.free.push(address);
  }

  /** All are free, and will be given out in the order of a new machine. */
  clear(): void {
    this.free = [];
    this.next = this.area.start;
  }

  private fresh(): number {
    if (this.next === this.area.end) return 0;
    const address = this.next;
    this.next += 4;
    return address;
  }
}
