/**
 * The host's integer registers by number (Crusoe's conventions where they are known: r0 up hold the
 * guest's registers, r58 link, r59 from, r62 sink, r63 zero).
 *
 * Registers 0-15 mirror the first words of the guest's state block word for word: a commit copies the
 * shadowed ones there. Numbers 8, 10-12, 14, 15 are not general registers (the block keeps other things
 * in those words; the condition codes are words 11 and 12, MQ is word 15).
 */
export const R_EIP = 9;
export const R_SYSTEM_FLAGS = 13;
/** Words of the working file where the condition codes (result, carry vector) and MQ lie. */
export const CC_RESULT = 11;
export const CC_CARRY = 12;
export const MQ = 15;
/** First and last register that code may use freely between commits, before the reserved ones. */
export const FIRST_TEMPORARY = 16;
/** Reserved for the host assembly routines of the code morphing software and for exit stubs, never allocated. */
export const R_ROUTINE_FIRST = 48;
export const R_ROUTINE_LAST = 55;
/** Where code leaves at a commit how many guest instructions its path has jumped over, if it can. */
export const R_SKIPPED = R_ROUTINE_LAST;
/** Identity of the guest's mode (context) under which translated code runs; set by the dispatcher. */
export const R_CONTEXT = 56;
export const R_LINK = 58;
export const R_SINK = 62;
export const R_ZERO = 63;
/** Shadowed registers, in the order of the commit. */
export const SHADOWED = [
  0,
  1,
  2,
  3,
  4,
  5,
  6,
  7,
  R_EIP,
  CC_RESULT,
  CC_CARRY,
  R_SYSTEM_FLAGS,
] as const;
