/**
 * What the backend uses the registers r48-r55 for, which are never allocated (hw/atom/registers.ts):
 * all of it around molecules and exits, none of it live across a commit. The look-up routine that an
 * indirect exit branches to (tcache/routines.ts) uses r48-r52 behind everything here.
 */
import { R_ROUTINE_FIRST } from '../../hw/atom/registers.js';

/** r48: the page that the checked entry asks for; the register that breaks a cycle of moves. */
export const R_ENTRY_PAGE = R_ROUTINE_FIRST;
export const R_CYCLE = R_ROUTINE_FIRST;
/** r49: the guest address that a call pushes on the return-target stack. */
export const R_RETURN = R_ROUTINE_FIRST + 1;
/** r50: the result of an inline compare; the address of a spilled value, which is done with by then. */
export const R_COMPARED = R_ROUTINE_FIRST + 2;
export const R_SPILL_ADDRESS = R_ROUTINE_FIRST + 2;
/** r51-r54: the spilled values of one molecule. r55 is R_SKIPPED. */
export const R_SPILLED_FIRST = R_ROUTINE_FIRST + 3;
export const SPILLED_IN_A_MOLECULE = 4;
