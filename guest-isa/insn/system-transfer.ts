/**
 * Far control transfer and software interrupts (SDM vol. 2: JMP, CALL, RET, IRET, INT n, BOUND,
 * SYSENTER, SYSEXIT, UD2). The mechanisms are in system/.
 */
import type { Insn } from '../decode/insn.js';
import type { Cpu } from '../interp/cpu.js';
import { effectiveAddress } from '../interp/effective-address.js';
import { UD } from '../state/exceptions.js';
import { farReturn } from '../system/far-return.js';
import { farCall, farJump } from '../system/far-transfer.js';
import { sysenter, sysexit } from '../system/fast-call.js';
import { interruptReturn } from '../system/iret.js';
import {
  breakpoint,
  checkBounds,
  debugInterrupt,
  interruptOnOverflow,
  softwareInterrupt,
} from '../system/software-interrupt.js';
import { direct, type InsnRow } from './row.js';

/** A far pointer in memory: offset, then selector. */
function pointerOffset(cpu: Cpu, op: Insn): number {
  const at = effectiveAddress(cpu, op);
  return op.opSize === 4 ? cpu.read32(op.seg, at) : cpu.read16(op.seg, at);
}

function pointerSelector(cpu: Cpu, op: Insn): number {
  return cpu.read16(op.seg, (effectiveAddress(cpu, op) + op.opSize) & op.addrMask);
}

function jumpThroughMemory(cpu: Cpu, op: Insn): void {
  const offset = pointerOffset(cpu, op);
  farJump(cpu, pointerSelector(cpu, op), offset);
}

function callThroughMemory(cpu: Cpu, op: Insn): void {
  const offset = pointerOffset(cpu, op);
  farCall(cpu, pointerSelector(cpu, op), offset, op.opSize);
}

const far = { flow: 'far' as const, faults: '#GP #NP #SS #TS' };
const trap = { flow: 'trap' as const, faults: '#GP #NP #SS #TS' };

export const transferRows: readonly InsnRow[] = [
  direct('jmp', 'ea', 'Ap', (cpu, op) => farJump(cpu, op.imm2, op.imm), far),
  direct('jmp', 'ff /5', 'Mp', jumpThroughMemory, far),
  direct('call', '9a', 'Ap', (cpu, op) => farCall(cpu, op.imm2, op.imm, op.opSize), far),
  direct('call', 'ff /3', 'Mp', callThroughMemory, far),
  direct('retf', 'ca', 'Iw', (cpu, op) => farReturn(cpu, op.opSize, op.imm), far),
  direct('retf', 'cb', '', (cpu, op) => farReturn(cpu, op.opSize, 0), far),
  direct('iret', 'cf', '', (cpu, op) => interruptReturn(cpu, op.opSize), {
    ...far,
    flags: 'w:oszapcdi',
  }),
  direct('int3', 'cc', '', breakpoint, trap),
  direct('int', 'cd', 'Ib', (cpu, op) => softwareInterrupt(cpu, op.imm), trap),
  direct('into', 'ce', '', interruptOnOverflow, { ...trap, flags: 'r:o' }),
  direct('int1', 'f1', '', debugInterrupt, trap),
  direct('bound', '62 /r', 'Gv,Ma', checkBounds, { faults: '#BR' }),
  direct('sysenter', '0f 34', '', sysenter, { ...far, feature: 'sep' }),
  direct('sysexit', '0f 35', '', sysexit, { ...far, feature: 'sep' }),
  direct('ud2', '0f 0b', '', (cpu) => cpu.raise(UD), { flow: 'trap', faults: '#UD' }),
];
