/** `chrysalis stats describe`: every counter with its unit and its sentence. */
import type { Command } from 'commander';
import { ExitCode } from '../base/errors.js';
import { didYouMean } from '../sim/config/nearest-name.js';
import { resolveConfig } from '../sim/config/resolve.js';
import type { Statistic } from '../sim/machine-api.js';
import type { CliHost } from './cli-host.js';
import { configPath, presetPath } from './presets.js';
import { usage } from './run-options.js';

export const statsSchema = 'chrysalis/stats/1';

const examples = `Examples:
  chrysalis stats describe                every counter
  chrysalis stats describe cpi            the CPI stack
  chrysalis stats describe --json > counters.json
`;

export function addStatsCommand(
  program: Command,
  host: CliHost,
  exit: (code: ExitCode) => void,
): void {
  program
    .command('stats')
    .summary('what is counted')
    .addHelpText('before', examples)
    .command('describe')
    .description('Shows every counter with its unit and a sentence.')
    .addHelpText('before', examples)
    .argument('[name]', 'a counter, a family (such as cpi) or a part of a name')
    .option('--config <config>', 'of this machine; default: "default"')
    .option('--json', 'print one JSON object')
    .action(async (name: string | undefined, options: { config?: string; json?: boolean }) => {
      const counters = chosen(await counted(options.config, host), name);
      const text = options.json
        ? JSON.stringify({ schema: statsSchema, counters }, null, 2)
        : table(counters);
      host.stdout.write(`${text}\n`);
      exit(ExitCode.ok);
    });
}

type Counter = Omit<Statistic, 'value'>;

/** The machine itself is asked, so that the list is what a run would report. */
async function counted(config: string | undefined, host: CliHost): Promise<Counter[]> {
  const file = config === undefined ? presetPath('default') : configPath(config);
  const createMachine = await host.loadMachine();
  const resolved = resolveConfig({ file, guest: presetPath('default') });
  const machine = createMachine(resolved.config, { loadBoot: true });
  try {
    return machine.statistics().map(({ name, unit, text }) => ({ name, unit, text }));
  } finally {
    machine.close();
  }
}

function chosen(counters: readonly Counter[], part: string | undefined): readonly Counter[] {
  if (part === undefined) return counters;
  const family = counters.filter(({ name }) => name === part || name.startsWith(`${part}.`));
  if (family.length > 0) return family;
  const found = counters.filter(({ name }) => name.toLowerCase().includes(part.toLowerCase()));
  if (found.length > 0) return found;
  const names = counters.flatMap(({ name }) => [name, name.split('.')[0] as string]);
  throw usage(`nothing counted has "${part}" in its name${didYouMean(part, names)}`);
}

function table(counters: readonly Counter[]): string {
  const nameWidth = Math.max(...counters.map(({ name }) => name.length));
  const unitWidth = Math.max(...counters.map(({ unit }) => unit.length));
  return counters
    .map(({ name, unit, text }) => `${name.padEnd(nameWidth)}  ${unit.padEnd(unitWidth)}  ${text}`)
    .join('\n');
}
