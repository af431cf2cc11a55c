/** `chrysalis explain`: runs a guest, then tells of its translations: those of an address, or the hottest. */
import type { Command } from 'commander';
import { ExitCode } from '../base/errors.js';
import type { MachineConfig } from '../sim/config/schema.js';
import { hexAddress } from '../sim/explain/addresses.js';
import type { ExplainAnswer, ExplainRequest } from '../sim/explain/explanation.js';
import type { MachineHandle } from '../sim/machine-api.js';
import type { CliHost } from './cli-host.js';
import { explanationText } from './explain-text.js';
import { addGuestOptions, guestConfiguration } from './guest-options.js';
import { packageVersion } from './package-info.js';
import { restoreSnapshot } from './restore-snapshot.js';
import { type RunOptions, usage } from './run-options.js';
import { type RunResult, RunSession } from './run-session.js';

export const explainSchema = 'chrysalis/explain/1';

interface ExplainOptions extends RunOptions {
  readonly top?: string;
  readonly json?: boolean;
  readonly restore?: string;
}

/** What a command line asks for. */
interface Wish {
  readonly config: string | undefined;
  readonly request: ExplainRequest;
}

const DEFAULT_TOP = 3;
const ADDRESS = /^0x[0-9a-f]{1,8}$/i;

const examples = `Examples:
  chrysalis explain                                  the three hottest translations of the embedded guest OS
  chrysalis explain tm5800 0xc0101234                those of one guest address
  chrysalis explain efficeon --top 1                 the hottest one on another machine
  chrysalis explain --append 'script="sieve"' --top 5
  chrysalis explain --with no-alias --json > hot.json
`;

export function addExplainCommand(
  program: Command,
  host: CliHost,
  exit: (code: ExitCode) => void,
): void {
  const command = program
    .command('explain')
    .summary('run a guest and show its translations, from x86 to molecules')
    .description(
      'Runs the guest to its end or limits, then shows translations: guest code, intermediate representation pass by pass, molecules, exits, and what they were worth.',
    )
    .argument('[config]', 'YAML file or preset, as for run')
    .argument('[address]', 'guest address (eip) in hex, such as 0xc0101234')
    .addHelpText('before', examples);
  addGuestOptions(command)
    .option('--top <n>', `without an address: so many, the hottest first (default ${DEFAULT_TOP})`)
    .option('--restore <file>', 'continue from a snapshot')
    .option('--json', 'print one JSON object')
    .action(
      async (first: string | undefined, second: string | undefined, options: ExplainOptions) =>
        exit(await explain(wishOf(first, second, options), options, host)),
    );
}

/** One argument that looks like an address is one. */
function wishOf(
  first: string | undefined,
  second: string | undefined,
  { top }: ExplainOptions,
): Wish {
  const alone = second === undefined && first !== undefined && ADDRESS.test(first);
  const address = alone ? first : second;
  if (address !== undefined && !ADDRESS.test(address))
    throw usage(`explain takes a guest address in hex, such as 0xc0101234, and not "${address}"`);
  if (top !== undefined && !/^[1-9]\d{0,3}$/.test(top))
    throw usage(`--top takes a number from 1 to 9999, and not "${top}"`);
  if (top !== undefined && address !== undefined)
    throw usage('--top and an address exclude each other');
  return {
    config: alone ? undefined : first,
    request: {
      top: top === undefined ? DEFAULT_TOP : Number(top),
      ...(address === undefined ? {} : { eip: Number.parseInt(address, 16) }),
    },
  };
}

async function explain(
  { config: argument, request }: Wish,
  options: ExplainOptions,
  host: CliHost,
): Promise<ExitCode> {
  const config = guestConfiguration(argument, options, host);
  if (config.simulation.engine === 'reference')
    throw usage(
      'there is nothing to explain: simulation.engine is reference, which makes no translations',
    );
  const createMachine = await host.loadMachine();
  const machine = createMachine(config, { loadBoot: options.restore === undefined });
  try {
    if (options.restore !== undefined) restoreSnapshot(machine, options.restore, config);
    const session = { interactive: false, echo: false };
    const result = await new RunSession(machine, config, host, session).run();
    host.stderr.write(`chrysalis: ${config.name}: ${result.sentence}\n`);
    const translations = explained(machine.explain(request), request);
    const report = { machine, config, result, translations };
    const text = options.json
      ? JSON.stringify(jsonOf(report), null, 2)
      : translations.map((t, i) => explanationText(t, i + 1)).join('\n\n');
    if (text !== '') host.stdout.write(`${text}\n`);
    return result.end.kind === 'limit' ? ExitCode.ok : result.exitCode;
  } finally {
    machine.close();
  }
}

type Translations = (ExplainAnswer & { kind: 'explained' })['translations'];

function explained(answer: ExplainAnswer, { eip = 0 }: ExplainRequest): Translations {
  switch (answer.kind) {
    case 'explained':
      if (answer.translations.length > 0) return answer.translations;
      throw usage('there is nothing to explain: the run has made no translation');
    case 'noTranslations':
      throw usage('there is nothing to explain: the machine makes no translations');
    case 'unknown': {
      const near = answer.nearest.map(hexAddress);
      const nearest =
        near.length === 0
          ? 'the run has made none'
          : `the nearest ${near.length === 1 ? 'one begins' : 'ones begin'} at ${near.join(', ')}`;
      throw usage(`no translation holds ${hexAddress(eip)}; ${nearest}`);
    }
    default:
      return answer satisfies never;
  }
}

interface Report {
  readonly machine: MachineHandle;
  readonly config: MachineConfig;
  readonly result: RunResult;
  readonly translations: Translations;
}

function jsonOf({ machine, config, result, translations }: Report): Record<string, unknown> {
  return {
    schema: explainSchema,
    version: packageVersion(),
    name: config.name,
    guest: machine.summary,
    outcome: result.end,
    instructions: machine.instructions,
    cycles: machine.cycles,
    translations,
    config,
  };
}
