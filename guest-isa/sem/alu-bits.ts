/**
 * Bit instructions (BT family, BSF, BSR, BSWAP) and flag transfers (SAHF, LAHF, CMC, STC, CLC,
 * CLD, STD). BT leaves every flag but CF alone; BSF and BSR write ZF, and of the flags that the
 * manual leaves undefined keep what P6 keeps.
 */
import { arithmeticFlags, DF, OF, setArithmeticFlags, ZF } from '../state/flags.js';
import { FLAG_CARRY, FLAGS_SYSTEM } from '../state/layout.js';
import { keepCarryOnly } from './alu.js';

type State = Int32Array;

/** The bit number is taken modulo the width; the new value is returned, CF gets the old bit. */
function bitTest(s: State, bits: number, a: number, bit: number): number {
  const n = bit & (bits - 1);
  keepCarryOnly(s, (a >>> n) & 1);
  return n;
}

export const bt16 = (s: State, a: number, bit: number): number => bitTest(s, 16, a, bit);
export const bt32 = (s: State, a: number, bit: number): number => bitTest(s, 32, a, bit);
export const bts16 = (s: State, a: number, bit: number): number =>
  a | (1 << bitTest(s, 16, a, bit));
export const bts32 = (s: State, a: number, bit: number): number =>
  a | (1 << bitTest(s, 32, a, bit));
export const btr16 = (s: State, a: number, bit: number): number =>
  a & ~(1 << bitTest(s, 16, a, bit));
export const btr32 = (s: State, a: number, bit: number): number =>
  a & ~(1 << bitTest(s, 32, a, bit));
export const btc16 = (s: State, a: number, bit: number): number =>
  a ^ (1 << bitTest(s, 16, a, bit));
export const btc32 = (s: State, a: number, bit: number): number =>
  a ^ (1 << bitTest(s, 32, a, bit));

function setZero(s: State, zero: boolean): void {
  setArithmeticFlags(s, (arithmeticFlags(s) & ~ZF) | (zero ? ZF : 0));
}

/** A zero source leaves the destination (`old`) unchanged, as all known processors do. */
export function bsf32(s: State, a: number, old: number): number {
  setZero(s, a === 0);
  return a === 0 ? old : 31 - Math.clz32(a & -a);
}
export const bsf16 = (s: State, a: number, old: number): number => bsf32(s, a & 0xffff, old);
export function bsr32(s: State, a: number, old: number): number {
  setZero(s, a === 0);
  return a === 0 ? old : 31 - Math.clz32(a);
}
export const bsr16 = (s: State, a: number, old: number): number => bsr32(s, a & 0xffff, old);

/** Sets ZF alone, from 0 or 1 (cmpxchg8b, lar, verr, arpl ...). */
export const keepZero = (s: State, zero: number): void => setZero(s, zero !== 0);

export const bswap32 = (_s: State, a: number): number =>
  (a << 24) | ((a & 0xff00) << 8) | ((a >>> 8) & 0xff00) | (a >>> 24);
/** Undefined by the manual; silicon gives zero. */
export const bswap16 = (_s: State, _a: number): number => 0;

export function sahf(s: State, ah: number): void {
  setArithmeticFlags(s, (arithmeticFlags(s) & OF) | (ah & 0xd5));
}
export const lahf = (s: State): number => (arithmeticFlags(s) & 0xd5) | 2;
export const cmc = (s: State): void => keepCarryOnly(s, (s[FLAG_CARRY] >>> 31) ^ 1);
export const stc = (s: State): void => keepCarryOnly(s, 1);
export const clc = (s: State): void => keepCarryOnly(s, 0);
export function cld(s: State): void {
  s[FLAGS_SYSTEM] &= ~DF;
}
export function std(s: State): void {
  s[FLAGS_SYSTEM] |= DF;
}
