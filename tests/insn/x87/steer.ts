/**
 * Leads the operands of single x87 instructions to where their results are interesting: scale
 * factors that stay inside the format, quotients of all lengths, arguments in the range of the
 * transcendental functions (SDM vol. 2), stores near the limits of the destination.
 */
import type { Rng } from '../../../base/rng.js';
import { AT_REGISTERS } from './case.js';

const ST0 = AT_REGISTERS;
const ST1 = AT_REGISTERS + 10;
const BIAS = 0x3fff;

function setExponent(image: Uint8Array, at: number, exponent: number): void {
  image[at + 7] |= 0x80;
  image[at + 8] = exponent & 0xff;
  image[at + 9] = (image[at + 9] & 0x80) | ((exponent >> 8) & 0x7f);
}

const between = (rng: Rng, low: number, high: number): number =>
  BIAS + low + rng.below(high - low + 1);

type Steering = (rng: Rng, image: Uint8Array) => void;

const positive: Steering = (_rng, image) => {
  image[ST0 + 9] &= 0x7f;
};

const STEERINGS: Readonly<Record<string, Steering>> = {
  fscale: (rng, image) => setExponent(image, ST1, between(rng, -2, 15)),
  fprem: remainder,
  fprem1: remainder,
  f2xm1: (rng, image) => setExponent(image, ST0, between(rng, -66, -1)),
  fsin: angle,
  fcos: angle,
  fsincos: angle,
  fptan: angle,
  fyl2x: (rng, image) => {
    positive(rng, image);
    if (rng.chance(0.5)) setExponent(image, ST0, between(rng, -2, 2));
  },
  // |x| < 1 - sqrt(1/2)
  fyl2xp1: (rng, image) => setExponent(image, ST0, between(rng, -66, -3)),
  fsqrt: (rng, image) => {
    if (rng.chance(0.7)) positive(rng, image);
  },
  fst: store,
  fstp: store,
};

function remainder(rng: Rng, image: Uint8Array): void {
  const exponent = between(rng, -60, 60);
  setExponent(image, ST0, exponent);
  setExponent(image, ST1, exponent - rng.below(rng.pick([4, 70, 140])) + 2);
}

function angle(rng: Rng, image: Uint8Array): void {
  setExponent(image, ST0, rng.chance(0.7) ? between(rng, -40, 4) : between(rng, 0, 64));
}

/** Around the smallest and largest numbers of f32 and f64. */
function store(rng: Rng, image: Uint8Array): void {
  const [center, spread] = rng.pick([
    [-126, 25],
    [127, 2],
    [-1022, 54],
    [1023, 2],
    [0, 20],
  ]);
  setExponent(image, ST0, between(rng, center - spread, center + spread));
}

/** Changes the registers of an image for most cases of the mnemonics that want it. */
export function steered(mnemonic: string, rng: Rng, image: Uint8Array): void {
  if (rng.chance(0.75)) STEERINGS[mnemonic]?.(rng, image);
}
