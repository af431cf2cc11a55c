/**
 * Paging as of the i686 (SDM vol. 3 ch. 4, 32-bit paging): 4 KB and 4 MB pages, U/S, R/W, CR0.WP,
 * accessed and dirty bits, global pages, and the architectural TLB (tlb-entry.ts).
 * Left out: PAE and PSE-36 (the TM5800 has neither); bits 21:13 of a 4 MB entry are reserved.
 *
 * Physical memory behind the TLB is RAM (reached directly) or the board (`PhysicalMemory`).
 */

import { CodeCache } from '../decode/code-cache.js';
import type { Insn } from '../decode/insn.js';
import { CR0_PG, CR0_WP, CR4_PGE, CR4_PSE } from '../state/control-bits.js';
import { GuestFault, PFAULT } from '../state/exceptions.js';
import { A20_MASK, CPL, CR0, CR2, CR3, CR4 } from '../state/layout.js';
import { PageList } from './page-list.js';
import {
  NO_TRANSLATED_CODE,
  PageKind,
  type PhysicalMemory,
  type TranslatedCode,
  type WalkLog,
} from './ports.js';
import {
  BIG,
  FAST_READ_SUPERVISOR,
  FAST_READ_USER,
  FAST_WRITE_SUPERVISOR,
  FAST_WRITE_USER,
  FAST_WRITES,
  GLOBAL,
  MAY_READ_USER,
  MAY_WRITE_SUPERVISOR,
  MAY_WRITE_USER,
  PAGE_MASK,
  VALID,
} from './tlb-entry.js';

export const TLB_ENTRIES = 1 << 20;

/** Bits of a page directory or table entry. */
const PTE_P = 0x1;
const PTE_RW = 0x2;
const PTE_US = 0x4;
const PTE_A = 0x20;
const PTE_D = 0x40;
const PTE_PS = 0x80;
const PTE_G = 0x100;
const PERMISSIONS = VALID | MAY_READ_USER | MAY_WRITE_USER | MAY_WRITE_SUPERVISOR;
const PDE_BIG_RESERVED = 0x3fe000;

/** A page without instructions. */
const NO_INSTRUCTIONS: readonly (Insn | undefined)[] = new Array(4096).fill(undefined);

export class Paging {
  readonly fault = new GuestFault();
  readonly code: CodeCache;
  /** RAM as a little-endian view: index is the guest physical address. */
  readonly view: DataView;
  /** Linear pages with an entry: of this address space, and global ones. A page may stand in both. */
  private readonly local = new PageList();
  private readonly global = new PageList();
  /** 4 MB regions in which a big page was ever entered. */
  private readonly bigRegions = new Uint8Array(1024);
  /** The page that the step loop fetches from: EIP of its first byte, and its instructions by offset. */
  fetchEip = 0;
  fetchEntries: readonly (Insn | undefined)[] = NO_INSTRUCTIONS;
  /** Counts the times that fetch pages had to be forgotten. */
  fetchGeneration = 0;
  translatedCode: TranslatedCode = NO_TRANSLATED_CODE;
  /** While set, page walks can be taken back: they touch RAM only, and log what they overwrite. */
  private walkLog: WalkLog | undefined;

  constructor(
    readonly s: Int32Array,
    readonly tlb: Int32Array,
    readonly memory: PhysicalMemory,
  ) {
    this.code = new CodeCache(memory.ram.length >>> 12);
    this.view = new DataView(memory.ram.buffer, memory.ram.byteOffset, memory.ram.byteLength);
    memory.onMapChanged = () => {
      this.code.clear();
      this.translatedCode.mapChanged();
      this.flushTlb(true);
    };
    memory.onRamWritten = (address, sizeBytes) => {
      this.translatedCode.writtenByBus(address, sizeBytes);
      if (this.code.writtenRange(address, sizeBytes)) this.forgetFetch();
    };
  }

  /** The step loop has to look anew for its instructions: code, translation, segment or privilege changed. */
  forgetFetch(): void {
    this.fetchEntries = NO_INSTRUCTIONS;
    this.fetchGeneration++;
  }

  /** Throws the processor's one fault object; the step loop delivers it. State must still be as before the instruction. */
  raise(vector: number, errorCode = -1): never {
    this.fault.vector = vector;
    this.fault.errorCode = errorCode;
    throw this.fault;
  }

  /** Drops all translations; global ones too if asked or if global pages are off. */
  flushTlb(globalToo: boolean): void {
    const { tlb } = this;
    const keepGlobal = !globalToo && (this.s[CR4] & CR4_PGE) !== 0;
    this.local.take((page) => {
      if (!keepGlobal || (tlb[page] & GLOBAL) === 0) tlb[page] = 0;
    });
    if (!keepGlobal) {
      this.global.take((page) => {
        tlb[page] = 0;
      });
    }
    this.translatedCode.mappingChanged(-1);
    this.forgetFetch();
  }

  /** invlpg: drops the translation of one address, and all of its page if that is a big one. */
  flushPage(linear: number): void {
    this.setEntry(linear >>> 12, 0);
    if (this.bigRegions[linear >>> 22] !== 0) {
      const first = (linear >>> 22) << 10;
      for (let page = first; page < first + 1024; page++)
        if (this.tlb[page] & BIG) this.setEntry(page, 0);
    }
    this.forgetFetch();
  }

  /** Physical address of a linear one for the current privilege; raises #PF. */
  translate(linear: number, write: boolean): number {
    return this.translateAs(linear, write, this.s[CPL] === 3);
  }

  /** Physical address (signed 32 bits) of a linear one for a stated privilege; raises #PF. */
  translateAs(linear: number, write: boolean, user: boolean): number {
    const entry = this.tlb[linear >>> 12];
    const need = write
      ? user
        ? MAY_WRITE_USER
        : MAY_WRITE_SUPERVISOR
      : user
        ? MAY_READ_USER
        : VALID;
    const usable = entry & need ? entry : this.walk(linear, write, user);
    return (usable & PAGE_MASK) | (linear & 0xfff);
  }

  /** Walks the page tables, sets A and D, fills the TLB. Returns the new entry. */
  private walk(linear: number, write: boolean, user: boolean): number {
    const s = this.s;
    if ((s[CR0] & CR0_PG) === 0) {
      return this.fill(linear, linear & s[A20_MASK] & PAGE_MASK, PTE_RW | PTE_US | PTE_D, 0);
    }
    const pdeAddress = ((s[CR3] & PAGE_MASK) | ((linear >>> 20) & 0xffc)) & s[A20_MASK];
    const pde = this.physicalRead32(pdeAddress);
    if ((pde & PTE_P) === 0) this.pageFault(linear, write, user, 0);
    if (pde & PTE_PS && s[CR4] & CR4_PSE) return this.walkBig(linear, write, user, pdeAddress, pde);

    const pteAddress = ((pde & PAGE_MASK) | ((linear >>> 10) & 0xffc)) & s[A20_MASK];
    const pte = this.physicalRead32(pteAddress);
    if ((pte & PTE_P) === 0) this.pageFault(linear, write, user, 0);
    const rights = pde & pte & (PTE_RW | PTE_US);
    this.checkRights(linear, write, user, rights);
    if ((pde & PTE_A) === 0) this.physicalWrite32(pdeAddress, pde | PTE_A);
    const marked = pte | PTE_A | (write ? PTE_D : 0);
    if (marked !== pte) this.physicalWrite32(pteAddress, marked);
    const global = marked & PTE_G && s[CR4] & CR4_PGE ? GLOBAL : 0;
    return this.fill(linear, pte & PAGE_MASK & s[A20_MASK], rights | (marked & PTE_D), global);
  }

  private walkBig(
    linear: number,
    write: boolean,
    user: boolean,
    pdeAddress: number,
    pde: number,
  ): number {
    const s = this.s;
    if (pde & PDE_BIG_RESERVED) this.pageFault(linear, write, user, 9);
    this.checkRights(linear, write, user, pde);
    const marked = pde | PTE_A | (write ? PTE_D : 0);
    if (marked !== pde) this.physicalWrite32(pdeAddress, marked);
    const global = marked & PTE_G && s[CR4] & CR4_PGE ? GLOBAL : 0;
    const page = ((pde & 0xffc00000) | (linear & 0x3ff000)) & s[A20_MASK];
    return this.fill(linear, page, marked & (PTE_RW | PTE_US | PTE_D), global | BIG);
  }

  private checkRights(linear: number, write: boolean, user: boolean, rights: number): void {
    if (user && (rights & PTE_US) === 0) this.pageFault(linear, write, user, 1);
    if (write && (rights & PTE_RW) === 0 && (user || this.s[CR0] & CR0_WP))
      this.pageFault(linear, write, user, 1);
  }

  private pageFault(linear: number, write: boolean, user: boolean, present: number): never {
    this.setEntry(linear >>> 12, 0);
    this.s[CR2] = linear;
    this.raise(PFAULT, present | (write ? 2 : 0) | (user ? 4 : 0));
  }

  /** Enters a translation: rights are PTE_RW, PTE_US and PTE_D as they hold for both levels. */
  private fill(linear: number, physicalPage: number, rights: number, extra: number): number {
    const dirty = (rights & PTE_D) !== 0;
    const userRead = (rights & PTE_US) !== 0;
    const userWrite = dirty && userRead && (rights & PTE_RW) !== 0;
    const supervisorWrite = dirty && ((rights & PTE_RW) !== 0 || (this.s[CR0] & CR0_WP) === 0);
    const permissions =
      VALID |
      extra |
      (userRead ? MAY_READ_USER : 0) |
      (userWrite ? MAY_WRITE_USER : 0) |
      (supervisorWrite ? MAY_WRITE_SUPERVISOR : 0);
    const entry = physicalPage | permissions | this.fastBits(physicalPage, permissions);
    const page = linear >>> 12;
    this.remember(page, entry);
    this.setEntry(page, entry);
    return entry;
  }

  /** Changes one entry; tells when something that was possible before no longer is. */
  private setEntry(page: number, entry: number): void {
    const old = this.tlb[page];
    this.tlb[page] = entry;
    if (((old ^ entry) & PAGE_MASK) !== 0 || (old & ~entry & PERMISSIONS) !== 0)
      if (old !== 0) this.translatedCode.mappingChanged(page);
  }

  /**
   * Walks for an access that may be taken back: changes of page tables go to `log`, and instead of
   * raising a fault it returns 0, with CR2 and the entry as before. The caller puts the old entry
   * back (`takeBackEntry`) if it has to.
   */
  walkTentatively(linear: number, write: boolean, user: boolean, log: WalkLog): number {
    const old = this.tlb[linear >>> 12];
    const cr2 = this.s[CR2];
    this.walkLog = log;
    try {
      return this.walk(linear, write, user);
    } catch (thrown) {
      if (thrown !== this.fault) throw thrown;
      this.tlb[linear >>> 12] = old;
      this.s[CR2] = cr2;
      return 0;
    } finally {
      this.walkLog = undefined;
    }
  }

  /** Undoes an entry that a tentative walk made. */
  takeBackEntry(page: number, old: number): void {
    this.setEntry(page, old);
  }

  private fastBits(physicalPage: number, permissions: number): number {
    const kind = this.memory.pageKinds[physicalPage >>> 12];
    if (kind === PageKind.slow) return 0;
    let fast = FAST_READ_SUPERVISOR | (permissions & MAY_READ_USER ? FAST_READ_USER : 0);
    if (kind === PageKind.ram && !this.watched(physicalPage >>> 12)) {
      if (permissions & MAY_WRITE_SUPERVISOR) fast |= FAST_WRITE_SUPERVISOR;
      if (permissions & MAY_WRITE_USER) fast |= FAST_WRITE_USER;
    }
    return fast;
  }

  /** Does a page frame of RAM hold code, decoded or translated, so that writes must be looked at? */
  private watched(frame: number): boolean {
    return this.code.holds(frame) || this.translatedCode.holds(frame);
  }

  /** RAM is about to change by the processor's hand. */
  private aboutToWrite(physical: number, sizeBytes: number): void {
    if (this.code.written(physical, sizeBytes)) this.forgetFetch();
    if (this.translatedCode.holds(physical >>> 12))
      this.translatedCode.written(physical, sizeBytes);
  }

  /** Notes a page whose entry is about to be written. */
  private remember(page: number, entry: number): void {
    const old = this.tlb[page];
    const list = entry & GLOBAL ? this.global : this.local;
    if (old === 0 || (old ^ entry) & GLOBAL) list.add(page, this.tlb);
    if (entry & BIG) this.bigRegions[page >>> 10] = 1;
  }

  /** A physical page begins to hold decoded or translated code: writes to it must be seen. */
  protectCodePage(physicalPage: number): void {
    const { tlb } = this;
    const protect = (page: number): void => {
      if (tlb[page] >>> 12 === physicalPage) tlb[page] &= ~FAST_WRITES;
    };
    this.local.each(protect);
    this.global.each(protect);
  }

  /** Lets accesses to a page go straight to RAM again as far as they may: it may have held code before. */
  refreshFastBits(page: number): void {
    const entry = this.tlb[page];
    if (entry) this.tlb[page] = entry | this.fastBits(entry & PAGE_MASK, entry);
  }

  /** Physical 32-bit read of a table entry (aligned). */
  physicalRead32(address: number): number {
    if (this.memory.pageKinds[address >>> 12] !== PageKind.slow)
      return this.view.getInt32(address, true);
    if (this.walkLog !== undefined) this.raise(PFAULT);
    return this.memory.read(address >>> 0, 4) | 0;
  }

  physicalWrite32(address: number, value: number): void {
    const frame = address >>> 12;
    const isRam = this.memory.pageKinds[frame] === PageKind.ram;
    if (this.walkLog !== undefined) {
      // Whatever a tentative walk cannot take back is left to the interpreter's walk.
      if (!isRam || this.translatedCode.holds(frame)) this.raise(PFAULT);
      this.walkLog.logWord(address);
    }
    if (isRam) {
      this.aboutToWrite(address, 4);
      this.view.setInt32(address, value, true);
    } else this.memory.write(address >>> 0, value >>> 0, 4);
  }

  /** Reads inside one page at a translated address; unsigned for widths 1 and 2, signed for 4. */
  readAt(physical: number, width: 1 | 2 | 4): number {
    if (this.memory.pageKinds[physical >>> 12] === PageKind.slow) {
      const value = this.memory.read(physical >>> 0, width);
      return width === 4 ? value | 0 : value;
    }
    if (width === 1) return this.view.getUint8(physical);
    return width === 2 ? this.view.getUint16(physical, true) : this.view.getInt32(physical, true);
  }

  /** Writes inside one page at a translated address; `linear` names the TLB entry that may become fast again. */
  protected writeAt(physical: number, linear: number, value: number, width: 1 | 2 | 4): void {
    if (this.memory.pageKinds[physical >>> 12] !== PageKind.ram) {
      this.memory.write(
        physical >>> 0,
        width === 4 ? value >>> 0 : value & (width === 1 ? 0xff : 0xffff),
        width,
      );
      return;
    }
    this.aboutToWrite(physical, width);
    if (!this.watched(physical >>> 12)) this.refreshFastBits(linear >>> 12);
    if (width === 1) this.view.setUint8(physical, value);
    else if (width === 2) this.view.setUint16(physical, value, true);
    else this.view.setInt32(physical, value, true);
  }

  /** The TLB's content for a snapshot: pairs of linear page and permissions with physical page. */
  saveTlb(): number[] {
    const pages = new Set<number>();
    this.local.each((page) => pages.add(page));
    this.global.each((page) => pages.add(page));
    return [...pages]
      .sort((a, b) => a - b)
      .flatMap((page) => (this.tlb[page] ? [page, this.tlb[page]] : []));
  }

  restoreTlb(pairs: readonly number[]): void {
    this.flushTlb(true);
    for (let i = 0; i < pairs.length; i += 2) {
      const entry = pairs[i + 1] & ~0xf;
      this.remember(pairs[i], entry);
      this.tlb[pairs[i]] = entry | this.fastBits(entry & PAGE_MASK, entry);
    }
  }
}
