/**
 * What the exit codes mean, one sentence each, and which of them each command can end with: the end of every
 * `--help`. docs/results.md has the same table for readers.
 */
import type { Command } from 'commander';
import { ExitCode } from '../base/errors.js';

const MEANINGS: Readonly<Record<ExitCode, string>> = {
  [ExitCode.ok]: 'well',
  [ExitCode.bug]: 'a bug of the simulator, or a difference that --check found',
  [ExitCode.usage]: 'a mistake in the command line, or a folder that cannot be written',
  [ExitCode.config]: 'a mistake in the configuration',
  [ExitCode.guestLoad]: 'the guest cannot be loaded',
  [ExitCode.guestCrash]: 'the guest crashed, or ended before the awaited text',
  [ExitCode.limit]: 'the instruction limit was reached first',
  [ExitCode.tolerance]: 'outside the tolerance: a condition of --fail-if, or another result',
  [ExitCode.sweep]: 'points failed; the others are complete',
  [ExitCode.sigint]: 'interrupted (ctrl-c); results so far are kept',
  [ExitCode.sigterm]: 'terminated; results so far are kept',
};

const { ok, bug, usage, config, guestLoad, guestCrash, limit, tolerance, sweep } = ExitCode;
const { sigint, sigterm } = ExitCode;
const RUNS = [ok, bug, usage, config, guestLoad, guestCrash, limit, sigint, sigterm];

/** Commands that are not named end with 0, 1 or 2. */
const CODES: Readonly<Record<string, readonly ExitCode[]>> = {
  chrysalis: [...RUNS, tolerance, sweep],
  run: RUNS,
  explain: RUNS.filter((code) => code !== limit),
  compare: [...RUNS.filter((code) => code !== limit), tolerance],
  sweep: [ok, bug, usage, config, sweep, sigint, sigterm],
  replay: [ok, bug, usage, config, guestLoad, tolerance, sigint, sigterm],
  config: [ok, usage, config],
};

/** At the end of the help of a command and of those below it. */
export function addExitCodes(command: Command, above = command.name()): void {
  const codes = CODES[above] ?? [ok, bug, usage];
  const lines = [...codes]
    .sort((a, b) => a - b)
    .map((code) => `  ${`${code}`.padEnd(5)}${MEANINGS[code]}`);
  command.addHelpText('after', `\nExit codes:\n${lines.join('\n')}`);
  for (const child of command.commands)
    addExitCodes(child, command.parent === null ? child.name() : above);
}
