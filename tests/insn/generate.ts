/**
 * Makes the vectors of all rows that can run in a user program, on this machine's processor.
 * Command line: `regenerate.ts`.
 */
import type { InsnRow } from '../../guest-isa/insn/row.js';
import type { RowVectors } from './fixture-codec.js';
import type { Native } from './native.js';
import { planRow } from './plan/plan-row.js';
import { fixtureGroup, rowKey, rowSeed } from './row-key.js';
import { UNPLAYED } from './unplayed.js';

export const CASES_PER_ROW = 240;
export const FIXTURES = 'tests/insn/fixtures';

/** Vectors by fixture group, rows in the order of the list. */
export function generate(rows: readonly InsnRow[], native: Native): Map<string, RowVectors[]> {
  const groups = new Map<string, RowVectors[]>();
  for (const row of rows) {
    const key = rowKey(row);
    if (UNPLAYED.has(key)) continue;
    const seed = rowSeed(key);
    const cases = planRow(row, seed, CASES_PER_ROW);
    const group = fixtureGroup(row);
    const list = groups.get(group) ?? [];
    groups.set(group, list);
    list.push({ key, seed, cases, outcomes: native.play(cases) });
  }
  return groups;
}
