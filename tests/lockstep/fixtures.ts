/** Cases that once failed, reduced: one file each. */
import { readdirSync, readFileSync } from 'node:fs';
import type { LockstepCase } from './lockstep-case.js';

export const FIXTURES = 'tests/lockstep/fixtures';

export function foundCases(): readonly (readonly [string, LockstepCase])[] {
  return readdirSync(FIXTURES)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => [name, JSON.parse(readFileSync(`${FIXTURES}/${name}`, 'utf8')) as LockstepCase]);
}
