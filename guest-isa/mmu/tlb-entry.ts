/**
 * Format of an entry of the guest's translation table: physical page in bits 12-31, permissions
 * below. The architectural TLB modelled here never evicts: an entry stays, stale or not, until the
 * guest flushes it, so what a guest computes cannot depend on a TLB size (the timing model of the
 * host has its own, finite one). It is indexed by linear page, 2^20 entries; 0 means none.
 *
 * The FAST bits say that an access may go straight to guest RAM; they are a subset of the
 * permissions, cleared where the slow path has to look (I/O, ROM, pages that hold decoded code).
 */
export const FAST_READ_SUPERVISOR = 0x1;
export const FAST_READ_USER = 0x2;
export const FAST_WRITE_SUPERVISOR = 0x4;
export const FAST_WRITE_USER = 0x8;
export const FAST_WRITES = FAST_WRITE_SUPERVISOR | FAST_WRITE_USER;
/** Permissions as walked; a supervisor may read whatever is VALID. Write permissions imply that D is set. */
export const MAY_READ_USER = 0x10;
export const MAY_WRITE_SUPERVISOR = 0x20;
export const MAY_WRITE_USER = 0x40;
export const VALID = 0x80;
export const GLOBAL = 0x100;
/** Part of a 4 MB page: invlpg of any of its addresses drops all of it. */
export const BIG = 0x200;
export const PAGE_MASK = 0xfffff000 | 0;
