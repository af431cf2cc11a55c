/** Cases that once failed, reduced: one file each. Keys that came later have the tests' values. */
import { readdirSync, readFileSync } from 'node:fs';
import type { CmsOptions } from '../../cms/options.js';
import { testCms } from '../unit/runtime/rig.js';
import type { LockstepCase } from './lockstep-case.js';

export const FIXTURES = 'tests/lockstep/fixtures';

export function foundCases(): readonly (readonly [string, LockstepCase])[] {
  return readdirSync(FIXTURES)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => [name, read(`${FIXTURES}/${name}`)]);
}

function read(path: string): LockstepCase {
  const found = JSON.parse(readFileSync(path, 'utf8')) as LockstepCase;
  const { gears, schedule, selfModifying, cost } = found.cms;
  const cms: CmsOptions = {
    ...found.cms,
    gears: { ...testCms.gears, ...gears },
    schedule: { ...testCms.schedule, ...schedule },
    selfModifying: { ...testCms.selfModifying, ...selfModifying },
    cost: { ...testCms.cost, ...cost },
  };
  return { ...found, cms };
}
