/**
 * The processor after power-up or RESET, and the states that loaders ask for.
 * Source: SDM vol. 3, 9.1.1 (table 9-1); for boot states the Linux and multiboot protocols.
 */

import type { Cpu } from '../interp/cpu.js';
import type { BootState } from '../state/boot-state.js';
import { CR0_ET, CR0_PE } from '../state/control-bits.js';
import { writeEflags } from '../state/flags.js';
import { signature } from '../state/identity.js';
import {
  A20_MASK,
  CR0,
  CS,
  DR6,
  DR7,
  DS,
  EAX,
  EBP,
  EBX,
  ECX,
  EDI,
  EDX,
  EIP,
  ES,
  ESI,
  ESP,
  FLAG_RESULT,
  FPU_CW,
  FPU_TAGS,
  FS,
  GDTR_LIMIT,
  GS,
  IDTR_LIMIT,
  LDTR,
  MSR_APIC_BASE,
  MSR_FEATURE_MASK,
  REMAINING,
  REPEAT_EXTRA_HI,
  REPEAT_EXTRA_LO,
  SS,
  START_EIP,
  TR,
} from '../state/layout.js';
import { APIC_BSP, APIC_ENABLE } from './msr.js';
import { writeTsc } from './timestamp.js';

/** CD and NW are set, the rest is off. */
const CR0_RESET = 0x60000000 | CR0_ET;
const DATA_SEGMENTS = [ES, SS, DS, FS, GS] as const;
const REAL_ATTR = 0x93;
const FLAT_CODE = 0xc09b;
const FLAT_DATA = 0xc093;
const APIC_DEFAULT_BASE = 0xfee00000;

/** Power-up state. The clock, and the counts of instructions, run on. */
export function resetCpu(cpu: Cpu): void {
  const s = cpu.s;
  const kept = [REMAINING, REPEAT_EXTRA_LO, REPEAT_EXTRA_HI].map((word) => [word, s[word]]);
  s.fill(0);
  for (const [word, value] of kept) s[word] = value;
  s[A20_MASK] = -1;
  s[FLAG_RESULT] = 1;
  writeEflags(s, 0);
  s[CR0] = CR0_RESET;
  s[DR6] = 0xffff0ff0;
  s[DR7] = 0x400;
  s[GDTR_LIMIT] = 0xffff;
  s[IDTR_LIMIT] = 0xffff;
  s[EDX] = signature(cpu.identity);
  s[FPU_CW] = 0x40;
  s[FPU_TAGS] = 0xff;
  s[MSR_FEATURE_MASK] = -1;
  if (cpu.identity.features.has('apic'))
    s[MSR_APIC_BASE] = APIC_DEFAULT_BASE | APIC_ENABLE | APIC_BSP;
  for (const seg of DATA_SEGMENTS) cpu.setSegment(seg, 0, 0, 0xffff, REAL_ATTR);
  cpu.setSegment(LDTR, 0, 0, 0xffff, 0x82);
  cpu.setSegment(TR, 0, 0, 0xffff, 0x8b);
  cpu.setSegment(CS, 0xf000, 0xffff0000 | 0, 0xffff, REAL_ATTR);
  setEip(cpu, 0xfff0);
  writeTsc(cpu, { low: 0, high: 0 });
  cpu.flushTlb(true);
  cpu.stateReplaced();
}

const REGISTER_WORDS = {
  eax: EAX,
  ecx: ECX,
  edx: EDX,
  ebx: EBX,
  esp: ESP,
  ebp: EBP,
  esi: ESI,
  edi: EDI,
} as const;

/** Reset, then what the boot state names. */
export function applyBootState(cpu: Cpu, boot: BootState): void {
  const s = cpu.s;
  resetCpu(cpu);
  if (boot.mode === 'real') setRealSegments(cpu, boot);
  else if (boot.mode === 'flat32') setFlatSegments(cpu, boot);
  if (boot.eip !== undefined) setEip(cpu, boot.eip);
  for (const name of Object.keys(REGISTER_WORDS) as (keyof typeof REGISTER_WORDS)[]) {
    const value = boot.registers?.[name];
    if (value !== undefined) s[REGISTER_WORDS[name]] = value;
  }
  if (boot.interrupts) writeEflags(s, 0x200);
  cpu.stateReplaced();
  cpu.reconsider();
}

function setEip(cpu: Cpu, eip: number): void {
  cpu.s[EIP] = eip;
  cpu.s[START_EIP] = eip;
}

function setRealSegments(cpu: Cpu, boot: BootState): void {
  const { cs = 0, ds = 0, ss = 0, es = ds } = boot.segments ?? {};
  cpu.setSegment(CS, cs, cs << 4, 0xffff, REAL_ATTR);
  const values: readonly (readonly [number, number])[] = [
    [ES, es],
    [SS, ss],
    [DS, ds],
    [FS, ds],
    [GS, ds],
  ];
  for (const [seg, value] of values) cpu.setSegment(seg, value, value << 4, 0xffff, REAL_ATTR);
  setEip(cpu, 0);
}

function setFlatSegments(cpu: Cpu, boot: BootState): void {
  const { cs = 0x08, ds = 0x10, ss = ds, es = ds } = boot.segments ?? {};
  cpu.s[CR0] |= CR0_PE;
  cpu.setSegment(CS, cs, 0, -1, FLAT_CODE);
  const values: readonly (readonly [number, number])[] = [
    [ES, es],
    [SS, ss],
    [DS, ds],
    [FS, ds],
    [GS, ds],
  ];
  for (const [seg, value] of values) cpu.setSegment(seg, value, 0, -1, FLAT_DATA);
  setEip(cpu, 0);
}
