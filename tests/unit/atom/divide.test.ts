/** The divider equals the guest's division: quotient, remainder, and which divisions fail. */
import { expect, it } from 'vitest';
import { Rng } from '../../../base/rng.js';
import * as guest from '../../../guest-isa/sem/alu-multiply.js';
import { AUX } from '../../../guest-isa/state/layout.js';
import { divide } from '../../../hw/atom/divide.js';

const EDGES = [
  0, 1, 2, 3, 7, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x1fffff, 0x200000, 0x7fffffff,
  -0x80000000, -1, -2, -3,
];
const functions = {
  8: [guest.div8, guest.idiv8],
  16: [guest.div16, guest.idiv16],
  32: [guest.div32, guest.idiv32],
} as const;

const cases = ([8, 16, 32] as const).flatMap((bits) =>
  [false, true].map((signed) => ({ bits, signed })),
);

it.each(cases)('$bits bits, signed: $signed', ({ bits, signed }) => {
  const rng = new Rng(bits + Number(signed));
  const any = (): number => (rng.chance(0.4) ? rng.pick(EDGES) : (rng.u32() >>> rng.below(32)) | 0);
  const s = new Int32Array(64);
  const out = new Int32Array(2);
  let quotients = 0;
  for (let i = 0; i < 200_000; i++) {
    const low = any();
    const divisor = any();
    // Small high halves, or few quotients fit.
    const high = rng.chance(0.5)
      ? low >> 31
      : rng.chance(0.5) && divisor !== 0
        ? (any() % divisor) | 0
        : any();
    const expected = functions[bits][Number(signed)](s, high, low, divisor);
    out.fill(-7);
    const done = divide(bits, signed, high, low, divisor, out);
    const result = done ? [out[0], out[1]] : [out[0], out[1], 'error'];
    const should = expected === guest.DIVIDE_ERROR ? [-7, -7, 'error'] : [expected | 0, s[AUX]];
    if (result.join() !== should.join())
      expect({ high, low, divisor, result }).toEqual({ high, low, divisor, result: should });
    if (done) quotients++;
  }
  expect(quotients).toBeGreaterThan(20_000);
});
