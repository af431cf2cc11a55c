/** `chrysalis run`: resolves the configuration, builds the machine, runs it, reports. */
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import type { ExitCode } from '../base/errors.js';
import type { MachineConfig } from '../sim/config/schema.js';
import type { MachineHandle } from '../sim/machine-api.js';
import type { CliHost } from './cli-host.js';
import { hasTerminal } from './full-screen.js';
import { addGuestOptions, resolvedGuest } from './guest-options.js';
import { packageVersion } from './package-info.js';
import { restoreSnapshot } from './restore-snapshot.js';
import { dashboardOf, lastLines } from './run-dashboard.js';
import { RunEvents } from './run-events.js';
import { exercisedText, neverExercised } from './run-exercised.js';
import { type RunOptions, usage } from './run-options.js';
import { jsonReport, textReport } from './run-report.js';
import { RunResults } from './run-results.js';
import { RunSession } from './run-session.js';
import { saveMachine } from './save-machine.js';

interface AllRunOptions extends RunOptions {
  readonly json?: boolean;
  readonly interactive?: boolean;
  readonly dashboard?: boolean;
  readonly saveSnapshot?: string;
  readonly restore?: string;
  readonly out?: string;
  readonly force?: boolean;
  readonly events?: boolean;
}

const examples = `Examples:
  chrysalis run                                     the embedded guest OS
  chrysalis run configs/debian.yaml                 Debian's kernel (npm run guest:debian fetches it)
  chrysalis run debian --until "=== done ===" --json > run.json
  chrysalis run debian --with no-alias              the same guest on a variant of the machine
  chrysalis run debian --out runs/debian            a folder of results: statistics, their course, console
  chrysalis run efficeon --check                    with the golden interpreter beside it
  chrysalis run --kernel vmlinuz --initrd initrd.gz --append console=ttyS0 --memory 128
  chrysalis run --multiboot kernel.elf --module "data.bin arguments"
  chrysalis run --disk disk.img --bios /usr/share/seabios/bios.bin
  chrysalis run debian --set host.clockMHz=1000 --max-instructions 500000000
  chrysalis run debian --until "# $" --save-snapshot shell.snap
  chrysalis run debian --fast-forward-until "Linux version" --max-instructions 3_000_000_000
  chrysalis run debian --restore shell.snap --input "uname -a\\npoweroff -f\\n"
`;

export function addRunCommand(
  program: Command,
  host: CliHost,
  exit: (code: ExitCode) => void,
  argv: readonly string[],
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
    .option('--out <folder>', 'write a results folder')
    .option('--force', 'let --out replace the results of another run')
    .option('--json', 'print one JSON object instead of the console')
    .option('--events', 'print progress as JSON lines instead of the console')
    .option('--no-dashboard', 'on a terminal: the guest has it instead of the dashboard')
    .option('--no-interactive', 'leave the terminal alone even when there is one')
    .action(async (config: string | undefined, options: AllRunOptions) =>
      exit(await run(config, options, host, argv)),
    );
}

async function run(
  argument: string | undefined,
  options: AllRunOptions,
  host: CliHost,
  argv: readonly string[],
): Promise<ExitCode> {
  if (options.saveSnapshot !== undefined) checkWritable(options.saveSnapshot);
  if (options.json && options.events) throw usage('--json and --events exclude each other');
  const resolved = resolvedGuest(argument, options, host);
  const { config } = resolved;
  const { out, force, restore } = options;
  const results =
    out === undefined
      ? undefined
      : new RunResults(resolved, host, {
          ...{ out, replace: force === true, command: argv },
          ...(restore === undefined ? {} : { restore }),
        });
  const machine = await built(config, options, host, () => results?.discard());
  try {
    const quiet = options.json === true || options.events === true;
    const isAtTerminal = isInteractive(options, host);
    const watcher = isAtTerminal
      ? await dashboardOf(machine, config, host, options.dashboard)
      : undefined;
    const interactive = isAtTerminal && watcher === undefined;
    if (interactive) host.stderr.write(`chrysalis: ${machine.summary}; ctrl-] leaves\n`);
    const followed = results?.follow(machine, isAtTerminal);
    const events = options.events ? new RunEvents(machine, config, host) : undefined;
    const observers = [followed, events].filter((one) => one !== undefined);
    const session = { interactive, echo: !quiet && !watcher, observers, watcher };
    const result = await new RunSession(machine, config, host, session).run();
    if (watcher) host.stdout.write(lastLines(result.consoleText));
    if (!quiet) {
      if (result.consoleText !== '' && !result.consoleText.endsWith('\n')) host.stdout.write('\n');
      showScreen(machine, result.consoleText, host);
    }
    const report = { machine, config, result, version: packageVersion() };
    host.stderr.write(`${textReport(report)}\n`);
    const unused = neverExercised(resolved, machine.statistics());
    host.stderr.write(exercisedText(unused));
    const json = { ...jsonReport(report), notExercised: unused };
    if (options.json) host.stdout.write(`${JSON.stringify(json, null, 2)}\n`);
    if (options.saveSnapshot !== undefined) save(machine, options.saveSnapshot, config, host);
    followed?.finish(report);
    if (out !== undefined) host.stderr.write(`chrysalis: results in ${out}\n`);
    events?.end(result);
    return result.exitCode;
  } finally {
    machine.close();
  }
}

function isInteractive(options: AllRunOptions, host: CliHost): boolean {
  if (options.interactive === false || options.json || options.events) return false;
  return hasTerminal(host);
}

/** The machine, at its beginning or where a snapshot left it; `failed` is told when there is none. */
async function built(
  config: MachineConfig,
  { restore }: AllRunOptions,
  host: CliHost,
  failed: () => void,
): Promise<MachineHandle> {
  const createMachine = await host.loadMachine();
  let machine: MachineHandle | undefined;
  try {
    machine = createMachine(config, { loadBoot: restore === undefined });
    if (restore !== undefined) restoreSnapshot(machine, restore, config);
    return machine;
  } catch (error) {
    machine?.close();
    failed();
    throw error;
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
  const size = saveMachine(machine, path, config);
  host.stderr.write(`chrysalis: snapshot ${path}, ${(size / (1 << 20)).toFixed(1)} MB\n`);
}
