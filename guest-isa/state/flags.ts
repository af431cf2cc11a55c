/**
 * EFLAGS: bit positions, and the lazy arithmetic flags (Bochs' and others' carry-vector idea).
 * An ALU operation stores its sign-extended result and the vector of carries out of each bit;
 * the flags are read off when somebody asks. Any combination of flags can be stored, since two
 * bits of the carry word invert SF and PF.
 */
import { FLAG_CARRY, FLAG_RESULT, FLAGS_SYSTEM } from './layout.js';

export const CF = 0x1;
export const PF = 0x4;
export const AF = 0x10;
export const ZF = 0x40;
export const SF = 0x80;
export const TF = 0x100;
export const IF = 0x200;
export const DF = 0x400;
export const OF = 0x800;
export const IOPL = 0x3000;
export const NT = 0x4000;
export const RF = 0x10000;
export const VM = 0x20000;
export const AC = 0x40000;
export const VIF = 0x80000;
export const VIP = 0x100000;
export const ID = 0x200000;

/** The flags that ALU operations write. */
export const ARITHMETIC = CF | PF | AF | ZF | SF | OF;
/** Every bit that can be set, besides the constant bit 1. */
const SYSTEM = TF | IF | DF | IOPL | NT | RF | VM | AC | VIF | VIP | ID;

/** 1 for an even number of ones in the low byte. */
export function parityEven(value: number): number {
  const x = value ^ (value >>> 4);
  return (0x9669 >>> (x & 15)) & 1;
}

/** CF as 0 or 1. */
export function carryFlag(s: Int32Array): number {
  return s[FLAG_CARRY] >>> 31;
}

export function overflowFlag(s: Int32Array): number {
  const c = s[FLAG_CARRY];
  return (c ^ (c << 1)) >>> 31;
}

export function signFlag(s: Int32Array): number {
  return (s[FLAG_RESULT] >>> 31) ^ (s[FLAG_CARRY] & 1);
}

export function parityFlag(s: Int32Array): number {
  return parityEven(s[FLAG_RESULT]) ^ ((s[FLAG_CARRY] >>> 2) & 1);
}

/** The six arithmetic flags at their places in EFLAGS. */
export function arithmeticFlags(s: Int32Array): number {
  return (
    carryFlag(s) |
    (parityFlag(s) << 2) |
    ((s[FLAG_CARRY] & 8) << 1) |
    (s[FLAG_RESULT] === 0 ? ZF : 0) |
    (signFlag(s) << 7) |
    (overflowFlag(s) << 11)
  );
}

/** Sets the six arithmetic flags from EFLAGS bits. */
export function setArithmeticFlags(s: Int32Array, flags: number): void {
  const zero = (flags >>> 6) & 1;
  const carry = flags & 1;
  const overflow = (flags >>> 11) & 1;
  s[FLAG_RESULT] = zero ^ 1;
  s[FLAG_CARRY] =
    (carry << 31) |
    ((carry ^ overflow) << 30) |
    ((flags & AF) >>> 1) |
    ((flags >>> 7) & 1) |
    ((((flags >>> 2) & 1) ^ zero) << 2);
}

export function readEflags(s: Int32Array): number {
  return s[FLAGS_SYSTEM] | arithmeticFlags(s);
}

/** Writes EFLAGS whole; bits that do not exist are dropped. */
export function writeEflags(s: Int32Array, flags: number): void {
  s[FLAGS_SYSTEM] = (flags & SYSTEM) | 2;
  setArithmeticFlags(s, flags);
}

/** Condition codes in encoding order (jcc, setcc, cmovcc): 0 or 1. */
export function condition(s: Int32Array, code: number): number {
  const result = s[FLAG_RESULT];
  const carry = s[FLAG_CARRY];
  const invert = code & 1;
  switch (code >> 1) {
    case 0: // o
      return ((carry ^ (carry << 1)) >>> 31) ^ invert;
    case 1: // b
      return (carry >>> 31) ^ invert;
    case 2: // z
      return (result === 0 ? 1 : 0) ^ invert;
    case 3: // be
      return (result === 0 || carry < 0 ? 1 : 0) ^ invert;
    case 4: // s
      return ((result ^ (carry << 31)) >>> 31) ^ invert;
    case 5: // p
      return parityFlag(s) ^ invert;
    case 6: // l
      return ((result ^ (carry << 31) ^ carry ^ (carry << 1)) >>> 31) ^ invert;
    default: // le
      return (result === 0 || (result ^ (carry << 31) ^ carry ^ (carry << 1)) < 0 ? 1 : 0) ^ invert;
  }
}
