/**
 * Segment registers as operands: mov, push, pop, lds and its like (SDM vol. 2: MOV, PUSH, POP,
 * LDS/LES/LFS/LGS/LSS), and what may be asked about selectors (LAR, LSL, VERR, VERW, ARPL).
 */
import type { Insn } from '../decode/insn.js';
import type { Cpu } from '../interp/cpu.js';
import { effectiveAddress } from '../interp/effective-address.js';
import { keepZero } from '../sem/alu-bits.js';
import { UD } from '../state/exceptions.js';
import {
  CS,
  DS,
  ES,
  ESP,
  FS,
  GS,
  INHIBIT,
  INHIBIT_ALL,
  SEG_SELECTOR,
  SS,
} from '../state/layout.js';
import { accessRights, mayRead, mayWrite, segmentLimit } from '../system/access-rights.js';
import { loadSegment } from '../system/segment-load.js';
import { requireSelectors } from '../system/table-registers.js';
import { type Direct, direct, type InsnRow } from './row.js';

/** A 16-bit source operand. */
export function readWord(cpu: Cpu, op: Insn): number {
  return op.isMem ? cpu.read16(op.seg, effectiveAddress(cpu, op)) : cpu.s16[op.rm];
}

/** Stores a system register: 16 bits to memory, the operand size to a register (zero-extended). */
export function writeSystemWord(cpu: Cpu, op: Insn, value: number): void {
  if (op.isMem) cpu.write16(op.seg, effectiveAddress(cpu, op), value);
  else if (op.opSize === 4) cpu.s[op.rm] = value;
  else cpu.s16[op.rm] = value;
}

function writeRegister(cpu: Cpu, op: Insn, value: number): void {
  if (op.opSize === 4) cpu.s[op.reg] = value;
  else cpu.s16[op.reg] = value;
}

/** After a load of SS the next instruction, which sets the stack pointer, is not interrupted. */
function holdInterrupts(cpu: Cpu): void {
  cpu.s[INHIBIT] = INHIBIT_ALL;
  cpu.clock.endSlice();
}

function movFromSegment(cpu: Cpu, op: Insn): void {
  if (op.reg > GS) cpu.raise(UD);
  writeSystemWord(cpu, op, cpu.s[SEG_SELECTOR + op.reg]);
}

function movToSegment(cpu: Cpu, op: Insn): void {
  if (op.reg > GS || op.reg === CS) cpu.raise(UD);
  loadSegment(cpu, op.reg, readWord(cpu, op));
  if (op.reg === SS) holdInterrupts(cpu);
}

// ASSUMED: with 32-bit operands the upper half of the stack slot is written with zeros.
const push =
  (seg: number): Direct =>
  (cpu, op) => {
    const value = cpu.s[SEG_SELECTOR + seg];
    if (op.opSize === 4) cpu.push32(value);
    else cpu.push16(value);
  };

const pop =
  (seg: number): Direct =>
  (cpu, op) => {
    const s = cpu.s;
    const selector = op.opSize === 4 ? cpu.peek32(0) & 0xffff : cpu.peek16(0);
    // The width of the old stack counts, also when SS itself is popped.
    const mask = cpu.stackMask;
    const esp = (s[ESP] & ~mask) | ((s[ESP] + op.opSize) & mask);
    loadSegment(cpu, seg, selector);
    s[ESP] = esp;
    if (seg === SS) holdInterrupts(cpu);
  };

/** Loads a segment register and a general one from a far pointer. */
const loadPointer =
  (seg: number): Direct =>
  (cpu, op) => {
    const at = effectiveAddress(cpu, op);
    const offset = op.opSize === 4 ? cpu.read32(op.seg, at) : cpu.read16(op.seg, at);
    const selector = cpu.read16(op.seg, (at + op.opSize) & op.addrMask);
    loadSegment(cpu, seg, selector);
    writeRegister(cpu, op, offset);
  };

/** lar and lsl: ZF says whether the answer was given. */
const ask =
  (question: (cpu: Cpu, selector: number) => number | undefined): Direct =>
  (cpu, op) => {
    requireSelectors(cpu);
    const answer = question(cpu, readWord(cpu, op));
    keepZero(cpu.s, answer !== undefined ? 1 : 0);
    if (answer !== undefined) writeRegister(cpu, op, answer);
  };

const verify =
  (allowed: (cpu: Cpu, selector: number) => boolean): Direct =>
  (cpu, op) => {
    requireSelectors(cpu);
    keepZero(cpu.s, allowed(cpu, readWord(cpu, op)) ? 1 : 0);
  };

/** Raises the RPL of the destination to that of the source. */
function arpl(cpu: Cpu, op: Insn): void {
  requireSelectors(cpu);
  const source = cpu.s16[op.reg] & 3;
  const value = op.isMem ? cpu.rmwRead16(op.seg, effectiveAddress(cpu, op)) : cpu.s16[op.rm];
  const raised = (value & 3) < source;
  if (raised) {
    const result = (value & ~3) | source;
    if (op.isMem) cpu.rmwWrite16(result);
    else cpu.s16[op.rm] = result;
  }
  keepZero(cpu.s, raised ? 1 : 0);
}

const LOAD_FAULTS = { faults: '#GP #NP #SS' };
const ZERO_FLAG = { flags: 'w:z', faults: '#UD' };

export const segmentRows: readonly InsnRow[] = [
  direct('mov', '8c /r', 'Ev,Sw', movFromSegment, { faults: '#UD' }),
  direct('mov', '8e /r', 'Sw,Ew', movToSegment, { faults: '#UD #GP #NP #SS' }),
  direct('push', '06', 'ES', push(ES)),
  direct('push', '0e', 'CS', push(CS)),
  direct('push', '16', 'SS', push(SS)),
  direct('push', '1e', 'DS', push(DS)),
  direct('push', '0f a0', 'FS', push(FS)),
  direct('push', '0f a8', 'GS', push(GS)),
  direct('pop', '07', 'ES', pop(ES), LOAD_FAULTS),
  direct('pop', '17', 'SS', pop(SS), LOAD_FAULTS),
  direct('pop', '1f', 'DS', pop(DS), LOAD_FAULTS),
  direct('pop', '0f a1', 'FS', pop(FS), LOAD_FAULTS),
  direct('pop', '0f a9', 'GS', pop(GS), LOAD_FAULTS),
  direct('les', 'c4 /r', 'Gv,Mp', loadPointer(ES), LOAD_FAULTS),
  direct('lds', 'c5 /r', 'Gv,Mp', loadPointer(DS), LOAD_FAULTS),
  direct('lss', '0f b2 /r', 'Gv,Mp', loadPointer(SS), LOAD_FAULTS),
  direct('lfs', '0f b4 /r', 'Gv,Mp', loadPointer(FS), LOAD_FAULTS),
  direct('lgs', '0f b5 /r', 'Gv,Mp', loadPointer(GS), LOAD_FAULTS),
  direct('arpl', '63 /r', 'Ew,Gw', arpl, ZERO_FLAG),
  direct('lar', '0f 02 /r', 'Gv,Ew', ask(accessRights), ZERO_FLAG),
  direct('lsl', '0f 03 /r', 'Gv,Ew', ask(segmentLimit), ZERO_FLAG),
  direct('verr', '0f 00 /4', 'Ew', verify(mayRead), ZERO_FLAG),
  direct('verw', '0f 00 /5', 'Ew', verify(mayWrite), ZERO_FLAG),
];
