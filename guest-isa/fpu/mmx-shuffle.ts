/**
 * MMX operations that move data between the halves of a register: pack, unpack, shifts (Intel SDM
 * vol. 2 under the instructions' names). The destination is register `p` in the guest state; `hi`
 * and `lo` are the source operand's halves.
 */
import { FPU_HI, FPU_LO } from '../state/layout.js';
import {
  clampSigned8,
  clampSigned16,
  clampUnsigned8,
  shiftArithmeticWords,
  shiftLeftWords,
  shiftRightWords,
} from './mmx-lanes.js';

export type WholeOperation = (s: Int32Array, p: number, hi: number, lo: number) => void;

function write(s: Int32Array, p: number, hi: number, lo: number): void {
  s[FPU_HI + p] = hi;
  s[FPU_LO + p] = lo;
}

/** Interleaves the low words of two dwords, or their high words. */
const lowWords = (a: number, b: number): number => (a & 0xffff) | (b << 16);
const highWords = (a: number, b: number): number => (a >>> 16) | (b & 0xffff0000);
/** Interleaves the bytes of a word with those of another one. */
const interleave = (a: number, b: number): number =>
  (a & 0xff) | ((b & 0xff) << 8) | ((a & 0xff00) << 8) | ((b & 0xff00) << 16);

const unpackBytes = (s: Int32Array, p: number, a: number, b: number): void =>
  write(s, p, interleave(a >>> 16, b >>> 16), interleave(a, b));
const unpackWords = (s: Int32Array, p: number, a: number, b: number): void =>
  write(s, p, highWords(a, b), lowWords(a, b));

export const punpcklbw: WholeOperation = (s, p, _hi, lo) => unpackBytes(s, p, s[FPU_LO + p], lo);
export const punpcklwd: WholeOperation = (s, p, _hi, lo) => unpackWords(s, p, s[FPU_LO + p], lo);
export const punpckldq: WholeOperation = (s, p, _hi, lo) => write(s, p, lo, s[FPU_LO + p]);
export const punpckhbw: WholeOperation = (s, p, hi) => unpackBytes(s, p, s[FPU_HI + p], hi);
export const punpckhwd: WholeOperation = (s, p, hi) => unpackWords(s, p, s[FPU_HI + p], hi);
export const punpckhdq: WholeOperation = (s, p, hi) => write(s, p, hi, s[FPU_HI + p]);

/** Four words, saturated to bytes. */
const packBytes =
  (clamp: (x: number) => number) =>
  (hi: number, lo: number): number =>
    (clamp((lo << 16) >> 16) & 0xff) |
    ((clamp(lo >> 16) & 0xff) << 8) |
    ((clamp((hi << 16) >> 16) & 0xff) << 16) |
    (clamp(hi >> 16) << 24);
const packSigned = packBytes(clampSigned8);
const packUnsigned = packBytes(clampUnsigned8);
const packDwords = (hi: number, lo: number): number =>
  (clampSigned16(lo) & 0xffff) | (clampSigned16(hi) << 16);

const pack =
  (narrow: (hi: number, lo: number) => number): WholeOperation =>
  (s, p, hi, lo) =>
    write(s, p, narrow(hi, lo), narrow(s[FPU_HI + p], s[FPU_LO + p]));

export const packsswb = pack(packSigned);
export const packuswb = pack(packUnsigned);
export const packssdw = pack(packDwords);

/** Both halves shifted by a count; `limit` is the first count that shifts everything out. */
const shift =
  (half: (a: number, count: number) => number, limit: number): WholeOperation =>
  (s, p, hi, lo) => {
    if (hi !== 0 || lo >>> 0 >= limit) write(s, p, 0, 0);
    else write(s, p, half(s[FPU_HI + p], lo), half(s[FPU_LO + p], lo));
  };

/** The same for arithmetic shifts, where too large a count leaves the sign. */
const shiftArithmetic =
  (half: (a: number, count: number) => number, limit: number): WholeOperation =>
  (s, p, hi, lo) => {
    const count = hi !== 0 || lo >>> 0 >= limit ? limit - 1 : lo;
    write(s, p, half(s[FPU_HI + p], count), half(s[FPU_LO + p], count));
  };

export const psllw = shift(shiftLeftWords, 16);
export const psrlw = shift(shiftRightWords, 16);
export const psraw = shiftArithmetic(shiftArithmeticWords, 16);
export const pslld = shift((a, count) => a << count, 32);
export const psrld = shift((a, count) => a >>> count, 32);
export const psrad = shiftArithmetic((a, count) => a >> count, 32);

export const psllq: WholeOperation = (s, p, hi, lo) => {
  const a = s[FPU_LO + p];
  if (hi !== 0 || lo >>> 0 > 63) write(s, p, 0, 0);
  else if (lo >= 32) write(s, p, a << (lo - 32), 0);
  else if (lo > 0) write(s, p, (s[FPU_HI + p] << lo) | (a >>> (32 - lo)), a << lo);
};

export const psrlq: WholeOperation = (s, p, hi, lo) => {
  const a = s[FPU_HI + p];
  if (hi !== 0 || lo >>> 0 > 63) write(s, p, 0, 0);
  else if (lo >= 32) write(s, p, 0, a >>> (lo - 32));
  else if (lo > 0) write(s, p, a >>> lo, (s[FPU_LO + p] >>> lo) | (a << (32 - lo)));
};
