/**
 * Space in the tcache, by eviction policy:
 *
 *   flush        translations lie one behind the other; when there is no room all of them go
 *   fifo         a ring: a new translation evicts what it overwrites, which is the oldest
 *   generations  N equal parts filled one after the other; the oldest part goes as a whole
 *
 * Hardware does not count entries of chained code, so nothing tells which survivors deserve to be
 * moved to a younger generation.
 * ASSUMED: what is still hot is translated again (the real policy is not published). Space of translations that died early is used again only when its turn comes.
 * The allocator hands out space and says who has to go; it knows nothing of code.
 */
import type { CmsOptions } from '../options.js';
import type { MemoryArea } from './cms-memory.js';

export interface Resident {
  readonly startPc: number;
  readonly endPc: number;
}

export interface CodeSpace<T extends Resident> {
  /**
   * Start of free space, after `evict` was called for each resident (dead or not) that lay there;
   * -1 when so much never fits. The caller then reports what it placed.
   */
  allocate(sizeBytes: number, evict: (resident: T) => void): number;
  placed(resident: T): void;
  clear(evict: (resident: T) => void): void;
}

export function codeSpace<T extends Resident>(
  options: CmsOptions['tcache'],
  area: MemoryArea,
): CodeSpace<T> {
  if (options.eviction === 'fifo') return new RingSpace<T>(area);
  return new PartSpace<T>(area, options.eviction === 'flush' ? 1 : options.generations);
}

/** Host code is made of molecules, which start at multiples of 8. */
const align = (bytes: number): number => (bytes + 7) & ~7;

class RingSpace<T extends Resident> implements CodeSpace<T> {
  private next: number;
  /** Oldest first, from `head` on: those of the last lap in order of address, then those of this lap. */
  private queue: T[] = [];
  private head = 0;

  constructor(private readonly area: MemoryArea) {
    this.next = area.start;
  }

  allocate(sizeBytes: number, evict: (resident: T) => void): number {
    const size = align(sizeBytes);
    if (size > this.area.end - this.area.start) return -1;
    if (this.next + size > this.area.end) {
      this.evictFrom(this.next, this.area.end, evict);
      this.next = this.area.start;
    }
    this.evictFrom(this.next, this.next + size, evict);
    const start = this.next;
    this.next += size;
    return start;
  }

  placed(resident: T): void {
    this.queue.push(resident);
  }

  clear(evict: (resident: T) => void): void {
    this.evictFrom(this.area.start, this.area.end, evict);
    this.next = this.area.start;
  }

  private evictFrom(from: number, to: number, evict: (resident: T) => void): void {
    while (this.head < this.queue.length) {
      const oldest = this.queue[this.head];
      if (oldest.startPc < from || oldest.startPc >= to) break;
      this.head++;
      evict(oldest);
    }
    if (this.head > 1024 && this.head * 2 > this.queue.length) {
      this.queue = this.queue.slice(this.head);
      this.head = 0;
    }
  }
}

class PartSpace<T extends Resident> implements CodeSpace<T> {
  private readonly partBytes: number;
  private readonly residents: T[][];
  private part = 0;
  private next: number;

  constructor(
    private readonly area: MemoryArea,
    parts: number,
  ) {
    this.partBytes = Math.floor((area.end - area.start) / parts / 8) * 8;
    this.residents = Array.from({ length: parts }, () => []);
    this.next = area.start;
  }

  allocate(sizeBytes: number, evict: (resident: T) => void): number {
    const size = align(sizeBytes);
    if (size > this.partBytes) return -1;
    if (this.next + size > this.partStart(this.part) + this.partBytes) {
      this.part = (this.part + 1) % this.residents.length;
      this.next = this.partStart(this.part);
      this.empty(this.part, evict);
    }
    const start = this.next;
    this.next += size;
    return start;
  }

  placed(resident: T): void {
    this.residents[this.part].push(resident);
  }

  clear(evict: (resident: T) => void): void {
    for (let part = 0; part < this.residents.length; part++) this.empty(part, evict);
    this.part = 0;
    this.next = this.area.start;
  }

  private partStart(part: number): number {
    return this.area.start + part * this.partBytes;
  }

  private empty(part: number, evict: (resident: T) => void): void {
    const leaving = this.residents[part];
    this.residents[part] = [];
    for (const resident of leaving) evict(resident);
  }
}
