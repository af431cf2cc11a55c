/**
 * x87 comparisons: FCOM, FUCOM, FICOM, FTST, FXAM into the condition code, FCOMI and FUCOMI into
 * EFLAGS (Intel SDM vol. 2 under those names).
 *
 * After an unmasked invalid operation condition code, EFLAGS and stack stay as they were, as the
 * manual has it.
 */
import {
  classify,
  compare,
  compareQuiet,
  type F80Unit,
  fromInt32,
  IE,
  UNORDERED,
  widenF32,
  widenF64,
} from '../../base/f80/index.js';
import type { Fpu } from '../fpu/fpu.js';
import { readLow } from '../fpu/memory.js';
import { SW_C0, SW_C1, SW_C2, SW_C3, SW_CONDITION } from '../fpu/words.js';
import { effectiveAddress } from '../interp/effective-address.js';
import { CF, PF, setArithmeticFlags, ZF } from '../state/flags.js';
import { FPU_HI, FPU_LO, FPU_SE } from '../state/layout.js';
import { type Direct, direct, type InsnRow } from './row.js';

type Comparison = (
  u: F80Unit,
  ase: number,
  ahi: number,
  alo: number,
  bse: number,
  bhi: number,
  blo: number,
) => number;

const RELATION = SW_C3 | SW_C2 | SW_C0;
/** Outcome of a comparison that may not be delivered. */
const NOTHING = -1;

/** Reports an empty operand; gives the relation that is delivered. */
function missing(fpu: Fpu): number {
  fpu.unit.stored = true;
  return fpu.underflow() ? UNORDERED : NOTHING;
}

/** Reports what the unit found; gives the relation that is delivered. */
function relation(fpu: Fpu, found: number): number {
  const u = fpu.unit;
  fpu.settle();
  return (u.flags & ~u.masks & IE) !== 0 ? NOTHING : found;
}

/** Compares ST0 with the memory operand that the unit holds. */
function withMemory(fpu: Fpu, s: Int32Array): number {
  if (fpu.isEmpty(0)) {
    fpu.unit.denormalOperand = 0;
    return missing(fpu);
  }
  const u = fpu.unit;
  const p = fpu.index(0);
  return relation(fpu, compare(u, s[FPU_SE + p], s[FPU_HI + p], s[FPU_LO + p], u.se, u.hi, u.lo));
}

function withRegister(fpu: Fpu, s: Int32Array, i: number, comparison: Comparison): number {
  if (fpu.isEmpty(0) || fpu.isEmpty(i)) return missing(fpu);
  const a = fpu.index(0);
  const b = fpu.index(i);
  return relation(
    fpu,
    comparison(
      fpu.unit,
      s[FPU_SE + a],
      s[FPU_HI + a],
      s[FPU_LO + a],
      s[FPU_SE + b],
      s[FPU_HI + b],
      s[FPU_LO + b],
    ),
  );
}

/** Writes the condition code and pops `pops` times, unless an unmasked exception forbids either. */
function deliver(fpu: Fpu, found: number, pops: 0 | 1 | 2): void {
  if (found === NOTHING) return;
  fpu.setCondition(RELATION, found);
  if (pops === 0 || !fpu.unit.stored) return;
  fpu.pop();
  if (pops === 2) fpu.pop();
}

const memoryF32 =
  (pops: 0 | 1): Direct =>
  (cpu, op) => {
    const fpu = cpu.fpu;
    if (fpu.blocked(cpu)) return;
    const offset = effectiveAddress(cpu, op);
    const bits = cpu.read32(op.seg, offset);
    fpu.noteMemory(cpu, op, offset);
    widenF32(fpu.unit, bits);
    deliver(fpu, withMemory(fpu, cpu.s), pops);
  };

const memoryF64 =
  (pops: 0 | 1): Direct =>
  (cpu, op) => {
    const fpu = cpu.fpu;
    if (fpu.blocked(cpu)) return;
    const offset = effectiveAddress(cpu, op);
    const low = readLow(cpu, op.seg, offset, 8);
    const high = cpu.read32(op.seg, (offset + 4) | 0);
    fpu.noteMemory(cpu, op, offset);
    widenF64(fpu.unit, high, low);
    deliver(fpu, withMemory(fpu, cpu.s), pops);
  };

const memoryInteger =
  (bytes: 2 | 4, pops: 0 | 1): Direct =>
  (cpu, op) => {
    const fpu = cpu.fpu;
    if (fpu.blocked(cpu)) return;
    const offset = effectiveAddress(cpu, op);
    const value =
      bytes === 2 ? (cpu.read16(op.seg, offset) << 16) >> 16 : cpu.read32(op.seg, offset);
    fpu.noteMemory(cpu, op, offset);
    fromInt32(fpu.unit, value);
    deliver(fpu, withMemory(fpu, cpu.s), pops);
  };

const register =
  (comparison: Comparison, pops: 0 | 1): Direct =>
  (cpu, op) => {
    const fpu = cpu.fpu;
    if (fpu.blocked(cpu)) return;
    fpu.note(cpu, op);
    deliver(fpu, withRegister(fpu, cpu.s, op.rm, comparison), pops);
  };

const registerPopTwice =
  (comparison: Comparison): Direct =>
  (cpu, op) => {
    const fpu = cpu.fpu;
    if (fpu.blocked(cpu)) return;
    fpu.note(cpu, op);
    deliver(fpu, withRegister(fpu, cpu.s, 1, comparison), 2);
  };

const intoEflags =
  (comparison: Comparison, pops: 0 | 1): Direct =>
  (cpu, op) => {
    const fpu = cpu.fpu;
    if (fpu.blocked(cpu)) return;
    fpu.note(cpu, op);
    const found = withRegister(fpu, cpu.s, op.rm, comparison);
    if (found === NOTHING) return;
    const flags = (found & SW_C0 ? CF : 0) | (found & SW_C2 ? PF : 0) | (found & SW_C3 ? ZF : 0);
    setArithmeticFlags(cpu.s, flags);
    if (pops === 1 && fpu.unit.stored) fpu.pop();
  };

const ftst: Direct = (cpu, op) => {
  const fpu = cpu.fpu;
  if (fpu.blocked(cpu)) return;
  fpu.note(cpu, op);
  fpu.unit.se = 0;
  fpu.unit.hi = 0;
  fpu.unit.lo = 0;
  deliver(fpu, withMemory(fpu, cpu.s), 0);
};

const fxam: Direct = (cpu, op) => {
  const fpu = cpu.fpu;
  if (fpu.blocked(cpu)) return;
  fpu.note(cpu, op);
  const s = cpu.s;
  const p = fpu.index(0);
  const found = classify(s[FPU_SE + p], s[FPU_HI + p], s[FPU_LO + p]);
  fpu.setCondition(SW_CONDITION, fpu.isEmpty(0) ? (found & SW_C1) | SW_C3 | SW_C0 : found);
};

const options = { feature: 'fpu', faults: '#NM #MF' };
const flags = { feature: 'cmov', faults: '#NM #MF', flags: 'w:oszapc' };

export const x87CompareRows: readonly InsnRow[] = [
  direct('fcom', 'd8 /2', 'Md', memoryF32(0), options),
  direct('fcomp', 'd8 /3', 'Md', memoryF32(1), options),
  direct('fcom', 'dc /2', 'Mq', memoryF64(0), options),
  direct('fcomp', 'dc /3', 'Mq', memoryF64(1), options),
  direct('ficom', 'de /2', 'Mw', memoryInteger(2, 0), options),
  direct('ficomp', 'de /3', 'Mw', memoryInteger(2, 1), options),
  direct('ficom', 'da /2', 'Md', memoryInteger(4, 0), options),
  direct('ficomp', 'da /3', 'Md', memoryInteger(4, 1), options),
  direct('fcom', 'd8 d0+r', 'STi', register(compare, 0), options),
  direct('fcomp', 'd8 d8+r', 'STi', register(compare, 1), options),
  direct('fucom', 'dd e0+r', 'STi', register(compareQuiet, 0), options),
  direct('fucomp', 'dd e8+r', 'STi', register(compareQuiet, 1), options),
  direct('fcompp', 'de d9', '', registerPopTwice(compare), options),
  direct('fucompp', 'da e9', '', registerPopTwice(compareQuiet), options),
  direct('fcomi', 'db f0+r', 'ST0,STi', intoEflags(compare, 0), flags),
  direct('fcomip', 'df f0+r', 'ST0,STi', intoEflags(compare, 1), flags),
  direct('fucomi', 'db e8+r', 'ST0,STi', intoEflags(compareQuiet, 0), flags),
  direct('fucomip', 'df e8+r', 'ST0,STi', intoEflags(compareQuiet, 1), flags),
  direct('ftst', 'd9 e4', '', ftst, options),
  direct('fxam', 'd9 e5', '', fxam, options),
  // Encodings that the manual reserves and that processors since the 287 execute so.
  direct('fcom2', 'dc d0+r', 'STi', register(compare, 0), options),
  direct('fcomp3', 'dc d8+r', 'STi', register(compare, 1), options),
  direct('fcomp5', 'de d0+r', 'STi', register(compare, 1), options),
];
