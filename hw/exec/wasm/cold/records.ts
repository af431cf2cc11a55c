/**
 * Molecules as cold code (cold-code.ts) reads them: records in the linear memory, made when a molecule first
 * runs. A record has a head (HEAD), the results that come late (LATE), what has to be tested before the
 * molecule changes anything (TEST), and what it does (DO), in an order that has the effect of all atoms at
 * once. Registers stand as offsets in the working file, so that nothing has to be worked out.
 */
import type { StepMolecule } from '../../step/step-molecule.js';
import { transferOf } from '../molecules.js';

/** Offsets in the head of a record. */
export const HEAD = {
  hostPc: 0,
  nextPc: 4,
  firstLine: 8,
  lastLine: 12,
  wait0: 16,
  wait1: 20,
  late0: 24,
  late1: 28,
  /** Steps and instructions that its commit completes: one 64-bit word. */
  steps: 32,
  instructions: 36,
  /** Times that a path began here. */
  heat: 40,
  /** Commits that are not accounted for yet, and their cycles. */
  commits: 44,
  cycles: 48,
  /** Half words: offsets of its tests and, behind them, of what it does, in the record. */
  tests: 52,
  actions: 54,
  /** Bytes. */
  flags: 56,
  /** Offset of the cells that it is charged to. */
  base: 57,
  atoms: 58,
  /** Stores that take a place in the store buffer. */
  stores: 59,
  lateCount: 60,
  /** Where it was seen to go on (SEEN). */
  seen: 62,
  /** Word: how much its commits that are not accounted for have skipped. */
  skipped: 64,
  /** Half words; the second is the offset of the record's end. */
  latestCycles: 68,
  end: 70,
} as const;
export const HEAD_BYTES = 72;

export const FLAG = {
  commits: 1,
  /** It leaves the core. */
  leaves: 2,
  /** R_SKIPPED says how much of what it completes was skipped. */
  skips: 4,
  /** It ends with an indirect jump. */
  jumps: 8,
  /** It may go on somewhere else than behind it. */
  branches: 16,
} as const;

export const SEEN = { following: 1, taken: 2 } as const;

/** A late result: offset of its register among the scoreboard's, cycles. */
export const LATE = { register: 0, cycles: 2 } as const;
export const LATE_BYTES = 4;

/** A test. `place`: offset of the words that keep an access's addresses (PLACE). */
export const TEST = { code: 0, place: 2, a: 4, bytes: 6, fastBits: 8, number: 12 } as const;
export const TEST_BYTES = 16;

/** What an operation does; of accesses, `a` is the place of their addresses. */
export const DO = { code: 0, d: 2, a: 4, b: 6, number: 8 } as const;
export const DO_BYTES = 12;

/** Host and linear address of an access that has passed its tests. */
export const PLACE = { host: 0, linear: 4 } as const;
export const PLACE_BYTES = 8;

/** Offset of a register in the working file. */
export const registerAt = (r: number): number => 4 * r;

/** More bytes than any record takes: a molecule has eight slots at most, sixteen latches. */
export const MOST_RECORD_BYTES = HEAD_BYTES + 24 * (LATE_BYTES + TEST_BYTES + DO_BYTES);

export function flagsOf(m: StepMolecule, skips: boolean): number {
  return (
    (m.commit ? FLAG.commits : 0) |
    (m.leave >= 0 ? FLAG.leaves : 0) |
    (skips ? FLAG.skips : 0) |
    (m.jumps ? FLAG.jumps : 0) |
    (transferOf(m.ops) >= 0 ? FLAG.branches : 0)
  );
}
