/**
 * CR0, CR2, CR3 and CR4: what may be written, and what a change carries with it.
 * Source: SDM vol. 3, 2.5; vol. 2, MOV (control registers), LMSW, CLTS; vol. 3, 4.10.4 (TLB).
 */

import type { Cpu } from '../interp/cpu.js';
import {
  CR0_AM,
  CR0_CD,
  CR0_ET,
  CR0_NW,
  CR0_PE,
  CR0_PG,
  CR0_TS,
  CR0_WP,
  CR4_PGE,
  CR4_PSE,
} from '../state/control-bits.js';
import { GP, UD } from '../state/exceptions.js';
import type { Feature } from '../state/identity.js';
import { CPL, CR0, CR2, CR3, CR4 } from '../state/layout.js';
import { openCodeSegment } from './segment-load.js';

/** PE MP EM TS ET NE WP AM NW CD PG; others are ignored. */
const CR0_BITS = 0xe005003f | 0;
/** Changes of these make translations worthless, global ones too. */
const CR0_FLUSHES = CR0_PG | CR0_WP | CR0_PE;
/** Page directory, PWT, PCD. */
export const CR3_BITS = 0xfffff018 | 0;

/** Bits of CR4 with the feature that brings each; all others raise #GP. */
const CR4_BITS: readonly (readonly [bit: number, feature: Feature])[] = [
  [0x1, 'vme'],
  [0x2, 'vme'],
  [0x4, 'tsc'],
  [0x8, 'de'],
  [0x10, 'pse'],
  [0x40, 'mce'],
  [0x80, 'pge'],
  [0x200, 'fxsr'],
];

/** Raises #GP(0) above level 0. */
export function requireLevel0(cpu: Cpu): void {
  if (cpu.s[CPL] !== 0) cpu.raise(GP, 0);
}

export function readControlRegister(cpu: Cpu, number: number): number {
  const word = controlRegister(cpu, number);
  requireLevel0(cpu);
  return cpu.s[word];
}

export function writeControlRegister(cpu: Cpu, number: number, value: number): void {
  const word = controlRegister(cpu, number);
  requireLevel0(cpu);
  if (word === CR0) writeCr0(cpu, value);
  else if (word === CR3) writeCr3(cpu, value);
  else if (word === CR4) writeCr4(cpu, value);
  else cpu.s[CR2] = value;
}

function controlRegister(cpu: Cpu, number: number): number {
  switch (number) {
    case 0:
      return CR0;
    case 2:
      return CR2;
    case 3:
      return CR3;
    case 4:
      return CR4;
    default:
      return cpu.raise(UD);
  }
}

export function writeCr0(cpu: Cpu, value: number): void {
  const s = cpu.s;
  const next = (value & CR0_BITS) | CR0_ET;
  if (next & CR0_PG && (next & CR0_PE) === 0) cpu.raise(GP, 0);
  if (next & CR0_NW && (next & CR0_CD) === 0) cpu.raise(GP, 0);
  const changed = s[CR0] ^ next;
  s[CR0] = next;
  if (changed & CR0_FLUSHES) cpu.flushTlb(true);
  if (changed & CR0_AM) cpu.accessRightsChanged();
  if (changed & CR0_PE && (next & CR0_PE) === 0) openCodeSegment(cpu);
}

export function writeCr3(cpu: Cpu, value: number): void {
  cpu.s[CR3] = value & CR3_BITS;
  cpu.flushTlb(false);
}

function writeCr4(cpu: Cpu, value: number): void {
  const s = cpu.s;
  if (value & ~cr4Bits(cpu)) cpu.raise(GP, 0);
  const changed = s[CR4] ^ value;
  // Before PGE goes off, so that global translations go too.
  if (changed & (CR4_PSE | CR4_PGE)) cpu.flushTlb(true);
  s[CR4] = value;
}

function cr4Bits(cpu: Cpu): number {
  let bits = 0;
  for (const [bit, feature] of CR4_BITS) if (cpu.identity.features.has(feature)) bits |= bit;
  return bits;
}

/** lmsw: PE, MP, EM and TS; PE cannot be cleared this way. */
export function loadStatusWord(cpu: Cpu, value: number): void {
  requireLevel0(cpu);
  const s = cpu.s;
  writeCr0(cpu, (s[CR0] & ~0xe) | (value & 0xf));
}

export function clearTaskSwitched(cpu: Cpu): void {
  requireLevel0(cpu);
  cpu.s[CR0] &= ~CR0_TS;
}
