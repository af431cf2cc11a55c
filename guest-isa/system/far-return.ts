/**
 * Far return to the same or an outer level. Source: SDM vol. 2, RET; vol. 3, 5.8.6.
 * What iret shares with it (outer stack, segments that an outer level must not keep) is here too.
 */
import type { Cpu } from '../interp/cpu.js';
import { GP } from '../state/exceptions.js';
import { CPL, DS, ES, FS, GS, SEG_ATTR, SS } from '../state/layout.js';
import {
  checkEntry,
  checkParagraphOffset,
  enterCode,
  enterParagraph,
  returnTarget,
} from './code-segment.js';
import { type Descriptor, isNull, rplOf, setFromDescriptor, setNull } from './descriptor.js';
import { checkStackSegment } from './segment-load.js';
import { setStackPointer } from './stack.js';

/** Reads the item `index` places above the top of the stack; 16-bit items are zero-extended. */
export function peekItem(cpu: Cpu, index: number, width: 2 | 4): number {
  return width === 4 ? cpu.peek32(index * 4) : cpu.peek16(index * 2);
}

export function farReturn(cpu: Cpu, opSize: 2 | 4, releaseBytes: number): void {
  // The whole return address is read before anything is judged.
  const offset = peekItem(cpu, 0, opSize);
  const selector = peekItem(cpu, 1, opSize) & 0xffff;
  if (cpu.paragraphMode) {
    checkParagraphOffset(cpu, offset);
    enterParagraph(cpu, selector, offset);
    cpu.addStack(2 * opSize + releaseBytes);
    return;
  }
  const target = returnTarget(cpu, selector);
  if (rplOf(selector) === cpu.s[CPL]) {
    checkEntry(cpu, target, offset);
    enterCode(cpu, target, offset, cpu.s[CPL]);
    cpu.addStack(2 * opSize + releaseBytes);
    return;
  }
  const stack = outerStack(cpu, selector, 2 * opSize + releaseBytes, opSize);
  checkEntry(cpu, target, offset);
  enterOuter(cpu, target, offset, stack);
  cpu.addStack(releaseBytes);
}

export interface OuterStack {
  readonly descriptor: Descriptor;
  readonly esp: number;
}

/** Reads and checks the SS:ESP image at a distance from the top, for the level of the code selector. */
export function outerStack(
  cpu: Cpu,
  codeSelector: number,
  distance: number,
  opSize: 2 | 4,
): OuterStack {
  const esp = opSize === 4 ? cpu.peek32(distance) : cpu.peek16(distance);
  const selector = cpu.peek16(distance + opSize);
  if (isNull(selector)) cpu.raise(GP, 0);
  const descriptor = checkStackSegment(cpu, selector, rplOf(codeSelector), GP);
  return { descriptor, esp };
}

/** Leaves for an outer level; everything is checked. */
export function enterOuter(cpu: Cpu, target: Descriptor, offset: number, stack: OuterStack): void {
  enterCode(cpu, target, offset, rplOf(target.selector));
  setFromDescriptor(cpu, SS, stack.descriptor.selector, stack.descriptor);
  setStackPointer(cpu, stack.esp);
  dropInnerSegments(cpu);
}

/** Data segments that the outer level could not have loaded itself become null. */
function dropInnerSegments(cpu: Cpu): void {
  const s = cpu.s;
  for (const seg of [ES, DS, FS, GS]) {
    const attr = s[SEG_ATTR + seg];
    const conforming = (attr & 0x1c) === 0x1c;
    if (!conforming && ((attr >>> 5) & 3) < s[CPL]) setNull(cpu, seg, 0);
  }
}
