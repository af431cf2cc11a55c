/**
 * What ir-ops.ts says of each ALU and flag operation holds for the functions that give it its
 * meaning: flags that it does not read change nothing, flags that it does not write stay, flags that
 * it kills do not depend on what they were.
 */
import { describe, expect, it } from 'vitest';
import { Rng } from '../../../base/rng.js';
import type { FlagOp, IrBinary, IrOp } from '../../../cms/ir/ir.js';
import {
  evaluateBinary,
  flaglessForm,
  flagsKilled,
  flagsRead,
  flagsWritten,
} from '../../../cms/ir/ir-ops.js';
import type { AluOp } from '../../../guest-isa/sem/template.js';
import {
  ARITHMETIC,
  arithmeticFlags,
  condition,
  setArithmeticFlags,
} from '../../../guest-isa/state/flags.js';
import { STATE_WORDS } from '../../../guest-isa/state/layout.js';
import { edgeOrRandom } from '../../insn/case.js';
import { ALU_FUNCTIONS } from './evaluate.js';

const ROUNDS = 300;
const BINARY: readonly AluOp[] = ['add', 'adc', 'sub', 'sbb', 'and', 'or', 'xor', 'mul', 'imul'];
const SHIFTS: readonly AluOp[] = ['shl', 'shr', 'sar', 'rol', 'ror', 'rcl', 'rcr'];
const UNARY: readonly AluOp[] = ['inc', 'dec', 'neg'];
const WIDE: readonly AluOp[] = ['shld', 'shrd', 'bt', 'bts', 'btr', 'btc', 'bsf', 'bsr', 'bswap'];
const WIDTHS = [8, 16, 32] as const;

const cases = [
  ...[...BINARY, ...SHIFTS, ...UNARY].flatMap((alu) => WIDTHS.map((bits) => ({ alu, bits }))),
  ...WIDE.map((alu) => ({ alu, bits: 32 as const })),
];

interface Run {
  readonly result: number;
  readonly flags: number;
}

function run(name: string, args: readonly number[], flags: number): Run {
  const s = new Int32Array(STATE_WORDS);
  setArithmeticFlags(s, flags);
  const result = ALU_FUNCTIONS[name](s, ...args) | 0;
  return { result, flags: arithmeticFlags(s) };
}

/** Plays an operation with two sets of flags that differ in those that it does not read. */
function play(op: IrOp, name: string, args: readonly number[], rng: Rng, count?: number): void {
  const reads = flagsRead(op);
  const flags = rng.u32() & ARITHMETIC;
  const other = (flags & reads) | (rng.u32() & ARITHMETIC & ~reads);
  const a = run(name, args, flags);
  const b = run(name, args, other);
  expect(b.result).toBe(a.result);
  const kills = flagsKilled(op, count);
  expect(b.flags & kills).toBe(a.flags & kills);
  const kept = ARITHMETIC & ~flagsWritten(op);
  expect(a.flags & kept).toBe(flags & kept);
}

const head = { id: 0, guest: 0, args: [] };

describe('flags of operations', () => {
  for (const { alu, bits } of cases) {
    it(`${alu}${bits}`, () => {
      const rng = new Rng(bits);
      const op: IrOp = { ...head, op: 'alu', alu, bits, setsFlags: true };
      for (let i = 0; i < ROUNDS; i++) {
        const args = [edgeOrRandom(rng), edgeOrRandom(rng), edgeOrRandom(rng)];
        const count = args[/^sh[lr]d$/.test(alu) ? 2 : 1];
        play(op, `${alu}${bits}`, args, rng, count);
        play(op, `${alu}${bits}`, args, rng);
        expect(flagsWritten({ ...op, setsFlags: false })).toBe(0);
      }
    });
  }

  for (const flag of ['cmc', 'stc', 'clc', 'sahf', 'lahf', 'keepzero'] as const) {
    it(flag, () => {
      const rng = new Rng(7);
      const op: IrOp = { ...head, op: 'flag', flag: flag satisfies FlagOp, setsFlags: true };
      const name = flag === 'keepzero' ? 'keepZero' : flag;
      for (let i = 0; i < ROUNDS; i++) play(op, name, [rng.u32() & 0xff], rng);
    });
  }

  it('condition codes', () => {
    const rng = new Rng(9);
    for (let i = 0; i < ROUNDS * 16; i++) {
      const code = i & 15;
      const reads = flagsRead({ ...head, op: 'cond', code });
      const flags = rng.u32() & ARITHMETIC;
      const [a, b] = [flags, (flags & reads) | (rng.u32() & ARITHMETIC & ~reads)].map((f) => {
        const s = new Int32Array(STATE_WORDS);
        setArithmeticFlags(s, f);
        return condition(s, code);
      });
      expect(b).toBe(a);
    }
  });
});

describe('operations without flags', () => {
  it('give the same low bits as those with flags', () => {
    const rng = new Rng(11);
    for (const { alu, bits } of cases) {
      const plain: IrBinary | undefined = flaglessForm(alu, bits);
      for (let i = 0; plain && i < ROUNDS; i++) {
        const args = [edgeOrRandom(rng), edgeOrRandom(rng)];
        const want = run(`${alu}${bits}`, args, 0).result << (32 - bits);
        expect(evaluateBinary(plain, args[0], args[1]) << (32 - bits)).toBe(want);
      }
    }
    expect(flaglessForm('shr', 8)).toBeUndefined();
  });
});
