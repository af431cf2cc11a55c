/**
 * Memory-mapped I/O: claims of byte ranges on the physical address space, found by page.
 *
 * A range may be as small as a byte; several may share a page. The caller passes naturally aligned
 * accesses only. One that no claim holds completely is split into two halves, so a handler sees only
 * addresses of its own range. Where claims overlap, the smaller answers, then the older.
 */
import { SimulatorBug } from '../../base/errors.js';
import type { MmioHandlers, Width } from '../platform/device.js';
import { AccessTally } from './access-tally.js';

interface MmioClaim {
  readonly first: number;
  /** One past the last address. */
  readonly end: number;
  readonly handlers: MmioHandlers;
  readonly owner: string;
}

export class MmioMap {
  readonly unclaimed = new AccessTally();
  /** Claims that touch a page, the preferred ones first. */
  private readonly pages = new Map<number, MmioClaim[]>();
  private serial = 0;
  private readonly order = new Map<MmioClaim, number>();

  /** Adds a claim; the result takes it back. */
  claim(first: number, sizeBytes: number, handlers: MmioHandlers, owner: string): () => void {
    const end = first + sizeBytes;
    if (first < 0 || sizeBytes < 1 || end > 0x1_0000_0000) {
      throw new SimulatorBug(`${owner} claims memory at ${first.toString(16)}+${sizeBytes}`);
    }
    const claim: MmioClaim = { first, end, handlers, owner };
    this.order.set(claim, this.serial++);
    for (let page = pageOf(first); page <= pageOf(end - 1); page++) this.insert(page, claim);
    return () => {
      if (!this.order.delete(claim)) return;
      for (let page = pageOf(first); page <= pageOf(end - 1); page++) this.remove(page, claim);
    };
  }

  read(address: number, width: Width): number {
    const claim = this.find(address, width);
    if (claim) {
      const ones = width === 4 ? 0xffff_ffff : width === 2 ? 0xffff : 0xff;
      return (claim.handlers.read(address, width) & ones) >>> 0;
    }
    if (width === 1 || !this.pages.has(pageOf(address))) {
      this.unclaimed.read(address);
      return width === 4 ? 0xffff_ffff : width === 2 ? 0xffff : 0xff;
    }
    const half = (width >> 1) as Width;
    const low = this.read(address, half);
    return (low | (this.read(address + half, half) << (half * 8))) >>> 0;
  }

  write(address: number, value: number, width: Width): void {
    const claim = this.find(address, width);
    if (claim) {
      const ones = width === 4 ? 0xffff_ffff : width === 2 ? 0xffff : 0xff;
      claim.handlers.write(address, (value & ones) >>> 0, width);
      return;
    }
    if (width === 1 || !this.pages.has(pageOf(address))) {
      this.unclaimed.write(address);
      return;
    }
    const half = (width >> 1) as Width;
    this.write(address, value, half);
    this.write(address + half, value >>> (half * 8), half);
  }

  /** The preferred claim among those that hold the access; none if a preferred one holds part of it. */
  private find(address: number, width: Width): MmioClaim | undefined {
    const claims = this.pages.get(pageOf(address));
    if (!claims) return undefined;
    for (const c of claims) {
      if (address >= c.first && address + width <= c.end) return c;
      if (address < c.end && address + width > c.first) return undefined;
    }
    return undefined;
  }

  private insert(page: number, claim: MmioClaim): void {
    const claims = this.pages.get(page) ?? [];
    claims.push(claim);
    claims.sort(
      (a, b) =>
        a.end - a.first - (b.end - b.first) ||
        (this.order.get(a) as number) - (this.order.get(b) as number),
    );
    this.pages.set(page, claims);
  }

  private remove(page: number, claim: MmioClaim): void {
    const claims = this.pages.get(page)?.filter((c) => c !== claim) ?? [];
    if (claims.length) this.pages.set(page, claims);
    else this.pages.delete(page);
  }
}

function pageOf(address: number): number {
  return Math.floor(address / 4096);
}
