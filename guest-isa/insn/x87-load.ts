/**
 * x87 loads: FLD, FILD, FBLD and the constants (Intel SDM vol. 2 under those names; vol. 1, 8.1.2
 * and 8.5.1.1 for the stack faults). FLD of 80 bits and between registers moves bits and looks at
 * nothing.
 */
import {
  type F80Unit,
  fromBcd,
  fromInt32,
  fromInt64,
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
} from '../../base/f80/index.js';
import { readLow } from '../fpu/memory.js';
import { moveBits } from '../fpu/move.js';
import { effectiveAddress } from '../interp/effective-address.js';
import { FPU_HI, FPU_LO, FPU_SE } from '../state/layout.js';
import { type Direct, direct, type InsnRow } from './row.js';

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
  moveBits(fpu.unit, s[FPU_SE + p], s[FPU_HI + p], s[FPU_LO + p]);
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

const options = { feature: 'fpu', faults: '#NM #MF' };

export const x87LoadRows: readonly InsnRow[] = [
  direct('fld', 'd9 /0', 'Md', load32(loadF32), options),
  direct('fld', 'dd /0', 'Mq', load64(loadF64), options),
  direct('fld', 'db /5', 'Mt', load80(moveBits), options),
  direct('fld', 'd9 c0+r', 'STi', fldRegister, options),
  direct('fild', 'df /0', 'Mw', fild16, options),
  direct('fild', 'db /0', 'Md', load32(fromInt32), options),
  direct('fild', 'df /5', 'Mq', load64(fromInt64), options),
  direct('fbld', 'df /4', 'Mt', load80(fromBcd), options),
  direct('fld1', 'd9 e8', '', constant(loadOne), options),
  direct(
    'fldl2t',
    'd9 e9',
    '',
    constant((u) => loadConstant(u, LOG2_10)),
    options,
  ),
  direct(
    'fldl2e',
    'd9 ea',
    '',
    constant((u) => loadConstant(u, LOG2_E)),
    options,
  ),
  direct(
    'fldpi',
    'd9 eb',
    '',
    constant((u) => loadConstant(u, PI)),
    options,
  ),
  direct(
    'fldlg2',
    'd9 ec',
    '',
    constant((u) => loadConstant(u, LOG10_2)),
    options,
  ),
  direct(
    'fldln2',
    'd9 ed',
    '',
    constant((u) => loadConstant(u, LN_2)),
    options,
  ),
  direct('fldz', 'd9 ee', '', constant(loadZero), options),
];
