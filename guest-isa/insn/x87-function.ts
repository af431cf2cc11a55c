/**
 * x87 operations on the top of the stack: sign, square root, rounding, scaling, remainders,
 * FXTRACT and the transcendental functions (Intel SDM vol. 2 under their names).
 */
import {
  arctangent,
  cosine,
  EXPONENT_MAX,
  exp2m1,
  extract,
  type F80Unit,
  remainderNearest,
  remainderTruncated,
  roundToInteger,
  scale,
  sine,
  sineCosine,
  sqrt,
  tangent,
  yLog2x,
  yLog2xp1,
} from '../../base/f80/index.js';
import type { Fpu } from '../fpu/fpu.js';
import { SW_C0, SW_C1, SW_C2, SW_C3, SW_CONDITION } from '../fpu/words.js';
import { FPU_HI, FPU_LO, FPU_SE } from '../state/layout.js';
import { type Direct, direct, type InsnRow } from './row.js';
import type { Binary } from './x87-arithmetic.js';

type Unary = (u: F80Unit, se: number, hi: number, lo: number) => void;

/** Runs an operation on ST0; the caller has made sure that there is one. */
function onTop(fpu: Fpu, s: Int32Array, operation: Unary): void {
  const p = fpu.index(0);
  operation(fpu.unit, s[FPU_SE + p], s[FPU_HI + p], s[FPU_LO + p]);
}

/** Runs an operation on ST0 and ST1. */
function onTwo(fpu: Fpu, s: Int32Array, operation: Binary): void {
  const a = fpu.index(0);
  const b = fpu.index(1);
  operation(
    fpu.unit,
    s[FPU_SE + a],
    s[FPU_HI + a],
    s[FPU_LO + a],
    s[FPU_SE + b],
    s[FPU_HI + b],
    s[FPU_LO + b],
  );
}

/** ST0 = f(ST0). */
const unary =
  (operation: Unary): Direct =>
  (cpu, op) => {
    const fpu = cpu.fpu;
    if (fpu.blocked(cpu)) return;
    fpu.note(cpu, op);
    if (fpu.isEmpty(0)) {
      if (fpu.underflow()) fpu.setIndefinite(0);
      return;
    }
    onTop(fpu, cpu.s, operation);
    if (fpu.settle()) fpu.put(0);
  };

/** ST0 with another sign: bits only, no exception but a stack fault. */
const sign =
  (change: (se: number) => number): Direct =>
  (cpu, op) => {
    const fpu = cpu.fpu;
    if (fpu.blocked(cpu)) return;
    fpu.note(cpu, op);
    if (fpu.isEmpty(0)) {
      if (fpu.underflow()) fpu.setIndefinite(0);
      return;
    }
    fpu.clearC1();
    const p = FPU_SE + fpu.index(0);
    cpu.s[p] = change(cpu.s[p]);
  };

/** ST0 = f(ST0, ST1). */
const binary =
  (operation: Binary): Direct =>
  (cpu, op) => {
    const fpu = cpu.fpu;
    if (fpu.blocked(cpu)) return;
    fpu.note(cpu, op);
    if (fpu.isEmpty(0) || fpu.isEmpty(1)) {
      if (fpu.underflow()) fpu.setIndefinite(0);
      return;
    }
    onTwo(fpu, cpu.s, operation);
    if (fpu.settle()) fpu.put(0);
  };

/** ST1 = f(ST0, ST1), then pop. */
const binaryPop =
  (operation: Binary): Direct =>
  (cpu, op) => {
    const fpu = cpu.fpu;
    if (fpu.blocked(cpu)) return;
    fpu.note(cpu, op);
    if (fpu.isEmpty(0) || fpu.isEmpty(1)) {
      if (!fpu.underflow()) return;
      fpu.setIndefinite(1);
      fpu.pop();
      return;
    }
    onTwo(fpu, cpu.s, operation);
    if (!fpu.settle()) return;
    fpu.put(1);
    fpu.pop();
  };

/**
 * FPREM, FPREM1: C2 says that the reduction is not complete; C0, C3, C1 are the quotient's low bits.
 * Where there is no quotient (NaN, invalid, unmasked denormal), C0 and C3 stay.
 */
const remainder =
  (operation: Binary): Direct =>
  (cpu, op) => {
    const fpu = cpu.fpu;
    if (fpu.blocked(cpu)) return;
    fpu.note(cpu, op);
    if (fpu.isEmpty(0) || fpu.isEmpty(1)) {
      fpu.setCondition(SW_C2, 0);
      if (fpu.underflow()) fpu.setIndefinite(0);
      return;
    }
    const u = fpu.unit;
    onTwo(fpu, cpu.s, operation);
    const stored = fpu.settle();
    if (!stored || (u.se & EXPONENT_MAX) === EXPONENT_MAX) fpu.setCondition(SW_C2, 0);
    else {
      const quotient =
        (u.quotient & 4 ? SW_C0 : 0) | (u.quotient & 2 ? SW_C3 : 0) | (u.quotient & 1 ? SW_C1 : 0);
      fpu.setCondition(SW_CONDITION, quotient | (u.incomplete ? SW_C2 : 0));
    }
    if (stored) fpu.put(0);
  };

/** FSIN, FCOS: C2 and no change for operands out of range. */
const trigonometric =
  (operation: Unary): Direct =>
  (cpu, op) => {
    const fpu = cpu.fpu;
    if (fpu.blocked(cpu)) return;
    fpu.note(cpu, op);
    fpu.setCondition(SW_C2, 0);
    if (fpu.isEmpty(0)) {
      if (fpu.underflow()) fpu.setIndefinite(0);
      return;
    }
    onTop(fpu, cpu.s, operation);
    if (fpu.unit.incomplete) fpu.setCondition(SW_CONDITION & ~(SW_C0 | SW_C3), SW_C2);
    else if (fpu.settle()) fpu.put(0);
  };

/** FSINCOS, FPTAN, FXTRACT: the result replaces ST0, the second result is pushed. */
const pushing =
  (operation: Unary, hasRange: boolean): Direct =>
  (cpu, op) => {
    const fpu = cpu.fpu;
    if (fpu.blocked(cpu)) return;
    fpu.note(cpu, op);
    if (hasRange) fpu.setCondition(SW_C2, 0);
    const missing = fpu.isEmpty(0);
    if (missing || !fpu.isEmpty(7)) {
      if (missing ? !fpu.underflow() : !fpu.overflow()) return;
      fpu.setIndefinite(0);
      fpu.push();
      fpu.setIndefinite(0);
      return;
    }
    const u = fpu.unit;
    onTop(fpu, cpu.s, operation);
    if (hasRange && u.incomplete) {
      fpu.setCondition(SW_C2 | SW_C1, SW_C2);
      return;
    }
    if (!fpu.settle()) return;
    fpu.put(0);
    fpu.push();
    fpu.set(0, u.se2, u.hi2, u.lo2);
  };

const options = { feature: 'fpu', faults: '#NM #MF' };

export const x87FunctionRows: readonly InsnRow[] = [
  direct(
    'fchs',
    'd9 e0',
    '',
    sign((se) => se ^ 0x8000),
    options,
  ),
  direct(
    'fabs',
    'd9 e1',
    '',
    sign((se) => se & 0x7fff),
    options,
  ),
  direct('f2xm1', 'd9 f0', '', unary(exp2m1), options),
  direct('fyl2x', 'd9 f1', '', binaryPop(yLog2x), options),
  direct('fptan', 'd9 f2', '', pushing(tangent, true), options),
  direct('fpatan', 'd9 f3', '', binaryPop(arctangent), options),
  direct('fxtract', 'd9 f4', '', pushing(extract, false), options),
  direct('fprem1', 'd9 f5', '', remainder(remainderNearest), options),
  direct('fprem', 'd9 f8', '', remainder(remainderTruncated), options),
  direct('fyl2xp1', 'd9 f9', '', binaryPop(yLog2xp1), options),
  direct('fsqrt', 'd9 fa', '', unary(sqrt), options),
  direct('fsincos', 'd9 fb', '', pushing(sineCosine, true), options),
  direct('frndint', 'd9 fc', '', unary(roundToInteger), options),
  direct('fscale', 'd9 fd', '', binary(scale), options),
  direct('fsin', 'd9 fe', '', trigonometric(sine), options),
  direct('fcos', 'd9 ff', '', trigonometric(cosine), options),
];
