/**
 * Instruction fetch: finds the decoded instruction at EIP, decoding it when it is met first.
 * Faults of the fetch (#PF, #GP beyond the limit or beyond 15 bytes) are raised before anything of
 * the instruction happens.
 */

import type { CodePage } from '../decode/code-cache.js';
import { decode } from '../decode/decode.js';
import { buildDecodeTable, type DecodeTable } from '../decode/decode-table.js';
import type { Insn } from '../decode/insn.js';
import type { InsnRow } from '../insn/row.js';
import { PageKind } from '../mmu/ports.js';
import { PAGE_MASK } from '../mmu/tlb-entry.js';
import { GP, UD } from '../state/exceptions.js';
import type { Feature } from '../state/identity.js';
import { CS, EIP, SEG_ATTR, SEG_BASE, SEG_LIMIT, START_EIP } from '../state/layout.js';
import type { Cpu } from './cpu.js';
import { FetchReader, QuietReader, quietPage, UNREADABLE } from './fetch-reader.js';
import { Handlers } from './handlers.js';

/** Different unknown encodings that are told apart in the report; a guest may execute data. */
const UNKNOWN_LIMIT = 1000;

/** A power of two; a call chain that alternates between so many pages is found without a walk. */
const SLOTS = 64;

/** An instruction as a translator reads it, long before or after it is executed. */
export interface PeekedInsn {
  readonly insn: Insn;
  /** Guest physical address of the first byte. */
  readonly physical: number;
  /** Physical address of the page of the last byte where that is another page than the first, else -1. */
  readonly tailPhysicalPage: number;
  /** The encoding; a copy. */
  readonly bytes: Uint8Array;
}

class FetchSlot {
  /** EIP of the page's first byte. */
  eip = 0;
  entries: readonly (Insn | undefined)[] = [];
  generation = -1;
}

export class Fetch {
  /** Encodings met that no row knows, or that this processor does not announce: where first, how often. */
  readonly unknown = new Map<string, { readonly firstEip: number; count: number }>();
  private readonly table: DecodeTable;
  /** Pages fetched from lately, by EIP. */
  private readonly slots = Array.from({ length: SLOTS }, () => new FetchSlot());
  private readonly handlers = new Handlers();
  private readonly reader: FetchReader;
  private readonly quietReader: QuietReader;

  constructor(
    private readonly cpu: Cpu,
    rows: readonly InsnRow[],
  ) {
    this.table = buildDecodeTable(rows);
    this.reader = new FetchReader(cpu);
    this.quietReader = new QuietReader(cpu);
  }

  /** The instruction at EIP; called when the step loop's page does not have it. */
  instruction(): Insn {
    return this.recent() ?? this.find();
  }

  /**
   * The instruction at an eip of the current mode without any effect that the guest could see: no
   * page walk, no fault. Undefined when it cannot be had so: beyond the limit, longer than 15 bytes,
   * not in RAM, or in a page that the translation table does not have. Kept like those that are
   * executed, so that writes to its bytes are seen.
   */
  peek(eip: number): PeekedInsn | undefined {
    const { cpu } = this;
    const s = cpu.s;
    if (eip >>> 0 > s[SEG_LIMIT + CS] >>> 0) return undefined;
    const linear = (eip + s[SEG_BASE + CS]) | 0;
    const physicalPage = quietPage(cpu, linear);
    if (physicalPage === -1) return undefined;
    const physical = physicalPage | (linear & 0xfff);
    const insn = this.quietly(eip, physical);
    if (!insn) return undefined;
    const last = (eip + insn.length - 1) >>> 0;
    if (last > s[SEG_LIMIT + CS] >>> 0) return undefined;
    const tailPage = (physical & 0xfff) + insn.length <= 0x1000 ? -1 : insn.tailFrame << 12;
    return { insn, physical, tailPhysicalPage: tailPage, bytes: this.bytesOf(insn, physical) };
  }

  /** The instruction at a physical address of RAM, from what is kept or decoded without a walk. */
  private quietly(eip: number, physical: number): Insn | undefined {
    const { cpu } = this;
    const code32 = (cpu.s[SEG_ATTR + CS] & 0x4000) !== 0;
    const page = cpu.code.page(physical >>> 12);
    const known = page.instructions(code32)[physical & 0xfff];
    if (known) return known;
    const crossing = page.crossingAt(physical & 0xfff, code32);
    if (crossing && this.tailUnchanged(eip, crossing)) return crossing;
    try {
      this.quietReader.start(eip);
      return this.decodeInto(page, physical, code32, this.quietReader);
    } catch (thrown) {
      if (thrown !== UNREADABLE) throw thrown;
      return undefined;
    }
  }

  private tailUnchanged(eip: number, insn: Insn): boolean {
    const { cpu } = this;
    const tail = quietPage(cpu, (eip + insn.length - 1 + cpu.s[SEG_BASE + CS]) | 0);
    if (tail === -1 || tail >>> 12 !== insn.tailFrame) return false;
    return cpu.code.page(tail >>> 12).tailGeneration === insn.tailGeneration;
  }

  private bytesOf(insn: Insn, physical: number): Uint8Array {
    const { ram } = this.cpu.memory;
    const bytes = new Uint8Array(insn.length);
    const inFirst = Math.min(insn.length, 0x1000 - (physical & 0xfff));
    const tail = (insn.tailFrame << 12) - inFirst;
    // Views of so few bytes would take longer.
    for (let i = 0; i < insn.length; i++) bytes[i] = ram[(i < inFirst ? physical : tail) + i];
    return bytes;
  }

  /** The instruction at EIP, if its page was fetched from since fetch pages were last forgotten. */
  private recent(): Insn | undefined {
    const { cpu } = this;
    const eip = cpu.s[EIP];
    const slot = this.slots[(eip >>> 12) & (SLOTS - 1)];
    const offset = (eip - slot.eip) | 0;
    if (slot.generation !== cpu.fetchGeneration || offset >>> 0 >= 0x1000) return undefined;
    cpu.fetchEip = slot.eip;
    cpu.fetchEntries = slot.entries;
    return slot.entries[offset];
  }

  private find(): Insn {
    const { cpu } = this;
    const s = cpu.s;
    if (s[EIP] >>> 0 > s[SEG_LIMIT + CS] >>> 0) cpu.raise(GP, 0);
    const code32 = (s[SEG_ATTR + CS] & 0x4000) !== 0;
    const linear = (s[EIP] + s[SEG_BASE + CS]) | 0;
    const physical = cpu.translate(linear, false);
    const frame = physical >>> 12;
    if (cpu.memory.pageKinds[frame] === PageKind.slow) {
      this.reader.start(s[EIP]);
      return this.decodeAt(code32, this.reader);
    }

    if (cpu.code.full) {
      cpu.code.clear();
      cpu.forgetFetch();
    }
    const page = cpu.code.page(frame);
    const entries = page.instructions(code32);
    if (this.pageInsideLimit(linear)) {
      cpu.fetchEip = (s[EIP] - (linear & 0xfff)) | 0;
      cpu.fetchEntries = entries;
      const slot = this.slots[(s[EIP] >>> 12) & (SLOTS - 1)];
      slot.eip = cpu.fetchEip;
      slot.entries = entries;
      slot.generation = cpu.fetchGeneration;
    }
    const insn =
      entries[physical & 0xfff] ??
      this.crossing(page, physical, code32) ??
      this.decodeFrom(page, physical, code32);
    // A known instruction may have been decoded under another limit.
    const last = (s[EIP] + insn.length - 1) >>> 0;
    if (last > s[SEG_LIMIT + CS] >>> 0) cpu.raise(GP, 0);
    return insn;
  }

  /** May every byte of this linear page be fetched as far as the code segment goes? */
  private pageInsideLimit(linear: number): boolean {
    const s = this.cpu.s;
    const first = ((linear & PAGE_MASK) - s[SEG_BASE + CS]) >>> 0;
    return first + 0xfff <= s[SEG_LIMIT + CS] >>> 0;
  }

  /** A known instruction that reaches into the next page, if its tail is still what was decoded. */
  private crossing(page: CodePage, physical: number, code32: boolean): Insn | undefined {
    const { cpu } = this;
    const insn = page.crossingAt(physical & 0xfff, code32);
    if (!insn) return undefined;
    const last = (cpu.s[EIP] + insn.length - 1) >>> 0;
    if (last > cpu.s[SEG_LIMIT + CS] >>> 0) cpu.raise(GP, 0);
    const frame = cpu.translate((last + cpu.s[SEG_BASE + CS]) | 0, false) >>> 12;
    if (frame !== insn.tailFrame) return undefined;
    return cpu.code.page(frame).tailGeneration === insn.tailGeneration ? insn : undefined;
  }

  private decodeFrom(page: CodePage, physical: number, code32: boolean): Insn {
    this.reader.start(this.cpu.s[EIP]);
    return this.decodeInto(page, physical, code32, this.reader);
  }

  private decodeInto(page: CodePage, physical: number, code32: boolean, reader: FetchReader): Insn {
    const { cpu } = this;
    const insn = this.decodeAt(code32, reader);
    const offset = physical & 0xfff;
    if (offset + insn.length <= 0x1000) {
      this.keep(page, physical >>> 12, () => page.add(offset, code32, insn));
      return insn;
    }
    const { frame } = reader;
    if (cpu.memory.pageKinds[frame] === PageKind.slow) return insn;
    const tail = cpu.code.page(frame);
    this.keep(tail, frame, () => tail.addTail(offset + insn.length - 0x1000));
    insn.tailFrame = frame;
    insn.tailGeneration = tail.tailGeneration;
    this.keep(page, physical >>> 12, () => page.addCrossing(offset, code32, insn));
    return insn;
  }

  /** Adds to a page; its first code makes writes to it take the slow path. */
  private keep(page: CodePage, frame: number, add: () => void): void {
    const held = page.holdsCode;
    add();
    if (!held) this.cpu.protectCodePage(frame);
  }

  private decodeAt(code32: boolean, reader: FetchReader): Insn {
    const { insn, row } = decode(this.table, reader, code32);
    insn.length = reader.count;
    const missing =
      row?.feature !== undefined && !this.cpu.identity.features.has(row.feature as Feature);
    if (!row || missing) {
      const name = row ? `${row.mnemonic} (not announced)` : bytesText(reader, insn.length);
      insn.row = undefined;
      insn.exec = (cpu) => {
        this.countUnknown(name, cpu.s[START_EIP] >>> 0);
        cpu.raise(UD);
      };
    } else insn.exec = this.handlers.of(row, insn);
    return insn;
  }

  private countUnknown(name: string, eip: number): void {
    const seen = this.unknown.get(name);
    if (seen) seen.count++;
    else if (this.unknown.size < UNKNOWN_LIMIT) this.unknown.set(name, { firstEip: eip, count: 1 });
  }
}

function bytesText(reader: FetchReader, length: number): string {
  reader.restart();
  const bytes = Array.from({ length }, () => reader.next().toString(16).padStart(2, '0'));
  return bytes.join(' ');
}
