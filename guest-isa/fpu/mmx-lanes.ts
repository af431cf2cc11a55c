/**
 * Packed arithmetic of MMX (Intel SDM vol. 1, 9.4; vol. 2 under the instructions' names) on halves
 * of the 64-bit registers: each function takes and gives 32 bits, that is one dword, two words or
 * four bytes. What moves data between the halves is in mmx-shuffle.ts.
 */

/** One half of the destination and of the source. */
export type HalfOperation = (a: number, b: number) => number;

const low16 = (x: number): number => (x << 16) >> 16;
const high16 = (x: number): number => x >> 16;
const byte = (x: number, shift: number): number => (x >>> shift) & 0xff;
const signedByte = (x: number, shift: number): number => (x << (24 - shift)) >> 24;
const words = (low: number, high: number): number => (low & 0xffff) | (high << 16);
const bytes = (b0: number, b1: number, b2: number, b3: number): number =>
  (b0 & 0xff) | ((b1 & 0xff) << 8) | ((b2 & 0xff) << 16) | (b3 << 24);

const clamp = (x: number, least: number, most: number): number =>
  Math.max(least, Math.min(most, x));
export const clampSigned8 = (x: number): number => clamp(x, -0x80, 0x7f);
export const clampSigned16 = (x: number): number => clamp(x, -0x8000, 0x7fff);
export const clampUnsigned8 = (x: number): number => clamp(x, 0, 0xff);
const clampUnsigned16 = (x: number): number => clamp(x, 0, 0xffff);

type Lane = (a: number, b: number) => number;

const plus: Lane = (a, b) => a + b;
const minus: Lane = (a, b) => a - b;

const signedWords =
  (lane: Lane): HalfOperation =>
  (a, b) =>
    words(lane(low16(a), low16(b)), lane(high16(a), high16(b)));

const unsignedWords =
  (lane: Lane): HalfOperation =>
  (a, b) =>
    words(lane(a & 0xffff, b & 0xffff), lane(a >>> 16, b >>> 16));

const signedBytes =
  (lane: Lane): HalfOperation =>
  (a, b) =>
    bytes(
      lane(signedByte(a, 0), signedByte(b, 0)),
      lane(signedByte(a, 8), signedByte(b, 8)),
      lane(signedByte(a, 16), signedByte(b, 16)),
      lane(signedByte(a, 24), signedByte(b, 24)),
    );

const unsignedBytes =
  (lane: Lane): HalfOperation =>
  (a, b) =>
    bytes(
      lane(byte(a, 0), byte(b, 0)),
      lane(byte(a, 8), byte(b, 8)),
      lane(byte(a, 16), byte(b, 16)),
      lane(byte(a, 24), byte(b, 24)),
    );

/** Wrapping sums of four bytes or two words at once: carries are kept from crossing lanes. */
const addLanes =
  (signBits: number): HalfOperation =>
  (a, b) =>
    ((a & ~signBits) + (b & ~signBits)) ^ ((a ^ b) & signBits);
const subLanes =
  (signBits: number): HalfOperation =>
  (a, b) =>
    ((a | signBits) - (b & ~signBits)) ^ ((a ^ ~b) & signBits);
const BYTE_SIGNS = 0x80808080 | 0;
const WORD_SIGNS = 0x80008000 | 0;

export const paddb = addLanes(BYTE_SIGNS);
export const paddw = addLanes(WORD_SIGNS);
export const paddd: HalfOperation = (a, b) => (a + b) | 0;
export const psubb = subLanes(BYTE_SIGNS);
export const psubw = subLanes(WORD_SIGNS);
export const psubd: HalfOperation = (a, b) => (a - b) | 0;

export const paddsb = signedBytes((a, b) => clampSigned8(plus(a, b)));
export const paddsw = signedWords((a, b) => clampSigned16(plus(a, b)));
export const paddusb = unsignedBytes((a, b) => clampUnsigned8(plus(a, b)));
export const paddusw = unsignedWords((a, b) => clampUnsigned16(plus(a, b)));
export const psubsb = signedBytes((a, b) => clampSigned8(minus(a, b)));
export const psubsw = signedWords((a, b) => clampSigned16(minus(a, b)));
export const psubusb = unsignedBytes((a, b) => clampUnsigned8(minus(a, b)));
export const psubusw = unsignedWords((a, b) => clampUnsigned16(minus(a, b)));

export const pmullw = signedWords((a, b) => a * b);
export const pmulhw = signedWords((a, b) => (a * b) >> 16);
/** Both products are -2^31 at least and 2^30 at most; their sum may wrap to -2^31. */
export const pmaddwd: HalfOperation = (a, b) => (low16(a) * low16(b) + high16(a) * high16(b)) | 0;

export const pcmpeqb = unsignedBytes((a, b) => (a === b ? -1 : 0));
export const pcmpeqw = unsignedWords((a, b) => (a === b ? -1 : 0));
export const pcmpeqd: HalfOperation = (a, b) => (a === b ? -1 : 0);
export const pcmpgtb = signedBytes((a, b) => (a > b ? -1 : 0));
export const pcmpgtw = signedWords((a, b) => (a > b ? -1 : 0));
export const pcmpgtd: HalfOperation = (a, b) => (a > b ? -1 : 0);

export const pand: HalfOperation = (a, b) => a & b;
export const pandn: HalfOperation = (a, b) => ~a & b;
export const por: HalfOperation = (a, b) => a | b;
export const pxor: HalfOperation = (a, b) => a ^ b;

/** Shifts of words and dwords by a count that is below the width (`psra`: below or equal to it less one). */
export const shiftLeftWords = (a: number, count: number): number =>
  words(a << count, (a >>> 16) << count);
export const shiftRightWords = (a: number, count: number): number =>
  words((a & 0xffff) >>> count, (a >>> 16) >>> count);
export const shiftArithmeticWords = (a: number, count: number): number =>
  words(low16(a) >> count, high16(a) >> count);
