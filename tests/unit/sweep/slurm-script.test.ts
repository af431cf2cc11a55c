/** The batch script of a sweep. */
import { describe, expect, it } from 'vitest';
import { MOST_TASKS, ofTask, slurmScript, taskCount } from '../../../sim/sweep/slurm-script.js';

const job = {
  name: 'chrysalis-s',
  node: '/usr/bin/node',
  mainModule: "/opt/it's here/main.js",
  points: '/work folder/points.json',
  count: 3,
  together: undefined,
  workFolder: '/work folder',
  outputFolder: '/work folder/slurm',
  options: ['--partition=long'],
};

describe('the batch script', () => {
  it('is a job array, with everything in quotes that needs them', () => {
    expect(slurmScript(job)).toBe(`#!/bin/sh
#SBATCH --job-name=chrysalis-s
#SBATCH --array=0-2
#SBATCH --ntasks=1
#SBATCH "--chdir=/work folder"
#SBATCH "--output=/work folder/slurm/%a.txt"
#SBATCH --partition=long
exec '/usr/bin/node' '/opt/it'\\''s here/main.js' 'sweep-points' '/work folder/points.json' "$SLURM_ARRAY_TASK_ID" 3
`);
  });

  it('says how many tasks may run beside each other', () => {
    expect(slurmScript({ ...job, together: 2 })).toContain('--array=0-2%2\n');
  });

  it('gives every point to one task, however many there are', () => {
    const points = Array.from({ length: 2500 }, (_, i) => i);
    const tasks = taskCount(points.length);
    expect(tasks).toBe(MOST_TASKS);
    const all = Array.from({ length: tasks }, (_, task) => ofTask(points, task, tasks)).flat();
    expect(all.sort((a, b) => a - b)).toEqual(points);
  });
});
