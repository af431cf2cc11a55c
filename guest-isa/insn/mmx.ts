/**
 * MMX (Intel SDM vol. 1 ch. 9; vol. 2 under the instructions' names): data movement, packed
 * arithmetic, comparison, logic, shifts, EMMS. The registers are the significands of the physical
 * x87 registers. Every MMX instruction sets TOP to 0 and marks all of them as in use, EMMS as empty
 * (9.5.1, 9.6.2); a written register gets ones for sign and exponent. Other status bits, control
 * word and x87 pointers stay.
 *
 * Faults in this order (vol. 3, 12.1): #UD with CR0.EM, #NM with CR0.TS, #MF with an x87 exception
 * pending, then those of the memory operand.
 */

import type { Insn } from '../decode/insn.js';
import { readLow, write64 } from '../fpu/memory.js';
import * as lanes from '../fpu/mmx-lanes.js';
import * as shuffle from '../fpu/mmx-shuffle.js';
import { SW_ES, SW_TOP } from '../fpu/words.js';
import type { Cpu } from '../interp/cpu.js';
import { effectiveAddress } from '../interp/effective-address.js';
import { CR0_EM, CR0_TS } from '../state/control-bits.js';
import { NM, UD } from '../state/exceptions.js';
import { CR0, FPU_HI, FPU_LO, FPU_SE, FPU_SW, FPU_TAGS } from '../state/layout.js';
import { type Direct, direct, type InsnRow } from './row.js';

/** Start of every MMX instruction. True if it must not execute now (Fpu.errorPending). */
function blocked(cpu: Cpu): boolean {
  const s = cpu.s;
  if ((s[CR0] & CR0_EM) !== 0) cpu.raise(UD);
  if ((s[CR0] & CR0_TS) !== 0) cpu.raise(NM);
  return (s[FPU_SW] & SW_ES) !== 0 && cpu.fpu.errorPending(cpu);
}

/** What every MMX instruction does to the x87 unit, once its memory operand has been reached. */
function enter(s: Int32Array): void {
  s[FPU_TAGS] = 0xff;
  s[FPU_SW] &= ~SW_TOP;
}

/** dest = f(dest, source), half by half. */
const halves =
  (operation: lanes.HalfOperation): Direct =>
  (cpu, op) => {
    if (blocked(cpu)) return;
    const s = cpu.s;
    let lo: number;
    let hi: number;
    if (op.isMem) {
      const offset = effectiveAddress(cpu, op);
      lo = readLow(cpu, op.seg, offset, 8);
      hi = cpu.read32(op.seg, (offset + 4) | 0);
    } else {
      lo = s[FPU_LO + op.rm];
      hi = s[FPU_HI + op.rm];
    }
    enter(s);
    const p = op.reg;
    s[FPU_LO + p] = operation(s[FPU_LO + p], lo);
    s[FPU_HI + p] = operation(s[FPU_HI + p], hi);
    s[FPU_SE + p] = 0xffff;
  };

/** dest = f(dest, source) with exchange between the halves. */
const whole =
  (operation: shuffle.WholeOperation): Direct =>
  (cpu, op) => {
    if (blocked(cpu)) return;
    const s = cpu.s;
    let lo: number;
    let hi: number;
    if (op.isMem) {
      const offset = effectiveAddress(cpu, op);
      lo = readLow(cpu, op.seg, offset, 8);
      hi = cpu.read32(op.seg, (offset + 4) | 0);
    } else {
      lo = s[FPU_LO + op.rm];
      hi = s[FPU_HI + op.rm];
    }
    enter(s);
    operation(s, op.reg, hi, lo);
    s[FPU_SE + op.reg] = 0xffff;
  };

/** Unpacking low halves reads 32 bits of memory only. */
const fromLow =
  (operation: shuffle.WholeOperation): Direct =>
  (cpu, op) => {
    if (blocked(cpu)) return;
    const s = cpu.s;
    const lo = op.isMem ? cpu.read32(op.seg, effectiveAddress(cpu, op)) : s[FPU_LO + op.rm];
    enter(s);
    operation(s, op.reg, 0, lo);
    s[FPU_SE + op.reg] = 0xffff;
  };

/** Shift by an immediate count. */
const byImmediate =
  (operation: shuffle.WholeOperation): Direct =>
  (cpu, op) => {
    if (blocked(cpu)) return;
    enter(cpu.s);
    operation(cpu.s, op.rm, 0, op.imm);
    cpu.s[FPU_SE + op.rm] = 0xffff;
  };

function set(s: Int32Array, p: number, hi: number, lo: number): void {
  enter(s);
  s[FPU_LO + p] = lo;
  s[FPU_HI + p] = hi;
  s[FPU_SE + p] = 0xffff;
}

const movdLoad: Direct = (cpu, op) => {
  if (blocked(cpu)) return;
  const value = op.isMem ? cpu.read32(op.seg, effectiveAddress(cpu, op)) : cpu.s[op.rm];
  set(cpu.s, op.reg, 0, value);
};

const movdStore: Direct = (cpu, op) => {
  if (blocked(cpu)) return;
  const s = cpu.s;
  if (op.isMem) cpu.write32(op.seg, effectiveAddress(cpu, op), s[FPU_LO + op.reg]);
  else s[op.rm] = s[FPU_LO + op.reg];
  enter(s);
};

const movqLoad: Direct = (cpu, op) => {
  if (blocked(cpu)) return;
  const s = cpu.s;
  if (!op.isMem) {
    set(s, op.reg, s[FPU_HI + op.rm], s[FPU_LO + op.rm]);
    return;
  }
  const offset = effectiveAddress(cpu, op);
  const lo = readLow(cpu, op.seg, offset, 8);
  const hi = cpu.read32(op.seg, (offset + 4) | 0);
  set(s, op.reg, hi, lo);
};

const movqStore: Direct = (cpu: Cpu, op: Insn) => {
  if (blocked(cpu)) return;
  const s = cpu.s;
  const hi = s[FPU_HI + op.reg];
  const lo = s[FPU_LO + op.reg];
  if (!op.isMem) {
    set(s, op.rm, hi, lo);
    return;
  }
  write64(cpu, op.seg, effectiveAddress(cpu, op), hi, lo);
  enter(s);
};

const emms: Direct = (cpu) => {
  if (blocked(cpu)) return;
  enter(cpu.s);
  cpu.s[FPU_TAGS] = 0;
};

const options = { feature: 'mmx', faults: '#UD #NM #MF' };
const two = (name: string, opcode: string, execute: Direct): InsnRow =>
  direct(name, `0f ${opcode} /r`, 'Pq,Qq', execute, options);
const low = (name: string, opcode: string, operation: shuffle.WholeOperation): InsnRow =>
  direct(name, `0f ${opcode} /r`, 'Pq,Qd', fromLow(operation), options);
const immediate = (name: string, opcode: string, operation: shuffle.WholeOperation): InsnRow =>
  direct(name, `0f ${opcode}`, 'Nq,Ib', byImmediate(operation), options);

export const mmxRows: readonly InsnRow[] = [
  direct('movd', '0f 6e /r', 'Pd,Ed', movdLoad, options),
  direct('movd', '0f 7e /r', 'Ed,Pd', movdStore, options),
  direct('movq', '0f 6f /r', 'Pq,Qq', movqLoad, options),
  direct('movq', '0f 7f /r', 'Qq,Pq', movqStore, options),
  direct('emms', '0f 77', '', emms, options),

  low('punpcklbw', '60', shuffle.punpcklbw),
  low('punpcklwd', '61', shuffle.punpcklwd),
  low('punpckldq', '62', shuffle.punpckldq),
  two('punpckhbw', '68', whole(shuffle.punpckhbw)),
  two('punpckhwd', '69', whole(shuffle.punpckhwd)),
  two('punpckhdq', '6a', whole(shuffle.punpckhdq)),
  two('packsswb', '63', whole(shuffle.packsswb)),
  two('packuswb', '67', whole(shuffle.packuswb)),
  two('packssdw', '6b', whole(shuffle.packssdw)),

  two('paddb', 'fc', halves(lanes.paddb)),
  two('paddw', 'fd', halves(lanes.paddw)),
  two('paddd', 'fe', halves(lanes.paddd)),
  two('paddsb', 'ec', halves(lanes.paddsb)),
  two('paddsw', 'ed', halves(lanes.paddsw)),
  two('paddusb', 'dc', halves(lanes.paddusb)),
  two('paddusw', 'dd', halves(lanes.paddusw)),
  two('psubb', 'f8', halves(lanes.psubb)),
  two('psubw', 'f9', halves(lanes.psubw)),
  two('psubd', 'fa', halves(lanes.psubd)),
  two('psubsb', 'e8', halves(lanes.psubsb)),
  two('psubsw', 'e9', halves(lanes.psubsw)),
  two('psubusb', 'd8', halves(lanes.psubusb)),
  two('psubusw', 'd9', halves(lanes.psubusw)),
  two('pmullw', 'd5', halves(lanes.pmullw)),
  two('pmulhw', 'e5', halves(lanes.pmulhw)),
  two('pmaddwd', 'f5', halves(lanes.pmaddwd)),
  two('pcmpeqb', '74', halves(lanes.pcmpeqb)),
  two('pcmpeqw', '75', halves(lanes.pcmpeqw)),
  two('pcmpeqd', '76', halves(lanes.pcmpeqd)),
  two('pcmpgtb', '64', halves(lanes.pcmpgtb)),
  two('pcmpgtw', '65', halves(lanes.pcmpgtw)),
  two('pcmpgtd', '66', halves(lanes.pcmpgtd)),
  two('pand', 'db', halves(lanes.pand)),
  two('pandn', 'df', halves(lanes.pandn)),
  two('por', 'eb', halves(lanes.por)),
  two('pxor', 'ef', halves(lanes.pxor)),

  two('psllw', 'f1', whole(shuffle.psllw)),
  two('pslld', 'f2', whole(shuffle.pslld)),
  two('psllq', 'f3', whole(shuffle.psllq)),
  two('psrlw', 'd1', whole(shuffle.psrlw)),
  two('psrld', 'd2', whole(shuffle.psrld)),
  two('psrlq', 'd3', whole(shuffle.psrlq)),
  two('psraw', 'e1', whole(shuffle.psraw)),
  two('psrad', 'e2', whole(shuffle.psrad)),
  immediate('psrlw', '71 /2', shuffle.psrlw),
  immediate('psraw', '71 /4', shuffle.psraw),
  immediate('psllw', '71 /6', shuffle.psllw),
  immediate('psrld', '72 /2', shuffle.psrld),
  immediate('psrad', '72 /4', shuffle.psrad),
  immediate('pslld', '72 /6', shuffle.pslld),
  immediate('psrlq', '73 /2', shuffle.psrlq),
  immediate('psllq', '73 /6', shuffle.psllq),
];
