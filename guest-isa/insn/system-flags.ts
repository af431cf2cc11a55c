/**
 * Flags that protection guards, and salc: cli, sti, pushf, popf (SDM vol. 2).
 */
import type { Cpu } from '../interp/cpu.js';
import { carryFlag } from '../state/flags.js';
import { EAX } from '../state/layout.js';
import {
  clearInterrupts,
  popFlags,
  pushFlags,
  setInterrupts,
} from '../system/flag-instructions.js';
import { direct, type InsnRow } from './row.js';

function setFromCarry(cpu: Cpu): void {
  cpu.s8[EAX * 4] = -carryFlag(cpu.s);
}

const privileged = { faults: '#GP' };

export const flagRows: readonly InsnRow[] = [
  direct('pushf', '9c', '', (cpu, op) => pushFlags(cpu, op.opSize), {
    ...privileged,
    flags: 'r:oszapcdi',
  }),
  direct('popf', '9d', '', (cpu, op) => popFlags(cpu, op.opSize), {
    ...privileged,
    flags: 'w:oszapcdi',
    flow: 'far',
  }),
  direct('cli', 'fa', '', clearInterrupts, { ...privileged, flags: 'w:i' }),
  direct('sti', 'fb', '', setInterrupts, { ...privileged, flags: 'w:i', flow: 'far' }),
  // Undocumented on early processors: al becomes ff or 0 by the carry flag.
  direct('salc', 'd6', '', setFromCarry, { flags: 'r:c' }),
];
