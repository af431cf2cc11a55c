/**
 * Each row against real silicon: the cases stored in fixtures/ run on the interpreter, and all that
 * the manual defines must come out as it did natively. `npm run vectors` makes the fixtures.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { buildDecodeTable } from '../../guest-isa/decode/decode-table.js';
import { rows } from '../../guest-isa/insn/index.js';
import type { InsnRow } from '../../guest-isa/insn/row.js';
import { caseText, differences } from './compare.js';
import { type RowVectors, unpackVectors } from './fixture-codec.js';
import { FIXTURES } from './generate.js';
import { comparedBytes, undefinedFlags } from './masks.js';
import { rowKey } from './row-key.js';
import { Stage } from './stage.js';
import { TOLERANCES, tolerated } from './tolerances.js';
import { UNPLAYED } from './unplayed.js';

const LEAST_CASES = 200;
const SHOWN = 3;

const byKey = new Map(rows.map((row) => [rowKey(row), row]));
const table = buildDecodeTable(rows);
const stage = new Stage(rows);
const usedTolerances = new Map<string, number>();
const files = readdirSync(FIXTURES)
  .filter((name) => name.endsWith('.bin.gz'))
  .sort();
const groups = files.map((name) => ({
  name,
  vectors: unpackVectors(readFileSync(`${FIXTURES}/${name}`)),
}));
const played = new Set(groups.flatMap(({ vectors }) => vectors.map((v) => v.key)));

function failures(row: InsnRow, vectors: RowVectors): string[] {
  const found: string[] = [];
  vectors.cases.forEach((c, i) => {
    const got = stage.play(c);
    const silicon = tolerated(row, c, vectors.outcomes[i], got, usedTolerances);
    const flags = silicon.fault >= 0 ? 0 : undefinedFlags(row, c, table);
    const lines = differences(silicon, got, { flags, memory: comparedBytes(row, c, table) });
    if (lines.length > 0) found.push(`case ${i}: ${caseText(c)}\n  ${lines.join('\n  ')}`);
  });
  return found;
}

for (const { name, vectors } of groups) {
  describe(name, () => {
    for (const v of vectors) {
      it(`${v.key}: ${v.cases.length} cases`, () => {
        const row = byKey.get(v.key);
        expect(row, 'the row is gone: npm run vectors').toBeDefined();
        expect(v.cases.length).toBeGreaterThanOrEqual(LEAST_CASES);
        const found = failures(row as InsnRow, v);
        const again = `npx vitest run tests/insn/vectors.test.ts -t '${v.key}'`;
        const text = [
          ...found.slice(0, SHOWN),
          `${found.length} of ${v.cases.length} differ; again: ${again}`,
        ];
        expect(found.length, text.join('\n')).toBe(0);
      });
    }
  });
}

describe('the list of rows without vectors', () => {
  it('is exact', () => {
    const without = [...byKey.keys()].filter((key) => !played.has(key));
    expect(without.sort()).toEqual([...UNPLAYED.keys()].sort());
  });

  it('has no two rows of one name', () => {
    expect(byKey.size).toBe(rows.length);
  });
});

afterAll(() => {
  const cases = groups.reduce(
    (sum, { vectors }) => sum + vectors.reduce((n, v) => n + v.cases.length, 0),
    0,
  );
  const lines = [`vectors: ${played.size} rows, ${cases} cases; ${UNPLAYED.size} rows without`];
  for (const { name, vectors } of groups) {
    const counts = vectors.map((v) => v.cases.length);
    lines.push(
      `  ${name}: ${vectors.length} rows, ${Math.min(...counts)} to ${Math.max(...counts)} cases each`,
    );
  }
  for (const [reason, count] of usedTolerances) lines.push(`  ${count} times tolerated: ${reason}`);
  for (const t of TOLERANCES)
    if (!usedTolerances.has(t.reason)) lines.push(`  never needed: ${t.reason}`);
  console.log(lines.join('\n'));
});
