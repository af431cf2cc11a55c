/** How far two 80-bit numbers lie apart, exactly. */

export interface F80 {
  readonly negative: boolean;
  readonly exponent: number;
  readonly significand: bigint;
}

export function readF80(image: Uint8Array, at: number): F80 {
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  const se = view.getUint16(at + 8, true);
  return {
    negative: se >> 15 === 1,
    exponent: se & 0x7fff,
    significand: view.getBigUint64(at, true),
  };
}

const BIAS = 16383;
/** Bits behind the point in the fixed-point form; enough for what is compared below. */
const FRACTION = 200;
const ULPS = 2n;

/** Fixed-point value, or undefined if it is no number of a size that the form holds. */
function fixed(x: F80): bigint | undefined {
  const shift = x.exponent - BIAS - 63 + FRACTION;
  if (x.exponent === 0x7fff || shift < 0 || shift > 4096) return undefined;
  const magnitude = x.significand << BigInt(shift);
  return x.negative ? -magnitude : magnitude;
}

/**
 * Results of a transcendental function that differ by two units in the last place at most, or by
 * what a pi of 66 bits instead of an exact one makes of a large angle (2^-66 of the argument).
 */
export function closeF80(a: F80, b: F80, argument: F80): boolean {
  const [x, y, angle] = [fixed(a), fixed(b), fixed(argument)];
  if (x === undefined || y === undefined)
    return ordinal(a) - ordinal(b) <= ULPS && ordinal(b) - ordinal(a) <= ULPS;
  const ulp = 1n << BigInt(Math.max(0, Math.max(a.exponent, b.exponent) - BIAS - 63 + FRACTION));
  const reduction = angle === undefined ? 0n : (angle < 0n ? -angle : angle) >> 66n;
  const distance = x > y ? x - y : y - x;
  return distance <= ULPS * ulp + 2n * reduction;
}

/** Numbers of one sign in ascending order of magnitude. */
function ordinal(x: F80): bigint {
  const magnitude = (BigInt(x.exponent) << 63n) + (x.significand & 0x7fffffffffffffffn);
  return x.negative ? -magnitude : magnitude;
}
