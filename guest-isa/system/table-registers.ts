/**
 * GDTR, IDTR, LDTR and TR. Source: SDM vol. 2, LGDT, SGDT, LLDT, LTR.
 */
import type { Insn } from '../decode/insn.js';
import type { Cpu } from '../interp/cpu.js';
import { effectiveAddress } from '../interp/effective-address.js';
import { GP, NP, UD } from '../state/exceptions.js';
import { LDTR, TR } from '../state/layout.js';
import { requireLevel0 } from './control-registers.js';
import {
  attributesOf,
  baseOf,
  type Descriptor,
  fetchDescriptor,
  isNull,
  isPresent,
  limitOf,
  SystemType,
  selectorError,
  setNull,
  systemType,
} from './descriptor.js';

const BUSY = 0x200;

/** lgdt, lidt: `base` is the word index of the base, the limit follows it. With 16-bit operands the base has 24 bits. */
export function loadTableRegister(cpu: Cpu, op: Insn, base: number): void {
  requireLevel0(cpu);
  const at = effectiveAddress(cpu, op);
  const limit = cpu.read16(op.seg, at);
  const address = cpu.read32(op.seg, (at + 2) & op.addrMask);
  cpu.s[base] = op.opSize === 4 ? address : address & 0xffffff;
  cpu.s[base + 1] = limit;
}

/** sgdt, sidt. All 32 bits of the base are stored with either operand size, as processors do since the 386. */
export function storeTableRegister(cpu: Cpu, op: Insn, base: number): void {
  const at = effectiveAddress(cpu, op);
  const second = (at + 2) & op.addrMask;
  cpu.probeWrite(op.seg, at, 2);
  cpu.probeWrite(op.seg, second, 4);
  cpu.write16(op.seg, at, cpu.s[base + 1]);
  cpu.write32(op.seg, second, cpu.s[base]);
}

/** Instructions on the LDT, the task register and access rights do not exist outside protected mode. */
export function requireSelectors(cpu: Cpu): void {
  if (cpu.paragraphMode) cpu.raise(UD);
}

export function loadLdtr(cpu: Cpu, selector: number): void {
  requireLevel0(cpu);
  if (isNull(selector)) {
    setNull(cpu, LDTR, selector);
    return;
  }
  const d = fetchSystem(cpu, selector);
  if (systemType(d) !== SystemType.ldt) cpu.raise(GP, selectorError(selector));
  if (!isPresent(d)) cpu.raise(NP, selectorError(selector));
  cpu.setSegment(LDTR, selector, baseOf(d), limitOf(d), attributesOf(d));
}

/** ltr marks the TSS busy, but switches no task. */
export function loadTaskRegister(cpu: Cpu, selector: number): void {
  requireLevel0(cpu);
  if (isNull(selector)) cpu.raise(GP, 0);
  const d = fetchSystem(cpu, selector);
  const type = systemType(d);
  if (type !== SystemType.tss16 && type !== SystemType.tss32)
    cpu.raise(GP, selectorError(selector));
  if (!isPresent(d)) cpu.raise(NP, selectorError(selector));
  cpu.systemWrite((d.address + 4) | 0, d.high | BUSY, 4);
  cpu.setSegment(TR, selector, baseOf(d), limitOf(d), attributesOf(d) | (BUSY >> 8));
}

/** Descriptors of tables and tasks lie in the GDT. */
function fetchSystem(cpu: Cpu, selector: number): Descriptor {
  if (selector & 4) cpu.raise(GP, selectorError(selector));
  return fetchDescriptor(cpu, selector, GP);
}
