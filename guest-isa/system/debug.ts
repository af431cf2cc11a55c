/**
 * Debug exceptions: instruction breakpoints, single step, data and I/O breakpoints, task-switch
 * trap, and the debug registers. Source: SDM vol. 3, 17.2 and 17.3.
 *
 * The run loop calls `beforeInstruction` and `afterInstruction` around an instruction while
 * `needsDebugCare` holds; else it may leave them out. Data breakpoints are noted by the memory
 * (PENDING_DEBUG, in DR6's format), I/O ones here.
 * Left out: branch tracing and DR6 bits of breakpoints that are not enabled.
 */

import type { Insn } from '../decode/insn.js';
import type { Cpu } from '../interp/cpu.js';
import { CR4_DE } from '../state/control-bits.js';
import { DB, GP, UD } from '../state/exceptions.js';
import { RF, TF } from '../state/flags.js';
import {
  CPL,
  CR4,
  CS,
  DR0,
  DR6,
  DR7,
  EIP,
  FLAGS_SYSTEM,
  INHIBIT,
  INHIBIT_ALL,
  PENDING_DEBUG,
  SEG_BASE,
} from '../state/layout.js';
import { deliver, type Shutdown } from './deliver.js';
import { virtualInterruptDue } from './eflags.js';

const DR6_BD = 0x2000;
const DR6_BS = 0x4000;
const DR6_WRITABLE = 0xe00f;
const DR6_ONES = 0xffff0ff0 | 0;
const DR7_GD = 0x2000;
const DR7_WRITABLE = 0xffff23ff | 0;
const DR7_ONES = 0x400;

/** What `beforeInstruction` found: `delivered` replaces the instruction. */
export type DebugOutcome = 'nothing' | 'delivered' | Shutdown;

/** True while instructions have to be run one by one, with debug events looked for around each. */
export function needsDebugCare(cpu: Cpu): boolean {
  const s = cpu.s;
  if (s[FLAGS_SYSTEM] & (TF | RF) || s[DR7] & 0xff || s[PENDING_DEBUG]) return true;
  return virtualInterruptDue(cpu);
}

/**
 * Traps that a task switch left behind (T bit of the new task), then instruction breakpoints at
 * the next instruction (a fault: before it); RF lets it pass once.
 */
export function beforeInstruction(cpu: Cpu): DebugOutcome {
  const s = cpu.s;
  if (s[PENDING_DEBUG] && s[INHIBIT] !== INHIBIT_ALL) {
    const causes = s[PENDING_DEBUG];
    s[PENDING_DEBUG] = 0;
    return raiseDebug(cpu, causes, false) ?? 'delivered';
  }
  if (virtualInterruptDue(cpu)) {
    return deliver(cpu, { vector: GP, kind: 'fault', errorCode: 0 }) ?? 'delivered';
  }
  if (s[FLAGS_SYSTEM] & RF) {
    s[FLAGS_SYSTEM] &= ~RF;
    return 'nothing';
  }
  if ((s[DR7] & 0xff) === 0 || s[INHIBIT] === INHIBIT_ALL) return 'nothing';
  const hits = matchBreakpoints(cpu, (s[SEG_BASE + CS] + s[EIP]) | 0, 1, 0);
  if (hits === 0) return 'nothing';
  return raiseDebug(cpu, hits, false) ?? 'delivered';
}

/**
 * Traps after an instruction that completed: single step (TF was set when it began), data and I/O
 * breakpoints, T bit of a new task. The instruction may be an iteration of a repeated one.
 */
export function afterInstruction(
  cpu: Cpu,
  op: Insn,
  stepping: boolean,
  midRepeat: boolean,
): DebugOutcome {
  const s = cpu.s;
  // Loading SS holds traps back until the next instruction is done (SDM vol. 3, 6.8.3).
  if (s[INHIBIT] === INHIBIT_ALL) return 'nothing';
  // int n and its like clear TF on their way into the handler, and with it the step.
  const stepped = stepping && (op.row?.flow !== 'trap' || (s[FLAGS_SYSTEM] & TF) !== 0);
  const causes = s[PENDING_DEBUG] | (stepped ? DR6_BS : 0);
  if (causes === 0) return 'nothing';
  s[PENDING_DEBUG] = 0;
  return raiseDebug(cpu, causes, midRepeat) ?? 'delivered';
}

function raiseDebug(cpu: Cpu, causes: number, midRepeat: boolean): Shutdown | undefined {
  noteCauses(cpu, causes);
  return deliver(cpu, { vector: DB, kind: 'trap', errorCode: -1, midRepeat });
}

/** DR6 says why; B0-B3 are those of this exception, the other bits stay until software clears them. */
function noteCauses(cpu: Cpu, causes: number): void {
  cpu.s[DR6] = (cpu.s[DR6] & ~0xf) | causes | DR6_ONES;
}

/** Enabled breakpoints of a type (DR7's R/W field: 0 instruction, 2 I/O) that a range touches, as B0-B3. */
function matchBreakpoints(cpu: Cpu, first: number, sizeBytes: number, type: number): number {
  const s = cpu.s;
  let hits = 0;
  for (let i = 0; i < 4; i++) {
    const control = (s[DR7] >>> (16 + 4 * i)) & 15;
    if (((s[DR7] >>> (2 * i)) & 3) === 0 || (control & 3) !== type) continue;
    const size = control >>> 2 === 2 ? 8 : (control >>> 2) + 1;
    const start = (s[DR0 + i] & -size) >>> 0;
    if (start < (first >>> 0) + sizeBytes && first >>> 0 < start + size) hits |= 1 << i;
  }
  return hits;
}

/** Notes an I/O breakpoint that an access to ports hits. */
export function noteIoBreakpoints(cpu: Cpu, port: number, sizeBytes: number): void {
  const s = cpu.s;
  if ((s[DR7] & 0xff) === 0 || (s[CR4] & CR4_DE) === 0) return;
  s[PENDING_DEBUG] |= matchBreakpoints(cpu, port, sizeBytes, 2);
}

/** Checks of every mov to or from a debug register; returns the word index of the register. */
export function debugRegister(cpu: Cpu, number: number): number {
  const s = cpu.s;
  const aliased = number === 4 || number === 5;
  // Privilege first, as silicon (and QEMU) has it.
  if (s[CPL] !== 0) cpu.raise(GP, 0);
  if (aliased && s[CR4] & CR4_DE) cpu.raise(UD);
  if (s[DR7] & DR7_GD) {
    noteCauses(cpu, DR6_BD);
    cpu.raise(DB);
  }
  return DR0 + (aliased ? number + 2 : number);
}

export function writeDebugRegister(cpu: Cpu, word: number, value: number): void {
  const s = cpu.s;
  if (word === DR6) s[DR6] = (value & DR6_WRITABLE) | DR6_ONES;
  else if (word === DR7) {
    s[DR7] = (value & DR7_WRITABLE) | DR7_ONES;
    cpu.accessRightsChanged();
    cpu.reconsider();
  } else s[word] = value;
}
