/**
 * One x87 arithmetic unit: the control that an operation obeys and the place where it
 * leaves its results, so that no operation allocates. Operations are functions of this
 * folder with the unit as first argument and operands as (se, hi, lo) triples.
 *
 * Contract of every operation: it sets `flags` (exceptions of this operation alone, in
 * status word order), `roundedUp` (C1 of an inexact result), `stored` and the result.
 * `stored` is false when an unmasked exception forbids the result: the caller then
 * leaves its destination (and, for loads and pops, the stack) as it was. Unmasked
 * overflow and underflow with a register destination do store, with a biased exponent.
 * The caller ORs `flags` into the status word and owns the stack fault bit SF.
 */
import { IE, INDEFINITE_HI, INDEFINITE_SE, type Precision, type Rounding } from './format.js';
import { PiReduction } from './reduction.js';
import { WideArithmetic } from './wide.js';

const PRECISIONS: readonly Precision[] = [24, 64, 53, 64];

export class F80Unit {
  /** PC: 24, 53 or 64. The reserved encoding 01 acts as 64, as it does on AMD processors. */
  precision: Precision = 64;
  /** RC: 0 nearest even, 1 down, 2 up, 3 toward zero. */
  rounding: Rounding = 0;
  /** Bits 0-5 of the control word; a set bit masks the exception. */
  masks = 0x3f;

  /** Result. */
  se = 0;
  hi = 0;
  lo = 0;
  /** Second result (FXTRACT, FSINCOS, FPTAN): what is pushed after the first. */
  se2 = 0;
  hi2 = 0;
  lo2 = 0;
  flags = 0;
  roundedUp = false;
  stored = true;
  /** Low three bits of the quotient of FPREM and FPREM1. */
  quotient = 0;
  /** C2: FPREM is not complete, or the operand of a trigonometric function is out of range. */
  incomplete = false;
  /**
   * DE when the memory operand widened last was a denormal: the next operation raises it.
   * A normalized f80 does not show any more what it was in memory.
   */
  denormalOperand = 0;

  /** One double seen as two int32 (little-endian hosts only, as everywhere in this project). */
  readonly scratchF64 = new Float64Array(1);
  readonly scratchI32 = new Int32Array(this.scratchF64.buffer);

  /** Working storage of the transcendental functions. */
  readonly wide = new WideArithmetic();
  readonly reduction = new PiReduction();

  /** Takes precision, rounding and masks from the x87 control word. */
  setControl(controlWord: number): void {
    this.precision = PRECISIONS[(controlWord >> 8) & 3] as Precision;
    this.rounding = ((controlWord >> 10) & 3) as Rounding;
    this.masks = controlWord & 0x3f;
  }
}

/** Clears what the previous operation reported. */
export function begin(u: F80Unit): void {
  u.flags = 0;
  u.roundedUp = false;
  u.stored = true;
}

export function setResult(u: F80Unit, se: number, hi: number, lo: number): void {
  u.se = se;
  u.hi = hi;
  u.lo = lo;
}

export function setSecond(u: F80Unit, se: number, hi: number, lo: number): void {
  u.se2 = se;
  u.hi2 = hi;
  u.lo2 = lo;
}

/** Raises an exception that is detected before the operation; true when it is unmasked and the operation must stop. */
export function raise(u: F80Unit, flag: number): boolean {
  u.flags |= flag;
  if ((u.masks & flag) !== 0) return false;
  u.stored = false;
  return true;
}

/** Invalid operation: the masked response is the real indefinite. */
export function invalid(u: F80Unit): void {
  raise(u, IE);
  setResult(u, INDEFINITE_SE, INDEFINITE_HI, 0);
}
