/**
 * Whole runs of `rep movs` and `rep stos` at once, where that cannot be told from one iteration
 * after the other: forward, inside one page of RAM on either side, no overlap that would propagate,
 * no faults possible. Same registers, same time, same count as the plain loop, which does the rest.
 */
import type { Exec, Insn } from '../decode/insn.js';
import type { InsnRow } from '../insn/row.js';
import { PAGE_MASK } from '../mmu/tlb-entry.js';
import { DF } from '../state/flags.js';
import {
  EAX,
  ECX,
  EDI,
  ES,
  ESI,
  FLAGS_SYSTEM,
  MID_REPEAT,
  REMAINING,
  SEG_BASE,
  SEG_FAST,
} from '../state/layout.js';
import type { Cpu } from './cpu.js';

/** Below this many iterations the plain loop is as fast. */
const WORTHWHILE = 4;

/** Wraps the plain handler of a rep movs or rep stos; other rows are returned as they are. */
export function bulkRepeat(row: InsnRow, opSize: 2 | 4, plain: Exec): Exec {
  const width = row.operands[0].endsWith('b') ? 1 : opSize;
  if (row.mnemonic === 'movs') {
    return (cpu, op) => {
      while (moveRun(cpu, op, width)) if (done(cpu)) return;
      plain(cpu, op);
    };
  }
  if (row.mnemonic === 'stos') {
    return (cpu, op) => {
      while (storeRun(cpu, op, width)) if (done(cpu)) return;
      plain(cpu, op);
    };
  }
  return plain;
}

/** Iterations possible in one go from here, or 0: 32-bit addressing, forward, count and time left. */
function iterations(cpu: Cpu, op: Insn): number {
  const s = cpu.s;
  if (op.addrMask !== -1 || s[FLAGS_SYSTEM] & DF) return 0;
  // The first iteration is paid for already; another may begin while any time is left.
  const further = Math.ceil(Math.max(0, s[REMAINING]) / cpu.cyclesPerIteration);
  return Math.min(s[ECX] >>> 0, further + 1);
}

function inPage(address: number, width: number): number {
  return ((0x1000 - (address & 0xfff)) / width) | 0;
}

function moveRun(cpu: Cpu, op: Insn, width: number): boolean {
  const s = cpu.s;
  let n = iterations(cpu, op);
  if (n < WORTHWHILE || (s[SEG_FAST + op.seg] & 1) === 0 || (s[SEG_FAST + ES] & 2) === 0)
    return false;
  const from = (s[ESI] + s[SEG_BASE + op.seg]) | 0;
  const to = (s[EDI] + s[SEG_BASE + ES]) | 0;
  const source = cpu.tlb[from >>> 12];
  const target = cpu.tlb[to >>> 12];
  if ((source & cpu.readMask) === 0 || (target & cpu.writeMask) === 0) return false;
  n = Math.min(n, inPage(from, width), inPage(to, width));
  const sourceAt = (source & PAGE_MASK) | (from & 0xfff);
  const targetAt = (target & PAGE_MASK) | (to & 0xfff);
  const bytes = n * width;
  if (n < WORTHWHILE || (targetAt > sourceAt && targetAt < sourceAt + bytes)) return false;
  cpu.memory.ram.copyWithin(targetAt, sourceAt, sourceAt + bytes);
  s[ESI] += bytes;
  advance(cpu, n, bytes);
  return true;
}

function storeRun(cpu: Cpu, op: Insn, width: number): boolean {
  const s = cpu.s;
  let n = iterations(cpu, op);
  if (n < WORTHWHILE || (s[SEG_FAST + ES] & 2) === 0) return false;
  const to = (s[EDI] + s[SEG_BASE + ES]) | 0;
  const target = cpu.tlb[to >>> 12];
  if ((target & cpu.writeMask) === 0) return false;
  n = Math.min(n, inPage(to, width));
  if (n < WORTHWHILE) return false;
  const at = (target & PAGE_MASK) | (to & 0xfff);
  fill(cpu, at, n, width);
  advance(cpu, n, n * width);
  return true;
}

function fill(cpu: Cpu, at: number, n: number, width: number): void {
  const { ram } = cpu.memory;
  const value = cpu.s[EAX];
  const low = value & 0xff;
  const even = width === 1 || ((value >>> 8) & 0xff) === low;
  const same = width === 4 ? even && value >>> 16 === (value & 0xffff) : even;
  if (same) ram.fill(low, at, at + n * width);
  else if (width === 2) for (let i = 0; i < n; i++) cpu.view.setUint16(at + 2 * i, value, true);
  else for (let i = 0; i < n; i++) cpu.view.setInt32(at + 4 * i, value, true);
}

/** Registers, time and counts after n iterations (bytes moved in edi). */
function advance(cpu: Cpu, n: number, bytes: number): void {
  const s = cpu.s;
  s[EDI] += bytes;
  s[ECX] -= n;
  s[REMAINING] -= (n - 1) * cpu.cyclesPerIteration;
  cpu.countIterations(n - 1);
}

/** After a run: true if the instruction is finished or has to give way; otherwise pays for the next iteration. */
function done(cpu: Cpu): boolean {
  const s = cpu.s;
  if (s[ECX] === 0) {
    s[MID_REPEAT] = 0;
    return true;
  }
  return !cpu.nextIteration(cpu.fetchGeneration);
}
