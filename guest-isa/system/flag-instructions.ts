/**
 * cli, sti, pushf, popf in all modes, with the virtual interrupt flag of VME and PVI.
 * Source: SDM vol. 2, CLI, STI, PUSHF, POPF; vol. 3, 20.3 and 20.4.
 */

import type { Cpu } from '../interp/cpu.js';
import { CR4_PVI, CR4_VME } from '../state/control-bits.js';
import { GP } from '../state/exceptions.js';
import { IF, IOPL, RF, readEflags, VIF, VIP, VM } from '../state/flags.js';
import { CPL, CR4, FLAGS_SYSTEM, INHIBIT, INHIBIT_INTERRUPTS } from '../state/layout.js';
import { iopl, setEflags, USER_FLAGS, USER_FLAGS_HIGH } from './eflags.js';
import { checkVirtualFlags } from './iret.js';

/** What cli and sti act on at the present level. */
function interruptFlag(cpu: Cpu): typeof IF | typeof VIF {
  const s = cpu.s;
  if (!cpu.protectedMode || s[CPL] <= iopl(cpu)) return IF;
  const extension = cpu.virtual8086 ? CR4_VME : CR4_PVI;
  if (s[CPL] === 3 && s[CR4] & extension) return VIF;
  return cpu.raise(GP, 0);
}

export function clearInterrupts(cpu: Cpu): void {
  setEflags(cpu, 0, interruptFlag(cpu));
}

/** Interrupts stay off for one more instruction if they were off (sti; hlt and sti; ret work). */
export function setInterrupts(cpu: Cpu): void {
  const s = cpu.s;
  const flag = interruptFlag(cpu);
  if (flag === VIF) {
    if (s[FLAGS_SYSTEM] & VIP) cpu.raise(GP, 0);
    setEflags(cpu, VIF, VIF);
  } else if ((s[FLAGS_SYSTEM] & IF) === 0) {
    setEflags(cpu, IF, IF);
    s[INHIBIT] = INHIBIT_INTERRUPTS;
    cpu.clock.endSlice();
  }
}

export function pushFlags(cpu: Cpu, opSize: 2 | 4): void {
  const s = cpu.s;
  let image = readEflags(s) & ~(VM | RF);
  if (cpu.virtual8086 && iopl(cpu) < 3) {
    if (opSize === 4 || (s[CR4] & CR4_VME) === 0) cpu.raise(GP, 0);
    image = (image & ~IF) | IOPL | (s[FLAGS_SYSTEM] & VIF ? IF : 0);
  }
  if (opSize === 4) cpu.push32(image);
  else cpu.push16(image);
}

export function popFlags(cpu: Cpu, opSize: 2 | 4): void {
  if (cpu.virtual8086 && iopl(cpu) < 3) {
    popVirtualFlags(cpu, opSize);
    return;
  }
  const image = opSize === 4 ? cpu.pop32() : cpu.pop16();
  setEflags(cpu, image & ~RF, poppedFlags(cpu) | (opSize === 4 ? USER_FLAGS_HIGH | RF : 0));
}

/** The flags of the lower half that popf may change at the present level. */
function poppedFlags(cpu: Cpu): number {
  const level = cpu.protectedMode ? cpu.s[CPL] : 0;
  if (level === 0) return USER_FLAGS | IF | IOPL;
  return level <= iopl(cpu) ? USER_FLAGS | IF : USER_FLAGS;
}

function popVirtualFlags(cpu: Cpu, opSize: 2 | 4): void {
  if (opSize === 4 || (cpu.s[CR4] & CR4_VME) === 0) cpu.raise(GP, 0);
  const image = cpu.peek16(0);
  checkVirtualFlags(cpu, image);
  cpu.addStack(2);
  setEflags(cpu, image | (image & IF ? VIF : 0), USER_FLAGS | VIF);
}
