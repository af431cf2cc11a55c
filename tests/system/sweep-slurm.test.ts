/** A sweep as a Slurm job array (sweep-slurm.sh); skipped where Slurm is not installed. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { compiledMain } from '../native/plugin.js';

it('runs on Slurm, reports what fails, and goes on where it was', ({ skip }) => {
  const script = fileURLToPath(new URL('./sweep-slurm.sh', import.meta.url));
  const { status, stdout, stderr } = spawnSync('sh', [script, compiledMain], { encoding: 'utf8' });
  if (status === 77) return skip(stdout.split('\n')[0] ?? 'skipped');
  expect(`${stdout}${stderr}`).toMatch(/submitted, awaited, resumed/);
  expect(status).toBe(0);
});
