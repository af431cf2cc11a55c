/** Divisions by 64-bit arithmetic against the stepper's (hw/atom/divide.ts), errors included. */
import { describe, expect, it } from 'vitest';
import { Rng } from '../../../base/rng.js';
import { divide } from '../../../hw/atom/divide.js';
import { MQ } from '../../../hw/atom/registers.js';
import { W } from '../../../hw/exec/wasm/binary.js';
import { FunctionCode } from '../../../hw/exec/wasm/function-code.js';
import { noHistory } from '../../../hw/exec/wasm/path-state.js';
import { type Compiled, EDGES, expectSame, opOf, Workbench } from './workbench.js';

const KINDS = ([8, 16, 32] as const).flatMap((bits) => [
  { bits, signed: false },
  { bits, signed: true },
]);
const [D, A, B] = [16, 17, 18];

/** 1: it has divided; 0: the unit would have been left. */
function compiled(
  bench: Workbench,
  bits: number,
  signed: boolean,
  registers = [D, A, B],
): Compiled {
  const [d, a, b] = registers;
  const code = new FunctionCode(1);
  const atoms = bench.atoms(code);
  const ops = [opOf('divide', { d, a, b, bytes: bits / 8, signed })];
  code.block();
  const passed = code.depth;
  code.block();
  atoms.molecule.fail = code.depth;
  atoms.test(ops, noHistory());
  code.branch(W.br, passed);
  code.end();
  code.const32(0);
  code.return();
  code.end();
  atoms.execute(ops, noHistory(), 0);
  code.const32(1);
  return bench.compile([code])[0];
}

interface Division {
  readonly high: number;
  readonly low: number;
  readonly by: number;
}

/** A dividend whose quotient and remainder are chosen, moved by a little: quotients at the edges of the width. */
function near(bits: number, signed: boolean, rng: Rng): Division {
  const n = BigInt(bits);
  const by = BigInt.asIntN(64, BigInt(rng.chance(0.5) ? rng.pick(EDGES) : rng.u32() | 0));
  const divisor = signed ? BigInt.asIntN(bits, by) : BigInt.asUintN(bits, by);
  const edges = signed ? [-(1n << (n - 1n)), (1n << (n - 1n)) - 1n] : [0n, (1n << n) - 1n];
  const edge = edges[rng.below(2)] + BigInt(rng.below(3) - 1);
  const dividend = BigInt.asUintN(2 * bits, edge * divisor + BigInt(rng.below(5) - 2));
  const word = (shift: number): number => Number(BigInt.asIntN(32, dividend >> BigInt(shift)));
  // Of 8 bits the dividend is all in the low half.
  const low = bits === 8 ? word(0) & 0xffff : bits === 16 ? word(0) & 0xffff : word(0);
  return { high: bits === 8 ? rng.u32() | 0 : word(bits), low, by: Number(by) };
}

function anything(rng: Rng): Division {
  const value = (): number => (rng.chance(0.5) ? rng.pick(EDGES) : rng.u32() | 0);
  return { high: value(), low: value(), by: value() };
}

describe.each(KINDS)('division of $bits bits, signed: $signed', ({ bits, signed }) => {
  it('divides and refuses as the stepper does', () => {
    const rng = new Rng(bits + (signed ? 1 : 0));
    const bench = new Workbench();
    const run = compiled(bench, bits, signed);
    const { w } = bench;
    const out = new Int32Array(2);
    const counts = { divided: 0, refused: 0 };
    for (let n = 0; n < 20_000; n++) {
      const { high, low, by } = n % 2 === 0 ? near(bits, signed, rng) : anything(rng);
      w[MQ] = high;
      w[A] = low;
      w[B] = by;
      w[D] = 0x1234;
      const isDivided = divide(bits, signed, high, low, by, out);
      counts[isDivided ? 'divided' : 'refused']++;
      const result = [run(0), w[D], w[MQ], w[A], w[B]];
      const expected = isDivided ? [1, out[0], out[1], low, by] : [0, 0x1234, high, low, by];
      expectSame(Int32Array.from(result), Int32Array.from(expected), `${high}:${low} / ${by}`);
    }
    expect(Math.min(counts.divided, counts.refused)).toBeGreaterThan(1000);
  });

  it('refuses zero', () => {
    const bench = new Workbench();
    const run = compiled(bench, bits, signed);
    bench.w.set([0, 5, 0], D);
    bench.w[MQ] = 0;
    expect(run(0)).toBe(0);
  });

  it('may write what it divides by', () => {
    const bench = new Workbench();
    const run = compiled(bench, bits, signed, [B, A, B]);
    bench.w[A] = 29;
    bench.w[B] = 6;
    bench.w[MQ] = 0;
    expect(run(0)).toBe(1);
    expect([bench.w[B], bench.w[MQ]]).toEqual([4, 5]);
  });
});

describe('the lowest number by -1', () => {
  const dividends = [
    { bits: 8, high: 0, low: 0x8000 },
    { bits: 8, high: 0, low: 0xff80 },
    { bits: 16, high: -0x8000, low: 0 },
    { bits: 16, high: -1, low: 0x8000 },
    { bits: 32, high: -0x80000000, low: 0 },
    { bits: 32, high: -1, low: -0x80000000 },
  ];

  it.each(dividends)('has no quotient: $bits bits, $high:$low', ({ bits, high, low }) => {
    const bench = new Workbench();
    bench.w[A] = low;
    bench.w[B] = -1;
    bench.w[MQ] = high;
    expect(compiled(bench, bits, true)(0)).toBe(0);
    expect(bench.w[MQ]).toBe(high);
  });
});
