/**
 * Ports: who may touch them (IOPL, I/O permission bitmap of the TSS) and the access itself.
 * Source: SDM vol. 1, 19.5; vol. 2, IN and OUT.
 */
import type { Cpu } from '../interp/cpu.js';
import { GP } from '../state/exceptions.js';
import { CPL, EAX, SEG_BASE, SEG_LIMIT, TR } from '../state/layout.js';
import { noteIoBreakpoints } from './debug.js';
import { iopl } from './eflags.js';
import { ioMapOffset } from './tss.js';

/** Raises #GP(0) unless the present program may access these ports. */
export function checkPorts(cpu: Cpu, port: number, width: 1 | 2 | 4): void {
  if (!cpu.protectedMode) return;
  if (!cpu.virtual8086 && cpu.s[CPL] <= iopl(cpu)) return;
  if (!bitmapAllows(cpu, port, width)) cpu.raise(GP, 0);
}

/** The processor always reads two bytes of the bitmap; both must lie inside the TSS. */
function bitmapAllows(cpu: Cpu, port: number, width: 1 | 2 | 4): boolean {
  const s = cpu.s;
  const map = ioMapOffset(cpu);
  if (map === undefined) return false;
  const offset = map + (port >>> 3);
  if (offset + 1 > s[SEG_LIMIT + TR] >>> 0) return false;
  const bits = cpu.systemRead((s[SEG_BASE + TR] + offset) | 0, 2);
  return ((bits >>> (port & 7)) & ((1 << width) - 1)) === 0;
}

/** Reads a port; unsigned, 32 bits as a signed word. */
export function readPort(cpu: Cpu, port: number, width: 1 | 2 | 4): number {
  noteIoBreakpoints(cpu, port, width);
  return cpu.ports.in(port, width) | 0;
}

export function writePort(cpu: Cpu, port: number, value: number, width: 1 | 2 | 4): void {
  noteIoBreakpoints(cpu, port, width);
  const unsigned = width === 4 ? value >>> 0 : value & (width === 2 ? 0xffff : 0xff);
  cpu.ports.out(port, unsigned, width);
}

/** in: port to al, ax or eax. */
export function input(cpu: Cpu, port: number, width: 1 | 2 | 4): void {
  checkPorts(cpu, port, width);
  const value = readPort(cpu, port, width);
  if (width === 4) cpu.s[EAX] = value;
  else if (width === 2) cpu.s16[EAX * 2] = value;
  else cpu.s8[EAX * 4] = value;
}

/** out: al, ax or eax to port. */
export function output(cpu: Cpu, port: number, width: 1 | 2 | 4): void {
  checkPorts(cpu, port, width);
  writePort(cpu, port, cpu.s[EAX], width);
}
