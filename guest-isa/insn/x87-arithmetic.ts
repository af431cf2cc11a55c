/**
 * x87 addition, subtraction, multiplication, division (Intel SDM vol. 2, FADD, FSUB, FSUBR, FMUL,
 * FDIV, FDIVR): with f32, f64, i16 and i32 memory operands, between registers, with and without
 * pop. In the opcodes dc and de the bit that tells fsub from fsubr has the opposite meaning, so
 * that the mnemonic always names destination minus source or source minus destination.
 *
 * An unmasked invalid operation, division by zero or denormal leaves destination and stack as they
 * were; unmasked overflow, underflow and precision deliver their result.
 */
import {
  add,
  div,
  type F80Unit,
  fromInt32,
  mul,
  sub,
  widenF32,
  widenF64,
} from '../../base/f80/index.js';
import type { Fpu } from '../fpu/fpu.js';
import { readLow } from '../fpu/memory.js';
import { effectiveAddress } from '../interp/effective-address.js';
import { FPU_HI, FPU_LO, FPU_SE } from '../state/layout.js';
import { type Direct, direct, type InsnRow } from './row.js';

/** Operands as (se, hi, lo) triples. */
export type Binary = (
  u: F80Unit,
  ase: number,
  ahi: number,
  alo: number,
  bse: number,
  bhi: number,
  blo: number,
) => void;

const subReversed: Binary = (u, ase, ahi, alo, bse, bhi, blo) =>
  sub(u, bse, bhi, blo, ase, ahi, alo);
const divReversed: Binary = (u, ase, ahi, alo, bse, bhi, blo) =>
  div(u, bse, bhi, blo, ase, ahi, alo);

/** ST0 = ST0 op the memory operand that the unit holds. */
function withTop(fpu: Fpu, s: Int32Array, operation: Binary): void {
  if (fpu.isEmpty(0)) {
    fpu.unit.denormalOperand = 0;
    if (fpu.underflow()) fpu.setIndefinite(0);
    return;
  }
  const u = fpu.unit;
  const p = fpu.index(0);
  operation(u, s[FPU_SE + p], s[FPU_HI + p], s[FPU_LO + p], u.se, u.hi, u.lo);
  if (fpu.settle()) fpu.put(0);
}

const memoryF32 =
  (operation: Binary): Direct =>
  (cpu, op) => {
    const fpu = cpu.fpu;
    if (fpu.blocked(cpu)) return;
    const offset = effectiveAddress(cpu, op);
    const bits = cpu.read32(op.seg, offset);
    fpu.noteMemory(cpu, op, offset);
    widenF32(fpu.unit, bits);
    withTop(fpu, cpu.s, operation);
  };

const memoryF64 =
  (operation: Binary): Direct =>
  (cpu, op) => {
    const fpu = cpu.fpu;
    if (fpu.blocked(cpu)) return;
    const offset = effectiveAddress(cpu, op);
    const low = readLow(cpu, op.seg, offset, 8);
    const high = cpu.read32(op.seg, (offset + 4) | 0);
    fpu.noteMemory(cpu, op, offset);
    widenF64(fpu.unit, high, low);
    withTop(fpu, cpu.s, operation);
  };

const memoryI16 =
  (operation: Binary): Direct =>
  (cpu, op) => {
    const fpu = cpu.fpu;
    if (fpu.blocked(cpu)) return;
    const offset = effectiveAddress(cpu, op);
    const value = (cpu.read16(op.seg, offset) << 16) >> 16;
    fpu.noteMemory(cpu, op, offset);
    fromInt32(fpu.unit, value);
    withTop(fpu, cpu.s, operation);
  };

const memoryI32 =
  (operation: Binary): Direct =>
  (cpu, op) => {
    const fpu = cpu.fpu;
    if (fpu.blocked(cpu)) return;
    const offset = effectiveAddress(cpu, op);
    const value = cpu.read32(op.seg, offset);
    fpu.noteMemory(cpu, op, offset);
    fromInt32(fpu.unit, value);
    withTop(fpu, cpu.s, operation);
  };

/** ST(to) = ST(to) op ST(from), both named by the row. True if the destination was written. */
function between(fpu: Fpu, s: Int32Array, to: number, from: number, operation: Binary): boolean {
  if (fpu.isEmpty(to) || fpu.isEmpty(from)) {
    if (!fpu.underflow()) return false;
    fpu.setIndefinite(to);
    return true;
  }
  const a = fpu.index(to);
  const b = fpu.index(from);
  operation(
    fpu.unit,
    s[FPU_SE + a],
    s[FPU_HI + a],
    s[FPU_LO + a],
    s[FPU_SE + b],
    s[FPU_HI + b],
    s[FPU_LO + b],
  );
  if (!fpu.settle()) return false;
  fpu.put(to);
  return true;
}

const topWithRegister =
  (operation: Binary): Direct =>
  (cpu, op) => {
    const fpu = cpu.fpu;
    if (fpu.blocked(cpu)) return;
    fpu.note(cpu, op);
    between(fpu, cpu.s, 0, op.rm, operation);
  };

const registerWithTop =
  (operation: Binary): Direct =>
  (cpu, op) => {
    const fpu = cpu.fpu;
    if (fpu.blocked(cpu)) return;
    fpu.note(cpu, op);
    between(fpu, cpu.s, op.rm, 0, operation);
  };

const registerWithTopPop =
  (operation: Binary): Direct =>
  (cpu, op) => {
    const fpu = cpu.fpu;
    if (fpu.blocked(cpu)) return;
    fpu.note(cpu, op);
    if (between(fpu, cpu.s, op.rm, 0, operation)) fpu.pop();
  };

/** Name, operation, opcode extension, first register byte of dc and de. */
const OPERATIONS: readonly (readonly [string, Binary, number, string])[] = [
  ['add', add, 0, 'c0'],
  ['mul', mul, 1, 'c8'],
  ['sub', sub, 4, 'e8'],
  ['subr', subReversed, 5, 'e0'],
  ['div', div, 6, 'f8'],
  ['divr', divReversed, 7, 'f0'],
];

const options = { feature: 'fpu', faults: '#NM #MF' };

export const x87ArithmeticRows: readonly InsnRow[] = OPERATIONS.flatMap(
  ([name, operation, extension, high]) => {
    const low = (0xc0 + 8 * extension).toString(16);
    return [
      direct(`f${name}`, `d8 /${extension}`, 'Md', memoryF32(operation), options),
      direct(`f${name}`, `dc /${extension}`, 'Mq', memoryF64(operation), options),
      direct(`fi${name}`, `de /${extension}`, 'Mw', memoryI16(operation), options),
      direct(`fi${name}`, `da /${extension}`, 'Md', memoryI32(operation), options),
      direct(`f${name}`, `d8 ${low}+r`, 'ST0,STi', topWithRegister(operation), options),
      direct(`f${name}`, `dc ${high}+r`, 'STi,ST0', registerWithTop(operation), options),
      direct(`f${name}p`, `de ${high}+r`, 'STi,ST0', registerWithTopPop(operation), options),
    ];
  },
);
