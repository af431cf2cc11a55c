/**
 * Memory operands wider than the processor's 32-bit accesses: m64 and m80. A store is checked
 * whole before its first byte is written. With alignment checking on they have to be aligned to
 * eight bytes (SDM vol. 3, table 6-7).
 */
import type { Cpu } from '../interp/cpu.js';
import { AC_FAULT } from '../state/exceptions.js';
import { AC } from '../state/flags.js';
import { CPL, CR0, FLAGS_SYSTEM, SEG_BASE, SEG_FAST } from '../state/layout.js';

const CR0_AM = 0x40000;

/** To be called before an access of eight or ten bytes. */
function checkAlignment(cpu: Cpu, seg: number, offset: number): void {
  const s = cpu.s;
  if (s[CPL] !== 3 || (s[CR0] & CR0_AM) === 0 || (s[FLAGS_SYSTEM] & AC) === 0) return;
  if (((offset + s[SEG_BASE + seg]) & 7) !== 0) cpu.raise(AC_FAULT, 0);
}

/** Low part of an m64 or m80, with the checks of the whole; the rest lies at offset + 4 and + 8. */
export function readLow(cpu: Cpu, seg: number, offset: number, sizeBytes: 8 | 10): number {
  if ((cpu.s[SEG_FAST + seg] & 1) === 0) cpu.checkSegment(seg, offset, sizeBytes, false);
  if (cpu.readMask === 0) checkAlignment(cpu, seg, offset);
  return cpu.read32(seg, offset);
}

export function write64(cpu: Cpu, seg: number, offset: number, hi: number, lo: number): void {
  if (cpu.writeMask === 0) checkAlignment(cpu, seg, offset);
  cpu.probeWrite(seg, offset, 8);
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
  if (cpu.writeMask === 0) checkAlignment(cpu, seg, offset);
  cpu.probeWrite(seg, offset, 10);
  cpu.write32(seg, offset, lo);
  cpu.write32(seg, (offset + 4) | 0, hi);
  cpu.write16(seg, (offset + 8) | 0, se);
}
