/**
 * Memory operands wider than the processor's 32-bit accesses: m64 and m80. A store is checked
 * whole before its first byte is written. With alignment checking on they have to be aligned to
 * eight bytes (SDM vol. 3, table 6-7).
 */
import type { Cpu } from '../interp/cpu.js';
import { SEG_FAST } from '../state/layout.js';

const ALIGN_BYTES = 8;

/** Low part of an m64 or m80, with the checks of the whole; the rest lies at offset + 4 and + 8. */
export function readLow(cpu: Cpu, seg: number, offset: number, sizeBytes: 8 | 10): number {
  if ((cpu.s[SEG_FAST + seg] & 1) === 0 || cpu.readMask === 0)
    cpu.probeRead(seg, offset, sizeBytes, ALIGN_BYTES);
  return cpu.read32(seg, offset);
}

export function write64(cpu: Cpu, seg: number, offset: number, hi: number, lo: number): void {
  cpu.probeWrite(seg, offset, 8, ALIGN_BYTES);
  cpu.write32(seg, offset, lo);
  cpu.write32(seg, (offset + 4) | 0, hi);
}

export function write80(
  cpu: Cpu,
  seg: number,
  offset: number,
  se: number,
  hi: number,
  lo: number,
): void {
  cpu.probeWrite(seg, offset, 10, ALIGN_BYTES);
  cpu.write32(seg, offset, lo);
  cpu.write32(seg, (offset + 4) | 0, hi);
  cpu.write16(seg, (offset + 8) | 0, se);
}
