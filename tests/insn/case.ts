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
  0,
  1,
  -1,
  2,
  0x7f,
  0x80,
  0xff,
  0x100,
  0x7fff,
  0x8000,
  0xffff,
  0x10000,
  0x7fffffff,
  -0x80000000,
  -0x7fffffff,
  -2,
  0x7f7f7f7f,
  0x80808080 | 0,
  0xff00,
  0x00ff00ff,
  0x99,
  0x0f0f0f0f,
  0x55555555,
  0xaaaaaaaa | 0,
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

export const inArena = (linear: number): boolean =>
  linear >>> 0 >= ARENA && linear >>> 0 < ARENA + ARENA_BYTES;

/** Significands and exponents that arithmetic likes to stumble over: [sign and exponent, high, low]. */
const F80_EDGES: readonly (readonly [number, number, number])[] = [
  [0, 0, 0],
  [0x8000, 0, 0], // zeroes
  [0x3fff, 0x80000000, 0],
  [0xbfff, 0x80000000, 0],
  [0x4000, 0x80000000, 0],
  [0x3ffe, 0x80000000, 0],
  [0x7fff, 0x80000000, 0],
  [0xffff, 0x80000000, 0], // infinities
  [0x7fff, 0xc0000000, 0],
  [0xffff, 0xc0000000, 0],
  [0x7fff, 0xd2345678, 0x9abcdef0], // quiet NaNs
  [0x7fff, 0x80000000, 1],
  [0xffff, 0xa0000000, 0x1234], // signalling NaNs
  [0, 0, 1],
  [0, 0x7fffffff, 0xffffffff],
  [0x8000, 0x40000000, 0], // denormals
  [0, 0x80000000, 0], // pseudo-denormal
  [1, 0x80000000, 0],
  [0x7ffe, 0xffffffff, 0xffffffff],
  [0xfffe, 0xffffffff, 0xffffffff], // least, greatest
  [0x3fff, 0, 0],
  [0x7fff, 0, 0],
  [0x4005, 0x12345678, 0], // unnormal, pseudo-infinity, unnormal: invalid
  [0x401e, 0xffffffff, 0],
  [0x403e, 0x80000000, 0],
  [0xc03e, 0x80000000, 0],
  [0x403d, 0xffffffff, 0xffffffff],
  [0x3fff, 0xc90fdaa2, 0x2168c235],
  [0x4000, 0xc90fdaa2, 0x2168c235], // pi/2, pi
  [0x3ffe, 0xb17217f7, 0xd1cf79ac], // ln 2
];

/**
 * FNSAVE image with random registers: edges, and numbers of near exponents. All exceptions masked
 * in three of four cases; all rounding and precision controls; some registers empty.
 */
export function seededX87(seed: number): Uint8Array {
  const rng = new Rng(seed ^ 0x0f80_0f80);
  const image = new Uint8Array(X87_BYTES);
  const view = new DataView(image.buffer);
  const masks = rng.chance(0.75) ? 0x3f : rng.below(64);
  const control = masks | 0x40 | (rng.pick([3, 3, 3, 2, 0, 1]) << 8) | (rng.below(4) << 10);
  const top = rng.below(8);
  view.setUint32(0, 0xffff0000 | control, true);
  const pending = rng.chance(0.3) ? rng.below(64) : 0;
  const summary = (pending & ~masks) !== 0 ? 0x8080 : 0;
  const condition = (rng.below(8) << 8) | (rng.below(2) << 14);
  view.setUint32(4, (0xffff0000 | summary | (top << 11) | condition | pending) >>> 0, true);
  const empty = rng.chance(0.6) ? 0 : rng.u32() & rng.u32() & 0xff;
  const middle = rng.chance(0.7) ? 0x3fff : rng.below(0x7fff);
  let tags = 0;
  for (let i = 0; i < 8; i++) {
    const at = 28 + 10 * i;
    const [se, high, low] = rng.chance(0.35)
      ? rng.pick(F80_EDGES)
      : [
          (rng.below(2) << 15) | ((middle + rng.below(rng.pick([3, 70, 200])) - 1) & 0x7fff),
          (rng.u32() | 0x80000000) >>> 0,
          rng.chance(0.3) ? 0 : rng.u32(),
        ];
    view.setUint32(at, low, true);
    view.setUint32(at + 4, high, true);
    view.setUint16(at + 8, se, true);
    const physical = (top + i) & 7;
    if ((empty >> physical) & 1) tags |= 3 << (2 * physical);
  }
  view.setUint32(8, 0xffff0000 | tags, true);
  return image;
}
