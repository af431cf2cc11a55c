/**
 * The host TLB: which linear pages' translations the chip holds. What the guest computes never depends
 * on it (the guest's translation table is complete); it only tells when a page walk is to be paid.
 *
 * A walk costs walkCycles, and a read through L1D for the page directory entry and one for the page
 * table entry (none of them while the guest's paging is off, no second one for a 4 MB page). The entries
 * are those that CR3 in the guest's state block leads to; one that is not in RAM is not read.
 * ASSUMED: 4 MB pages take one entry for each 4 KB; guest flushes of the address space empty the TLB,
 * global pages included.
 */
import { CR0, CR0_PG, CR3, CR4, CR4_PSE, PAGE_MASK, PTE_P, PTE_PS } from '../core/guest-words.js';
import type { LinearMemory } from '../memory/layout.js';
import type { MemoryHierarchy } from './memory-hierarchy.js';
import type { TagArray } from './tag-array.js';

export class HostTlb {
  constructor(
    readonly tags: TagArray,
    private readonly hierarchy: MemoryHierarchy,
    private readonly memory: LinearMemory,
    private readonly walkCycles: number,
  ) {}

  /** An access to a linear page: cycles that it waits for a walk. */
  access(linearPage: number): number {
    return this.tags.touch(linearPage) ? 0 : this.walk(linearPage);
  }

  private walk(linearPage: number): number {
    const { state } = this.memory;
    const waited = this.walkCycles;
    if ((state[CR0] & CR0_PG) === 0) return waited;
    const directory = (state[CR3] & PAGE_MASK) | ((linearPage >>> 10) << 2);
    const afterFirst = waited + this.read(directory, waited);
    const entry = this.wordAt(directory);
    const isBig = (entry & PTE_PS) !== 0 && (state[CR4] & CR4_PSE) !== 0;
    if ((entry & PTE_P) === 0 || isBig) return afterFirst;
    const table = (entry & PAGE_MASK) | ((linearPage & 0x3ff) << 2);
    return afterFirst + this.read(table, afterFirst);
  }

  private inRam(physical: number): boolean {
    return physical >>> 0 < this.memory.ram.length;
  }

  private read(physical: number, after: number): number {
    if (!this.inRam(physical)) return 0;
    return this.hierarchy.blockingAccess(this.memory.ramOffset + physical, after);
  }

  private wordAt(physical: number): number {
    if (!this.inRam(physical)) return 0;
    return this.memory.view.getInt32(this.memory.ramOffset + physical, true);
  }
}
