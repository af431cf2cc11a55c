/**
 * Task state segments: where each field lies in the 386 and in the 286 format.
 * Source: SDM vol. 3, 7.2.1 (figure 7-2) and 7.6 (figure 7-10).
 */
import type { Cpu } from '../interp/cpu.js';
import { CS, DS, ES, FS, GS, SEG_ATTR, SEG_BASE, SEG_LIMIT, SS, TR } from '../state/layout.js';

export interface TssFormat {
  readonly wide: boolean;
  readonly width: 2 | 4;
  /** Smallest limit of the descriptor. */
  readonly leastLimit: number;
  readonly eip: number;
  readonly eflags: number;
  /** EAX; the others follow in encoding order. */
  readonly registers: number;
  /** Offsets of the segment selectors, by segment register. */
  readonly segments: readonly (readonly [seg: number, offset: number])[];
  readonly ldt: number;
}

export const LINK = 0;
/** 386 format only. */
export const TSS32_CR3 = 0x1c;
export const TSS32_TRAP = 0x64;
const TSS32_IO_MAP = 0x66;

export const TSS32: TssFormat = {
  wide: true,
  width: 4,
  leastLimit: 0x67,
  eip: 0x20,
  eflags: 0x24,
  registers: 0x28,
  segments: [
    [ES, 0x48],
    [CS, 0x4c],
    [SS, 0x50],
    [DS, 0x54],
    [FS, 0x58],
    [GS, 0x5c],
  ],
  ldt: 0x60,
};

export const TSS16: TssFormat = {
  wide: false,
  width: 2,
  leastLimit: 0x2b,
  eip: 0x0e,
  eflags: 0x10,
  registers: 0x12,
  segments: [
    [ES, 0x22],
    [CS, 0x24],
    [SS, 0x26],
    [DS, 0x28],
  ],
  ldt: 0x2a,
};

/** Format of the present task's TSS. */
export function presentFormat(cpu: Cpu): TssFormat {
  return cpu.s[SEG_ATTR + TR] & 8 ? TSS32 : TSS16;
}

/** Offset of the I/O permission bitmap, or undefined when the present TSS has none. */
export function ioMapOffset(cpu: Cpu): number | undefined {
  const s = cpu.s;
  const attr = s[SEG_ATTR + TR];
  if ((attr & 0x80) === 0 || (attr & 8) === 0 || s[SEG_LIMIT + TR] >>> 0 < TSS32.leastLimit)
    return undefined;
  return cpu.systemRead((s[SEG_BASE + TR] + TSS32_IO_MAP) | 0, 2);
}
