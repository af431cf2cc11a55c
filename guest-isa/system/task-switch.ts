/**
 * The hardware task switch, by jump, call, interrupt or return. Source: SDM vol. 3, 7.3 (steps
 * 1-15, tables 7-1 and 7-2) and 7.4.
 *
 * Up to the commit point every fault belongs to the old task and leaves it untouched. Past it the
 * new task is the present one: faults in its LDT, segments and EIP carry its context, and
 * START_EIP is moved so that they return to its first instruction.
 */

import type { Cpu } from '../interp/cpu.js';
import { CR0_PG, CR0_TS } from '../state/control-bits.js';
import { GP, NP, TS } from '../state/exceptions.js';
import { NT, readEflags, VM, writeEflags } from '../state/flags.js';
import {
  CPL,
  CR0,
  CR3,
  CS,
  DR7,
  DS,
  EAX,
  EIP,
  ES,
  FS,
  GS,
  LDTR,
  PENDING_DEBUG,
  SEG_BASE,
  SEG_LIMIT,
  SEG_SELECTOR,
  SS,
  START_EIP,
  TR,
} from '../state/layout.js';
import {
  attributesOf,
  baseOf,
  type Descriptor,
  dplOf,
  fetchDescriptor,
  findDescriptor,
  gateSelector,
  isCode,
  isConforming,
  isNull,
  isPresent,
  limitOf,
  markAccessed,
  rplOf,
  SystemType,
  selectorError,
  setFromDescriptor,
  setNull,
  systemType,
  UNUSABLE,
} from './descriptor.js';
import { checkStackSegment, loadDataSegment, loadParagraph } from './segment-load.js';
import { LINK, presentFormat, TSS16, TSS32, TSS32_CR3, TSS32_TRAP, type TssFormat } from './tss.js';

/** DR6.BT: the switch went to a task whose T bit is set. */
const DR6_BT = 0x8000;
/** DR7 bits that enable breakpoints for one task: L0-L3 and LE. */
const DR7_LOCAL = 0x155;
const BUSY = 0x200;

export type TaskSwitchCause = 'jump' | 'call' | 'interrupt' | 'iret';

/** What a TSS holds of a task. */
interface TaskImage {
  readonly cr3: number;
  readonly eip: number;
  readonly eflags: number;
  readonly registers: readonly number[];
  /** Selectors by segment register. */
  readonly segments: readonly number[];
  readonly ldt: number;
  readonly trap: boolean;
}

/** The available TSS that a task gate names. */
export function taskOfGate(cpu: Cpu, gate: Descriptor): Descriptor {
  const selector = gateSelector(gate);
  if (selector & 4 || isNull(selector)) cpu.raise(GP, selectorError(selector));
  const d = fetchDescriptor(cpu, selector, GP);
  const type = systemType(d);
  if (type !== SystemType.tss16 && type !== SystemType.tss32)
    cpu.raise(GP, selectorError(selector));
  if (!isPresent(d)) cpu.raise(NP, selectorError(selector));
  return d;
}

/** The task that iret returns to when NT is set: the back link must name a busy TSS of the GDT. */
export function taskOfLink(cpu: Cpu): Descriptor {
  const selector = cpu.systemRead((cpu.s[SEG_BASE + TR] + LINK) | 0, 2);
  if (selector & 4 || isNull(selector)) cpu.raise(TS, selectorError(selector));
  const d = fetchDescriptor(cpu, selector, TS);
  const type = systemType(d);
  if (type !== SystemType.busyTss16 && type !== SystemType.busyTss32)
    cpu.raise(TS, selectorError(selector));
  if (!isPresent(d)) cpu.raise(NP, selectorError(selector));
  return d;
}

/** Switches to an available task (for iret: a busy one). `savedFlags` are ORed into the old task's EFLAGS image. */
export function switchTask(
  cpu: Cpu,
  next: Descriptor,
  cause: TaskSwitchCause,
  savedFlags = 0,
): void {
  const s = cpu.s;
  const nested = cause === 'call' || cause === 'interrupt';
  const format = systemType(next) & 8 ? TSS32 : TSS16;
  const base = baseOf(next);
  if (limitOf(next) >>> 0 < format.leastLimit) cpu.raise(TS, selectorError(next.selector));
  const image = readTask(cpu, base, format);
  const old = presentFormat(cpu);
  probeOldTask(cpu, old, next);
  if (nested) cpu.translateAs((base + LINK) | 0, true, false);
  const oldDescriptor = nested ? undefined : findDescriptor(cpu, s[SEG_SELECTOR + TR]);
  if (oldDescriptor) cpu.translateAs((oldDescriptor.address + 4) | 0, true, false);
  if (cause !== 'iret') cpu.translateAs((next.address + 4) | 0, true, false);

  // Nothing below can fault before the new task is the present one.
  if (oldDescriptor)
    cpu.systemWrite((oldDescriptor.address + 4) | 0, oldDescriptor.high & ~BUSY, 4);
  const flags = readEflags(s) | savedFlags;
  saveTask(cpu, old, cause === 'iret' ? flags & ~NT : flags);
  if (nested) cpu.systemWrite((base + LINK) | 0, s[SEG_SELECTOR + TR], 2);
  if (cause !== 'iret') cpu.systemWrite((next.address + 4) | 0, next.high | BUSY, 4);
  s[CR0] |= CR0_TS;
  cpu.setSegment(TR, next.selector, base, limitOf(next), attributesOf(next) | 2);
  becomeTask(cpu, format, nested ? { ...image, eflags: image.eflags | NT } : image);
  loadTaskSegments(cpu, image);
}

function readTask(cpu: Cpu, base: number, format: TssFormat): TaskImage {
  const at = (offset: number, width: 2 | 4): number => cpu.systemRead((base + offset) | 0, width);
  const { width, wide } = format;
  const segments = [0, 0, 0, 0, 0, 0];
  const registers: number[] = [];
  const cr3 = wide ? at(TSS32_CR3, 4) : 0;
  const eip = at(format.eip, width);
  const eflags = at(format.eflags, width);
  for (let i = 0; i < 8; i++) {
    const value = at(format.registers + i * width, width);
    // ASSUMED: a 286 TSS leaves the upper halves as they are (the manual is silent).
    registers.push(wide ? value : (cpu.s[EAX + i] & ~0xffff) | value);
  }
  for (const [seg, offset] of format.segments) segments[seg] = at(offset, 2);
  const ldt = at(format.ldt, 2);
  const trap = wide && (at(TSS32_TRAP, 2) & 1) !== 0;
  return { cr3, eip, eflags, registers, segments, ldt, trap };
}

/** Makes sure that the old task's state can be saved. */
function probeOldTask(cpu: Cpu, old: TssFormat, next: Descriptor): void {
  const s = cpu.s;
  const first = (s[SEG_BASE + TR] + old.eip) | 0;
  const lastOffset = old.ldt - 1;
  if (s[SEG_LIMIT + TR] >>> 0 < lastOffset) cpu.raise(TS, selectorError(next.selector));
  cpu.translateAs(first, true, false);
  cpu.translateAs((s[SEG_BASE + TR] + lastOffset) | 0, true, false);
}

function saveTask(cpu: Cpu, format: TssFormat, eflags: number): void {
  const s = cpu.s;
  const put = (offset: number, value: number, width: 2 | 4): void =>
    cpu.systemWrite((s[SEG_BASE + TR] + offset) | 0, value, width);
  put(format.eip, s[EIP], format.width);
  put(format.eflags, eflags, format.width);
  for (let i = 0; i < 8; i++) put(format.registers + i * format.width, s[EAX + i], format.width);
  for (const [seg, offset] of format.segments) put(offset, s[SEG_SELECTOR + seg], 2);
}

/** The commit point: registers, flags, address space; segments have their selectors but no contents yet. */
function becomeTask(cpu: Cpu, format: TssFormat, image: TaskImage): void {
  const s = cpu.s;
  if (format.wide && s[CR0] & CR0_PG && s[CR3] !== (image.cr3 & 0xfffff018)) {
    s[CR3] = image.cr3 & 0xfffff018;
    cpu.flushTlb(false);
  }
  s[EIP] = image.eip;
  s[START_EIP] = image.eip;
  writeEflags(s, image.eflags);
  for (let i = 0; i < 8; i++) s[EAX + i] = image.registers[i];
  for (let seg = 0; seg < 6; seg++) cpu.setSegment(seg, image.segments[seg], 0, 0, UNUSABLE);
  cpu.setSegment(LDTR, image.ldt, 0, 0, UNUSABLE);
  s[DR7] &= ~DR7_LOCAL;
  if (image.trap) s[PENDING_DEBUG] |= DR6_BT;
  cpu.setCpl(image.eflags & VM ? 3 : rplOf(image.segments[CS]));
  cpu.clock.endSlice();
}

/** Loads the new task's hidden segment parts; faults belong to it. */
function loadTaskSegments(cpu: Cpu, image: TaskImage): void {
  const s = cpu.s;
  loadTaskLdt(cpu, image.ldt);
  if (image.eflags & VM) {
    for (let seg = 0; seg < 6; seg++) loadParagraph(cpu, seg, image.segments[seg]);
  } else {
    const level = s[CPL];
    loadTaskCode(cpu, image.segments[CS]);
    const stack = image.segments[SS];
    if (isNull(stack)) cpu.raise(TS, 0);
    setFromDescriptor(cpu, SS, stack, checkStackSegment(cpu, stack, level, TS));
    for (const seg of [ES, DS, FS, GS]) loadDataSegment(cpu, seg, image.segments[seg], TS);
  }
  if (s[EIP] >>> 0 > s[SEG_LIMIT + CS] >>> 0) cpu.raise(GP, 0);
}

function loadTaskLdt(cpu: Cpu, selector: number): void {
  if (isNull(selector)) {
    setNull(cpu, LDTR, selector);
    return;
  }
  const d = selector & 4 ? undefined : findDescriptor(cpu, selector);
  if (!d || systemType(d) !== SystemType.ldt || !isPresent(d))
    cpu.raise(TS, selectorError(selector));
  else cpu.setSegment(LDTR, selector, baseOf(d), limitOf(d), attributesOf(d));
}

function loadTaskCode(cpu: Cpu, selector: number): void {
  if (isNull(selector)) cpu.raise(TS, 0);
  const d = fetchDescriptor(cpu, selector, TS);
  const rpl = rplOf(selector);
  const dplFits = isConforming(d) ? dplOf(d) <= rpl : dplOf(d) === rpl;
  if (!isCode(d) || !dplFits) cpu.raise(TS, selectorError(selector));
  if (!isPresent(d)) cpu.raise(NP, selectorError(selector));
  markAccessed(cpu, d);
  setFromDescriptor(cpu, CS, selector, d);
}
