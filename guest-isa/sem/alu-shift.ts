/**
 * Shifts and rotates with their flags (SDM vol. 2: SAL/SAR/SHL/SHR, RCL/RCR/ROL/ROR, SHLD, SHRD).
 * The count is masked to five bits; a count of zero changes no flag. Where the manual leaves OF
 * undefined (counts above one) it gets the value that the one-bit formula gives, as silicon does.
 */
import { FLAG_CARRY } from '../state/layout.js';
import { keepCarryOverflow, keepFlags } from './alu.js';

type State = Int32Array;

const extend = (value: number, bits: number): number => (value << (32 - bits)) >> (32 - bits);

function shl(s: State, bits: number, a: number, count: number): number {
  const n = count & 31;
  if (n === 0) return a;
  const r = n >= bits ? (bits === 32 ? a << n : 0) : a << n;
  const carry = n > bits ? 0 : (a >>> (bits - n)) & 1;
  const result = extend(r, bits);
  keepFlags(s, result, carry, carry ^ (result >>> 31));
  return r;
}

function shr(s: State, bits: number, a: number, count: number): number {
  const n = count & 31;
  if (n === 0) return a;
  const value = bits === 32 ? a >>> 0 : a & ((1 << bits) - 1);
  const r = value >>> n;
  const carry = (value >>> (n - 1)) & 1;
  // After one bit OF is the old sign; after more, the bit below the sign, which is zero then.
  keepFlags(s, extend(r, bits), carry, (((r << 1) ^ r) >>> (bits - 1)) & 1);
  return r | 0;
}

function sar(s: State, bits: number, a: number, count: number): number {
  const n = count & 31;
  if (n === 0) return a;
  const value = extend(a, bits);
  const r = value >> n;
  keepFlags(s, r, (value >> (n - 1)) & 1, 0);
  return r;
}

function rol(s: State, bits: number, a: number, count: number): number {
  if ((count & 31) === 0) return a;
  const n = count & (bits - 1);
  const value = bits === 32 ? a : a & ((1 << bits) - 1);
  const r = n === 0 ? value : (value << n) | (value >>> (bits - n));
  const carry = r & 1;
  keepCarryOverflow(s, carry, carry ^ ((r >>> (bits - 1)) & 1));
  return r;
}

function ror(s: State, bits: number, a: number, count: number): number {
  if ((count & 31) === 0) return a;
  const n = count & (bits - 1);
  const value = bits === 32 ? a : a & ((1 << bits) - 1);
  const r = n === 0 ? value : (value >>> n) | (value << (bits - n));
  const carry = (r >>> (bits - 1)) & 1;
  keepCarryOverflow(s, carry, carry ^ ((r >>> (bits - 2)) & 1));
  return r;
}

function rcl(s: State, bits: number, a: number, count: number): number {
  if ((count & 31) === 0) return a;
  const n = (count & 31) % (bits + 1);
  let value = a;
  let carry = s[FLAG_CARRY] >>> 31;
  for (let i = 0; i < n; i++) {
    const out = (value >>> (bits - 1)) & 1;
    value = (value << 1) | carry;
    carry = out;
  }
  keepCarryOverflow(s, carry, carry ^ ((value >>> (bits - 1)) & 1));
  return value;
}

function rcr(s: State, bits: number, a: number, count: number): number {
  if ((count & 31) === 0) return a;
  const n = (count & 31) % (bits + 1);
  let value = bits === 32 ? a : a & ((1 << bits) - 1);
  let carry = s[FLAG_CARRY] >>> 31;
  for (let i = 0; i < n; i++) {
    const out = value & 1;
    value = (value >>> 1) | (carry << (bits - 1));
    carry = out;
  }
  keepCarryOverflow(s, carry, ((value >>> (bits - 1)) ^ (value >>> (bits - 2))) & 1);
  return value;
}

export const shl8 = (s: State, a: number, n: number): number => shl(s, 8, a, n);
export const shl16 = (s: State, a: number, n: number): number => shl(s, 16, a, n);
export function shl32(s: State, a: number, count: number): number {
  const n = count & 31;
  if (n === 0) return a;
  const r = a << n;
  const carry = (a >>> (32 - n)) & 1;
  keepFlags(s, r, carry, carry ^ (r >>> 31));
  return r;
}
export const shr8 = (s: State, a: number, n: number): number => shr(s, 8, a, n);
export const shr16 = (s: State, a: number, n: number): number => shr(s, 16, a, n);
export function shr32(s: State, a: number, count: number): number {
  const n = count & 31;
  if (n === 0) return a;
  const r = a >>> n;
  keepFlags(s, r | 0, (a >>> (n - 1)) & 1, ((r << 1) ^ r) >>> 31);
  return r | 0;
}
export const sar8 = (s: State, a: number, n: number): number => sar(s, 8, a, n);
export const sar16 = (s: State, a: number, n: number): number => sar(s, 16, a, n);
export const sar32 = (s: State, a: number, n: number): number => sar(s, 32, a, n);
export const rol8 = (s: State, a: number, n: number): number => rol(s, 8, a, n);
export const rol16 = (s: State, a: number, n: number): number => rol(s, 16, a, n);
export const rol32 = (s: State, a: number, n: number): number => rol(s, 32, a, n);
export const ror8 = (s: State, a: number, n: number): number => ror(s, 8, a, n);
export const ror16 = (s: State, a: number, n: number): number => ror(s, 16, a, n);
export const ror32 = (s: State, a: number, n: number): number => ror(s, 32, a, n);
export const rcl8 = (s: State, a: number, n: number): number => rcl(s, 8, a, n);
export const rcl16 = (s: State, a: number, n: number): number => rcl(s, 16, a, n);
export const rcl32 = (s: State, a: number, n: number): number => rcl(s, 32, a, n);
export const rcr8 = (s: State, a: number, n: number): number => rcr(s, 8, a, n);
export const rcr16 = (s: State, a: number, n: number): number => rcr(s, 16, a, n);
export const rcr32 = (s: State, a: number, n: number): number => rcr(s, 32, a, n);

/** Double shifts: `b` fills what `a` vacates. For 16 bits a count above 16 is undefined; the fill then repeats a:b:a as silicon does. */
export function shld32(s: State, a: number, b: number, count: number): number {
  const n = count & 31;
  if (n === 0) return a;
  const r = (a << n) | (b >>> (32 - n));
  keepFlags(s, r, (a >>> (32 - n)) & 1, (a ^ r) >>> 31);
  return r;
}
export function shrd32(s: State, a: number, b: number, count: number): number {
  const n = count & 31;
  if (n === 0) return a;
  const r = (a >>> n) | (b << (32 - n));
  keepFlags(s, r, (a >>> (n - 1)) & 1, (a ^ r) >>> 31);
  return r;
}
export function shld16(s: State, a: number, b: number, count: number): number {
  const n = count & 31;
  if (n === 0) return a;
  const wide = ((a & 0xffff) << 16) | (b & 0xffff);
  const r = n <= 16 ? wide >>> (16 - n) : (b << (n - 16)) | ((a & 0xffff) >>> (32 - n));
  const carry = n <= 16 ? (a >>> (16 - n)) & 1 : (b >>> (32 - n)) & 1;
  keepFlags(s, extend(r, 16), carry, ((a ^ r) >>> 15) & 1);
  return r;
}
export function shrd16(s: State, a: number, b: number, count: number): number {
  const n = count & 31;
  if (n === 0) return a;
  const wide = ((b & 0xffff) << 16) | (a & 0xffff);
  const r = n <= 16 ? wide >>> n : ((b & 0xffff) >>> (n - 16)) | (a << (32 - n));
  const carry = n <= 16 ? (wide >>> (n - 1)) & 1 : (b >>> (n - 17)) & 1;
  keepFlags(s, extend(r, 16), carry, ((a ^ r) >>> 15) & 1);
  return r;
}
