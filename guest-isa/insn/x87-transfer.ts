/**
 * x87 data transfer: FLD, FST, FILD, FIST, FBLD, FBSTP, FXCH, FCMOVcc and the constants (Intel SDM
 * vol. 2 under those names; vol. 1, 8.1.2 and 8.5.1.1 for the stack faults).
 *
 * A store to memory with an unmasked exception other than precision does not happen and does not
 * pop, but its destination has to be writable nevertheless. FLD and FST of 80 bits and between
 * registers move bits and look at nothing.
 */
import {
  type F80Unit,
  fromBcd,
  fromInt32,
  fromInt64,
  INDEFINITE_HI,
  INDEFINITE_SE,
  LN_2,
  LOG2_10,
  LOG2_E,
  LOG10_2,
  loadConstant,
  loadF32,
  loadF64,
  loadOne,
  loadZero,
  PI,
  toBcd,
  toF32,
  toF64,
  toInt16,
  toInt32,
  toInt64,
} from '../../base/f80/index.js';
import type { Insn } from '../decode/insn.js';
import { type Fpu, findOpcode } from '../fpu/fpu.js';
import { readLow, write64, write80 } from '../fpu/memory.js';
import type { Cpu } from '../interp/cpu.js';
import { effectiveAddress } from '../interp/effective-address.js';
import { condition } from '../state/flags.js';
import { FPU_HI, FPU_LO, FPU_SE } from '../state/layout.js';
import { type Direct, direct, type InsnRow } from './row.js';

/** Leaves what an operation leaves: nothing to report. */
function quiet(u: F80Unit, se: number, hi: number, lo: number): void {
  u.flags = 0;
  u.roundedUp = false;
  u.stored = true;
  u.se = se;
  u.hi = hi;
  u.lo = lo;
}

const load32 =
  (convert: (u: F80Unit, bits: number) => void): Direct =>
  (cpu, op) => {
    const fpu = cpu.fpu;
    if (fpu.blocked(cpu)) return;
    const offset = effectiveAddress(cpu, op);
    const bits = cpu.read32(op.seg, offset);
    fpu.noteMemory(cpu, op, offset);
    convert(fpu.unit, bits);
    fpu.pushResult();
  };

const load64 =
  (convert: (u: F80Unit, hi: number, lo: number) => void): Direct =>
  (cpu, op) => {
    const fpu = cpu.fpu;
    if (fpu.blocked(cpu)) return;
    const offset = effectiveAddress(cpu, op);
    const low = readLow(cpu, op.seg, offset, 8);
    const high = cpu.read32(op.seg, (offset + 4) | 0);
    fpu.noteMemory(cpu, op, offset);
    convert(fpu.unit, high, low);
    fpu.pushResult();
  };

const load80 =
  (convert: (u: F80Unit, se: number, hi: number, lo: number) => void): Direct =>
  (cpu, op) => {
    const fpu = cpu.fpu;
    if (fpu.blocked(cpu)) return;
    const offset = effectiveAddress(cpu, op);
    const low = readLow(cpu, op.seg, offset, 10);
    const high = cpu.read32(op.seg, (offset + 4) | 0);
    const top = cpu.read16(op.seg, (offset + 8) | 0);
    fpu.noteMemory(cpu, op, offset);
    convert(fpu.unit, top, high, low);
    fpu.pushResult();
  };

const fild16: Direct = (cpu, op) => {
  const fpu = cpu.fpu;
  if (fpu.blocked(cpu)) return;
  const offset = effectiveAddress(cpu, op);
  const value = (cpu.read16(op.seg, offset) << 16) >> 16;
  fpu.noteMemory(cpu, op, offset);
  fromInt32(fpu.unit, value);
  fpu.pushResult();
};

const fldRegister: Direct = (cpu, op) => {
  const fpu = cpu.fpu;
  if (fpu.blocked(cpu)) return;
  fpu.note(cpu, op);
  // An empty source counts before a full stack.
  if (fpu.isEmpty(op.rm)) {
    if (!fpu.underflow()) return;
    fpu.push();
    fpu.setIndefinite(0);
    return;
  }
  const s = cpu.s;
  const p = fpu.index(op.rm);
  quiet(fpu.unit, s[FPU_SE + p], s[FPU_HI + p], s[FPU_LO + p]);
  fpu.pushResult();
};

const constant =
  (load: (u: F80Unit) => void): Direct =>
  (cpu, op) => {
    const fpu = cpu.fpu;
    if (fpu.blocked(cpu)) return;
    fpu.note(cpu, op);
    load(fpu.unit);
    fpu.pushResult();
  };

/** Converts ST0, or the indefinite of the format where it is empty (left in the unit by `indefinite`). */
type Convert = (u: F80Unit, se: number, hi: number, lo: number) => void;
type WriteMemory = (cpu: Cpu, seg: number, offset: number, u: F80Unit) => void;

/** Format of a store to memory. */
interface StoreFormat {
  readonly bytes: 2 | 4 | 8 | 10;
  readonly convert: Convert;
  readonly indefinite: (u: F80Unit) => void;
  readonly write: WriteMemory;
}

const writeWord: WriteMemory = (cpu, seg, offset, u) => cpu.write16(seg, offset, u.lo);
const writeDword: WriteMemory = (cpu, seg, offset, u) => cpu.write32(seg, offset, u.lo);
const writeQword: WriteMemory = (cpu, seg, offset, u) => write64(cpu, seg, offset, u.hi, u.lo);
const writeTen: WriteMemory = (cpu, seg, offset, u) =>
  write80(cpu, seg, offset, u.se, u.hi, u.lo);

const indefinite =
  (se: number, hi: number, lo: number) =>
  (u: F80Unit): void =>
    quiet(u, se, hi, lo);
const integerIndefinite32 = indefinite(0, -1, -0x80000000);

const F32: StoreFormat = {
  bytes: 4,
  convert: toF32,
  indefinite: indefinite(0, 0, 0xffc00000 | 0),
  write: writeDword,
};
const F64: StoreFormat = {
  bytes: 8,
  convert: toF64,
  indefinite: indefinite(0, 0xfff80000 | 0, 0),
  write: writeQword,
};
const F80: StoreFormat = {
  bytes: 10,
  convert: quiet,
  indefinite: indefinite(INDEFINITE_SE, INDEFINITE_HI, 0),
  write: writeTen,
};
const I16: StoreFormat = {
  bytes: 2,
  convert: toInt16,
  indefinite: indefinite(0, -1, -0x8000),
  write: writeWord,
};
const I32: StoreFormat = {
  bytes: 4,
  convert: toInt32,
  indefinite: integerIndefinite32,
  write: writeDword,
};
const I64: StoreFormat = {
  bytes: 8,
  convert: toInt64,
  indefinite: indefinite(0, -0x80000000, 0),
  write: writeQword,
};
const BCD: StoreFormat = {
  bytes: 10,
  convert: toBcd,
  indefinite: indefinite(INDEFINITE_SE, INDEFINITE_HI, 0),
  write: writeTen,
};

const store =
  (format: StoreFormat, pops: boolean): Direct =>
  (cpu, op) => {
    const fpu = cpu.fpu;
    if (fpu.blocked(cpu)) return;
    const offset = effectiveAddress(cpu, op);
    if (fpu.isEmpty(0)) {
      storeEmpty(cpu, op, offset, format, pops);
      return;
    }
    const s = cpu.s;
    const u = fpu.prepare();
    // Before the store, which may overwrite its own instruction.
    if (op.imm === 0) findOpcode(cpu, op);
    const p = fpu.index(0);
    format.convert(u, s[FPU_SE + p], s[FPU_HI + p], s[FPU_LO + p]);
    if (u.stored) format.write(cpu, op.seg, offset, u);
    else cpu.probeWrite(op.seg, offset, format.bytes);
    fpu.noteMemory(cpu, op, offset);
    if (fpu.settle() && pops) fpu.pop();
  };

function storeEmpty(cpu: Cpu, op: Insn, offset: number, format: StoreFormat, pops: boolean): void {
  const fpu = cpu.fpu;
  cpu.probeWrite(op.seg, offset, format.bytes);
  fpu.noteMemory(cpu, op, offset);
  if (!fpu.underflow()) return;
  format.indefinite(fpu.unit);
  format.write(cpu, op.seg, offset, fpu.unit);
  if (pops) fpu.pop();
}

const storeRegister =
  (pops: boolean): Direct =>
  (cpu, op) => {
    const fpu = cpu.fpu;
    if (fpu.blocked(cpu)) return;
    fpu.note(cpu, op);
    if (fpu.isEmpty(0)) {
      if (!fpu.underflow()) return;
      fpu.setIndefinite(op.rm);
    } else copyTop(fpu, cpu.s, op.rm);
    if (pops) fpu.pop();
  };

function copyTop(fpu: Fpu, s: Int32Array, i: number): void {
  const p = fpu.index(0);
  quiet(fpu.unit, s[FPU_SE + p], s[FPU_HI + p], s[FPU_LO + p]);
  fpu.settle();
  fpu.put(i);
}

const fxch: Direct = (cpu, op) => {
  const fpu = cpu.fpu;
  if (fpu.blocked(cpu)) return;
  fpu.note(cpu, op);
  const noTop = fpu.isEmpty(0);
  const noOther = fpu.isEmpty(op.rm);
  if (noTop || noOther) {
    if (!fpu.underflow()) return;
    if (noTop) fpu.setIndefinite(0);
    if (noOther) fpu.setIndefinite(op.rm);
  } else fpu.clearC1();
  const s = cpu.s;
  const p = fpu.index(op.rm);
  const se = s[FPU_SE + p];
  const hi = s[FPU_HI + p];
  const lo = s[FPU_LO + p];
  const top = fpu.index(0);
  fpu.set(op.rm, s[FPU_SE + top], s[FPU_HI + top], s[FPU_LO + top]);
  fpu.set(0, se, hi, lo);
};

/** The store of d9 d8-df: an empty ST0 is popped without a fault, and the destination stays. */
const storeOccupied: Direct = (cpu, op) => {
  const fpu = cpu.fpu;
  if (fpu.blocked(cpu)) return;
  fpu.note(cpu, op);
  if (fpu.isEmpty(0)) fpu.clearC1();
  else copyTop(fpu, cpu.s, op.rm);
  fpu.pop();
};

/** `code`: condition code in the encoding of jcc. Leaves C1 alone unless the stack underflows. */
const fcmov =
  (code: number): Direct =>
  (cpu, op) => {
    const fpu = cpu.fpu;
    if (fpu.blocked(cpu)) return;
    fpu.note(cpu, op);
    if (fpu.isEmpty(0) || fpu.isEmpty(op.rm)) {
      if (fpu.underflow()) fpu.setIndefinite(0);
      return;
    }
    if (condition(cpu.s, code) === 0) return;
    const s = cpu.s;
    const p = fpu.index(op.rm);
    fpu.set(0, s[FPU_SE + p], s[FPU_HI + p], s[FPU_LO + p]);
  };

const options = { feature: 'fpu', faults: '#NM #MF' };
const conditional = (flags: string) => ({ feature: 'cmov', faults: '#NM #MF', flags });

export const x87TransferRows: readonly InsnRow[] = [
  direct('fld', 'd9 /0', 'Md', load32(loadF32), options),
  direct('fld', 'dd /0', 'Mq', load64(loadF64), options),
  direct('fld', 'db /5', 'Mt', load80(quiet), options),
  direct('fld', 'd9 c0+r', 'STi', fldRegister, options),
  direct('fild', 'df /0', 'Mw', fild16, options),
  direct('fild', 'db /0', 'Md', load32(fromInt32), options),
  direct('fild', 'df /5', 'Mq', load64(fromInt64), options),
  direct('fbld', 'df /4', 'Mt', load80(fromBcd), options),

  direct('fst', 'd9 /2', 'Md', store(F32, false), options),
  direct('fstp', 'd9 /3', 'Md', store(F32, true), options),
  direct('fst', 'dd /2', 'Mq', store(F64, false), options),
  direct('fstp', 'dd /3', 'Mq', store(F64, true), options),
  direct('fstp', 'db /7', 'Mt', store(F80, true), options),
  direct('fst', 'dd d0+r', 'STi', storeRegister(false), options),
  direct('fstp', 'dd d8+r', 'STi', storeRegister(true), options),
  direct('fist', 'df /2', 'Mw', store(I16, false), options),
  direct('fistp', 'df /3', 'Mw', store(I16, true), options),
  direct('fist', 'db /2', 'Md', store(I32, false), options),
  direct('fistp', 'db /3', 'Md', store(I32, true), options),
  direct('fistp', 'df /7', 'Mq', store(I64, true), options),
  direct('fbstp', 'df /6', 'Mt', store(BCD, true), options),

  direct('fxch', 'd9 c8+r', 'STi', fxch, options),
  direct('fcmovb', 'da c0+r', 'ST0,STi', fcmov(2), conditional('r:c')),
  direct('fcmove', 'da c8+r', 'ST0,STi', fcmov(4), conditional('r:z')),
  direct('fcmovbe', 'da d0+r', 'ST0,STi', fcmov(6), conditional('r:cz')),
  direct('fcmovu', 'da d8+r', 'ST0,STi', fcmov(10), conditional('r:p')),
  direct('fcmovnb', 'db c0+r', 'ST0,STi', fcmov(3), conditional('r:c')),
  direct('fcmovne', 'db c8+r', 'ST0,STi', fcmov(5), conditional('r:z')),
  direct('fcmovnbe', 'db d0+r', 'ST0,STi', fcmov(7), conditional('r:cz')),
  direct('fcmovnu', 'db d8+r', 'ST0,STi', fcmov(11), conditional('r:p')),

  direct('fld1', 'd9 e8', '', constant(loadOne), options),
  direct('fldl2t', 'd9 e9', '', constant((u) => loadConstant(u, LOG2_10)), options),
  direct('fldl2e', 'd9 ea', '', constant((u) => loadConstant(u, LOG2_E)), options),
  direct('fldpi', 'd9 eb', '', constant((u) => loadConstant(u, PI)), options),
  direct('fldlg2', 'd9 ec', '', constant((u) => loadConstant(u, LOG10_2)), options),
  direct('fldln2', 'd9 ed', '', constant((u) => loadConstant(u, LN_2)), options),
  direct('fldz', 'd9 ee', '', constant(loadZero), options),

  // Encodings that the manual reserves and that processors since the 287 execute so.
  direct('fstp1', 'd9 d8+r', 'STi', storeOccupied, options),
  direct('fstp8', 'df d0+r', 'STi', storeRegister(true), options),
  direct('fstp9', 'df d8+r', 'STi', storeRegister(true), options),
  direct('fxch4', 'dd c8+r', 'STi', fxch, options),
  direct('fxch7', 'df c8+r', 'STi', fxch, options),
];
