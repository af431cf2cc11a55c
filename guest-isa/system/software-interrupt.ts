/**
 * int n, int3, into, int1 and bound as instructions, with the redirection of int n to the 8086
 * program's own handlers. Source: SDM vol. 2, INT n; vol. 3, 20.3.3 (methods 1-6).
 */

import type { Insn } from '../decode/insn.js';
import type { Cpu } from '../interp/cpu.js';
import { effectiveAddress } from '../interp/effective-address.js';
import { CR4_VME } from '../state/control-bits.js';
import { BP, BR, DB, GP, OFLOW } from '../state/exceptions.js';
import { IF, IOPL, overflowFlag, RF, readEflags, TF, VIF } from '../state/flags.js';
import { CR4, FLAGS_SYSTEM, SEG_BASE, SEG_LIMIT, TR } from '../state/layout.js';
import { iopl, setEflags } from './eflags.js';
import { enterHandler, enterVector } from './interrupt.js';
import { ioMapOffset } from './tss.js';

const REDIRECTION_BYTES = 32;

export function softwareInterrupt(cpu: Cpu, vector: number): void {
  if (cpu.virtual8086) {
    if (cpu.s[CR4] & CR4_VME && isRedirected(cpu, vector)) {
      enterRedirected(cpu, vector);
      return;
    }
    if (iopl(cpu) < 3) cpu.raise(GP, 0);
  }
  enterHandler(cpu, { vector, kind: 'software', errorCode: -1 });
}

/** int3: never sensitive to IOPL and never redirected. */
export function breakpoint(cpu: Cpu): void {
  enterHandler(cpu, { vector: BP, kind: 'software', errorCode: -1 });
}

export function interruptOnOverflow(cpu: Cpu): void {
  if (overflowFlag(cpu.s)) enterHandler(cpu, { vector: OFLOW, kind: 'software', errorCode: -1 });
}

/** int1 (f1): as if the processor had raised #DB, whatever the gate's DPL; DR6 is left alone. */
export function debugInterrupt(cpu: Cpu): void {
  enterHandler(cpu, { vector: DB, kind: 'privileged', errorCode: -1 });
}

/** The bit of the redirection bitmap, which lies just below the I/O permission bitmap. */
function isRedirected(cpu: Cpu, vector: number): boolean {
  const s = cpu.s;
  const map = ioMapOffset(cpu);
  if (map === undefined) return cpu.raise(GP, 0);
  const offset = map - REDIRECTION_BYTES + (vector >>> 3);
  if (offset < 0 || offset > s[SEG_LIMIT + TR] >>> 0) return cpu.raise(GP, 0);
  const bits = cpu.systemRead((s[SEG_BASE + TR] + offset) | 0, 1);
  return ((bits >>> (vector & 7)) & 1) === 0;
}

/** Through the vector table at linear address 0; below IOPL 3 the program sees VIF as its IF. */
function enterRedirected(cpu: Cpu, vector: number): void {
  const s = cpu.s;
  const virtual = iopl(cpu) < 3;
  let image = readEflags(s);
  if (virtual) image = (image & ~IF) | IOPL | (s[FLAGS_SYSTEM] & VIF ? IF : 0);
  enterVector(cpu, vector * 4, image);
  setEflags(cpu, 0, TF | RF | (virtual ? VIF : IF));
}

/** bound: a signed index against two bounds in memory. */
export function checkBounds(cpu: Cpu, op: Insn): void {
  const wide = op.opSize === 4;
  const at = effectiveAddress(cpu, op);
  const index = wide ? cpu.s[op.reg] : signed16(cpu.s16[op.reg]);
  const lower = wide ? cpu.read32(op.seg, at) : signed16(cpu.read16(op.seg, at));
  const next = (at + op.opSize) & op.addrMask;
  const upper = wide ? cpu.read32(op.seg, next) : signed16(cpu.read16(op.seg, next));
  if (index < lower || index > upper) cpu.raise(BR);
}

function signed16(value: number): number {
  return (value << 16) >> 16;
}
