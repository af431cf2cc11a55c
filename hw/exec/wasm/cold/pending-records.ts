/**
 * What is pending at a place of a unit, as words that cold code reads: where a unit is left inside a path
 * (WAY), and what its commit settles besides what was pending before (SITE). Cycles and late results
 * are lists behind the head.
 */
import { NOW } from '../../../timing/cycle-account.js';
import type { PathTime } from '../hit-timing.js';
import { type CommitSite, WAY as KIND, type WayOut } from '../unit.js';

/** Offsets in the record of a way out. */
export const WAY = {
  place: 0,
  headPc: 4,
  /** Behind an indirect jump, where it leads lies in CELL.target. */
  jumps: 8,
  /** Times that it may be taken until TypeScript wants to know; 0: any number of times. */
  left: 12,
  stores: 16,
  protects: 20,
  pending0: 24,
  pending1: 28,
  last: 32,
  /** Offset of the cells that the jump is charged to. */
  base: 36,
  /** Numbers of what follows: late registers, cells. */
  registers: 40,
  cells: 44,
  /** The core has everything already. */
  late: 48,
} as const;
export const WAY_BYTES = 52;

/** Offsets in the record of a commit's site; pairs of cells follow. */
export const SITE = { place: 0, cells: 4 } as const;
export const SITE_BYTES = 8;

/** Offset of a word, and its value. */
export const PAIR = { at: 0, value: 4 } as const;
export const PAIR_BYTES = 8;

const pairsOf = (cells: Int32Array): number[] =>
  [...cells.subarray(0, NOW + 1).entries()].flatMap(([i, value]) =>
    value === 0 ? [] : [4 * i, value],
  );

/** `time`: undefined where nothing has been executed; `left`: times that it may be taken. */
export function wayWords(
  way: WayOut,
  place: number,
  time: PathTime | undefined,
  left: number,
): number[] {
  const { outstanding } = time ?? {};
  const registers = [...(outstanding?.registers ?? [])].flatMap((r, i) => [
    4 * r,
    outstanding?.ready[i] ?? 0,
  ]);
  const cells = time ? pairsOf(time.cells) : [];
  return [
    place,
    way.headPc,
    way.kind === KIND.jumped ? 1 : 0,
    left,
    way.stores,
    way.protectedLoads ? 1 : 0,
    outstanding?.pending0 ?? 0,
    outstanding?.pending1 ?? 0,
    outstanding?.last ?? 0,
    4 * (way.molecule?.accountBase ?? 0),
    registers.length / 2,
    cells.length / 2,
    way.kind === KIND.late ? 1 : 0,
    ...registers,
    ...cells,
  ];
}

export function siteWords({ time }: CommitSite, place: number): number[] {
  const cells = pairsOf(time.cells);
  return [place, cells.length / 2, ...cells];
}
