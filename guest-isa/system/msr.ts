/**
 * Model-specific registers: time stamp counter, APIC base, sysenter, machine check (Pentium
 * style), Transmeta's CPUID feature mask. All others raise #GP(0).
 * Source: SDM vol. 2, RDMSR and WRMSR; vol. 4; Linux's arch/x86/kernel/cpu/transmeta.c for the
 * Transmeta one. Left out: MTRRs, performance counters, LongRun control.
 */
import type { Cpu } from '../interp/cpu.js';
import { GP } from '../state/exceptions.js';
import {
  EAX,
  ECX,
  EDX,
  MSR_APIC_BASE,
  MSR_FEATURE_MASK,
  MSR_SYSENTER_CS,
  MSR_SYSENTER_EIP,
  MSR_SYSENTER_ESP,
} from '../state/layout.js';
import { requireLevel0 } from './control-registers.js';
import { readTsc, type Words, writeTsc } from './timestamp.js';

const P5_MC_ADDR = 0x0;
const P5_MC_TYPE = 0x1;
const TIME_STAMP_COUNTER = 0x10;
const APIC_BASE = 0x1b;
const SYSENTER_CS = 0x174;
const SYSENTER_ESP = 0x175;
const SYSENTER_EIP = 0x176;
const TRANSMETA_FEATURE_MASK = 0x80860004;

/** Bits of the APIC base register: bootstrap processor (read-only here), enable, base. */
export const APIC_BSP = 0x100;
export const APIC_ENABLE = 0x800;
const APIC_WRITABLE = 0xfffff800 | 0;

export const TRANSMETA_VENDOR = 'GenuineTMx86';

export function readMsr(cpu: Cpu): void {
  requireLevel0(cpu);
  const s = cpu.s;
  const value = msrValue(cpu, s[ECX] >>> 0);
  s[EAX] = value.low;
  s[EDX] = value.high;
}

function msrValue(cpu: Cpu, number: number): Words {
  const s = cpu.s;
  if (!msrExists(cpu, number)) return cpu.raise(GP, 0);
  switch (number) {
    case TIME_STAMP_COUNTER:
      return readTsc(cpu);
    case P5_MC_ADDR:
    case P5_MC_TYPE:
      return { low: 0, high: 0 };
    default:
      return { low: s[wordOf(number)], high: 0 };
  }
}

export function writeMsr(cpu: Cpu): void {
  requireLevel0(cpu);
  const s = cpu.s;
  const number = s[ECX] >>> 0;
  if (!msrExists(cpu, number)) cpu.raise(GP, 0);
  switch (number) {
    case TIME_STAMP_COUNTER:
      writeTsc(cpu, { low: s[EAX], high: s[EDX] });
      return;
    case P5_MC_ADDR:
    case P5_MC_TYPE:
      return;
    case APIC_BASE:
      writeApicBase(cpu, s[EAX], s[EDX]);
      return;
    default:
      s[wordOf(number)] = s[EAX];
  }
}

/** Reserved bits raise #GP; whoever models the APIC is told. */
function writeApicBase(cpu: Cpu, low: number, high: number): void {
  const s = cpu.s;
  if (high !== 0 || low & ~(APIC_WRITABLE | APIC_BSP)) cpu.raise(GP, 0);
  s[MSR_APIC_BASE] = (low & APIC_WRITABLE) | (s[MSR_APIC_BASE] & APIC_BSP);
  cpu.interrupts.apicBaseWritten?.(s[MSR_APIC_BASE] >>> 0);
}

function msrExists(cpu: Cpu, number: number): boolean {
  const { features, vendor } = cpu.identity;
  switch (number) {
    case TIME_STAMP_COUNTER:
      return features.has('tsc');
    case P5_MC_ADDR:
    case P5_MC_TYPE:
      return features.has('mce');
    case APIC_BASE:
      return features.has('apic');
    case SYSENTER_CS:
    case SYSENTER_ESP:
    case SYSENTER_EIP:
      return features.has('sep');
    case TRANSMETA_FEATURE_MASK:
      return vendor === TRANSMETA_VENDOR;
    default:
      return false;
  }
}

/** State word of a register that is no more than its 32 bits. */
function wordOf(number: number): number {
  switch (number) {
    case APIC_BASE:
      return MSR_APIC_BASE;
    case SYSENTER_CS:
      return MSR_SYSENTER_CS;
    case SYSENTER_ESP:
      return MSR_SYSENTER_ESP;
    case SYSENTER_EIP:
      return MSR_SYSENTER_EIP;
    default:
      return MSR_FEATURE_MASK;
  }
}
