/**
 * Bits of the x87 control, status and tag words, and of CR0 where it speaks of the x87 unit
 * (Intel SDM vol. 1, 8.1.3-8.1.7; vol. 3, 2.5).
 */

/** Status word: stack fault, error summary, condition code, stack top, busy (a copy of the summary). */
export const SW_SF = 0x40;
export const SW_ES = 0x80;
export const SW_C0 = 0x100;
export const SW_C1 = 0x200;
export const SW_C2 = 0x400;
export const SW_C3 = 0x4000;
export const SW_TOP = 0x3800;
export const SW_TOP_SHIFT = 11;
export const SW_BUSY = 0x8000;
/** What an unmasked exception sets. */
export const SW_PENDING = SW_ES | SW_BUSY;
export const SW_CONDITION = SW_C3 | SW_C2 | SW_C1 | SW_C0;

/** The six exception flags of the status word and their masks in the control word. */
export const EXCEPTIONS = 0x3f;

/** Bits of the control word that exist: masks, PC, RC and the infinity control, which has no effect. */
export const CW_BITS = 0x1f3f;
/** Reads as one. */
export const CW_ONE = 0x40;
/** After FNINIT: everything masked, 64 bits, round to nearest. */
export const CW_INITIAL = 0x37f;

/** Two-bit tags of the tag word. */
export const TAG_VALID = 0;
export const TAG_ZERO = 1;
export const TAG_SPECIAL = 2;
export const TAG_EMPTY = 3;
