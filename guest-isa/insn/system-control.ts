/**
 * Control and debug registers, descriptor tables, caches and TLB, halt, MSRs, CPUID, time stamp
 * counter (SDM vol. 2). rdpmc has no row: the TM5800 has no performance counters.
 */

import type { Insn } from '../decode/insn.js';
import type { Cpu } from '../interp/cpu.js';
import { effectiveAddress } from '../interp/effective-address.js';
import { CR4_TSD } from '../state/control-bits.js';
import { GP } from '../state/exceptions.js';
import {
  CPL,
  CR0,
  CR4,
  EAX,
  EDX,
  GDTR_BASE,
  HALTED,
  IDTR_BASE,
  LDTR,
  SEG_BASE,
  SEG_SELECTOR,
  TR,
} from '../state/layout.js';
import {
  clearTaskSwitched,
  loadStatusWord,
  readControlRegister,
  requireLevel0,
  writeControlRegister,
} from '../system/control-registers.js';
import { cpuid } from '../system/cpuid.js';
import { debugRegister, writeDebugRegister } from '../system/debug.js';
import { readMsr, writeMsr } from '../system/msr.js';
import {
  loadLdtr,
  loadTableRegister,
  loadTaskRegister,
  requireSelectors,
  storeTableRegister,
} from '../system/table-registers.js';
import { readTsc } from '../system/timestamp.js';
import { direct, type InsnRow } from './row.js';
import { readWord, writeSystemWord } from './system-segment.js';

function movFromControl(cpu: Cpu, op: Insn): void {
  cpu.s[op.rm] = readControlRegister(cpu, op.reg);
}

function movToControl(cpu: Cpu, op: Insn): void {
  writeControlRegister(cpu, op.reg, cpu.s[op.rm]);
}

function movFromDebug(cpu: Cpu, op: Insn): void {
  const word = debugRegister(cpu, op.reg);
  cpu.s[op.rm] = cpu.s[word];
}

function movToDebug(cpu: Cpu, op: Insn): void {
  writeDebugRegister(cpu, debugRegister(cpu, op.reg), cpu.s[op.rm]);
}

/** A 32-bit register gets CR0 whole, as on the P6; memory always 16 bits. */
function smsw(cpu: Cpu, op: Insn): void {
  writeSystemWord(cpu, op, cpu.s[CR0]);
}

function storeSelector(cpu: Cpu, op: Insn, seg: number): void {
  requireSelectors(cpu);
  writeSystemWord(cpu, op, cpu.s[SEG_SELECTOR + seg]);
}

function lldt(cpu: Cpu, op: Insn): void {
  requireSelectors(cpu);
  requireLevel0(cpu);
  loadLdtr(cpu, readWord(cpu, op));
}

function ltr(cpu: Cpu, op: Insn): void {
  requireSelectors(cpu);
  requireLevel0(cpu);
  loadTaskRegister(cpu, readWord(cpu, op));
}

function lmsw(cpu: Cpu, op: Insn): void {
  requireLevel0(cpu);
  loadStatusWord(cpu, readWord(cpu, op));
}

function invlpg(cpu: Cpu, op: Insn): void {
  requireLevel0(cpu);
  cpu.flushPage((cpu.s[SEG_BASE + op.seg] + effectiveAddress(cpu, op)) | 0);
}

/** The run loop stops until an interrupt comes. */
function halt(cpu: Cpu): void {
  requireLevel0(cpu);
  cpu.s[HALTED] = 1;
  cpu.clock.endSlice();
}

function rdtsc(cpu: Cpu): void {
  const s = cpu.s;
  if (s[CR4] & CR4_TSD && s[CPL] !== 0) cpu.raise(GP, 0);
  const { low, high } = readTsc(cpu);
  s[EAX] = low;
  s[EDX] = high;
}

const privileged = { faults: '#GP' };
const selectors = { faults: '#UD' };

export const systemRows: readonly InsnRow[] = [
  direct('sldt', '0f 00 /0', 'Ev', (cpu, op) => storeSelector(cpu, op, LDTR), selectors),
  direct('str', '0f 00 /1', 'Ev', (cpu, op) => storeSelector(cpu, op, TR), selectors),
  direct('lldt', '0f 00 /2', 'Ew', lldt, { faults: '#UD #GP #NP' }),
  direct('ltr', '0f 00 /3', 'Ew', ltr, { faults: '#UD #GP #NP' }),
  direct('sgdt', '0f 01 /0', 'Ms', (cpu, op) => storeTableRegister(cpu, op, GDTR_BASE)),
  direct('sidt', '0f 01 /1', 'Ms', (cpu, op) => storeTableRegister(cpu, op, IDTR_BASE)),
  direct('lgdt', '0f 01 /2', 'Ms', (cpu, op) => loadTableRegister(cpu, op, GDTR_BASE), privileged),
  direct('lidt', '0f 01 /3', 'Ms', (cpu, op) => loadTableRegister(cpu, op, IDTR_BASE), privileged),
  direct('smsw', '0f 01 /4', 'Ev', smsw),
  direct('lmsw', '0f 01 /6', 'Ew', lmsw, { ...privileged, flow: 'far' }),
  direct('invlpg', '0f 01 /7', 'M', invlpg, { ...privileged, flow: 'far' }),
  direct('clts', '0f 06', '', clearTaskSwitched, privileged),
  // Caches of the guest processor are not modelled: there is nothing to write back or to drop.
  direct('invd', '0f 08', '', requireLevel0, privileged),
  direct('wbinvd', '0f 09', '', requireLevel0, privileged),
  direct('mov', '0f 20 /r', 'Rd,Cd', movFromControl, { faults: '#UD #GP' }),
  direct('mov', '0f 21 /r', 'Rd,Dd', movFromDebug, { faults: '#UD #GP #DB' }),
  direct('mov', '0f 22 /r', 'Cd,Rd', movToControl, { faults: '#UD #GP', flow: 'far' }),
  direct('mov', '0f 23 /r', 'Dd,Rd', movToDebug, { faults: '#UD #GP #DB', flow: 'far' }),
  direct('wrmsr', '0f 30', '', writeMsr, { ...privileged, feature: 'msr' }),
  direct('rdtsc', '0f 31', '', rdtsc, { ...privileged, feature: 'tsc' }),
  direct('rdmsr', '0f 32', '', readMsr, { ...privileged, feature: 'msr' }),
  direct('cpuid', '0f a2', '', cpuid),
  direct('hlt', 'f4', '', halt, { ...privileged, flow: 'halt' }),
];
