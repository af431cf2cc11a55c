/**
 * Code segments as targets of far transfers: the checks that jump, call, gates and returns share,
 * and the final load of CS and EIP. Source: SDM vol. 3, 5.8; vol. 2, JMP, CALL, RET.
 */
import type { Cpu } from '../interp/cpu.js';
import { GP, NP } from '../state/exceptions.js';
import { CPL, CS, EIP, SEG_LIMIT } from '../state/layout.js';
import {
  type Descriptor,
  dplOf,
  fetchDescriptor,
  isCode,
  isConforming,
  isNull,
  isPresent,
  limitOf,
  markAccessed,
  rplOf,
  selectorError,
  setFromDescriptor,
} from './descriptor.js';
import { loadParagraph } from './segment-load.js';

/** Checks the target segment of a direct far jump or call. */
export function checkDirectTarget(cpu: Cpu, d: Descriptor): void {
  const cpl = cpu.s[CPL];
  const allowed = isConforming(d) ? dplOf(d) <= cpl : rplOf(d.selector) <= cpl && dplOf(d) === cpl;
  if (!allowed) cpu.raise(GP, selectorError(d.selector));
  if (!isPresent(d)) cpu.raise(NP, selectorError(d.selector));
}

/** Fetches and checks the code segment that a gate names; its DPL decides about the level. */
export function gateTarget(cpu: Cpu, selector: number): Descriptor {
  if (isNull(selector)) cpu.raise(GP, 0);
  const d = fetchDescriptor(cpu, selector, GP);
  if (!isCode(d) || dplOf(d) > cpu.s[CPL]) cpu.raise(GP, selectorError(selector));
  if (!isPresent(d)) cpu.raise(NP, selectorError(selector));
  return d;
}

/** The code segment of a far return or iret. */
export function returnTarget(cpu: Cpu, selector: number): Descriptor {
  if (isNull(selector)) cpu.raise(GP, 0);
  const d = fetchDescriptor(cpu, selector, GP);
  const rpl = rplOf(selector);
  const dplFits = isConforming(d) ? dplOf(d) <= rpl : dplOf(d) === rpl;
  if (!isCode(d) || rpl < cpu.s[CPL] || !dplFits) cpu.raise(GP, selectorError(selector));
  if (!isPresent(d)) cpu.raise(NP, selectorError(selector));
  return d;
}

export function checkOffset(cpu: Cpu, d: Descriptor, offset: number): void {
  if (offset >>> 0 > limitOf(d) >>> 0) cpu.raise(GP, 0);
}

/** Last step before anything changes. */
export function checkEntry(cpu: Cpu, d: Descriptor, offset: number): void {
  checkOffset(cpu, d, offset);
  markAccessed(cpu, d);
}

/** Loads CS:EIP at a level; all checks are done. */
export function enterCode(cpu: Cpu, d: Descriptor, offset: number, level: number): void {
  setFromDescriptor(cpu, CS, (d.selector & 0xfffc) | level, d);
  if (level !== cpu.s[CPL]) cpu.setCpl(level);
  cpu.s[EIP] = offset;
}

/** The limit that CS has after a load in real or virtual-8086 mode. */
function paragraphLimit(cpu: Cpu): number {
  return cpu.virtual8086 ? 0xffff : cpu.s[SEG_LIMIT + CS];
}

export function checkParagraphOffset(cpu: Cpu, offset: number): void {
  if (offset >>> 0 > paragraphLimit(cpu) >>> 0) cpu.raise(GP, 0);
}

/** Loads CS:EIP in real or virtual-8086 mode; the offset is checked. */
export function enterParagraph(cpu: Cpu, selector: number, offset: number): void {
  loadParagraph(cpu, CS, selector);
  cpu.s[EIP] = offset;
}
