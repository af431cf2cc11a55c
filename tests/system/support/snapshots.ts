/** Machines saved in the middle of their runs, and restored. */
import { join } from 'node:path';
import { expect } from 'vitest';
import { readSnapshot, writeSnapshot } from '../../../sim/snapshot/snapshot-file.js';
import { folderWith } from '../../unit/config/support.js';
import { configOf, TestRun, type Values } from './run.js';

export interface Saved {
  readonly path: string;
  readonly textBefore: string;
  readonly values: Values;
}

/** Through the file, as `--save-snapshot` writes it. */
export function save(run: TestRun, values: Values): Saved {
  const { machine } = run;
  const path = join(folderWith({}), 's.snap');
  const info = {
    instructions: machine.instructions,
    cycles: machine.cycles,
    stateHash: machine.stateHash(),
  };
  writeSnapshot(path, configOf(values), info, machine.save());
  return { path, textBefore: run.text, values };
}

/** A new machine that stands where the saved one stood; `more`: other values of its configuration. */
export function restored({ path, values }: Saved, more: Values = {}): TestRun {
  const now = { ...values, ...more };
  const { state, info } = readSnapshot(path, configOf(now));
  const run = new TestRun(now, false);
  run.machine.restore(state);
  expect([run.machine.instructions, run.machine.cycles]).toEqual([info.instructions, info.cycles]);
  expect(run.machine.stateHash()).toBe(info.stateHash);
  return run;
}
