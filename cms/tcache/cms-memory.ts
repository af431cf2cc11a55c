/**
 * How the memory of the code morphing software is laid out: the only file that knows. It lies behind
 * guest RAM in the host's physical address space, as Crusoe's CMS kept the last 16 MB of the RAM for
 * its code, tables and tcache (numbers: about 1.0 MB code, 196 KB data, the rest heap and tcache).
 *
 *   software code   addresses of the software's own code, as far as only its fetches are modelled
 *   tables          opcode maps of its interpreter, modelled by their addresses
 *   profile         counters of addresses, likewise
 *   spill           values that a translation has no register for
 *   counters        one word for each basic block: entries left until it is hot
 *   indirectTable   the indirect-target table (indirect-table.ts)
 *   routines        host assembly (routines.ts)
 *   tcache          translations, up to the end
 *
 * Areas start at multiples of 4 KB, so that they share no line of any cache.
 */
import type { CmsOptions } from '../options.js';

export interface MemoryArea {
  readonly start: number;
  readonly end: number;
}

export interface CmsMemoryLayout {
  readonly softwareCode: MemoryArea;
  readonly tables: MemoryArea;
  readonly profile: MemoryArea;
  readonly spill: MemoryArea;
  readonly counters: MemoryArea;
  readonly indirectTable: MemoryArea;
  readonly routines: MemoryArea;
  readonly tcache: MemoryArea;
}

export type CmsMemoryOptions = Pick<CmsOptions, 'tcache' | 'indirect'>;

export const INDIRECT_ENTRY_BYTES = 16;
/** No translation is smaller: it checks its page, works, and commits at an exit. */
const SMALLEST_TRANSLATION_BYTES = 32;
const SOFTWARE_CODE_BYTES = 0x10_0000;
const TABLES_BYTES = 0x4000;
const PROFILE_BYTES = 0x1f_c000;
const SPILL_BYTES = 0x1000;
const ROUTINES_BYTES = 0x1000;
const AREA_ALIGNMENT = 0x1000;
/** The machine's linear memory comes in these. */
const MEMORY_UNIT = 0x1_0000;

/** `cmsOffset`: host physical address where guest RAM ends. */
export function cmsMemoryLayout(options: CmsMemoryOptions, cmsOffset: number): CmsMemoryLayout {
  const tcacheBytes = options.tcache.sizeKB * 1024;
  let next = cmsOffset;
  const area = (sizeBytes: number): MemoryArea => {
    const start = next;
    next += Math.ceil(sizeBytes / AREA_ALIGNMENT) * AREA_ALIGNMENT;
    return { start, end: start + sizeBytes };
  };
  return {
    softwareCode: area(SOFTWARE_CODE_BYTES),
    tables: area(TABLES_BYTES),
    profile: area(PROFILE_BYTES),
    spill: area(SPILL_BYTES),
    counters: area((tcacheBytes / SMALLEST_TRANSLATION_BYTES) * 4),
    indirectTable: area(options.indirect.tableEntries * INDIRECT_ENTRY_BYTES),
    routines: area(ROUTINES_BYTES),
    tcache: area(tcacheBytes),
  };
}

/** Bytes that the machine has to allocate behind guest RAM. */
export function cmsMemoryBytes(options: CmsMemoryOptions): number {
  return Math.ceil(cmsMemoryLayout(options, 0).tcache.end / MEMORY_UNIT) * MEMORY_UNIT;
}
