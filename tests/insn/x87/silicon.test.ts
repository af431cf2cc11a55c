/**
 * Each x87 and MMX row on the interpreter against what a real processor did with the same cases:
 * control, status and tag word, registers, instruction and data pointers, memory, eax, EFLAGS.
 * Differences that are allowed stand in tolerances.ts, and only there.
 */
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { caseText, differences } from './compare.js';
import { FIXTURE, Fixture } from './fixture.js';
import { planRow, rowKey } from './plan.js';
import { makeStage, play } from './play.js';
import { mmxRows, x87Rows } from './rows.js';
import { TOLERANCES, type Tolerance } from './tolerances.js';

const fixture = new Fixture(readFileSync(FIXTURE));
const stage = makeStage();
const used = new Map<Tolerance, number>();
const LEAST_CASES = 200;
let played = 0;

describe.each([
  ['x87', x87Rows],
  ['MMX', mmxRows],
])('%s against silicon', (_name, rows) => {
  it.each(rows.map((row) => [rowKey(row), row] as const))('%s', (key, row) => {
    const cases = planRow(row);
    const outcomes = fixture.outcomes(key, cases);
    expect(cases.length).toBeGreaterThanOrEqual(LEAST_CASES);
    const failures: string[] = [];
    cases.forEach((c, i) => {
      const found = differences(row, c, outcomes[i], play(stage, c), used);
      if (found.length > 0) failures.push(`#${i} ${caseText(c)}: ${found.join('; ')}`);
    });
    played += cases.length;
    expect(failures.slice(0, 3), `${failures.length} cases differ`).toEqual([]);
  });
});

describe('the vectors', () => {
  it('belong to rows that exist', () => {
    const known = new Set([...x87Rows, ...mmxRows].map(rowKey));
    expect(fixture.keys.filter((key) => !known.has(key))).toEqual([]);
  });

  it('have no tolerance that is never used', () => {
    expect(TOLERANCES.filter((t) => !used.has(t)).map((t) => t.reason)).toEqual([]);
  });
});

afterAll(() => {
  const lines = [`x87 and MMX vectors: ${x87Rows.length + mmxRows.length} rows, ${played} cases`];
  for (const [t, count] of used) lines.push(`  tolerated in ${count} cases: ${t.reason}`);
  console.log(lines.join('\n'));
});
