/**
 * Chooses where a memory operand lies (inside a page, across two, read-only, unmapped, at a segment's
 * limit) and how it is addressed, and sets the registers so that the address comes out.
 */
import type { Rng } from '../../../base/rng.js';
import { FORMS16, type MemoryChoice } from '../../../guest-isa/disasm/encode.js';
import type { Case } from '../case.js';
import {
  ARENA,
  ARENA_BYTES,
  type Descriptor,
  descriptorOf,
  SEGMENT_SETS,
} from '../stage-layout.js';

const ESP = 4;
const EBP = 5;
const SS = 2;
const DS = 3;
const PAGE = 4096;

/** What is being put together: the case, and the registers whose value must stay. */
export interface Draft {
  readonly rng: Rng;
  readonly c: Case;
  readonly pinned: Set<number>;
}

export interface PlacedMemory {
  readonly choice: MemoryChoice;
  /** Linear address of its first byte. */
  readonly linear: number;
}

/** A linear address for `bytes` bytes, good in about nine of ten cases. */
export function arenaLinear(rng: Rng, bytes: number): number {
  const spot = rng.below(100);
  const across = 1 + rng.below(Math.max(1, bytes - 1));
  if (spot < 10) return ARENA + PAGE * (1 + rng.below(2)) - across;
  if (spot < 13) return ARENA + 3 * PAGE - across;
  if (spot < 17) return ARENA + 3 * PAGE + rng.below(PAGE - bytes);
  if (spot < 20) return ARENA + ARENA_BYTES - across;
  if (spot < 21) return ARENA - across;
  if (spot < 60) return ARENA + 4 * rng.below((3 * PAGE - bytes) >> 2);
  return ARENA + rng.below(3 * PAGE - bytes);
}

/** Offset in a segment: as arenaLinear, or around the segment's limit. */
export function segmentOffset(rng: Rng, d: Descriptor | undefined, bytes: number): number {
  const base = d?.base ?? 0;
  const limit = d === undefined || d.pages ? -1 : d.limit;
  if (limit < 0 || !rng.chance(0.3)) return (arenaLinear(rng, bytes) - base) | 0;
  return (limit - bytes + rng.below(2 * bytes + 2)) | 0;
}

export const segmentDescriptor = (c: Case, seg: number): Descriptor | undefined =>
  descriptorOf(SEGMENT_SETS[c.segments][seg]);

/** Places a memory operand of the r/m field. */
export function placeMemory(
  draft: Draft,
  addrSize: 2 | 4,
  segment: number | undefined,
  bytes: number,
): PlacedMemory {
  const { rng, c } = draft;
  const { base, index } = chooseRegisters(rng, addrSize);
  const seg = segment ?? (base === ESP || base === EBP ? SS : DS);
  const d = segmentDescriptor(c, seg);
  const offset = segmentOffset(rng, d, bytes) & (addrSize === 2 ? 0xffff : -1);
  const choice = solve(draft, { base, index, offset, addrSize });
  return { choice, linear: (offset + (d?.base ?? 0)) >>> 0 };
}

function chooseRegisters(rng: Rng, addrSize: 2 | 4): { base: number; index: number } {
  if (addrSize === 2) return rng.chance(0.1) ? { base: -1, index: -1 } : rng.pick(FORMS16);
  const base = rng.chance(0.1) ? -1 : rng.below(8);
  const index = rng.chance(0.5) ? -1 : rng.below(8);
  return { base, index: index === ESP ? -1 : index };
}

interface Equation {
  base: number;
  index: number;
  offset: number;
  addrSize: 2 | 4;
}

/** Sets base, or displacement where there is none, so that the sum is the offset. */
function solve(draft: Draft, e: Equation): MemoryChoice {
  const { rng, c, pinned } = draft;
  const scale = e.addrSize === 4 && e.index >= 0 ? rng.below(4) : 0;
  const free = e.base >= 0 && e.base !== e.index && !pinned.has(e.base);
  if (e.index >= 0 && !pinned.has(e.index) && rng.chance(0.5)) c.registers[e.index] = rng.below(64);
  const scaled = e.index < 0 ? 0 : c.registers[e.index] << scale;
  const disp = free
    ? someDisplacement(rng)
    : (e.offset - scaled - (e.base < 0 ? 0 : c.registers[e.base])) | 0;
  if (free) setBase(c, e, (e.offset - scaled - disp) | 0);
  if (e.base >= 0) pinned.add(e.base);
  if (e.index >= 0) pinned.add(e.index);
  const shown = e.addrSize === 2 ? (disp << 16) >> 16 : disp;
  const form = { base: e.base, index: e.index, scale, disp: shown };
  return rng.chance(0.1) ? { ...form, dispBytes: rng.pick([1, 4]), sib: true } : form;
}

/** 16-bit addresses leave the upper half of the register as it is. */
function setBase(c: Case, e: Equation, value: number): void {
  const keep = e.addrSize === 2 ? c.registers[e.base] & ~0xffff : 0;
  c.registers[e.base] = keep | (value & (e.addrSize === 2 ? 0xffff : -1));
}

function someDisplacement(rng: Rng): number {
  const kind = rng.below(3);
  if (kind === 0) return 0;
  return kind === 1 ? rng.below(256) - 128 : rng.u32() | 0;
}

/** Puts an address into a register that an instruction uses by itself (esi, edi, ebx, esp, ebp). */
export function pointRegister(
  draft: Draft,
  register: number,
  seg: number,
  mask: number,
  bytes: number,
): number {
  const { rng, c, pinned } = draft;
  const d = segmentDescriptor(c, seg);
  const offset = segmentOffset(rng, d, bytes) & mask;
  if (!pinned.has(register)) c.registers[register] = (c.registers[register] & ~mask) | offset;
  pinned.add(register);
  return ((c.registers[register] & mask) + (d?.base ?? 0)) >>> 0;
}
