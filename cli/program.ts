/**
 * The command line as a whole: commands, and what each kind of outcome becomes (message on
 * stderr, exit code). The process itself (signals, streams) is in main.ts.
 */
import { Command, CommanderError } from 'commander';
import { ExitCode, UserError } from '../base/errors.js';
import type { CliHost } from './cli-host.js';
import { addCompareCommand } from './compare-command.js';
import { addCompletionCommand } from './completion-command.js';
import { addConfigCommand } from './config-command.js';
import { addDoctorCommand } from './doctor-command.js';
import { addExitCodes } from './exit-codes.js';
import { addExplainCommand } from './explain-command.js';
import { packageVersion } from './package-info.js';
import { addReplayCommand } from './replay-command.js';
import { addReportCommand } from './report-command.js';
import { addRunCommand } from './run-command.js';
import { addStatsCommand } from './stats-command.js';
import { addSweepCommand } from './sweep-command.js';
import { addSweepPointsCommand } from './sweep-points-command.js';

const examples = `Examples:
  chrysalis run                        boot the embedded guest OS
  chrysalis run configs/debian.yaml    boot Debian's kernel
  chrysalis compare tm5800 no-alias    two machines on the same guest, with figures
  chrysalis sweep chaining             an experiment, beside what was published
  chrysalis explain                    the hottest translations of a run, down to their molecules
  chrysalis config explain debian      every key, its value and where it comes from
  chrysalis doctor                     check this installation
`;

/** Runs one command line (without node and script) and gives the exit code. */
export async function runCli(argv: readonly string[], host: CliHost): Promise<ExitCode> {
  let exitCode: ExitCode = ExitCode.ok;
  const exit = (code: ExitCode): void => {
    exitCode = code;
  };
  const program = new Command('chrysalis')
    .description(
      'Full-system simulator of a co-designed virtual machine: an x86 PC under code morphing.',
    )
    .version(packageVersion())
    .addHelpText('before', examples)
    .showHelpAfterError('(chrysalis --help shows the commands)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => host.stdout.write(text),
      writeErr: (text) => host.stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'chrysalis: ')),
    });
  addRunCommand(program, host, exit, argv);
  addExplainCommand(program, host, exit);
  addCompareCommand(program, host, exit);
  addSweepCommand(program, host, exit);
  addSweepPointsCommand(program, host, exit);
  addReplayCommand(program, host, exit);
  addReportCommand(program, host, exit);
  addStatsCommand(program, host, exit);
  addConfigCommand(program, host, exit);
  addDoctorCommand(program, host, exit);
  addCompletionCommand(program, host, exit);
  inheritSettings(program);
  addExitCodes(program);
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    return reportError(error, argv, host);
  }
}

/** Subcommands throw instead of exiting and write where the program writes. */
function inheritSettings(command: Command): void {
  for (const child of command.commands) {
    child.copyInheritedSettings(command);
    inheritSettings(child);
  }
}

function reportError(error: unknown, argv: readonly string[], host: CliHost): ExitCode {
  if (error instanceof CommanderError) {
    // Help and version that were asked for are no errors.
    return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
  }
  if (error instanceof UserError) {
    for (const line of error.message.split('\n')) host.stderr.write(`chrysalis: ${line}\n`);
    return error.exitCode;
  }
  const bug = error instanceof Error ? error : new Error(String(error));
  host.stderr.write(
    `chrysalis: this is a bug of the simulator, please report it: ${bug.message}\n` +
      `  command: chrysalis ${argv.join(' ')}\n  version: ${packageVersion()}, node ${process.versions.node}\n${bug.stack ?? ''}\n`,
  );
  return ExitCode.bug;
}
