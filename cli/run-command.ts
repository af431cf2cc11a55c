/** `chrysalis run`: resolves the configuration, builds the machine, runs it, reports. */
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import type { ExitCode } from '../base/errors.js';
import type { MachineConfig } from '../sim/config/schema.js';
import type { MachineHandle } from '../sim/machine-api.js';
import { writeSnapshot } from '../sim/snapshot/snapshot-file.js';
import type { CliHost } from './cli-host.js';
import { addGuestOptions, guestConfiguration } from './guest-options.js';
import { packageVersion } from './package-info.js';
import { restoreSnapshot } from './restore-snapshot.js';
import { type RunOptions, usage } from './run-options.js';
import { jsonReport, textReport } from './run-report.js';
import { RunSession } from './run-session.js';

interface AllRunOptions extends RunOptions {
  readonly json?: boolean;
  readonly interactive?: boolean;
  readonly saveSnapshot?: string;
  readonly restore?: string;
}

const examples = `Examples:
  chrysalis run                                     the embedded guest OS
  chrysalis run configs/debian.yaml                 Debian's kernel (npm run guest:debian fetches it)
  chrysalis run debian --until "=== done ===" --json > run.json
  chrysalis run debian --with no-alias              the same guest on a variant of the machine
  chrysalis run efficeon --check                    with the golden interpreter beside it
  chrysalis run --kernel vmlinuz --initrd initrd.gz --append console=ttyS0 --memory 128
  chrysalis run --multiboot kernel.elf --module "data.bin arguments"
  chrysalis run --disk disk.img --bios /usr/share/seabios/bios.bin
  chrysalis run debian --set host.clockMHz=1000 --max-instructions 500000000
  chrysalis run debian --until "# $" --save-snapshot shell.snap
  chrysalis run debian --restore shell.snap --input "uname -a\\npoweroff -f\\n"
`;

export function addRunCommand(
  program: Command,
  host: CliHost,
  exit: (code: ExitCode) => void,
): void {
  const command = program
    .command('run')
    .summary('boot a guest and run it')
    .description(
      'Boots the guest that the configuration (a YAML file or the name of a preset) describes.',
    )
    .argument(
      '[config]',
      'YAML file or preset; default: "default", or "tm5800" when an option names a guest',
    )
    .addHelpText('before', examples);
  addGuestOptions(command)
    .option('--save-snapshot <file>', 'save the machine when the run ends')
    .option('--restore <file>', 'continue from a snapshot')
    .option('--json', 'print one JSON object instead of the console')
    .option('--no-interactive', 'leave the terminal alone even when there is one')
    .action(async (config: string | undefined, options: AllRunOptions) =>
      exit(await run(config, options, host)),
    );
}

async function run(
  argument: string | undefined,
  options: AllRunOptions,
  host: CliHost,
): Promise<ExitCode> {
  if (options.saveSnapshot !== undefined) checkWritable(options.saveSnapshot);
  const config = guestConfiguration(argument, options, host);
  const createMachine = await host.loadMachine();
  const machine = createMachine(config, { loadBoot: options.restore === undefined });
  try {
    if (options.restore !== undefined) restoreSnapshot(machine, options.restore, config);
    const json = options.json === true;
    const interactive =
      options.interactive !== false &&
      !json &&
      host.stdin.isTTY === true &&
      host.stdout.isTTY === true;
    if (interactive) host.stderr.write(`chrysalis: ${machine.summary}; ctrl-] leaves\n`);
    const result = await new RunSession(machine, config, host, { interactive, echo: !json }).run();
    if (!json) {
      if (result.consoleText !== '' && !result.consoleText.endsWith('\n')) host.stdout.write('\n');
      showScreen(machine, result.consoleText, host);
    }
    const report = { machine, config, result, version: packageVersion() };
    host.stderr.write(`${textReport(report)}\n`);
    if (json) host.stdout.write(`${JSON.stringify(jsonReport(report), null, 2)}\n`);
    if (options.saveSnapshot !== undefined) save(machine, options.saveSnapshot, config, host);
    return result.exitCode;
  } finally {
    machine.close();
  }
}

/** Found out before the run, not after it. */
function checkWritable(path: string): void {
  const refuse = (what: string): never => {
    throw usage(`--save-snapshot ${path}: ${what}`);
  };
  const folder = dirname(resolve(path));
  if (!existsSync(folder)) refuse('its folder does not exist; create it first');
  const there = statSync(path, { throwIfNoEntry: false });
  if (there && !there.isFile()) refuse('is not a file; name the file to write');
  try {
    accessSync(folder, constants.W_OK);
  } catch (error) {
    refuse(`its folder cannot be written (${(error as NodeJS.ErrnoException).code})`);
  }
}

/** A guest that prints with a BIOS or into video memory is not silent, though its console is. */
function showScreen(machine: MachineHandle, consoleText: string, host: CliHost): void {
  const lines = machine.screen() ?? [];
  if (lines.every((line) => consoleText.includes(line.trim()))) return;
  host.stderr.write('chrysalis: the text screen at the end:\n');
  host.stdout.write(`${lines.join('\n')}\n`);
}

function save(machine: MachineHandle, path: string, config: MachineConfig, host: CliHost): void {
  const info = {
    instructions: machine.instructions,
    cycles: machine.cycles,
    stateHash: machine.stateHash(),
  };
  const size = writeSnapshot(path, config, info, machine.save());
  host.stderr.write(`chrysalis: snapshot ${path}, ${(size / (1 << 20)).toFixed(1)} MB\n`);
}
