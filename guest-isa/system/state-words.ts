/**
 * Words of the processor's state block (state/layout.ts) that only this folder uses, out of those
 * that the layout leaves free between the debug and the x87 words.
 */

/** 1 while an NMI handler runs: further NMIs wait until iret (SDM vol. 3, 6.7.1). */
export const NMI_BLOCKED = 85;
/** Transmeta's MSR 0x80860004: mask over the features of CPUID leaf 1, EDX. */
export const MSR_FEATURE_MASK = 86;

/** Values of the INHIBIT word: after sti only interrupts wait, after a load of SS debug traps wait too. */
export const INHIBIT_INTERRUPTS = 1;
export const INHIBIT_ALL = 3;
