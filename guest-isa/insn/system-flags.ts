/**
 * Flags that protection guards, and salc: cli, sti, pushf, popf (SDM vol. 2).
 */
import type { Cpu } from '../interp/cpu.js';
import { carryFlag, IF } from '../state/flags.js';
import { EAX, FLAGS_SYSTEM } from '../state/layout.js';
import {
  clearInterrupts,
  popFlags,
  pushFlags,
  setInterrupts,
} from '../system/flag-instructions.js';
import { direct, type InsnRow, type Meaning } from './row.js';

function setFromCarry(cpu: Cpu): void {
  cpu.s8[EAX * 4] = -carryFlag(cpu.s);
}

/** RF is never set where translations run, VM not at level 0. */
const pushFlags0: Meaning = (m) => {
  const overflow = m.pure('shl', m.condition(0), m.constant(11));
  const arithmetic = m.pure('or', m.fixedAlu('lahf'), overflow);
  m.push(m.operandBytes, m.pure('or', m.register(FLAGS_SYSTEM, 4), arithmetic));
};

const clearInterrupts0: Meaning = (m) => {
  const flags = m.register(FLAGS_SYSTEM, 4);
  m.writeRegister(FLAGS_SYSTEM, 4, m.pure('and', flags, m.constant(~IF)));
};

const privileged = { faults: '#GP' };

export const flagRows: readonly InsnRow[] = [
  direct('pushf', '9c', '', (cpu, op) => pushFlags(cpu, op.opSize), {
    ...privileged,
    flags: 'r:oszapcdi',
    level0: pushFlags0,
  }),
  direct('popf', '9d', '', (cpu, op) => popFlags(cpu, op.opSize), {
    ...privileged,
    flags: 'w:oszapcdi',
    flow: 'far',
  }),
  direct('cli', 'fa', '', clearInterrupts, {
    ...privileged,
    flags: 'w:i',
    level0: clearInterrupts0,
  }),
  direct('sti', 'fb', '', setInterrupts, { ...privileged, flags: 'w:i', flow: 'far' }),
  // Undocumented on early processors: al becomes ff or 0 by the carry flag.
  direct('salc', 'd6', '', setFromCarry, { flags: 'r:c' }),
];
