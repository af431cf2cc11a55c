/**
 * Flags that protection guards, and salc: cli, sti, pushf, popf (SDM vol. 2).
 */
import type { Cpu } from '../interp/cpu.js';
import { AC, carryFlag, DF, ID, IF, IOPL, NT, TF } from '../state/flags.js';
import { EAX, FLAGS_SYSTEM, INTERRUPT_REQUEST } from '../state/layout.js';
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

/** An interrupt that waits for IF is the interpreter's to let in. */
const setInterrupts0: Meaning = (m) => {
  m.exceptWhen(m.stateWord(INTERRUPT_REQUEST));
  m.holdInterrupts();
  const flags = m.register(FLAGS_SYSTEM, 4);
  m.writeRegister(FLAGS_SYSTEM, 4, m.pure('or', flags, m.constant(IF)));
};

/** Only what changes IF, DF and the arithmetic flags; other flags change how everything is executed. */
const popFlags0: Meaning = (m) => {
  const size = m.operandBytes;
  const top = m.stackPointer();
  const image = m.stackLoad(size, top);
  const before = m.register(FLAGS_SYSTEM, 4);
  const others = TF | IOPL | NT | (size === 4 ? AC | ID : 0);
  const changed = m.pure('and', m.pure('xor', image, before), m.constant(others));
  const letsIn = m.pure('and', image, m.stateWord(INTERRUPT_REQUEST));
  m.exceptWhen(m.pure('or', changed, letsIn));
  m.setStackPointer(m.pure('add', top, m.constant(size)));
  const kept = m.pure('and', before, m.constant(~(IF | DF)));
  const popped = m.pure('and', image, m.constant(IF | DF));
  m.writeRegister(FLAGS_SYSTEM, 4, m.pure('or', kept, popped));
  // 1 + 127 overflows in 8 bits; sahf keeps OF.
  const overflow = m.pure('and', m.pure('shr', image, m.constant(11)), m.constant(1));
  m.alu('add', 8, overflow, m.constant(127));
  m.fixedAlu('sahf', image);
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
    level0: popFlags0,
  }),
  direct('cli', 'fa', '', clearInterrupts, {
    ...privileged,
    flags: 'w:i',
    level0: clearInterrupts0,
  }),
  direct('sti', 'fb', '', setInterrupts, { ...privileged, flags: 'w:i', level0: setInterrupts0 }),
  // Undocumented on early processors: al becomes ff or 0 by the carry flag.
  direct('salc', 'd6', '', setFromCarry, { flags: 'r:c' }),
];
