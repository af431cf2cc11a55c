/**
 * Frames that far calls and interrupts push: all of a frame is checked (segment, pages, alignment)
 * before its first byte is written, so that a fault leaves no trace. Also the stacks of inner
 * privilege levels as the TSS names them. Source: SDM vol. 3, 5.8.5 and 6.12.1; vol. 2, CALL.
 */

import type { Cpu } from '../interp/cpu.js';
import { offsetInSegment } from '../mmu/segmented-memory.js';
import { CR0_AM } from '../state/control-bits.js';
import { AC_FAULT, SSF, TS } from '../state/exceptions.js';
import { AC } from '../state/flags.js';
import {
  CPL,
  CR0,
  ESP,
  FLAGS_SYSTEM,
  SEG_ATTR,
  SEG_BASE,
  SEG_LIMIT,
  SEG_SELECTOR,
  SS,
  TR,
} from '../state/layout.js';
import {
  attributesOf,
  baseOf,
  type Descriptor,
  isNull,
  limitOf,
  PRESENT,
  selectorError,
  setFromDescriptor,
} from './descriptor.js';
import { checkStackSegment } from './segment-load.js';

/** A stack that a frame is going to be pushed on: the present one, or that of an inner level. */
export interface Stack {
  readonly base: number;
  readonly limit: number;
  readonly attr: number;
  readonly esp: number;
  /** Do the pushes count as user accesses? */
  readonly user: boolean;
  /** Error code of #SS when the frame does not fit. */
  readonly errorCode: number;
}

export interface InnerStack extends Stack {
  readonly selector: number;
  readonly descriptor: Descriptor;
}

export function presentStack(cpu: Cpu): Stack {
  const s = cpu.s;
  return {
    base: s[SEG_BASE + SS],
    limit: s[SEG_LIMIT + SS],
    attr: s[SEG_ATTR + SS],
    esp: s[ESP],
    user: s[CPL] === 3,
    errorCode: 0,
  };
}

/** The stack that the TSS holds for an inner level. */
export function innerStack(cpu: Cpu, level: number): InnerStack {
  const s = cpu.s;
  const wide = (s[SEG_ATTR + TR] & 8) !== 0;
  const offset = wide ? level * 8 + 4 : level * 4 + 2;
  const last = offset + (wide ? 5 : 3);
  if (last > s[SEG_LIMIT + TR] >>> 0) cpu.raise(TS, selectorError(s[SEG_SELECTOR + TR]));
  const at = (s[SEG_BASE + TR] + offset) | 0;
  const esp = cpu.systemRead(at, wide ? 4 : 2);
  const selector = cpu.systemRead((at + (wide ? 4 : 2)) | 0, 2);
  if (isNull(selector)) cpu.raise(TS, 0);
  const descriptor = checkStackSegment(cpu, selector, level, TS);
  return {
    base: baseOf(descriptor),
    limit: limitOf(descriptor),
    attr: attributesOf(descriptor),
    esp,
    user: false,
    errorCode: selectorError(selector),
    selector,
    descriptor,
  };
}

function maskOf(stack: Stack): number {
  return stack.attr & 0x4000 ? -1 : 0xffff;
}

/** Raises what pushing `count` items would raise, in the order of the pushes. */
export function probePushes(cpu: Cpu, stack: Stack, count: number, width: 2 | 4): void {
  const mask = maskOf(stack);
  const aligned = mustAlign(cpu, stack);
  for (let i = 1; i <= count; i++) {
    const offset = (stack.esp - i * width) & mask;
    if ((stack.attr & PRESENT) === 0 || !offsetInSegment(offset, width, stack.attr, stack.limit)) {
      cpu.raise(SSF, stack.errorCode);
    }
    const linear = (stack.base + offset) | 0;
    if (aligned && linear & (width - 1)) cpu.raise(AC_FAULT, 0);
    cpu.translateAs(linear, true, stack.user);
    if ((linear & 0xfff) + width > 0x1000)
      cpu.translateAs((linear + width - 1) & ~0xfff, true, stack.user);
  }
}

function mustAlign(cpu: Cpu, stack: Stack): boolean {
  return stack.user && (cpu.s[CR0] & CR0_AM) !== 0 && (cpu.s[FLAGS_SYSTEM] & AC) !== 0;
}

/** Pushes probed items, first one first; CPL is already that of the stack. Returns the new ESP for setStackPointer. */
export function writePushes(
  cpu: Cpu,
  stack: Stack,
  items: readonly number[],
  width: 2 | 4,
): number {
  const mask = maskOf(stack);
  let esp = stack.esp;
  for (const item of items) {
    esp = (esp - width) & mask;
    cpu.writeSlow((stack.base + esp) | 0, item, width);
  }
  return esp;
}

/** Writes ESP as far as the stack segment in SS reaches: with a 16-bit stack the upper half stays. */
export function setStackPointer(cpu: Cpu, esp: number): void {
  const mask = cpu.stackMask;
  cpu.s[ESP] = (cpu.s[ESP] & ~mask) | (esp & mask);
}

/** Pushes on the present stack, all or nothing. */
export function pushAll(cpu: Cpu, items: readonly number[], width: 2 | 4): void {
  const stack = presentStack(cpu);
  probePushes(cpu, stack, items.length, width);
  setStackPointer(cpu, writePushes(cpu, stack, items, width));
}

/** Makes an inner level's stack the present one and pushes a probed frame on it. CPL is already the new one. */
export function enterInnerStack(
  cpu: Cpu,
  stack: InnerStack,
  items: readonly number[],
  width: 2 | 4,
): void {
  setFromDescriptor(cpu, SS, stack.selector, stack.descriptor);
  setStackPointer(cpu, writePushes(cpu, stack, items, width));
}
