/**
 * The batch script of a sweep on a Slurm cluster: one job array. Each task runs every n-th point, so that
 * a sweep of any size fits the largest array that a cluster usually takes. The sweep's folder must be on a file
 * system that the nodes share, and Node and the simulator at the same place on all of them.
 */

/** Slurm's own default of MaxArraySize is 1001, which is one more than the largest index. */
export const MOST_TASKS = 1000;

export interface SlurmJob {
  readonly name: string;
  readonly node: string;
  readonly mainModule: string;
  /** Absolute path of the list of points. */
  readonly points: string;
  readonly count: number;
  /** Tasks beside each other; undefined: as many as the cluster gives. */
  readonly together: number | undefined;
  readonly workFolder: string;
  /** Absolute; holds what the tasks print. */
  readonly outputFolder: string;
  /** Further options of sbatch, such as `--partition=long`. */
  readonly options: readonly string[];
}

export function taskCount(points: number): number {
  return Math.min(points, MOST_TASKS);
}

export function slurmScript(job: SlurmJob): string {
  const tasks = taskCount(job.count);
  const limit = job.together === undefined ? '' : `%${job.together}`;
  const options = [
    `--job-name=${job.name}`,
    `--array=0-${tasks - 1}${limit}`,
    '--ntasks=1',
    `--chdir=${job.workFolder}`,
    `--output=${job.outputFolder}/%a.txt`,
    ...job.options,
  ];
  const command = [job.node, job.mainModule, 'sweep-points', job.points].map(quoted).join(' ');
  return [
    '#!/bin/sh',
    ...options.map((option) => `#SBATCH ${directive(option)}`),
    `exec ${command} "$SLURM_ARRAY_TASK_ID" ${tasks}`,
    '',
  ].join('\n');
}

/** Spaces in a directive are put in quotes, as sbatch reads them. */
function directive(option: string): string {
  return /\s/.test(option) ? `"${option}"` : option;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** The points of one task. */
export function ofTask<T>(points: readonly T[], task: number, tasks: number): T[] {
  return points.filter((_, i) => i % tasks === task);
}
