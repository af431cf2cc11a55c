/** `chrysalis doctor`: what is installed, what is missing and what it is needed for. */
import { accessSync, constants, existsSync } from 'node:fs';
import { totalmem } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Command } from 'commander';
import { ExitCode } from '../base/errors.js';
import { resolveConfig } from '../sim/config/resolve.js';
import type { CliHost } from './cli-host.js';
import { packageVersion } from './package-info.js';
import { presetNames, presetPath } from './presets.js';

export interface Finding {
  readonly what: string;
  /** `missing` concerns optional things; `wrong` makes the doctor's exit code 1. */
  readonly state: 'ok' | 'missing' | 'wrong';
  readonly text: string;
}

const programs: readonly [name: string, purpose: string][] = [
  ['apt-get', 'fetch the Debian guest (npm run guest:debian)'],
  ['dpkg-deb', 'unpack the Debian guest'],
  ['gcc', 'rebuild the embedded guest OS and the silicon test vectors (with gcc-multilib)'],
  ['nasm', 'rebuild assembly test kernels'],
  ['sbatch', 'run sweeps on a Slurm cluster (sweep --on slurm)'],
  ['qemu-system-i386', 'compare system tests with another machine'],
];

const examples = `Examples:
  chrysalis doctor
  chrysalis doctor --json                 the same for a program
`;

export function addDoctorCommand(
  program: Command,
  host: CliHost,
  exit: (code: ExitCode) => void,
): void {
  program
    .command('doctor')
    .summary('check this installation')
    .description('Shows what is installed, what is missing and what it would be needed for.')
    .addHelpText('before', examples)
    .option('--json', 'print one JSON object')
    .action((options: { json?: boolean }) => {
      const findings = examine(host);
      const lines = findings.map((f) => `${f.state.padEnd(7)}  ${f.what.padEnd(24)}  ${f.text}`);
      const text = options.json
        ? JSON.stringify({ schema: 'chrysalis/doctor/1', findings }, null, 2)
        : lines.join('\n');
      host.stdout.write(`${text}\n`);
      exit(findings.some((f) => f.state === 'wrong') ? ExitCode.bug : ExitCode.ok);
    });
}

export function examine(host: CliHost): Finding[] {
  const node = Number(process.versions.node.split('.')[0]);
  return [
    { what: 'chrysalis', state: 'ok', text: packageVersion() },
    {
      what: 'node',
      state: node >= 20 ? 'ok' : 'wrong',
      text: `${process.versions.node} (20 or newer is needed)`,
    },
    {
      what: 'memory',
      state: totalmem() >= 1 << 30 ? 'ok' : 'missing',
      text: `${Math.round(totalmem() / (1 << 20))} MB (guest RAM + 400 MB are needed)`,
    },
    {
      what: 'terminal',
      state: 'ok',
      text: host.stdout.isTTY
        ? 'interactive console available'
        : 'none: console text and progress lines',
    },
    ...presetNames().map(presetFinding),
    ...programs.map(([name, purpose]) =>
      programFinding(name, purpose, host.environment.PATH ?? ''),
    ),
  ];
}

function presetFinding(name: string): Finding {
  const what = `preset ${name}`;
  try {
    const { boot } = resolveConfig({ file: presetPath(name) }).config;
    const missing = [boot.kernel, boot.initrd, boot.rom.image].find(
      (path) => path !== null && !existsSync(path),
    );
    if (missing)
      return {
        what,
        state: 'missing',
        text: `${missing}${boot.missingHint ? `; ${boot.missingHint}` : ''}`,
      };
    return { what, state: 'ok', text: `boots with method ${boot.method}` };
  } catch (error) {
    const sentence = (error as Error).message;
    // A base preset names no guest on purpose; it is completed by options or by another file.
    const isBase = /boot\.method: is .*, which needs/.test(sentence) && !sentence.includes('\n');
    return {
      what,
      state: isBase ? 'ok' : 'wrong',
      text: isBase ? 'a base: boots what the options name' : sentence,
    };
  }
}

function programFinding(name: string, purpose: string, path: string): Finding {
  const found = path
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((file) => isExecutable(file));
  return { what: name, state: found ? 'ok' : 'missing', text: found ?? `needed to ${purpose}` };
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
