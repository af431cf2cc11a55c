/**
 * x87 control instructions (Intel SDM vol. 1, 8.3.11; vol. 2 under their names) and FXSAVE, FXRSTOR.
 * Those that wait look for a pending exception first, those with an N in their name do not.
 * FNOP, FFREE, FINCSTP and FDECSTP note themselves in the instruction pointer like arithmetic does
 * (the manual counts them to the control instructions; processors do so nevertheless).
 *
 * FENI, FDISI (8087) and FSETPM (287) do nothing since the 387.
 */

import {
  controlWord,
  environmentBytes,
  REGISTERS_BYTES,
  readEnvironment,
  readState,
  writeEnvironment,
  writeRegisters,
} from '../fpu/environment.js';
import { FXSAVE_ALIGN_BYTES, FXSAVE_BYTES, readFxsave, writeFxsave } from '../fpu/fxsave.js';
import { EXCEPTIONS, SW_ES, SW_PENDING, SW_SF, SW_TOP, SW_TOP_SHIFT } from '../fpu/words.js';
import type { Cpu } from '../interp/cpu.js';
import { effectiveAddress } from '../interp/effective-address.js';
import { CR0_EM, CR0_MP, CR0_TS } from '../state/control-bits.js';
import { GP, NM } from '../state/exceptions.js';
import { CR0, EAX, FPU_CW, FPU_SW, FPU_TAGS, SEG_BASE } from '../state/layout.js';
import { type Direct, direct, type InsnRow } from './row.js';

/** Start of an instruction that does not wait. */
function available(cpu: Cpu): void {
  if ((cpu.s[CR0] & (CR0_EM | CR0_TS)) !== 0) cpu.raise(NM);
}

const fwait: Direct = (cpu) => {
  const s = cpu.s;
  if ((s[CR0] & (CR0_MP | CR0_TS)) === (CR0_MP | CR0_TS)) cpu.raise(NM);
  if ((s[FPU_SW] & SW_ES) !== 0) cpu.fpu.errorPending(cpu);
};

const fnop: Direct = (cpu, op) => {
  if (!cpu.fpu.blocked(cpu)) cpu.fpu.note(cpu, op);
};

const ignored: Direct = (cpu) => available(cpu);

const fninit: Direct = (cpu) => {
  available(cpu);
  cpu.fpu.initialize();
};

const fnclex: Direct = (cpu) => {
  available(cpu);
  cpu.s[FPU_SW] &= ~(EXCEPTIONS | SW_SF | SW_PENDING);
  cpu.fpu.summarize();
};

const fldcw: Direct = (cpu, op) => {
  if (cpu.fpu.blocked(cpu)) return;
  cpu.s[FPU_CW] = controlWord(cpu.read16(op.seg, effectiveAddress(cpu, op)));
  cpu.fpu.summarize();
};

const fnstcw: Direct = (cpu, op) => {
  available(cpu);
  cpu.write16(op.seg, effectiveAddress(cpu, op), cpu.s[FPU_CW]);
};

const fnstsw: Direct = (cpu, op) => {
  available(cpu);
  cpu.write16(op.seg, effectiveAddress(cpu, op), cpu.s[FPU_SW]);
};

const fnstswAx: Direct = (cpu) => {
  available(cpu);
  cpu.s16[2 * EAX] = cpu.s[FPU_SW];
};

/** FNSTENV masks all exceptions after it has stored. */
const fnstenv: Direct = (cpu, op) => {
  available(cpu);
  const offset = effectiveAddress(cpu, op);
  cpu.probeWrite(op.seg, offset, environmentBytes(op), op.opSize);
  writeEnvironment(cpu, op, offset);
  cpu.s[FPU_CW] |= EXCEPTIONS;
  cpu.fpu.summarize();
};

const fldenv: Direct = (cpu, op) => {
  if (cpu.fpu.blocked(cpu)) return;
  const offset = effectiveAddress(cpu, op);
  cpu.probeRead(op.seg, offset, environmentBytes(op), op.opSize);
  readEnvironment(cpu, op, offset);
};

const fnsave: Direct = (cpu, op) => {
  available(cpu);
  const offset = effectiveAddress(cpu, op);
  const bytes = environmentBytes(op);
  cpu.probeWrite(op.seg, offset, bytes + REGISTERS_BYTES, op.opSize);
  cpu.asParts(() => {
    writeEnvironment(cpu, op, offset);
    writeRegisters(cpu, op.seg, offset + bytes);
  });
  cpu.fpu.initialize();
};

const frstor: Direct = (cpu, op) => {
  if (cpu.fpu.blocked(cpu)) return;
  const offset = effectiveAddress(cpu, op);
  cpu.probeRead(op.seg, offset, environmentBytes(op) + REGISTERS_BYTES, op.opSize);
  cpu.asParts(() => readState(cpu, op, offset));
};

/** The offset of an FXSAVE image, which has to be aligned to 16 bytes. */
function alignedOffset(cpu: Cpu, seg: number, offset: number): number {
  if (((offset + cpu.s[SEG_BASE + seg]) & (FXSAVE_ALIGN_BYTES - 1)) !== 0) cpu.raise(GP, 0);
  return offset;
}

const fxsave: Direct = (cpu, op) => {
  available(cpu);
  const offset = alignedOffset(cpu, op.seg, effectiveAddress(cpu, op));
  cpu.probeWrite(op.seg, offset, FXSAVE_BYTES, FXSAVE_ALIGN_BYTES);
  writeFxsave(cpu, op.seg, offset);
};

const fxrstor: Direct = (cpu, op) => {
  available(cpu);
  const offset = alignedOffset(cpu, op.seg, effectiveAddress(cpu, op));
  cpu.probeRead(op.seg, offset, FXSAVE_BYTES, FXSAVE_ALIGN_BYTES);
  readFxsave(cpu, op.seg, offset);
};

/** FINCSTP and FDECSTP: turns the stack without touching registers or tags. */
const turn =
  (distance: 1 | -1): Direct =>
  (cpu, op) => {
    if (cpu.fpu.blocked(cpu)) return;
    const s = cpu.s;
    cpu.fpu.note(cpu, op);
    cpu.fpu.clearC1();
    s[FPU_SW] = (s[FPU_SW] & ~SW_TOP) | ((s[FPU_SW] + distance * (1 << SW_TOP_SHIFT)) & SW_TOP);
  };

const ffree =
  (pops: boolean): Direct =>
  (cpu, op) => {
    if (cpu.fpu.blocked(cpu)) return;
    cpu.fpu.note(cpu, op);
    cpu.fpu.clearC1();
    cpu.s[FPU_TAGS] &= ~(1 << cpu.fpu.index(op.rm));
    if (pops) cpu.fpu.pop();
  };

const waiting = { feature: 'fpu', faults: '#NM #MF' };
const plain = { feature: 'fpu', faults: '#NM' };
const extended = { feature: 'fxsr', faults: '#NM #GP' };

export const x87ControlRows: readonly InsnRow[] = [
  direct('fwait', '9b', '', fwait, { faults: '#NM #MF' }),
  direct('fnop', 'd9 d0', '', fnop, waiting),
  direct('fninit', 'db e3', '', fninit, plain),
  direct('fnclex', 'db e2', '', fnclex, plain),
  direct('fldcw', 'd9 /5', 'Mw', fldcw, waiting),
  direct('fnstcw', 'd9 /7', 'Mw', fnstcw, plain),
  direct('fnstsw', 'dd /7', 'Mw', fnstsw, plain),
  direct('fnstsw', 'df e0', 'AX', fnstswAx, plain),
  direct('fnstenv', 'd9 /6', 'M', fnstenv, plain),
  direct('fldenv', 'd9 /4', 'M', fldenv, waiting),
  direct('fnsave', 'dd /6', 'M', fnsave, plain),
  direct('frstor', 'dd /4', 'M', frstor, waiting),
  direct('fxsave', '0f ae /0', 'M', fxsave, extended),
  direct('fxrstor', '0f ae /1', 'M', fxrstor, extended),
  direct('fincstp', 'd9 f7', '', turn(1), waiting),
  direct('fdecstp', 'd9 f6', '', turn(-1), waiting),
  direct('ffree', 'dd c0+r', 'STi', ffree(false), waiting),
  // Encodings that the manual does not have and that processors since the 387 execute so.
  direct('ffreep', 'df c0+r', 'STi', ffree(true), waiting),
  direct('fneni', 'db e0', '', ignored, plain),
  direct('fndisi', 'db e1', '', ignored, plain),
  direct('fnsetpm', 'db e4', '', ignored, plain),
];
