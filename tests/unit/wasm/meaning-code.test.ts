/** What atoms compute, as WebAssembly: against the functions that the stepper calls. */
import { describe, expect, it } from 'vitest';
import { Rng } from '../../../base/rng.js';
import type { AtomRow } from '../../../hw/atom/atom.js';
import { compileAtoms, condition } from '../../../hw/atom/emit-js.js';
import { FORM_FIELDS, secondIsImmediate } from '../../../hw/atom/forms.js';
import { atoms } from '../../../hw/atom/index.js';
import { CC_CARRY, CC_RESULT, MQ, R_ZERO } from '../../../hw/atom/registers.js';
import { FunctionCode } from '../../../hw/exec/wasm/function-code.js';
import { noHistory } from '../../../hw/exec/wasm/path-state.js';
import { EDGES, expectSame, opOf, Workbench } from './workbench.js';

const stepped = compileAtoms();
const rows = atoms.filter((row) => row.meaning !== undefined);
/** Sources and destination: all different, the same, zero. */
const REGISTERS = [
  { d: 16, a: 17, b: 18 },
  { d: 17, a: 17, b: 40 },
  { d: 18, a: 16, b: 18 },
  { d: 20, a: 20, b: 20 },
  { d: 50, a: R_ZERO, b: 61 },
] as const;
const VALUES = 200;

const value = (rng: Rng): number => (rng.chance(0.6) ? rng.pick(EDGES) : rng.u32() | 0);

function fill(w: Int32Array, rng: Rng): void {
  for (const { d, a, b } of REGISTERS) for (const r of [d, a, b]) w[r] = value(rng);
  for (const r of [CC_RESULT, CC_CARRY, MQ]) w[r] = value(rng);
  w[R_ZERO] = 0;
}

function immediate({ form }: AtomRow, rng: Rng): number {
  const v = value(rng);
  const { number } = FORM_FIELDS[form];
  if (number === 'imm8') return (v << 24) >> 24;
  return number === 'number8' ? v & 0xff : v;
}

describe('meanings', () => {
  it.each(REGISTERS)('of every row are those of the stepper, on r$d, r$a, r$b', ({ d, a, b }) => {
    const rng = new Rng(d);
    const bench = new Workbench();
    // Immediates are part of the code.
    const tries = rows.flatMap((row) =>
      Array.from({ length: secondIsImmediate(row) ? 8 : 1 }, () => ({
        row,
        imm: immediate(row, rng),
      })),
    );
    const codes = tries.map(({ row, imm }) => {
      const code = new FunctionCode(1);
      bench.atoms(code).execute([opOf('compute', { row, d, a, b, imm })], noHistory(), 0);
      code.const32(0);
      return code;
    });
    const compiled = bench.compile(codes);
    const { w } = bench;
    const expected = new Int32Array(w.length);
    tries.forEach(({ row, imm }, i) => {
      for (let n = 0; n < VALUES; n++) {
        fill(w, rng);
        expected.set(w);
        compiled[i](0);
        stepped[row.opcode]?.(expected, d, a, b, imm);
        expectSame(w, expected, `${row.name} ${imm}`);
      }
    });
    expect(tries.length).toBeGreaterThan(rows.length);
  });

  it('write nothing to the zero register', () => {
    const bench = new Workbench();
    const row = rows.find(({ name }) => name === 'add') as AtomRow;
    const code = new FunctionCode(1);
    const ops = [
      opOf('compute', { row, d: R_ZERO, a: 16, b: 17 }),
      opOf('compute', { row, d: 18, a: R_ZERO, b: R_ZERO }),
    ];
    bench.atoms(code).execute(ops, noHistory(), 0);
    code.const32(0);
    bench.w.set([5, 6, 7], 16);
    bench.compile([code])[0](0);
    expect([bench.w[18], bench.w[R_ZERO]]).toEqual([0, 0]);
  });
});

describe('conditions', () => {
  const all = Array.from({ length: 16 }, (_, code) => code);

  it.each(all)('of branches: number %i', (number) => {
    const rng = new Rng(number + 1);
    const bench = new Workbench();
    const code = new FunctionCode(1);
    const written = bench.atoms(code);
    written.execute([opOf('branchCondition', { code: number })], noHistory(), 0);
    code.get(written.result(0));
    const [compiled] = bench.compile([code]);
    const seen = new Set<number>();
    for (let n = 0; n < 2000; n++) {
      bench.w[CC_RESULT] = value(rng);
      bench.w[CC_CARRY] = value(rng);
      const holds = condition(bench.w, number);
      seen.add(holds);
      expect(compiled(0) !== 0 ? 1 : 0).toBe(holds);
    }
    expect(seen.size).toBe(2);
  });
});
