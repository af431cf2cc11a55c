/**
 * Random programs: the interpreter against outcomes from silicon, stored for a fixed set, and live
 * for fresh ones where the machine can run 32-bit programs. Longer runs: `npm run fuzz`.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { rows } from '../../guest-isa/insn/index.js';
import { caseText } from '../insn/compare.js';
import { unpackVectors } from '../insn/fixture-codec.js';
import { Native } from '../insn/native.js';
import { Stage } from '../insn/stage.js';
import { outcomeDifferences, programDifferences, reducedReport } from './check-program.js';
import { fuzzCase, makeProgram } from './fuzz-case.js';
import { assemble, countInstructions, type Item, undefinedAtEnd } from './program.js';
import { QUICK_COUNT, QUICK_FILE } from './quick-set.js';
import { reduce } from './reduce.js';

const LIVE_SEED = 0x1111_0000;
const LIVE_COUNT = 300;

describe('random programs', () => {
  it('end as they did on silicon (stored)', () => {
    const stage = new Stage(rows);
    const [{ cases, outcomes }] = unpackVectors(readFileSync(QUICK_FILE));
    expect(cases.length).toBe(QUICK_COUNT);
    const wrong: string[] = [];
    cases.forEach((c, i) => {
      const found = outcomeDifferences(stage, c, outcomes[i]);
      if (found.length > 0) wrong.push(`program ${i}: ${found.join('\n  ')}\n${caseText(c)}`);
    });
    expect(wrong.length, wrong.slice(0, 3).join('\n')).toBe(0);
  });

  const native = process.platform === 'linux' ? Native.build() : 'no Linux';
  it.skipIf(typeof native === 'string')('end as they do on this processor (live)', () => {
    const stage = new Stage(rows);
    const programs = Array.from({ length: LIVE_COUNT }, (_, i) => makeProgram(LIVE_SEED + i));
    const outcomes = (native as Native).play(programs.map(fuzzCase));
    const wrong = programs.filter((p, i) => programDifferences(stage, p, outcomes[i]).length > 0);
    const report = wrong.slice(0, 2).map((p) => reducedReport(stage, native as Native, p));
    expect(wrong.length, report.join('\n')).toBe(0);
  });

  it('come to their end in most cases, and are of the size that they should be', () => {
    const programs = Array.from({ length: 50 }, (_, i) => makeProgram(i));
    const sizes = programs.map((p) => countInstructions(p.items));
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(10);
    expect(programs.every((p) => undefinedAtEnd(p.items, 0) !== undefined)).toBe(true);
    const [{ outcomes }] = unpackVectors(readFileSync(QUICK_FILE));
    expect(outcomes.filter((o) => o.fault < 0).length).toBeGreaterThan(0.9 * outcomes.length);
  });
});

describe('reducer', () => {
  const none = { reads: 0, writes: 0, undefined: 0 };
  const nop: Item = { kind: 'plain', bytes: [0x90], text: 'nop', flags: none };
  const culprit: Item = { kind: 'plain', bytes: [0x0f, 0x0b], text: 'ud2', flags: none };
  const hasCulprit = (items: readonly Item[]): boolean =>
    assemble(items).some((b, i, all) => b === 0x0f && all[i + 1] === 0x0b);

  it('finds the one instruction that matters, out of loops and calls', () => {
    const body: Item[] = [nop, { kind: 'call', indirect: true, body: [nop, culprit, nop] }, nop];
    const program: Item[] = [nop, nop, { kind: 'loop', count: 7, body }, nop];
    expect(reduce(program, hasCulprit)).toEqual([culprit]);
  });

  it('keeps what is needed together', () => {
    const both = (items: readonly Item[]): boolean =>
      hasCulprit(items) && assemble(items).includes(0x90);
    expect(countInstructions(reduce([nop, nop, culprit, nop, nop], both))).toBe(2);
  });
});
