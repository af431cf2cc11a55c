/**
 * What the host core knows of the guest processor: places in its state block, bits of its control
 * registers, and the format of its translation table. The host cannot import the guest, so this file
 * restates guest-isa/state/layout.ts, state/control-bits.ts and mmu/tlb-entry.ts;
 * tests/unit/core/guest-words.test.ts compares them.
 */

/** Words of the state block. */
export const REMAINING = 14;
export const CR0 = 60;
export const CR3 = 62;
export const CR4 = 63;

export const CR0_PG = 0x8000_0000 | 0;
export const CR4_PSE = 0x10;
/** Of a page directory or table entry: present, 4 MB page. */
export const PTE_P = 0x1;
export const PTE_PS = 0x80;

/** Of an entry of the translation table: the access may go straight to RAM. */
export const FAST_READ_SUPERVISOR = 0x1;
export const FAST_READ_USER = 0x2;
export const FAST_WRITE_SUPERVISOR = 0x4;
export const FAST_WRITE_USER = 0x8;
/** The page may be read (and so fetched from) by users, by anybody. */
export const MAY_READ_USER = 0x10;
export const VALID = 0x80;
export const PAGE_MASK = 0xfffff000 | 0;
