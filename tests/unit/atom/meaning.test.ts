/** Every row with a meaning: against the guest's own arithmetic, in value and in all six flags. */
import { describe, expect, it } from 'vitest';
import { Rng } from '../../../base/rng.js';
import { arithmeticFlags, condition as guestCondition } from '../../../guest-isa/state/flags.js';
import type { AtomRow } from '../../../hw/atom/atom.js';
import { CONDITIONS } from '../../../hw/atom/condition.js';
import { compileAtoms, condition, conditionJs } from '../../../hw/atom/emit-js.js';
import { FORM_FIELDS, secondIsImmediate } from '../../../hw/atom/forms.js';
import { atomNamed, atoms } from '../../../hw/atom/index.js';
import { CC_CARRY, CC_RESULT, MQ } from '../../../hw/atom/registers.js';
import { guestFunction, resultMask } from './against-guest.js';

const compiled = compileAtoms();
const EDGES = [
  0, 1, 2, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 63, 0x7e, 0x7f, 0x80, 0x81, 0xff, 0x100, 0x7fff,
  0x8000, 0x8001, 0xffff, 0x10000, 0x7fffffff, -0x80000000, -0x7fffffff, -1, -2, -128, 0x0f0f0f0f,
].map((n) => n | 0);

/** Edge values often, small and random ones else. */
function operand(rng: Rng): number {
  const kind = rng.below(8);
  if (kind < 4) return rng.pick(EDGES);
  return kind === 4 ? rng.below(40) : rng.u32() | 0;
}

/** Any two words are legal condition codes as far as the flags made of them go. */
function randomStatus(rng: Rng, w: Int32Array): void {
  w[CC_RESULT] = rng.chance(0.3) ? 0 : rng.u32();
  w[CC_CARRY] = rng.u32() & 0xc000000d;
  w[MQ] = rng.u32();
}

const R = { d: 16, a: 17, b: 18 } as const;

interface Case {
  readonly a: number;
  readonly b: number;
  readonly d: number;
  readonly before: Int32Array;
  readonly after: Int32Array;
}

/** Runs a row on random operands; which register fields coincide varies too. */
function tryRow(row: AtomRow, rng: Rng): Case {
  const w = new Int32Array(64);
  randomStatus(rng, w);
  const a = operand(rng);
  let b = operand(rng);
  if (FORM_FIELDS[row.form].number === 'imm8') b = (b << 24) >> 24;
  w[R.a] = a;
  w[R.b] = secondIsImmediate(row) ? 0x5a5a5a5a : b;
  w[R.d] = operand(rng);
  const before = w.slice();
  const run = compiled[row.opcode];
  if (!run) throw new Error(`${row.name} was not compiled`);
  run(w, R.d, R.a, R.b, secondIsImmediate(row) ? b : 0x6b6b6b6b);
  return { a, b, d: before[R.d], before, after: w };
}

const base = (row: AtomRow): string => row.name.replace(/#+$/, '');
const flagged = atoms.filter((row) => row.meaning && (row.writesFlags || base(row) === 'lahf'));

describe('rows that set condition codes', () => {
  it('all have a guest function to compare with', () => {
    expect(flagged.length).toBeGreaterThan(130);
    expect(flagged.filter((row) => !guestFunction(base(row))).map((row) => row.name)).toEqual([]);
  });

  it.each(flagged.map((row) => [row.name, row] as const))('%s', (_name, row) => {
    const rng = new Rng(row.opcode);
    for (let i = 0; i < 3000; i++) {
      const wrong = differenceToGuest(row, tryRow(row, rng));
      if (wrong !== undefined) expect.fail(wrong);
    }
  });
});

/** What a row did otherwise than the guest's function, as a sentence. */
function differenceToGuest(row: AtomRow, { a, b, d, before, after }: Case): string | undefined {
  const s = before.slice();
  const value = guestFunction(base(row))?.(s, a, b, d) ?? 0;
  const mask = resultMask(row.name);
  const wrong = (what: string, is: number, should: number): string | undefined =>
    is === should
      ? undefined
      : `${row.name} a=${a} b=${b} d=${d} flags=${arithmeticFlags(before)}: ${what} is ${is}, not ${should}`;
  return (
    wrong('flags', arithmeticFlags(after), arithmeticFlags(s)) ??
    (FORM_FIELDS[row.form].d
      ? wrong('d', after[R.d] & mask, value & mask)
      : wrong('d', after[R.d], d)) ??
    wrong('MQ', after[MQ], row.writesMq ? s[MQ] : before[MQ])
  );
}

/** Rows without flags, written here a second time on purpose, in plain arithmetic. */
const PLAIN: Readonly<Record<string, (a: number, b: number, d: number) => number>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  andn: (a, b) => a & ~b,
  eq: (a, b) => Number(a === b),
  ne: (a, b) => Number(a !== b),
  ltu: (a, b) => Number(a >>> 0 < b >>> 0),
  lts: (a, b) => Number(a < b),
  shl: (a, b) => a << (b & 31),
  shr: (a, b) => a >>> (b & 31),
  sar: (a, b) => a >> (b & 31),
  rol: (a, b) =>
    Number(BigInt.asUintN(32, ((BigInt(a >>> 0) * 0x1_0000_0001n) << BigInt(b & 31)) >> 32n)),
  ror: (a, b) => Number(BigInt.asUintN(32, (BigInt(a >>> 0) * 0x1_0000_0001n) >> BigInt(b & 31))),
  mul: (a, b) => Number(BigInt.asIntN(32, BigInt(a) * BigInt(b))),
  movi: (_a, b) => b,
  sx8: (a) => new Int8Array([a])[0],
  sx16: (a) => new Int16Array([a])[0],
  zx8: (a) => a & 0xff,
  zx16: (a) => a & 0xffff,
  ext8h: (a) => (a >> 8) & 0xff,
  ins8: (a, b) => (a & 0xffffff00) | (b & 0xff),
  ins8h: (a, b) => (a & 0xffff00ff) | ((b & 0xff) << 8),
  ins16: (a, b) => (a & 0xffff0000) | (b & 0xffff),
  bswap: (a) => new DataView(Int32Array.of(a).buffer).getInt32(0, false),
  selnz: (a, b, d) => (d !== 0 ? a : b),
};

describe('rows without flags', () => {
  const rows = atoms.filter((row) => PLAIN[base(row)]);
  it.each(rows.map((row) => [row.name, row] as const))('%s', (_name, row) => {
    expect(row.readsFlags || row.writesFlags || row.readsMq || row.writesMq).toBe(false);
    const rng = new Rng(row.opcode);
    for (let i = 0; i < 2000; i++) {
      const { a, b, d, before, after } = tryRow(row, rng);
      const expected = before.slice();
      expected[R.d] = PLAIN[base(row)](a, b, d);
      if (after.some((word, k) => word !== expected[k]))
        expect({ a, b, d, w: after }).toEqual({ a, b, d, w: expected });
    }
  });

  it('setcc and sel follow the guest conditions', () => {
    const rng = new Rng(1);
    for (let i = 0; i < 5_000; i++) {
      const w = new Int32Array(64);
      randomStatus(rng, w);
      const code = rng.below(16);
      const holds = guestCondition(w, code);
      expect(condition(w, code)).toBe(holds);
      compiled[atomNamed('setcc').opcode]?.(w, 16, 0, 0, code);
      expect(w[16]).toBe(holds);
      w[17] = 111;
      w[18] = 222;
      compiled[atomNamed(`sel.${CONDITIONS[code]}`).opcode]?.(w, 16, 17, 18, 0);
      expect(w[16]).toBe(holds ? 111 : 222);
    }
  });

  it('a condition as text is the condition', () => {
    const rng = new Rng(2);
    const texts = CONDITIONS.map((_, code) => new Function('w', `return ${conditionJs(code)}`));
    for (let i = 0; i < 2000; i++) {
      const w = new Int32Array(64);
      randomStatus(rng, w);
      texts.forEach((text, code) => {
        expect(text(w)).toBe(guestCondition(w, code));
      });
    }
  });

  it('getmq and setmq move MQ', () => {
    const w = new Int32Array(64);
    w[20] = 77;
    compiled[atomNamed('setmq').opcode]?.(w, 0, 20, 0, 0);
    expect(w[MQ]).toBe(77);
    compiled[atomNamed('getmq').opcode]?.(w, 21, 0, 0, 0);
    expect(w[21]).toBe(77);
  });
});

describe('the table', () => {
  const tested = (row: AtomRow): boolean =>
    flagged.includes(row) ||
    PLAIN[base(row)] !== undefined ||
    /^(setcc|sel\.|getmq|setmq)/.test(row.name);

  it('has no row with a meaning that is not tested here', () => {
    const rows = atoms.filter((row) => row.meaning !== undefined);
    expect(rows.filter((row) => !tested(row)).map((row) => row.name)).toEqual([]);
  });

  it('gives each row either a meaning or an effect, one name and an opcode of nine bits', () => {
    for (const row of atoms) expect(row.meaning === undefined).toBe(row.effect !== undefined);
    expect(new Set(atoms.map((row) => row.name)).size).toBe(atoms.length);
    expect(atoms.length).toBeLessThanOrEqual(512);
    expect(atoms.every((row, i) => row.opcode === i)).toBe(true);
  });

  it('names registers that the compiled function really reads: d may coincide with a source', () => {
    for (const row of atoms) {
      const run = compiled[row.opcode];
      if (!run || !FORM_FIELDS[row.form].d || !FORM_FIELDS[row.form].a || row.readsD) continue;
      const apart = new Int32Array(64).map((_, i) => Math.imul(i + 1, 0x9e3779b1));
      const same = apart.slice();
      run(apart, 16, 17, 18, 3);
      run(same, 17, 17, 18, 3);
      expect(same[17]).toBe(apart[16]);
    }
  });
});
