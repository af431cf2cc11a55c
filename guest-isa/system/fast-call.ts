/**
 * sysenter and sysexit: flat segments from fixed values, nothing read from memory.
 * Source: SDM vol. 2, SYSENTER and SYSEXIT.
 */
import type { Cpu } from '../interp/cpu.js';
import { GP } from '../state/exceptions.js';
import { IF, RF, VM } from '../state/flags.js';
import {
  CPL,
  CS,
  ECX,
  EDX,
  EIP,
  ESP,
  FLAGS_SYSTEM,
  MSR_SYSENTER_CS,
  MSR_SYSENTER_EIP,
  MSR_SYSENTER_ESP,
  SS,
} from '../state/layout.js';
import { isNull } from './descriptor.js';
import { setEflags } from './eflags.js';

/** 4 GB, 32 bits, accessed, DPL 0; the DPL is ORed in. */
const FLAT_CODE = 0xc09b;
const FLAT_DATA = 0xc093;
const DPL_3 = 0x60;
const LIMIT_4G = -1;

export function sysenter(cpu: Cpu): void {
  const s = cpu.s;
  if (!cpu.protectedMode || isNull(s[MSR_SYSENTER_CS])) cpu.raise(GP, 0);
  s[FLAGS_SYSTEM] &= ~VM;
  cpu.setCpl(0);
  setEflags(cpu, 0, IF | RF);
  const code = s[MSR_SYSENTER_CS] & 0xfffc;
  cpu.setSegment(CS, code, 0, LIMIT_4G, FLAT_CODE);
  cpu.setSegment(SS, (code + 8) & 0xffff, 0, LIMIT_4G, FLAT_DATA);
  s[ESP] = s[MSR_SYSENTER_ESP];
  s[EIP] = s[MSR_SYSENTER_EIP];
}

export function sysexit(cpu: Cpu): void {
  const s = cpu.s;
  if (!cpu.protectedMode || isNull(s[MSR_SYSENTER_CS]) || s[CPL] !== 0) cpu.raise(GP, 0);
  const base = s[MSR_SYSENTER_CS] & 0xfffc;
  cpu.setSegment(CS, ((base + 16) & 0xffff) | 3, 0, LIMIT_4G, FLAT_CODE | DPL_3);
  cpu.setSegment(SS, ((base + 24) & 0xffff) | 3, 0, LIMIT_4G, FLAT_DATA | DPL_3);
  cpu.setCpl(3);
  s[ESP] = s[ECX];
  s[EIP] = s[EDX];
}
