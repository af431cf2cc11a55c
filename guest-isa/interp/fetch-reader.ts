/**
 * The bytes of an instruction in order, for the decoder: as the processor fetches them (with page
 * walks and faults), or quietly, as a translator looks ahead: only from RAM, and only through
 * translations that the guest has made itself, so that nothing of it shows.
 */
import type { ByteReader } from '../decode/byte-reader.js';
import { LONGEST_INSTRUCTION } from '../decode/decode.js';
import { PageKind } from '../mmu/ports.js';
import { MAY_READ_USER, PAGE_MASK, VALID } from '../mmu/tlb-entry.js';
import { GP } from '../state/exceptions.js';
import { CPL, CS, SEG_BASE, SEG_LIMIT } from '../state/layout.js';
import type { Cpu } from './cpu.js';

/** Gives the bytes at an EIP, translating once per page. */
export class FetchReader implements ByteReader {
  count = 0;
  /** Page frame of the last byte given. */
  frame = 0;
  private physicalPage = 0;
  private eip = 0;

  constructor(protected readonly cpu: Cpu) {}

  start(eip: number): void {
    this.eip = eip;
    this.restart();
  }

  /** Goes back to the first byte. */
  restart(): void {
    this.count = 0;
    this.physicalPage = -1;
  }

  next(): number {
    const { cpu } = this;
    const eip = (this.eip + this.count) >>> 0;
    if (this.count >= LONGEST_INSTRUCTION || eip > cpu.s[SEG_LIMIT + CS] >>> 0) this.refuse();
    const linear = (eip + cpu.s[SEG_BASE + CS]) | 0;
    if (this.physicalPage === -1 || (linear & 0xfff) === 0) {
      this.physicalPage = this.translate(linear) & PAGE_MASK;
      this.frame = this.physicalPage >>> 12;
    }
    this.count++;
    return cpu.readAt(this.physicalPage | (linear & 0xfff), 1);
  }

  protected refuse(): never {
    this.cpu.raise(GP, 0);
  }

  protected translate(linear: number): number {
    return this.cpu.translate(linear, false);
  }
}

/** Thrown by a quiet reader and caught by `peek`. */
export const UNREADABLE = Symbol('unreadable');

/** Gives bytes without an effect that the guest could see, or none. */
export class QuietReader extends FetchReader {
  protected override refuse(): never {
    throw UNREADABLE;
  }

  protected override translate(linear: number): number {
    const page = quietPage(this.cpu, linear);
    if (page === -1) this.refuse();
    return page;
  }
}

/** Physical address of the RAM page that the translation table has for a fetch, or -1. */
export function quietPage(cpu: Cpu, linear: number): number {
  const entry = cpu.tlb[linear >>> 12];
  const readable = entry & (cpu.s[CPL] === 3 ? MAY_READ_USER : VALID);
  if (!readable || cpu.memory.pageKinds[entry >>> 12] === PageKind.slow) return -1;
  return entry & PAGE_MASK;
}
