/**
 * What a program may ask about a selector without touching it: lar, lsl, verr, verw, arpl.
 * Source: SDM vol. 2, LAR, LSL, VERR/VERW, ARPL.
 */
import type { Cpu } from '../interp/cpu.js';
import { CPL } from '../state/layout.js';
import {
  type Descriptor,
  dplOf,
  findDescriptor,
  isCode,
  isConforming,
  isNull,
  isReadable,
  isSegment,
  isWritableData,
  limitOf,
  rplOf,
  SystemType,
  systemType,
} from './descriptor.js';

/** System types whose limit lsl gives, and those that lar knows besides. */
const WITH_LIMIT: ReadonlySet<number> = new Set([
  SystemType.tss16,
  SystemType.ldt,
  SystemType.busyTss16,
  SystemType.tss32,
  SystemType.busyTss32,
]);
const GATES: ReadonlySet<number> = new Set([
  SystemType.callGate16,
  SystemType.taskGate,
  SystemType.callGate32,
]);
/** Bits 16-19, which the manual calls undefined, are given as processors give them: as they stand. */
const RIGHTS = 0x00ffff00;

/** Access rights of a selector, or undefined when it may not be asked about. */
export function accessRights(cpu: Cpu, selector: number): number | undefined {
  const d = visible(cpu, selector);
  if (!d) return undefined;
  if (!isSegment(d) && !WITH_LIMIT.has(systemType(d)) && !GATES.has(systemType(d)))
    return undefined;
  return d.high & RIGHTS;
}

export function segmentLimit(cpu: Cpu, selector: number): number | undefined {
  const d = visible(cpu, selector);
  if (!d || (!isSegment(d) && !WITH_LIMIT.has(systemType(d)))) return undefined;
  return limitOf(d);
}

export function mayRead(cpu: Cpu, selector: number): boolean {
  const d = visible(cpu, selector);
  return d !== undefined && isReadable(d);
}

export function mayWrite(cpu: Cpu, selector: number): boolean {
  const d = visible(cpu, selector);
  return d !== undefined && isWritableData(d);
}

/** The descriptor, if it exists and privilege allows to see it (conforming code: always). */
function visible(cpu: Cpu, selector: number): Descriptor | undefined {
  if (isNull(selector)) return undefined;
  const d = findDescriptor(cpu, selector);
  if (!d) return undefined;
  if (isCode(d) && isConforming(d)) return d;
  return dplOf(d) >= cpu.s[CPL] && dplOf(d) >= rplOf(selector) ? d : undefined;
}
