/**
 * Decoded instructions, kept by physical address so that a change of page tables costs nothing.
 * It holds no meaning of its own: whatever writes to decoded bytes, processor or DMA, drops the
 * instructions of the 128-byte granules concerned before the next one is executed.
 *
 * An instruction that crosses into another page is kept with its first byte; its tail's page and
 * generation are checked again at each execution.
 */
import type { Insn } from './insn.js';

const GRANULE_SHIFT = 7;
const LONGEST = 15;

export class CodePage {
  /** Instructions by offset of the first byte, decoded with 16- and with 32-bit defaults; empty until used. */
  private readonly code: [(Insn | undefined)[], (Insn | undefined)[]] = [[], []];
  /** Instructions that reach into another page, by offset * 2 + (32-bit default ? 1 : 0). */
  readonly crossing = new Map<number, Insn>();
  /** Bit i: bytes of granule i are part of a decoded instruction. */
  granules = 0;
  /** Counts invalidations, for instructions whose tail lies in this page. */
  generation = 0;

  instructions(code32: boolean): (Insn | undefined)[] {
    const which = code32 ? 1 : 0;
    if (this.code[which].length === 0) this.code[which] = new Array(4096).fill(undefined);
    return this.code[which];
  }

  /** Drops what lies in a granule, and what reaches into it from below. */
  drop(granule: number): void {
    const end = (granule + 1) << GRANULE_SHIFT;
    const start = Math.max(0, (granule << GRANULE_SHIFT) - LONGEST + 1);
    for (const list of this.code) if (list.length) list.fill(undefined, start, end);
    if (granule === 31) this.crossing.clear();
    this.granules &= ~(1 << granule);
  }
}

export class CodeCache {
  private pages: (CodePage | undefined)[] = [];

  /** True if the page frame holds bytes of decoded instructions. */
  holds(frame: number): boolean {
    const page = this.pages[frame];
    return page !== undefined && page.granules !== 0;
  }

  page(frame: number): CodePage | undefined {
    return this.pages[frame];
  }

  create(frame: number): CodePage {
    const page = new CodePage();
    this.pages[frame] = page;
    return page;
  }

  /** Notes that bytes offset .. offset+length-1 of a page are code. Returns true if it held none before. */
  mark(page: CodePage, offset: number, length: number): boolean {
    const before = page.granules;
    page.granules |= granuleMask(offset, offset + length - 1);
    return before === 0;
  }

  /** A write inside one page: true if it dropped instructions. */
  written(address: number, sizeBytes: number): boolean {
    const page = this.pages[address >>> 12];
    if (page === undefined || page.granules === 0) return false;
    const offset = address & 0xfff;
    const hit = page.granules & granuleMask(offset, offset + sizeBytes - 1);
    if (hit === 0) return false;
    for (let granule = 0; granule < 32; granule++) if ((hit >>> granule) & 1) page.drop(granule);
    page.generation++;
    return true;
  }

  /** A write of any length by a bus master: true if it dropped instructions. */
  writtenRange(address: number, sizeBytes: number): boolean {
    let dropped = false;
    for (let at = address; at < address + sizeBytes; ) {
      const inPage = Math.min(4096 - (at & 0xfff), address + sizeBytes - at);
      dropped = this.written(at, inPage) || dropped;
      at += inPage;
    }
    return dropped;
  }

  clear(): void {
    this.pages = [];
  }
}

function granuleMask(first: number, last: number): number {
  const low = first >>> GRANULE_SHIFT;
  const high = Math.min(31, last >>> GRANULE_SHIFT);
  return (0xffffffff >>> (31 - (high - low))) << low;
}
