/**
 * Writing parts of EFLAGS together with what hangs on them: alignment checking (AC), what the run
 * loop has to look at (IF, TF, RF). Source: SDM vol. 1, 3.4.3; vol. 3, 2.3.
 */

import type { Cpu } from '../interp/cpu.js';
import { CR4_PVI, CR4_VME } from '../state/control-bits.js';
import {
  AC,
  ARITHMETIC,
  DF,
  ID,
  NT,
  RF,
  readEflags,
  TF,
  VIF,
  VIP,
  VM,
  writeEflags,
} from '../state/flags.js';
import { CPL, CR4, FLAGS_SYSTEM } from '../state/layout.js';

/** What any level may change. */
export const USER_FLAGS = ARITHMETIC | TF | DF | NT;
/** Further ones in the upper half, for 32-bit operands. */
export const USER_FLAGS_HIGH = AC | ID;

export function iopl(cpu: Cpu): number {
  return (cpu.s[FLAGS_SYSTEM] >>> 12) & 3;
}

/** VIF and VIP both set where they count (VME in virtual-8086 mode, PVI at level 3, IOPL below 3): the next instruction raises #GP(0). */
export function virtualInterruptDue(cpu: Cpu): boolean {
  const s = cpu.s;
  if ((s[FLAGS_SYSTEM] & (VIF | VIP)) !== (VIF | VIP)) return false;
  return (
    s[CPL] === 3 && iopl(cpu) < 3 && (s[CR4] & (s[FLAGS_SYSTEM] & VM ? CR4_VME : CR4_PVI)) !== 0
  );
}

/** Replaces the flags of `mask`. CPL is the caller's business, VM included. */
export function setEflags(cpu: Cpu, value: number, mask: number): void {
  const s = cpu.s;
  const before = s[FLAGS_SYSTEM];
  writeEflags(s, (readEflags(s) & ~mask) | (value & mask));
  if ((before ^ s[FLAGS_SYSTEM]) & AC) cpu.accessRightsChanged();
  // RF holds for one instruction, and VIF with VIP faults at the next: the run loop has to look.
  if (s[FLAGS_SYSTEM] & RF || virtualInterruptDue(cpu)) cpu.clock.endSlice();
  cpu.reconsider();
}
