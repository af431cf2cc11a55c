/**
 * The offset that a memory operand names, from the parts that the decoder left in the instruction
 * (SDM vol. 2, 2.1.5). The segment is added by the access itself.
 */
import type { Insn } from '../decode/insn.js';
import type { Cpu } from './cpu.js';

export function effectiveAddress(cpu: Cpu, op: Insn): number {
  return (cpu.s[op.base] + (cpu.s[op.index] << op.scale) + op.disp) & op.addrMask;
}
