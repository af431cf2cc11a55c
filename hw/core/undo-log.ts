/**
 * The gated store buffer as far as function goes: stores are done at once, and what they overwrote
 * is kept until the commit; a rollback writes it back, youngest first. Page-table words that a page
 * walk marks (accessed, dirty) are kept here too, but are no entries of the store buffer.
 */
import type { LinearMemory } from '../memory/layout.js';
import { type CoreArea, UNDO_CAPACITY } from './core-area.js';
import type { GuestMemoryLog } from './host-core.js';

/** Words of `CoreArea.undo`: entries of the log, and of the store buffer. */
export const UNDO_COUNT = 0;
export const UNDO_STORES = 1;
/** Marks a page-table word among the widths. */
const TABLE_WORD = 0x80;
/** Log entries that one page walk or split store can add, with room to spare. */
const LARGEST_STEP = 64;

export class UndoLog implements GuestMemoryLog {
  private readonly words: Int32Array;
  private readonly view: DataView;
  private readonly ramOffset: number;
  private readonly addresses: Int32Array;
  private readonly values: Int32Array;
  private readonly widths: Uint8Array;
  /** Log entries beyond which accesses that may walk are refused. */
  private readonly walkLimit: number;

  /** `entries` of the store buffer; a split store takes two, and its bytes four log entries. */
  constructor(memory: LinearMemory, area: CoreArea, entries: number) {
    this.words = area.undo;
    this.view = memory.view;
    this.ramOffset = memory.ramOffset;
    this.addresses = area.undoAddresses;
    this.values = area.undoValues;
    this.widths = area.undoWidths;
    this.walkLimit = UNDO_CAPACITY - 2 * entries - LARGEST_STEP;
  }

  /** Entries of the log. */
  get count(): number {
    return this.words[UNDO_COUNT];
  }

  /** Entries of the store buffer in use. */
  get stores(): number {
    return this.words[UNDO_STORES];
  }

  set stores(entries: number) {
    this.words[UNDO_STORES] = entries;
  }

  /** Is the log so full of page-table words that no further walk may be risked? */
  get full(): boolean {
    return this.count > this.walkLimit;
  }

  /** A store of 1, 2 or 4 bytes is about to be done at a guest physical address. */
  store(physical: number, bytes: number): void {
    const at = physical + this.ramOffset;
    const { view } = this;
    const n = this.words[UNDO_COUNT]++;
    this.addresses[n] = physical;
    this.widths[n] = bytes;
    if (bytes === 4) this.values[n] = view.getInt32(at, true);
    else this.values[n] = bytes === 2 ? view.getUint16(at, true) : view.getUint8(at);
  }

  logWord(physical: number): void {
    this.store(physical, 4);
    this.widths[this.count - 1] = 4 | TABLE_WORD;
  }

  /** So many stores were done and logged by compiled code, each of them one entry. */
  resume(stores: number): void {
    this.words[UNDO_COUNT] = stores;
    this.stores = stores;
  }

  /** The stores stand. */
  clear(): void {
    this.words[UNDO_COUNT] = 0;
    this.stores = 0;
  }

  /** The stores never were. */
  unwind(): void {
    const { view, addresses, values, widths } = this;
    for (let n = this.count - 1; n >= 0; n--) {
      const at = addresses[n] + this.ramOffset;
      const bytes = widths[n] & ~TABLE_WORD;
      if (bytes === 4) view.setInt32(at, values[n], true);
      else if (bytes === 2) view.setUint16(at, values[n], true);
      else view.setUint8(at, values[n]);
    }
    this.clear();
  }

  /** The guest's own stores, for the lockstep checker: how many were copied. */
  copyStores(addresses: Int32Array, bytes: Uint8Array): number {
    let found = 0;
    for (let n = 0; n < this.count; n++) {
      if (this.widths[n] & TABLE_WORD) continue;
      addresses[found] = this.addresses[n];
      bytes[found++] = this.widths[n];
    }
    return found;
  }
}
