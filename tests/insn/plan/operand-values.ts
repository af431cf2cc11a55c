/**
 * Values for what an instruction takes from memory and from its own bytes: edges of its width,
 * selectors of the stage, jump targets near and far.
 */
import type { Rng } from '../../../base/rng.js';
import { edgeOrRandom } from '../case.js';
import {
  ARENA,
  ARENA_WRITABLE,
  CODE,
  FLAT_CODE,
  FLAT_DATA,
  LDT,
  ldtSelector,
} from '../stage-layout.js';

/** Selectors that mean the same natively and on the stage: the LDT's, flat ones, null ones, some beyond the LDT. */
const SELECTORS = [
  ...LDT.map((_, i) => ldtSelector(i)),
  ...LDT.map((_, i) => ldtSelector(i) - 2),
  FLAT_CODE,
  FLAT_DATA,
  FLAT_DATA,
  FLAT_DATA - 1,
  FLAT_CODE - 3,
  0,
  1,
  3,
  ldtSelector(LDT.length),
  ldtSelector(LDT.length + 3) - 1,
  0xffff,
  0xfffc,
];
const DATA_SELECTORS = [...[1, 2, 3, 4, 5, 9, 10].map(ldtSelector), FLAT_DATA];
const CODE_SELECTORS = [...[0, 6, 7].map(ldtSelector), FLAT_CODE];

/** Half of them good for data. */
export const dataSelector = (rng: Rng): number =>
  rng.pick(rng.chance(0.5) ? DATA_SELECTORS : SELECTORS);
/** Half of them good for code. */
export const codeSelector = (rng: Rng): number =>
  rng.pick(rng.chance(0.5) ? CODE_SELECTORS : SELECTORS);

/** An offset that suits most code segments, or any. */
export function codeOffset(rng: Rng): number {
  const kind = rng.below(4);
  if (kind === 0) return rng.below(0x2000);
  if (kind === 1) return CODE + rng.below(0x2000);
  return kind === 2 ? 0x1ff0 + rng.below(0x20) : edgeOrRandom(rng);
}

export function immediateValue(rng: Rng, code: string): number {
  if (code[0] === 'J') return rng.chance(0.6) ? rng.below(0x1000) - 0x800 : edgeOrRandom(rng);
  return edgeOrRandom(rng);
}

/** Bytes of a value, least significant first. */
export const littleEndian = (value: number, bytes: number): number[] =>
  Array.from({ length: bytes }, (_, i) =>
    i < 4 ? (value >>> (8 * i)) & 0xff : value < 0 ? 0xff : 0,
  );

/** True if the bytes lie where a patch may. */
export const isPatchable = (linear: number, bytes: number): boolean =>
  linear >= ARENA && linear + bytes <= ARENA + ARENA_WRITABLE;
