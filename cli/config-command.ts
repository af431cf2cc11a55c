/** `chrysalis config check | explain | diff | schema`: the configuration without a run. */
import { type Command, Option } from 'commander';
import { ExitCode } from '../base/errors.js';
import { explainConfig, explainText } from '../sim/config/explain.js';
import { type ResolvedConfig, resolveConfig } from '../sim/config/resolve.js';
import { editorSchema } from '../sim/config/schema-tree.js';
import type { CliHost } from './cli-host.js';
import { differences, differencesText, resolvedSide } from './config-diff.js';
import { configPath, presetPath } from './presets.js';
import { setOverrides } from './run-options.js';

const examples = `Examples:
  chrysalis config check mine.yaml
  chrysalis config explain debian --set machine.memoryMB=128
  chrysalis config diff tm5800 efficeon
  chrysalis config schema > chrysalis.schema.json
`;

/** Those of one subcommand, the lines above that name it and what only it shows. */
const examplesOf = (name: string, ...more: readonly string[]): string => {
  const lines = examples.split('\n').filter((line) => line.includes(` config ${name}`));
  return `Examples:\n${[...lines, ...more].join('\n')}\n`;
};

interface ConfigOptions {
  readonly set?: string[];
  readonly with?: string[];
  readonly json?: boolean;
}

type Exit = (code: ExitCode) => void;

export function addConfigCommand(program: Command, host: CliHost, exit: Exit): void {
  const config = program
    .command('config')
    .summary('check, explain or compare configurations')
    .addHelpText('before', examples);
  addCheck(config, host, exit);
  addExplain(config, host, exit);
  addDiff(config, host, exit);
  addSchema(config, host, exit);
}

function addCheck(config: Command, host: CliHost, exit: Exit): void {
  const check = config
    .command('check')
    .description('Checks a YAML file or preset; all mistakes are printed with their places.')
    .addHelpText('before', examplesOf('check', '  chrysalis config check debian --with no-alias'));
  addMachine(check).action((argument: string | undefined, options: ConfigOptions) => {
    const { config: machine } = resolved(argument, options, host);
    host.stdout.write(`${argument ?? machine.name}: no mistakes\n`);
    exit(ExitCode.ok);
  });
}

function addExplain(config: Command, host: CliHost, exit: Exit): void {
  const explain = config
    .command('explain')
    .description('Shows every key with its value, its unit and where the value comes from.')
    .addHelpText('before', examplesOf('explain', '  chrysalis config explain efficeon --json'));
  addMachine(explain)
    .option('--json', 'print one JSON object')
    .action((argument: string | undefined, options: ConfigOptions) => {
      const keys = explainConfig(resolved(argument, options, host));
      const text = options.json
        ? JSON.stringify({ schema: 'chrysalis/config/1', keys }, null, 2)
        : explainText(keys);
      host.stdout.write(`${text}\n`);
      exit(ExitCode.ok);
    });
}

function addDiff(config: Command, host: CliHost, exit: Exit): void {
  const more = [
    '  chrysalis config diff debian debian+no-alias+host.clockMHz=1000',
    '  chrysalis config diff runs/demo mine.yaml          what has changed since a run',
  ];
  config
    .command('diff')
    .description(
      'Shows the keys in which two configurations differ, and where each value is stated.',
    )
    .argument('<first>', 'CONFIG[+CONFIG|+key=value], or a results folder')
    .argument('<second>', 'another one')
    .option('--json', 'print one JSON object')
    .addHelpText('before', examplesOf('diff', ...more))
    .action((first: string, second: string, options: ConfigOptions) => {
      const side = (text: string): ResolvedConfig => resolvedSide(text, host.environment);
      const keys = differences(side(first), side(second));
      const text = options.json
        ? JSON.stringify({ schema: 'chrysalis/config-diff/1', first, second, keys }, null, 2)
        : differencesText(keys, [first, second]);
      host.stdout.write(`${text}\n`);
      exit(ExitCode.ok);
    });
}

function addSchema(config: Command, host: CliHost, exit: Exit): void {
  config
    .command('schema')
    .description('Prints the JSON schema (draft 7) for editors.')
    .addHelpText('before', examplesOf('schema'))
    .action(() => {
      host.stdout.write(`${JSON.stringify(editorSchema(), null, 2)}\n`);
      exit(ExitCode.ok);
    });
}

function addMachine(command: Command): Command {
  const many = (flags: string, text: string): Option =>
    new Option(flags, text).argParser(((item: string, before: string[] | undefined) => [
      ...(before ?? []),
      item,
    ]) as never);
  return command
    .argument('[config]', 'YAML file or preset; default: "default"')
    .addOption(many('--set <key=value>', 'override one key (repeatable)'))
    .addOption(many('--with <config>', 'lay another file or preset over it (repeatable)'));
}

function resolved(
  argument: string | undefined,
  options: ConfigOptions,
  host: CliHost,
): ResolvedConfig {
  return resolveConfig({
    file: argument === undefined ? presetPath('default') : configPath(argument),
    over: (options.with ?? []).map(configPath),
    guest: presetPath('default'),
    environment: host.environment,
    overrides: setOverrides(options.set ?? []),
  });
}
