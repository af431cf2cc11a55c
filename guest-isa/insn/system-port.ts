/**
 * Port input and output (SDM vol. 2: IN, OUT, INS, OUTS). Privilege and the access are in
 * system/io-permission.ts, the repeated forms in system/port-string.ts.
 */
import type { Cpu } from '../interp/cpu.js';
import { EDX } from '../state/layout.js';
import { input, output } from '../system/io-permission.js';
import { inputString, outputString } from '../system/port-string.js';
import { direct, type InsnRow } from './row.js';

const dx = (cpu: Cpu): number => cpu.s16[EDX * 2];
const options = { faults: '#GP' };
const repeated = { faults: '#GP', repeat: 'rep' as const, flags: 'r:d' };

export const portRows: readonly InsnRow[] = [
  direct('ins', '6c', 'Yb,DX', (cpu, op) => inputString(cpu, op, 1), repeated),
  direct('ins', '6d', 'Yv,DX', (cpu, op) => inputString(cpu, op, op.opSize), repeated),
  direct('outs', '6e', 'DX,Xb', (cpu, op) => outputString(cpu, op, 1), repeated),
  direct('outs', '6f', 'DX,Xv', (cpu, op) => outputString(cpu, op, op.opSize), repeated),
  direct('in', 'e4', 'AL,Ib', (cpu, op) => input(cpu, op.imm, 1), options),
  direct('in', 'e5', 'eAX,Ib', (cpu, op) => input(cpu, op.imm, op.opSize), options),
  direct('out', 'e6', 'Ib,AL', (cpu, op) => output(cpu, op.imm, 1), options),
  direct('out', 'e7', 'Ib,eAX', (cpu, op) => output(cpu, op.imm, op.opSize), options),
  direct('in', 'ec', 'AL,DX', (cpu) => input(cpu, dx(cpu), 1), options),
  direct('in', 'ed', 'eAX,DX', (cpu, op) => input(cpu, dx(cpu), op.opSize), options),
  direct('out', 'ee', 'DX,AL', (cpu) => output(cpu, dx(cpu), 1), options),
  direct('out', 'ef', 'DX,eAX', (cpu, op) => output(cpu, dx(cpu), op.opSize), options),
];
