/**
 * The indirect-target table: the software's cache of where indirect branches go, in memory, read by
 * the look-up routine (routines.ts) and filled by the dispatcher when that has missed. Direct mapped,
 * four words a line:
 *
 *   0  guest eip     4  context id (NO_CONTEXT: empty)     8  host pc of the checked entry     12 unused
 *
 * A line leads to the checked entry, since the mapping may have changed since it was filled.
 */
import { INDIRECT_ENTRY_BYTES, type MemoryArea } from './cms-memory.js';
import type { TcacheCounts } from './tcache-counters.js';
import type { Translation } from './translation.js';

const NO_CONTEXT = -1;
export const LINE_SHIFT = 31 - Math.clz32(INDIRECT_ENTRY_BYTES);
export const LINE_CONTEXT = 4;
export const LINE_HOST_PC = 8;
/** The hash is eip ^ (eip >>> HASH_FOLD), its low bits count. */
export const HASH_FOLD = 7;

export class IndirectTable {
  /** False: the machine has no table. */
  readonly exists: boolean;
  private readonly mask: number;

  /** `words`: the machine's linear memory. */
  constructor(
    private readonly words: Uint32Array,
    private readonly area: MemoryArea,
    private readonly counts: TcacheCounts,
  ) {
    const lines = (area.end - area.start) >>> LINE_SHIFT;
    this.exists = lines > 0;
    this.mask = Math.max(0, lines - 1);
    this.clear();
  }

  enter(translation: Translation): void {
    if (!this.exists) return;
    const at = this.line(translation.entryEip);
    if (this.words[at + 1] !== NO_CONTEXT >>> 0 && !this.names(at, translation))
      this.counts.tableConflicts++;
    this.counts.tableFills++;
    this.words[at] = translation.entryEip;
    this.words[at + 1] = translation.context.id;
    this.words[at + 2] = translation.checkedEntryPc;
  }

  /** True if the table leads to this translation. */
  leadsTo(translation: Translation): boolean {
    if (!this.exists) return false;
    return this.words[this.line(translation.entryEip) + 2] === translation.checkedEntryPc;
  }

  remove(translation: Translation): void {
    if (this.leadsTo(translation)) this.empty(this.line(translation.entryEip));
  }

  clear(): void {
    const step = INDIRECT_ENTRY_BYTES / 4;
    for (let at = this.area.start >>> 2; at < this.area.end >>> 2; at += step) this.empty(at);
  }

  /** Host physical address of the line of an eip. */
  address(eip: number): number {
    return this.line(eip) * 4;
  }

  private names(at: number, { entryEip, context }: Translation): boolean {
    return this.words[at] === entryEip && this.words[at + 1] === context.id;
  }

  private line(eip: number): number {
    const index = (eip ^ (eip >>> HASH_FOLD)) & this.mask;
    return (this.area.start + (index << LINE_SHIFT)) >>> 2;
  }

  private empty(at: number): void {
    this.words[at] = 0;
    this.words[at + 1] = NO_CONTEXT;
    this.words[at + 2] = 0;
  }
}
