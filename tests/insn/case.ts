/**
 * One instruction test: the state before, and what real silicon made of it.
 * Seeded states keep the fixtures small: a case stores only what its planner changed.
 */
import { Rng } from '../../base/rng.js';
import { ARENA, ARENA_BYTES } from './stage-layout.js';

/** Bytes of the FNSAVE image (28 of environment, 8 registers of 10), 32-bit protected mode format. */
export const X87_BYTES = 108;

export interface Patch {
  /** Linear address inside the writable arena. */
  readonly at: number;
  readonly bytes: readonly number[];
}

export interface Case {
  /** eax ecx edx ebx esp ebp esi edi. */
  registers: Int32Array;
  eflags: number;
  /** Index into SEGMENT_SETS. */
  segments: number;
  /** Offset in CS of the first byte. */
  eip: number;
  code: number[];
  /** Runs to the end of `code` (several instructions, or one that traps in between) instead of one step. */
  run: boolean;
  /** Arena content that differs from the blank one. */
  patches: Patch[];
  /** FNSAVE image at the start. */
  x87: Uint8Array | undefined;
}

export interface Outcome {
  readonly registers: Int32Array;
  readonly eflags: number;
  readonly segments: readonly number[];
  readonly eip: number;
  /** Exception vector, or -1 where the case came to its end. */
  readonly fault: number;
  readonly errorCode: number;
  /** Of a page fault; otherwise 0. */
  readonly cr2: number;
  /** Changed bytes of the arena, ascending. */
  readonly changes: readonly Patch[];
  readonly x87: Uint8Array | undefined;
}

/** What instructions like to stumble over. */
export const EDGES: readonly number[] = [
  0, 1, -1, 2, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, -0x80000000, -0x7fffffff, -2,
  0x7f7f7f7f, 0x80808080 | 0, 0xff00, 0x00ff00ff, 0x99, 0x0f0f0f0f, 0x55555555, 0xaaaaaaaa | 0,
];

export function edgeOrRandom(rng: Rng): number {
  return rng.chance(0.55) ? rng.pick(EDGES) : rng.u32() | 0;
}

const ARITHMETIC = 0x8d5;
/** EFLAGS as a user program has them: interrupts on, bit 1 set. */
export const USER_FLAGS = 0x202;

/** State that every case starts from, by its seed; the planner then sets what matters to it. */
export function seededCase(seed: number): Case {
  const rng = new Rng(seed);
  const registers = new Int32Array(8);
  for (let i = 0; i < 8; i++) registers[i] = edgeOrRandom(rng);
  return {
    registers,
    eflags: USER_FLAGS | (rng.u32() & ARITHMETIC),
    segments: 0,
    eip: 0,
    code: [],
    run: false,
    patches: [],
    x87: undefined,
  };
}

/** Arena before all patches: random bytes, zeroes and small numbers mixed in. */
export function blankArena(): Uint8Array {
  const rng = new Rng(0x4152454e);
  const arena = new Uint8Array(ARENA_BYTES);
  const view = new DataView(arena.buffer);
  for (let i = 0; i < ARENA_BYTES; i += 4) view.setInt32(i, edgeOrRandom(rng), true);
  return arena;
}

export const inArena = (linear: number): boolean => linear >>> 0 >= ARENA && linear >>> 0 < ARENA + ARENA_BYTES;
