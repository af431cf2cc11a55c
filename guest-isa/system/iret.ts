/**
 * Return from an interrupt: within a level, to an outer one, to virtual-8086 mode, in it, to the
 * task that was interrupted. Source: SDM vol. 2, IRET (operation); vol. 3, 20.2.2 and 20.3.
 */

import type { Cpu } from '../interp/cpu.js';
import { CR4_VME } from '../state/control-bits.js';
import { GP } from '../state/exceptions.js';
import { IF, IOPL, NT, RF, TF, VIF, VIP, VM } from '../state/flags.js';
import {
  CPL,
  CR4,
  CS,
  DS,
  EIP,
  ES,
  ESP,
  FLAGS_SYSTEM,
  FS,
  GS,
  NMI_BLOCKED,
  SS,
} from '../state/layout.js';
import {
  checkEntry,
  checkParagraphOffset,
  enterCode,
  enterParagraph,
  returnTarget,
} from './code-segment.js';
import { rplOf } from './descriptor.js';
import { iopl, setEflags, USER_FLAGS, USER_FLAGS_HIGH } from './eflags.js';
import { enterOuter, outerStack, peekItem } from './far-return.js';
import { loadParagraph } from './segment-load.js';
import { switchTask, taskOfLink } from './task-switch.js';

export function interruptReturn(cpu: Cpu, opSize: 2 | 4): void {
  const s = cpu.s;
  // NMIs are let through again even if the iret faults (SDM vol. 3, 25.3); one that waited is due now.
  if (s[NMI_BLOCKED] !== 0) cpu.clock.endSlice();
  s[NMI_BLOCKED] = 0;
  if (!cpu.protectedMode) returnParagraph(cpu, opSize, IF | IOPL);
  else if (cpu.virtual8086) returnInV86(cpu, opSize);
  else if (s[FLAGS_SYSTEM] & NT) returnToTask(cpu);
  else returnProtected(cpu, opSize);
}

function returnToTask(cpu: Cpu): void {
  switchTask(cpu, taskOfLink(cpu), 'iret');
}

/** Real mode, and virtual-8086 mode with IOPL 3: `privileged` flags come from the image too. */
function returnParagraph(cpu: Cpu, opSize: 2 | 4, privileged: number): void {
  const offset = peekItem(cpu, 0, opSize);
  const selector = peekItem(cpu, 1, opSize) & 0xffff;
  const flags = peekItem(cpu, 2, opSize);
  checkParagraphOffset(cpu, offset);
  enterParagraph(cpu, selector, offset);
  cpu.addStack(3 * opSize);
  setEflags(cpu, flags, USER_FLAGS | privileged | (opSize === 4 ? USER_FLAGS_HIGH | RF : 0));
}

function returnInV86(cpu: Cpu, opSize: 2 | 4): void {
  if (iopl(cpu) === 3) returnParagraph(cpu, opSize, IF);
  else if (opSize === 2 && cpu.s[CR4] & CR4_VME) returnWithVirtualIf(cpu);
  else cpu.raise(GP, 0);
}

/** iret of a virtual-8086 program under VME: the image's IF goes to VIF. */
function returnWithVirtualIf(cpu: Cpu): void {
  const offset = peekItem(cpu, 0, 2);
  const selector = peekItem(cpu, 1, 2);
  const flags = peekItem(cpu, 2, 2);
  checkVirtualFlags(cpu, flags);
  checkParagraphOffset(cpu, offset);
  enterParagraph(cpu, selector, offset);
  cpu.addStack(6);
  setEflags(cpu, flags | (flags & IF ? VIF : 0), USER_FLAGS | VIF);
}

/** Under VME an image must not set TF, nor enable interrupts while one is pending. */
export function checkVirtualFlags(cpu: Cpu, flags: number): void {
  if (flags & TF || (flags & IF && cpu.s[FLAGS_SYSTEM] & VIP)) cpu.raise(GP, 0);
}

function returnProtected(cpu: Cpu, opSize: 2 | 4): void {
  const offset = peekItem(cpu, 0, opSize);
  const selector = peekItem(cpu, 1, opSize) & 0xffff;
  const flags = peekItem(cpu, 2, opSize);
  const level = cpu.s[CPL];
  if (opSize === 4 && flags & VM && level === 0) {
    returnToV86(cpu, selector, offset, flags);
    return;
  }
  const mask = returnedFlags(cpu, opSize);
  const target = returnTarget(cpu, selector);
  if (rplOf(selector) === level) {
    checkEntry(cpu, target, offset);
    enterCode(cpu, target, offset, level);
    cpu.addStack(3 * opSize);
  } else {
    const stack = outerStack(cpu, selector, 3 * opSize, opSize);
    checkEntry(cpu, target, offset);
    enterOuter(cpu, target, offset, stack);
  }
  setEflags(cpu, flags, mask);
}

/** The flags that an iret at the present level takes from the stack. */
function returnedFlags(cpu: Cpu, opSize: 2 | 4): number {
  const level = cpu.s[CPL];
  let mask = USER_FLAGS;
  if (opSize === 4) mask |= USER_FLAGS_HIGH | RF;
  if (level <= iopl(cpu)) mask |= IF;
  if (level === 0) mask |= IOPL | (opSize === 4 ? VIF | VIP : 0);
  return mask;
}

function returnToV86(cpu: Cpu, selector: number, offset: number, flags: number): void {
  const s = cpu.s;
  const esp = cpu.peek32(12);
  const selectors = [4, 5, 6, 7, 8].map((index) => cpu.peek32(index * 4) & 0xffff);
  if (offset >>> 0 > 0xffff) cpu.raise(GP, 0);
  cpu.setCpl(3);
  setEflags(cpu, flags, -1);
  for (const [i, seg] of [SS, ES, DS, FS, GS].entries()) loadParagraph(cpu, seg, selectors[i]);
  loadParagraph(cpu, CS, selector);
  s[EIP] = offset;
  s[ESP] = esp;
}
