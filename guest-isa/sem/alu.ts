/**
 * The ALU: x86 arithmetic and logic with its flags (SDM vol. 2, each instruction's "Flags
 * affected"), on lazy flags (state/flags.ts). One function per operation and width; operands may
 * carry garbage above their width, results may too (whoever writes them truncates).
 *
 * Sums and differences are recorded as result and carry vector: bit i of it is the carry (borrow)
 * out of bit i, moved up so that the operand's sign bit is bit 31.
 */
import { FLAG_CARRY, FLAG_RESULT } from '../state/layout.js';

type State = Int32Array;

/** The carry vector's bits that flags are made of, for each width. */
function keep8(s: State, result: number, carries: number): void {
  s[FLAG_RESULT] = (result << 24) >> 24;
  s[FLAG_CARRY] = ((carries << 24) & 0xc0000000) | (carries & 8);
}
function keep16(s: State, result: number, carries: number): void {
  s[FLAG_RESULT] = (result << 16) >> 16;
  s[FLAG_CARRY] = ((carries << 16) & 0xc0000000) | (carries & 8);
}
function keep32(s: State, result: number, carries: number): void {
  s[FLAG_RESULT] = result;
  s[FLAG_CARRY] = carries & 0xc0000008;
}

const addCarries = (a: number, b: number, r: number): number => (a & b) | ((a | b) & ~r);
const subBorrows = (a: number, b: number, r: number): number => (~a & b) | ((~a | b) & r);

export function add8(s: State, a: number, b: number): number {
  const r = a + b;
  keep8(s, r, addCarries(a, b, r));
  return r;
}
export function add16(s: State, a: number, b: number): number {
  const r = a + b;
  keep16(s, r, addCarries(a, b, r));
  return r;
}
export function add32(s: State, a: number, b: number): number {
  const r = (a + b) | 0;
  keep32(s, r, addCarries(a, b, r));
  return r;
}

export function adc8(s: State, a: number, b: number): number {
  const r = (a + b + (s[FLAG_CARRY] >>> 31)) | 0;
  keep8(s, r, addCarries(a, b, r));
  return r;
}
export function adc16(s: State, a: number, b: number): number {
  const r = (a + b + (s[FLAG_CARRY] >>> 31)) | 0;
  keep16(s, r, addCarries(a, b, r));
  return r;
}
export function adc32(s: State, a: number, b: number): number {
  const r = (a + b + (s[FLAG_CARRY] >>> 31)) | 0;
  keep32(s, r, addCarries(a, b, r));
  return r;
}

export function sub8(s: State, a: number, b: number): number {
  const r = (a - b) | 0;
  keep8(s, r, subBorrows(a, b, r));
  return r;
}
export function sub16(s: State, a: number, b: number): number {
  const r = (a - b) | 0;
  keep16(s, r, subBorrows(a, b, r));
  return r;
}
export function sub32(s: State, a: number, b: number): number {
  const r = (a - b) | 0;
  keep32(s, r, subBorrows(a, b, r));
  return r;
}

export function sbb8(s: State, a: number, b: number): number {
  const r = (a - b - (s[FLAG_CARRY] >>> 31)) | 0;
  keep8(s, r, subBorrows(a, b, r));
  return r;
}
export function sbb16(s: State, a: number, b: number): number {
  const r = (a - b - (s[FLAG_CARRY] >>> 31)) | 0;
  keep16(s, r, subBorrows(a, b, r));
  return r;
}
export function sbb32(s: State, a: number, b: number): number {
  const r = (a - b - (s[FLAG_CARRY] >>> 31)) | 0;
  keep32(s, r, subBorrows(a, b, r));
  return r;
}

/** inc and dec leave CF as it is: the new overflow is expressed relative to the old carry. */
function keepCarry(s: State, overflow: number, carries: number): void {
  const carry = s[FLAG_CARRY] & 0x80000000;
  s[FLAG_CARRY] = carry | ((carry >>> 1) ^ (overflow << 30)) | (carries & 8);
}

export function inc8(s: State, a: number): number {
  const r = (a + 1) | 0;
  keepCarry(s, (r & 0xff) === 0x80 ? 1 : 0, addCarries(a, 1, r));
  s[FLAG_RESULT] = (r << 24) >> 24;
  return r;
}
export function inc16(s: State, a: number): number {
  const r = (a + 1) | 0;
  keepCarry(s, (r & 0xffff) === 0x8000 ? 1 : 0, addCarries(a, 1, r));
  s[FLAG_RESULT] = (r << 16) >> 16;
  return r;
}
export function inc32(s: State, a: number): number {
  const r = (a + 1) | 0;
  keepCarry(s, r === -0x80000000 ? 1 : 0, addCarries(a, 1, r));
  s[FLAG_RESULT] = r;
  return r;
}
export function dec8(s: State, a: number): number {
  const r = (a - 1) | 0;
  keepCarry(s, (r & 0xff) === 0x7f ? 1 : 0, subBorrows(a, 1, r));
  s[FLAG_RESULT] = (r << 24) >> 24;
  return r;
}
export function dec16(s: State, a: number): number {
  const r = (a - 1) | 0;
  keepCarry(s, (r & 0xffff) === 0x7fff ? 1 : 0, subBorrows(a, 1, r));
  s[FLAG_RESULT] = (r << 16) >> 16;
  return r;
}
export function dec32(s: State, a: number): number {
  const r = (a - 1) | 0;
  keepCarry(s, r === 0x7fffffff ? 1 : 0, subBorrows(a, 1, r));
  s[FLAG_RESULT] = r;
  return r;
}

export const neg8 = (s: State, a: number): number => sub8(s, 0, a);
export const neg16 = (s: State, a: number): number => sub16(s, 0, a);
export const neg32 = (s: State, a: number): number => sub32(s, 0, a);

/** Flags of a logical result: CF and OF clear; AF, undefined, is cleared as current processors do. */
export function logic8(s: State, r: number): number {
  s[FLAG_RESULT] = (r << 24) >> 24;
  s[FLAG_CARRY] = 0;
  return r;
}
export function logic16(s: State, r: number): number {
  s[FLAG_RESULT] = (r << 16) >> 16;
  s[FLAG_CARRY] = 0;
  return r;
}
export function logic32(s: State, r: number): number {
  s[FLAG_RESULT] = r;
  s[FLAG_CARRY] = 0;
  return r;
}

export const and8 = (s: State, a: number, b: number): number => logic8(s, a & b);
export const and16 = (s: State, a: number, b: number): number => logic16(s, a & b);
export const and32 = (s: State, a: number, b: number): number => logic32(s, a & b);
export const or8 = (s: State, a: number, b: number): number => logic8(s, a | b);
export const or16 = (s: State, a: number, b: number): number => logic16(s, a | b);
export const or32 = (s: State, a: number, b: number): number => logic32(s, a | b);
export const xor8 = (s: State, a: number, b: number): number => logic8(s, a ^ b);
export const xor16 = (s: State, a: number, b: number): number => logic16(s, a ^ b);
export const xor32 = (s: State, a: number, b: number): number => logic32(s, a ^ b);

/** Sets CF and OF (0 or 1 each) with a result; AF clear. Shifts, rotates and products end here. */
export function keepFlags(s: State, result: number, carry: number, overflow: number): void {
  s[FLAG_RESULT] = result;
  s[FLAG_CARRY] = (carry << 31) | ((carry ^ overflow) << 30);
}

/** Sets CF and OF only (rotates). */
export function keepCarryOverflow(s: State, carry: number, overflow: number): void {
  s[FLAG_CARRY] = (s[FLAG_CARRY] & 0x3fffffff) | (carry << 31) | ((carry ^ overflow) << 30);
}

/** Sets CF only: OF keeps its value, which is stored relative to CF. */
export function keepCarryOnly(s: State, carry: number): void {
  const c = s[FLAG_CARRY];
  const overflow = (c ^ (c << 1)) >>> 31;
  keepCarryOverflow(s, carry, overflow);
}
