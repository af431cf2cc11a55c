/**
 * Loads of data and stack segment registers in all modes.
 * Source: SDM vol. 2, MOV (operation); vol. 3, 5.6 and 5.7 (privilege), 17.1.1 (8086 modes).
 *
 * A load in real mode changes selector and base only: limit and attributes stay what they were,
 * so that a 4 GB limit set in protected mode survives ("unreal mode"), as on all later processors.
 */
import type { Cpu } from '../interp/cpu.js';
import { GP, NP, SSF } from '../state/exceptions.js';
import { CPL, CS, SEG_ATTR, SEG_LIMIT, SS } from '../state/layout.js';
import {
  type Descriptor,
  dplOf,
  fetchDescriptor,
  isConforming,
  isNull,
  isPresent,
  isReadable,
  isWritableData,
  markAccessed,
  PRESENT,
  rplOf,
  selectorError,
  setFromDescriptor,
  setNull,
} from './descriptor.js';

/** Access byte of every segment of real mode (present, writable, accessed) and of virtual-8086 mode (DPL 3). */
const REAL_ACCESS = 0x93;
const V86_ATTR = 0xf3;

/** Loads ES, SS, DS, FS or GS as mov and pop do. */
export function loadSegment(cpu: Cpu, seg: number, selector: number): void {
  if (cpu.paragraphMode) loadParagraph(cpu, seg, selector);
  else if (seg === SS) loadStackSegment(cpu, selector);
  else loadDataSegment(cpu, seg, selector, GP);
}

/** Loads a segment register of real or virtual-8086 mode, CS included. */
export function loadParagraph(cpu: Cpu, seg: number, selector: number): void {
  if (cpu.virtual8086) {
    cpu.setSegment(seg, selector, selector << 4, 0xffff, V86_ATTR);
    return;
  }
  const attr = cpu.s[SEG_ATTR + seg];
  // ASSUMED: a register that held a null selector gets the real-mode limit when it is used again.
  const limit = attr & PRESENT ? cpu.s[SEG_LIMIT + seg] : 0xffff;
  cpu.setSegment(seg, selector, selector << 4, limit, (attr & ~0xff) | REAL_ACCESS);
}

/** What leaving protected mode does to CS: from now on it may be written and has DPL 0. */
export function openCodeSegment(cpu: Cpu): void {
  const s = cpu.s;
  s[SEG_ATTR + CS] = (s[SEG_ATTR + CS] & ~0xff) | REAL_ACCESS;
  cpu.forgetFetch();
}

/** Protected-mode load of ES, DS, FS or GS; `vector` is #GP, or #TS in a task switch. */
export function loadDataSegment(cpu: Cpu, seg: number, selector: number, vector: number): void {
  if (isNull(selector)) {
    setNull(cpu, seg, selector);
    return;
  }
  const d = fetchDescriptor(cpu, selector, vector);
  if (!isReadable(d) || !dataPrivilegeHolds(cpu, d)) cpu.raise(vector, selectorError(selector));
  if (!isPresent(d)) cpu.raise(NP, selectorError(selector));
  markAccessed(cpu, d);
  setFromDescriptor(cpu, seg, selector, d);
}

/** May the current level, and the selector's RPL, reach this segment as data? */
export function dataPrivilegeHolds(cpu: Cpu, d: Descriptor): boolean {
  return isConforming(d) || (dplOf(d) >= cpu.s[CPL] && dplOf(d) >= rplOf(d.selector));
}

function loadStackSegment(cpu: Cpu, selector: number): void {
  if (isNull(selector)) cpu.raise(GP, 0);
  const d = checkStackSegment(cpu, selector, cpu.s[CPL], GP);
  setFromDescriptor(cpu, SS, selector, d);
}

/** Checks a stack segment for a privilege level: RPL and DPL equal to it, writable, present. Not null. */
export function checkStackSegment(
  cpu: Cpu,
  selector: number,
  level: number,
  vector: number,
): Descriptor {
  const d = fetchDescriptor(cpu, selector, vector);
  if (rplOf(selector) !== level || !isWritableData(d) || dplOf(d) !== level) {
    cpu.raise(vector, selectorError(selector));
  }
  if (!isPresent(d)) cpu.raise(SSF, selectorError(selector));
  markAccessed(cpu, d);
  return d;
}
