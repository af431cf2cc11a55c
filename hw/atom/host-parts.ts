/**
 * What a configuration's words mean in the host instruction set: the slots of a format, the registers
 * that a number of registers stands for. Shared by the machine (host-isa.ts) and by the check of
 * configurations (host-problems.ts).
 */
import type { HostOptions } from '../options.js';
import { FIRST_TEMPORARY, R_ROUTINE_FIRST } from './registers.js';

/** In a format, in the place of a unit: the slot holds the molecule's 32-bit literal. */
export const IMM_NAME = 'imm';
/** The format's number has three bits. */
export const MAX_FORMATS = 8;
export const MAX_SLOTS = 8;

/** Names of the slots of a format as configured. */
export function formatSlots(text: string): readonly string[] {
  return text.split(/\s+/).filter((name) => name !== '');
}

/** Every machine has r0-r15 (the guest's state), r48-r56, r58 and r59 (the software's own registers). */
const FIXED_REGISTERS = 27;
/** What the register allocator may use, in the order in which machines with few registers have them. */
const TEMPORARIES: readonly number[] = [
  ...Array.from({ length: R_ROUTINE_FIRST - FIRST_TEMPORARY }, (_, i) => FIRST_TEMPORARY + i),
  57,
  60,
  61,
];

/** Registers that code may use freely between commits, in order of preference. */
export function temporariesOf(options: HostOptions): readonly number[] {
  return TEMPORARIES.slice(0, Math.max(0, options.integerRegisters - FIXED_REGISTERS));
}

/**
 * Below so many temporaries most single guest instructions do not compile: one wants an address, a
 * loaded value, its result, a guard and what is hoisted beside it. ASSUMED: no known machine is near.
 */
export const FEWEST_TEMPORARIES = 8;
export const FEWEST_REGISTERS = FIXED_REGISTERS + FEWEST_TEMPORARIES;
