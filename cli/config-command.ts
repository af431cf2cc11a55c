/** `chrysalis config check | explain | schema`: the configuration without a run. */
import { type Command, Option } from 'commander';
import { ExitCode } from '../base/errors.js';
import { explainConfig, explainText } from '../sim/config/explain.js';
import { type ResolvedConfig, resolveConfig } from '../sim/config/resolve.js';
import { editorSchema } from '../sim/config/schema-tree.js';
import type { CliHost } from './cli-host.js';
import { configPath, presetPath } from './presets.js';
import { setOverrides } from './run-options.js';

const examples = `Examples:
  chrysalis config check mine.yaml
  chrysalis config explain debian --set machine.memoryMB=128
  chrysalis config schema > chrysalis.schema.json
`;

interface ConfigOptions {
  readonly set?: string[];
  readonly with?: string[];
  readonly json?: boolean;
}

export function addConfigCommand(
  program: Command,
  host: CliHost,
  exit: (code: ExitCode) => void,
): void {
  const config = program
    .command('config')
    .summary('check or explain a configuration')
    .addHelpText('before', examples);
  const resolved = (argument: string | undefined, options: ConfigOptions): ResolvedConfig =>
    resolveConfig({
      file: argument === undefined ? presetPath('default') : configPath(argument),
      over: (options.with ?? []).map(configPath),
      guest: presetPath('default'),
      environment: host.environment,
      overrides: setOverrides(options.set ?? []),
    });
  const many = (flags: string, text: string): Option =>
    new Option(flags, text).argParser(((item: string, before: string[] | undefined) => [
      ...(before ?? []),
      item,
    ]) as never);
  const set = (): Option => many('--set <key=value>', 'override one key (repeatable)');
  const over = (): Option =>
    many('--with <config>', 'lay another file or preset over it (repeatable)');
  config
    .command('check')
    .description('Checks a YAML file or preset; all mistakes are printed with their places.')
    .argument('[config]')
    .addOption(set())
    .addOption(over())
    .action((argument: string | undefined, options: ConfigOptions) => {
      const { config: machine } = resolved(argument, options);
      host.stdout.write(`${machine.name}: no mistakes\n`);
      exit(ExitCode.ok);
    });
  config
    .command('explain')
    .description('Shows every key with its value and where the value comes from.')
    .argument('[config]')
    .addOption(set())
    .addOption(over())
    .option('--json', 'print one JSON object')
    .action((argument: string | undefined, options: ConfigOptions) => {
      const keys = explainConfig(resolved(argument, options));
      const text = options.json
        ? JSON.stringify({ schema: 'chrysalis/config/1', keys }, null, 2)
        : explainText(keys);
      host.stdout.write(`${text}\n`);
      exit(ExitCode.ok);
    });
  config
    .command('schema')
    .description('Prints the JSON schema (draft 7) for editors.')
    .action(() => {
      host.stdout.write(`${JSON.stringify(editorSchema(), null, 2)}\n`);
      exit(ExitCode.ok);
    });
}
