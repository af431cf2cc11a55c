/**
 * Segment, system and gate descriptors of the GDT and LDT: fetching and reading their fields.
 * Source: SDM vol. 3, 3.4.5 (segments), 3.5 (system descriptors), 5.8.3 (call gates).
 * A descriptor is its two words; nothing is unpacked before somebody asks.
 */
import type { Cpu } from '../interp/cpu.js';
import { GDTR_BASE, GDTR_LIMIT, LDTR, SEG_ATTR, SEG_BASE, SEG_LIMIT } from '../state/layout.js';

export interface Descriptor {
  /** As it was asked for, RPL included. */
  readonly selector: number;
  /** Linear address of the descriptor. */
  readonly address: number;
  readonly low: number;
  readonly high: number;
}

/** Types of system descriptors. */
export const SystemType = {
  tss16: 0x1,
  ldt: 0x2,
  busyTss16: 0x3,
  callGate16: 0x4,
  taskGate: 0x5,
  interruptGate16: 0x6,
  trapGate16: 0x7,
  tss32: 0x9,
  busyTss32: 0xb,
  callGate32: 0xc,
  interruptGate32: 0xe,
  trapGate32: 0xf,
} as const;

/** Bits of SEG_ATTR and of a descriptor's access byte. */
export const ACCESSED = 0x1;
export const PRESENT = 0x80;
/** A segment whose hidden part says that it must not be used. */
export const UNUSABLE = 0;

export function isNull(selector: number): boolean {
  return (selector & 0xfffc) === 0;
}

/** The error code that names a selector. */
export function selectorError(selector: number): number {
  return selector & 0xfffc;
}

export function rplOf(selector: number): number {
  return selector & 3;
}

/** Linear address of a selector's descriptor, or undefined when it lies outside its table. */
function descriptorAddress(cpu: Cpu, selector: number): number | undefined {
  const s = cpu.s;
  const offset = selector & 0xfff8;
  if ((selector & 4) === 0) {
    if (offset + 7 > s[GDTR_LIMIT]) return undefined;
    return (s[GDTR_BASE] + offset) | 0;
  }
  if ((s[SEG_ATTR + LDTR] & PRESENT) === 0) return undefined;
  if (offset + 7 > s[SEG_LIMIT + LDTR] >>> 0) return undefined;
  return (s[SEG_BASE + LDTR] + offset) | 0;
}

export function findDescriptor(cpu: Cpu, selector: number): Descriptor | undefined {
  const address = descriptorAddress(cpu, selector);
  if (address === undefined) return undefined;
  const low = cpu.systemRead(address, 4);
  const high = cpu.systemRead((address + 4) | 0, 4);
  return { selector, address, low, high };
}

/** The descriptor of a selector that is not null; outside its table raises the vector with the selector. */
export function fetchDescriptor(cpu: Cpu, selector: number, vector: number): Descriptor {
  return findDescriptor(cpu, selector) ?? cpu.raise(vector, selectorError(selector));
}

export function isPresent(d: Descriptor): boolean {
  return (d.high & 0x8000) !== 0;
}

export function dplOf(d: Descriptor): number {
  return (d.high >>> 13) & 3;
}

/** Code or data, as against a system descriptor. */
export function isSegment(d: Descriptor): boolean {
  return (d.high & 0x1000) !== 0;
}

export function isCode(d: Descriptor): boolean {
  return (d.high & 0x1800) === 0x1800;
}

export function isConforming(d: Descriptor): boolean {
  return (d.high & 0x1c00) === 0x1c00;
}

/** Data, or code that may be read. */
export function isReadable(d: Descriptor): boolean {
  return isSegment(d) && (d.high & 0xa00) !== 0x800;
}

export function isWritableData(d: Descriptor): boolean {
  return (d.high & 0x1a00) === 0x1200;
}

/** Type of a system descriptor, or -1 for a code or data segment. */
export function systemType(d: Descriptor): number {
  return isSegment(d) ? -1 : (d.high >>> 8) & 15;
}

export function baseOf(d: Descriptor): number {
  return (d.low >>> 16) | ((d.high & 0xff) << 16) | (d.high & 0xff000000);
}

/** Limit in bytes, as a signed word. */
export function limitOf(d: Descriptor): number {
  const limit = (d.low & 0xffff) | (d.high & 0xf0000);
  return d.high & 0x800000 ? (limit << 12) | 0xfff : limit;
}

/** Attributes in the format of SEG_ATTR. */
export function attributesOf(d: Descriptor): number {
  return (d.high >>> 8) & 0xd0ff;
}

export function gateSelector(d: Descriptor): number {
  return d.low >>> 16;
}

/** Types 8 and above are the 32-bit ones. */
export function isGate32(d: Descriptor): boolean {
  return (d.high & 0x800) !== 0;
}

export function gateOffset(d: Descriptor): number {
  return isGate32(d) ? (d.high & 0xffff0000) | (d.low & 0xffff) : d.low & 0xffff;
}

/** Parameters that a call gate copies, in words of its size. */
export function gateParameters(d: Descriptor): number {
  return d.high & 31;
}

/** Sets the accessed bit in memory if it is clear; the last thing that can fault before a load. */
export function markAccessed(cpu: Cpu, d: Descriptor): void {
  if ((d.high & 0x100) === 0) cpu.systemWrite((d.address + 5) | 0, (d.high >>> 8) | ACCESSED, 1);
}

/** Writes a segment register from a descriptor that passed all checks and is marked accessed. */
export function setFromDescriptor(cpu: Cpu, seg: number, selector: number, d: Descriptor): void {
  cpu.setSegment(seg, selector, baseOf(d), limitOf(d), attributesOf(d) | ACCESSED);
}

/** A null selector: any use of the segment faults. */
export function setNull(cpu: Cpu, seg: number, selector: number): void {
  cpu.setSegment(seg, selector, 0, 0, UNUSABLE);
}
