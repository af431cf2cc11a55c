/** The experiments that come with the package: each can be planned, and says what to expect. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../../cli/package-info.js';
import { presetPath } from '../../../cli/presets.js';
import { DERIVED } from '../../../sim/compare/figures.js';
import { resolveConfig } from '../../../sim/config/resolve.js';
import { createMachine } from '../../../sim/machine.js';
import { readSweepFile } from '../../../sim/sweep/sweep-file.js';
import { chrysalis } from '../cli/fake.js';

const folder = join(packageRoot(), 'configs', 'experiments');
const names = readdirSync(folder)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => name.slice(0, -'.yaml'.length));

const counted = (() => {
  const { config } = resolveConfig({ file: presetPath('default') });
  const machine = createMachine(config, { loadBoot: true });
  const counters = machine.statistics().map(({ name }) => name);
  machine.close();
  return [...DERIVED, ...counters];
})();

describe.each(names)('the experiment %s', (name) => {
  it('plans without mistakes', async () => {
    const run = await chrysalis(['sweep', name, '--dry-run']);
    expect(run.stderr).toMatch(/^chrysalis: \d+ points\n$/);
    expect(run.exitCode).toBe(0);
  });

  it('has its own name, and something to stand beside', () => {
    const { sweep } = readSweepFile(join(folder, `${name}.yaml`));
    expect(sweep.name).toBe(name);
    expect(sweep.published.length).toBeGreaterThan(0);
    for (const one of sweep.published) expect(one.expect ?? one.value).not.toBeNull();
    const figures = [...sweep.metrics, ...sweep.published.map(({ metric }) => metric)];
    expect(figures.filter((figure) => !counted.includes(figure))).toEqual([]);
  });
});
