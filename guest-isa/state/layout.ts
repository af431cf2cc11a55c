/**
 * Word indices of the guest processor's state inside its block of the machine's linear memory.
 * Everything a guest instruction can change lives here (or in guest RAM, the TLB and the devices),
 * so that interpreter, translations and snapshots see the same bytes.
 *
 * Arithmetic flags are lazy (state/flags.ts). Hidden segment registers follow SDM vol. 3 ch. 3.4.3.
 */

/** General registers in encoding order: eax ecx edx ebx esp ebp esi edi at words 0-7. */
export const EAX = 0;
export const ECX = 1;
export const EDX = 2;
export const EBX = 3;
export const ESP = 4;
export const EBP = 5;
export const ESI = 6;
export const EDI = 7;
/** Always zero: the base or index register of an address that has none. */
export const ZERO = 8;
export const EIP = 9;
/** EIP of the instruction being executed; a fault returns there. */
export const START_EIP = 10;
/** Lazy flags: last result, sign-extended to 32 bits (ZF, SF, PF come from it). */
export const FLAG_RESULT = 11;
/** Lazy flags: bit 31 CF, bit 30 carry into the sign bit (OF = bit 31 ^ bit 30), bit 3 AF, bit 0 inverts SF, bit 2 inverts PF. */
export const FLAG_CARRY = 12;
/** EFLAGS without the six arithmetic flags (bit 1 always set). */
export const FLAGS_SYSTEM = 13;
/** The clock's countdown: cycles left in the slice (base/clock.ts). */
export const REMAINING = 14;
/** Second result of an ALU operation (high half, remainder). */
export const AUX = 15;

/** Segment register numbers, as encoded; LDTR and TR follow so that they share the arrays. */
export const ES = 0;
export const CS = 1;
export const SS = 2;
export const DS = 3;
export const FS = 4;
export const GS = 5;
export const LDTR = 6;
export const TR = 7;
/** Visible selectors (0 .. 0xffff), hidden base, limit in bytes (unsigned, granularity applied). */
export const SEG_SELECTOR = 16;
export const SEG_BASE = 24;
export const SEG_LIMIT = 32;
/** Attributes: bits 0-7 access byte (type, S, DPL, P), bit 12 AVL, bit 14 D/B, bit 15 G. 0: unusable. */
export const SEG_ATTR = 40;
/** Derived: bit 0 reads of any offset pass the segment check, bit 1 writes do. */
export const SEG_FAST = 48;

export const GDTR_BASE = 56;
export const GDTR_LIMIT = 57;
export const IDTR_BASE = 58;
export const IDTR_LIMIT = 59;
export const CR0 = 60;
export const CR2 = 61;
export const CR3 = 62;
export const CR4 = 63;
/** DR0-DR7 (DR4 and DR5 unused). */
export const DR0 = 64;
export const DR6 = 70;
export const DR7 = 71;
export const CPL = 72;
/** ANDed to every physical address: clears bit 20 while the A20 gate is closed. */
export const A20_MASK = 73;
/** 1: stopped by hlt until an interrupt; 2: shut down by a triple fault. */
export const HALTED = 74;
/** What waits until the next instruction is done (sti, mov ss, pop ss): one of the values below. */
export const INHIBIT = 75;
/** Iterations of repeated string instructions beyond one per instruction: cycles - this = instructions. */
export const REPEAT_EXTRA_LO = 76;
export const REPEAT_EXTRA_HI = 77;
/** TSC - clock, as written through the MSR (64 bits, two's complement). */
export const TSC_OFFSET_LO = 78;
export const TSC_OFFSET_HI = 79;
export const MSR_APIC_BASE = 80;
export const MSR_SYSENTER_CS = 81;
export const MSR_SYSENTER_ESP = 82;
export const MSR_SYSENTER_EIP = 83;
/** Pending debug-trap conditions in DR6 format, collected during an instruction. */
export const PENDING_DEBUG = 84;

/** 1 while an NMI handler runs: further NMIs wait until iret (SDM vol. 3, 6.7.1). */
export const NMI_BLOCKED = 85;
/** Transmeta's MSR 0x80860004: mask over the features of CPUID leaf 1, EDX. */
export const MSR_FEATURE_MASK = 86;

/** 1 when a repeated string instruction gave way between two of its iterations; EIP is then START_EIP. */
export const MID_REPEAT = 87;
/** IF while the board asks for an interrupt, else 0: translations look at it before they set IF. Kept while one runs, else 0. */
export const INTERRUPT_REQUEST = 88;

/** x87: control, status (TOP in bits 11-13), abridged tags (bit i: physical register i is in use), last opcode and pointers. */
export const FPU_CW = 96;
export const FPU_SW = 97;
export const FPU_TAGS = 98;
export const FPU_OPCODE = 99;
export const FPU_IP = 100;
export const FPU_CS = 101;
export const FPU_DP = 102;
export const FPU_DS = 103;
/** Physical registers R0-R7: significand low and high word (MMX registers alias them), sign and exponent. */
export const FPU_LO = 104;
export const FPU_HI = 112;
export const FPU_SE = 120;

/** Values of INHIBIT: after sti only interrupts wait, after a load of SS debug traps wait too. */
export const INHIBIT_INTERRUPTS = 1;
export const INHIBIT_ALL = 3;

/** Size of the block, in 32-bit words. */
export const STATE_WORDS = 256;
