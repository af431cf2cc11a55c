/** `chrysalis sweep-points FILE TASK TASKS`: the points of one task of a job array. Called by its batch script. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { ExitCode } from '../base/errors.js';
import { ofTask } from '../sim/sweep/slurm-script.js';
import type { CliHost } from './cli-host.js';
import { usage } from './run-options.js';
import { type PointJob, PointRunner } from './sweep-runner.js';
import { exitFile } from './sweep-slurm.js';

export function addSweepPointsCommand(
  program: Command,
  host: CliHost,
  exit: (code: ExitCode) => void,
): void {
  program
    .command('sweep-points', { hidden: true })
    .argument('<file>')
    .argument('<task>')
    .argument('<tasks>')
    .action(async (file: string, task: string, tasks: string) => {
      const points = JSON.parse(readFileSync(file, 'utf8')) as PointJob[];
      if (!/^\d+$/.test(task) || !(Number(tasks) > 0)) throw usage('sweep-points takes numbers');
      exit(await runTask(ofTask(points, Number(task), Number(tasks)), host));
    });
}

async function runTask(jobs: readonly PointJob[], host: CliHost): Promise<ExitCode> {
  const runner = new PointRunner({
    ended: ({ job, state, exitCode, sentence }) => {
      host.stderr.write(`chrysalis: ${job.label}: ${sentence}\n`);
      // What is interrupted will be run again.
      if (state !== 'interrupted')
        writeFileSync(exitFile(job.folder), JSON.stringify({ exitCode, sentence }));
    },
  });
  const off = host.onSignal(() => runner.stop());
  const results = await runner.run(jobs, 1);
  off();
  return results.every(({ state }) => state === 'done') ? ExitCode.ok : ExitCode.sweep;
}
