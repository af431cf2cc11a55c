/**
 * ins and outs, alone and repeated. Source: SDM vol. 2, INS, OUTS, REP.
 *
 * Each iteration is complete in itself and costs one unit of time. Memory is asked first, so that
 * a fault neither loses a byte that a device gave nor sends one twice. A repetition ends early
 * when its time is used up (a device may see to that by raising an interrupt): EIP then points at
 * the instruction again. Time and counts are kept as for the other string instructions.
 */
import type { Insn } from '../decode/insn.js';
import type { Cpu } from '../interp/cpu.js';
import { DF } from '../state/flags.js';
import { ECX, EDI, EDX, ES, ESI, FLAGS_SYSTEM, MID_REPEAT } from '../state/layout.js';
import { checkPorts, readPort, writePort } from './io-permission.js';

type Width = 1 | 2 | 4;

export function inputString(cpu: Cpu, op: Insn, width: Width): void {
  repeat(cpu, op, width, () => inputOnce(cpu, op, width));
}

export function outputString(cpu: Cpu, op: Insn, width: Width): void {
  repeat(cpu, op, width, () => outputOnce(cpu, op, width));
}

function inputOnce(cpu: Cpu, op: Insn, width: Width): void {
  const port = cpu.s16[EDX * 2];
  const offset = cpu.s[EDI] & op.addrMask;
  checkPorts(cpu, port, width);
  cpu.probeWrite(ES, offset, width);
  const value = readPort(cpu, port, width);
  if (width === 4) cpu.write32(ES, offset, value);
  else if (width === 2) cpu.write16(ES, offset, value);
  else cpu.write8(ES, offset, value);
  advance(cpu, op, EDI, width);
}

function outputOnce(cpu: Cpu, op: Insn, width: Width): void {
  const port = cpu.s16[EDX * 2];
  const offset = cpu.s[ESI] & op.addrMask;
  checkPorts(cpu, port, width);
  const value =
    width === 4
      ? cpu.read32(op.seg, offset)
      : width === 2
        ? cpu.read16(op.seg, offset)
        : cpu.read8(op.seg, offset);
  writePort(cpu, port, value, width);
  advance(cpu, op, ESI, width);
}

function advance(cpu: Cpu, op: Insn, register: number, width: Width): void {
  const s = cpu.s;
  const next = s[register] + (s[FLAGS_SYSTEM] & DF ? -width : width);
  s[register] = (s[register] & ~op.addrMask) | (next & op.addrMask);
}

function repeat(cpu: Cpu, op: Insn, width: Width, once: () => void): void {
  const s = cpu.s;
  if (op.repeat === 0) {
    once();
    return;
  }
  // Permission is asked for even when nothing is left to do (silicon, and QEMU, do it in this order).
  checkPorts(cpu, cpu.s16[EDX * 2], width);
  s[MID_REPEAT] = 0;
  const generation = cpu.fetchGeneration;
  const mask = op.addrMask;
  let count = s[ECX] & mask;
  if (count === 0) return;
  for (;;) {
    once();
    count = (count - 1) & mask;
    s[ECX] = (s[ECX] & ~mask) | count;
    if (count === 0) return;
    if (!cpu.nextIteration(generation)) return;
  }
}
