/**
 * Decoded instructions, kept by physical address so that a change of page tables costs nothing.
 * It holds no meaning of its own: whatever writes to the bytes of a decoded instruction, processor
 * or bus master, drops that instruction before the next one is executed. Data beside code costs
 * a look at the instructions around the write, nothing more.
 *
 * An instruction that crosses into another page is kept with its first byte; its tail's page and
 * generation are checked again at each execution.
 */
import { LONGEST_INSTRUCTION } from './decode.js';
import type { Insn } from './insn.js';

const PAGE_BYTES = 4096;
const GRANULE_SHIFT = 7;
/** Pages kept at most: a list of 4,096 places takes 32 KB, its instructions about as much again. */
const PAGE_LIMIT = 3000;
/** Writes beside the code of a page after which all of it is dropped: it may be dead long since. */
const FRUITLESS_LIMIT = 4096;

export class CodePage {
  /** Instructions by offset of the first byte, decoded with 16- and with 32-bit defaults; empty until used. */
  private readonly code: [(Insn | undefined)[], (Insn | undefined)[]] = [[], []];
  /** Instructions that reach into the next page, by offset * 2 + (32-bit default ? 1 : 0). */
  private readonly crossing = new Map<number, Insn>();
  /** Bit i: granule i (128 bytes) may hold bytes of decoded instructions. */
  private granules = 0;
  /** Instructions kept, crossing ones included, and one for tails. */
  private live = 0;
  /** Bytes at the page's start that are tails of instructions of the page before. */
  private tailBytes = 0;
  private fruitless = 0;
  /** Counts how often tails were overwritten. */
  tailGeneration = 0;

  get holdsCode(): boolean {
    return this.live !== 0;
  }

  instructions(code32: boolean): (Insn | undefined)[] {
    const which = code32 ? 1 : 0;
    if (this.code[which].length === 0) this.code[which] = new Array(PAGE_BYTES).fill(undefined);
    return this.code[which];
  }

  crossingAt(offset: number, code32: boolean): Insn | undefined {
    return this.crossing.get(offset * 2 + (code32 ? 1 : 0));
  }

  /** Keeps an instruction that lies inside the page. */
  add(offset: number, code32: boolean, insn: Insn): void {
    this.instructions(code32)[offset] = insn;
    this.live++;
    this.granules |= granuleMask(offset, offset + insn.length - 1);
  }

  addCrossing(offset: number, code32: boolean, insn: Insn): void {
    const before = this.crossing.size;
    this.crossing.set(offset * 2 + (code32 ? 1 : 0), insn);
    this.live += this.crossing.size - before;
    this.granules |= granuleMask(offset, PAGE_BYTES - 1);
  }

  /** The first bytes of the page belong to an instruction of the page before. */
  addTail(length: number): void {
    if (this.tailBytes === 0) this.live++;
    this.tailBytes = Math.max(this.tailBytes, length);
    this.granules |= granuleMask(0, length - 1);
  }

  /** A write to bytes of the page: drops what it touches; true if there was something. */
  overwrite(offset: number, sizeBytes: number): boolean {
    const end = offset + sizeBytes;
    if ((this.granules & granuleMask(offset, end - 1)) === 0) return false;
    const before = this.live;
    for (const list of this.code) if (list.length !== 0) this.dropInside(list, offset, end);
    if (end > PAGE_BYTES - LONGEST_INSTRUCTION) this.dropCrossing();
    if (offset < this.tailBytes) this.dropTails();
    if (this.live === before && ++this.fruitless > FRUITLESS_LIMIT) {
      this.fruitless = 0;
      this.overwrite(0, PAGE_BYTES);
    }
    if (this.live === 0) this.release();
    return this.live !== before;
  }

  /** Nothing is left: gives the lists back. The generation of tails goes on, as old tails must never fit again. */
  private release(): void {
    this.granules = 0;
    this.code[0] = [];
    this.code[1] = [];
  }

  private dropInside(list: (Insn | undefined)[], offset: number, end: number): void {
    for (let at = Math.max(0, offset - LONGEST_INSTRUCTION + 1); at < end; at++) {
      const insn = list[at];
      if (insn === undefined || at + insn.length <= offset) continue;
      list[at] = undefined;
      this.live--;
    }
  }

  private dropCrossing(): void {
    this.live -= this.crossing.size;
    this.crossing.clear();
  }

  private dropTails(): void {
    this.tailBytes = 0;
    this.tailGeneration++;
    this.live--;
  }
}

export class CodeCache {
  private readonly pages: (CodePage | undefined)[];
  private made = 0;

  /** `frames`: page frames of guest RAM; nothing else is kept. */
  constructor(frames: number) {
    this.pages = new Array(frames).fill(undefined);
  }

  /** True if the page frame holds bytes of decoded instructions. */
  holds(frame: number): boolean {
    const page = this.pages[frame];
    return page?.holdsCode === true;
  }

  /** What is kept of a page frame; made when first asked for. */
  page(frame: number): CodePage {
    const known = this.pages[frame];
    if (known !== undefined) return known;
    const page = new CodePage();
    this.pages[frame] = page;
    this.made++;
    return page;
  }

  /** True when so many pages are kept that all of them should be dropped (it is only a cache). */
  get full(): boolean {
    return this.made > PAGE_LIMIT;
  }

  /** A write inside one page: true if it dropped instructions. */
  written(address: number, sizeBytes: number): boolean {
    const page = this.pages[address >>> 12];
    return page?.holdsCode === true && page.overwrite(address & 0xfff, sizeBytes);
  }

  /** A write of any length by a bus master: true if it dropped instructions. */
  writtenRange(address: number, sizeBytes: number): boolean {
    let dropped = false;
    for (let at = address; at < address + sizeBytes; ) {
      const inPage = Math.min(PAGE_BYTES - (at & 0xfff), address + sizeBytes - at);
      dropped = this.written(at, inPage) || dropped;
      at += inPage;
    }
    return dropped;
  }

  clear(): void {
    this.pages.fill(undefined);
    this.made = 0;
  }
}

function granuleMask(first: number, last: number): number {
  const low = first >>> GRANULE_SHIFT;
  const high = last >>> GRANULE_SHIFT;
  return (0xffffffff >>> (31 - (high - low))) << low;
}
