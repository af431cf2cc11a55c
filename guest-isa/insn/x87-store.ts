/**
 * x87 stores: FST, FSTP, FIST, FISTP, FBSTP (Intel SDM vol. 2 under those names; vol. 1, 8.5).
 *
 * A store to memory with an unmasked exception other than precision does not happen and does not
 * pop, but its destination has to be writable nevertheless. An empty ST0 stores the indefinite of
 * the format. FSTP of 80 bits and between registers moves bits and looks at nothing.
 */
import {
  type F80Unit,
  INDEFINITE_HI,
  INDEFINITE_SE,
  toBcd,
  toF32,
  toF64,
  toInt16,
  toInt32,
  toInt64,
} from '../../base/f80/index.js';
import type { Insn } from '../decode/insn.js';
import { type Fpu, findOpcode } from '../fpu/fpu.js';
import { write64, write80 } from '../fpu/memory.js';
import { moveBits } from '../fpu/move.js';
import type { Cpu } from '../interp/cpu.js';
import { effectiveAddress } from '../interp/effective-address.js';
import { FPU_HI, FPU_LO, FPU_SE } from '../state/layout.js';
import { type Direct, direct, type InsnRow } from './row.js';

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
const writeTen: WriteMemory = (cpu, seg, offset, u) => write80(cpu, seg, offset, u.se, u.hi, u.lo);

const indefinite =
  (se: number, hi: number, lo: number) =>
  (u: F80Unit): void =>
    moveBits(u, se, hi, lo);
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
  convert: moveBits,
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
  moveBits(fpu.unit, s[FPU_SE + p], s[FPU_HI + p], s[FPU_LO + p]);
  fpu.settle();
  fpu.put(i);
}

/** The store of d9 d8-df: an empty ST0 is popped without a fault, and the destination stays. */
const storeOccupied: Direct = (cpu, op) => {
  const fpu = cpu.fpu;
  if (fpu.blocked(cpu)) return;
  fpu.note(cpu, op);
  if (fpu.isEmpty(0)) fpu.clearC1();
  else copyTop(fpu, cpu.s, op.rm);
  fpu.pop();
};

const options = { feature: 'fpu', faults: '#NM #MF' };

export const x87StoreRows: readonly InsnRow[] = [
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

  // Encodings that the manual reserves and that processors since the 287 execute so.
  direct('fstp1', 'd9 d8+r', 'STi', storeOccupied, options),
  direct('fstp8', 'df d0+r', 'STi', storeRegister(true), options),
  direct('fstp9', 'df d8+r', 'STi', storeRegister(true), options),
];
