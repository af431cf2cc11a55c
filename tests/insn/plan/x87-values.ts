/**
 * Memory operands of x87 instructions: single, double and extended numbers with their special
 * values, integers, packed decimals, and whole state images.
 */
import type { Rng } from '../../../base/rng.js';
import { edgeOrRandom } from '../case.js';
import { putMemory, type RowDraft } from './plan-row.js';

/** Zero, one, least and greatest, infinity, quiet and signalling NaN, denormals. */
const SINGLES = [
  0, 0x3f800000, 0x40490fdb, 0x00800000, 0x7f7fffff, 0x7f800000, 0x7fc00000, 0x7f800001, 1,
  0x007fffff,
];
const DOUBLES = [
  [0, 0],
  [0, 0x3ff00000],
  [0x54442d18, 0x400921fb],
  [0, 0x00100000],
  [0xffffffff, 0x7fefffff],
  [0, 0x7ff00000],
  [0, 0x7ff80000],
  [1, 0x7ff00000],
  [1, 0],
  [0xffffffff, 0x000fffff],
];
const EXTENDED = [
  [0, 0, 0],
  [0, 0x80000000, 0x3fff],
  [0, 0x80000000, 0x7fff],
  [0, 0xc0000000, 0x7fff],
  [1, 0x80000000, 0x7fff],
  [1, 0, 0],
  [0, 0x80000000, 0],
  [0, 0, 0x3fff],
  [0xffffffff, 0xffffffff, 0x7ffe],
];
const SIGN = 0x80000000;
const MXCSR_AFTER_RESET = 0x1f80;

export function x87Values(d: RowDraft): void {
  const [first] = d.row.opcode.bytes;
  if (first === 0x0f) fxImage(d);
  else if (d.memoryAt >= 0) putMemory(d, d.memoryAt, operandWords(d, first), d.memoryBytes);
}

function operandWords(d: RowDraft, first: number): readonly number[] {
  const { rng, row } = d;
  const sign = rng.chance(0.5) ? SIGN : 0;
  if (row.mnemonic === 'fbld') return decimal(rng);
  switch (row.operands[0]) {
    case 'Md':
      return first === 0xd8 || first === 0xd9
        ? [rng.chance(0.4) ? rng.pick(SINGLES) ^ sign : rng.u32()]
        : [edgeOrRandom(rng)];
    case 'Mq': {
      if (first === 0xdf || rng.chance(0.5)) return [edgeOrRandom(rng), edgeOrRandom(rng)];
      const [low, high] = rng.pick(DOUBLES);
      return [low, high ^ sign];
    }
    case 'Mt': {
      if (rng.chance(0.5)) return [rng.u32(), rng.u32() | SIGN, rng.below(0x10000)];
      const [low, high, exponent] = rng.pick(EXTENDED);
      return [low, high, exponent | (sign >>> 16)];
    }
    default:
      return Array.from({ length: d.memoryBytes > 32 ? 0 : Math.ceil(d.memoryBytes / 4) }, () =>
        edgeOrRandom(rng),
      );
  }
}

/** Eighteen digits and a sign; seldom one that is none. */
function decimal(rng: Rng): number[] {
  const word = (): number => {
    let value = 0;
    for (let i = 0; i < 8; i++) value = (value << 4) | rng.below(rng.chance(0.98) ? 10 : 16);
    return value;
  };
  return [word(), word(), (word() & 0xff) | (rng.below(2) << 15)];
}

/** FXSAVE images lie at multiples of 16; the MXCSR in them must suit a processor that has one. */
function fxImage(d: RowDraft): void {
  const { rm } = d.choice;
  if (typeof rm !== 'object' || d.memoryAt < 0) return;
  if (d.rng.chance(0.85)) {
    const over = d.memoryAt & 15;
    d.choice.rm = {
      ...rm,
      disp: d.form.addrSize === 4 ? (rm.disp - over) | 0 : ((rm.disp - over) << 16) >> 16,
    };
    d.memoryAt -= over;
  }
  if (d.row.mnemonic === 'fxrstor') putMemory(d, d.memoryAt + 24, [MXCSR_AFTER_RESET, 0xffff], 8);
}
