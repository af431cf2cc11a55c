/**
 * `chrysalis replay DIR`: runs the configuration of a results folder again and compares. What somebody
 * typed at the terminal is typed again at the cycles it came at, and a run that was cut off from outside
 * ends at the cycle where it was. The images must still be those that the run had.
 */
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { ExitCode, GuestLoadError } from '../base/errors.js';
import { resolveConfig } from '../sim/config/resolve.js';
import type { MachineConfig } from '../sim/config/schema.js';
import type { MachineHandle, Statistic } from '../sim/machine-api.js';
import { codeHash, imageHashes } from '../sim/results/provenance.js';
import { comparable } from '../sim/results/result-hash.js';
import { FILES, type RunRecord, readRunRecord, Values } from '../sim/results/run-record.js';
import type { CliHost } from './cli-host.js';
import { packageVersion } from './package-info.js';
import { restoreSnapshot } from './restore-snapshot.js';
import { jsonReport } from './run-report.js';
import { type RunEnd, type RunObserver, RunSession } from './run-session.js';
import { grouped } from './statistics-text.js';

export const replaySchema = 'chrysalis/replay/1';
const SHOWN = 10;

const examples = `Examples:
  chrysalis run --append 'script="sieve 500; exit 0"' --out runs/sieve
  chrysalis replay runs/sieve                        exit code 0: the same, bit for bit; 7: not
`;

export function addReplayCommand(
  program: Command,
  host: CliHost,
  exit: (code: ExitCode) => void,
): void {
  program
    .command('replay')
    .summary('run a results folder again and compare')
    .description('Runs what a results folder holds again and compares its result hash.')
    .argument('<folder>', 'a results folder, as run --out writes it')
    .option('--json', 'print one JSON object')
    .addHelpText('before', examples)
    .action(async (folder: string, options: { json?: boolean }) =>
      exit(await replay(folder, options, host)),
    );
}

async function replay(
  folder: string,
  options: { readonly json?: boolean },
  host: CliHost,
): Promise<ExitCode> {
  const record = readRunRecord(folder);
  const { config } = resolveConfig({ file: join(folder, FILES.config) });
  const restore = record.provenance.images.find(({ key }) => key === 'restore')?.file;
  sameImages(record, config, restore);
  const createMachine = await host.loadMachine();
  const machine = createMachine(config, { loadBoot: restore === undefined });
  try {
    if (restore !== undefined) restoreSnapshot(machine, restore, config);
    const session = { interactive: false, echo: false, observers: [new Typist(machine, record)] };
    const result = await new RunSession(machine, config, host, session).run();
    if (result.end.kind === 'signal') return result.exitCode;
    const now = jsonReport({ machine, config, result, version: packageVersion() });
    return tell(record, now as unknown as Outcome, options.json === true, host);
  } finally {
    machine.close();
  }
}

/** Another kernel is another run. */
function sameImages(record: RunRecord, config: MachineConfig, restore: string | undefined): void {
  const now = imageHashes(config, restore);
  for (const { key, file, sha256 } of record.provenance.images) {
    if (now.find((image) => image.key === key)?.sha256 === sha256) continue;
    throw new GuestLoadError(`${resolve(file)}: is not the file that the run had (${key})`);
  }
}

/** Types what was typed, where it was typed, and ends the run where something outside ended it. */
class Typist implements RunObserver {
  private next = 0;
  private readonly endCycle: number;

  constructor(
    private readonly machine: MachineHandle,
    private readonly record: RunRecord,
  ) {
    const outside = ['signal', 'closed', 'left'].includes(record.outcome.kind);
    this.endCycle = outside ? record.cycles : Infinity;
  }

  limit(): { cycles: number } {
    const { typed } = this.record;
    return { cycles: Math.min(typed[this.next]?.cycle ?? Infinity, this.endCycle) };
  }

  look(): RunEnd | undefined {
    const { typed } = this.record;
    for (let t = typed[this.next]; t && this.machine.cycles >= t.cycle; t = typed[this.next]) {
      this.machine.console.send(Buffer.from(t.bytes, 'base64'));
      this.next++;
    }
    return this.machine.cycles >= this.endCycle ? { kind: 'left' } : undefined;
  }
}

interface Outcome {
  readonly resultHash: string;
  readonly stateHash: string;
  readonly consoleHash: string;
  readonly instructions: number;
  readonly cycles: number;
  readonly statistics: readonly Statistic[];
}

interface Difference {
  readonly name: string;
  readonly before: number | string;
  readonly now: number | string;
}

function tell(before: RunRecord, now: Outcome, json: boolean, host: CliHost): ExitCode {
  const equal = before.resultHash === now.resultHash;
  const found = equal ? [] : differences(before, now);
  const code = codeHash();
  if (json) {
    const { resultHash } = now;
    const object = { schema: replaySchema, equal, before: before.resultHash, now: resultHash };
    const codes = { before: before.provenance.code, now: code };
    host.stdout.write(
      `${JSON.stringify({ ...object, code: codes, differences: found }, null, 2)}\n`,
    );
  } else {
    host.stdout.write(`${text(before, now, equal, found)}\n`);
    if (!equal && code !== before.provenance.code)
      host.stderr.write(
        `chrysalis: the simulator is not the one of then: version ${before.version}, commit ${before.provenance.commit ?? 'unknown'}\n`,
      );
  }
  return equal ? ExitCode.ok : ExitCode.tolerance;
}

function text(
  before: RunRecord,
  now: Outcome,
  equal: boolean,
  found: readonly Difference[],
): string {
  if (equal) return `the same: result hash ${now.resultHash}, ${grouped(now.cycles)} cycles`;
  const show = (value: number | string): string =>
    typeof value === 'number' && Number.isInteger(value) ? grouped(value) : String(value);
  const width = Math.max(...found.map(({ name }) => name.length));
  const lines = found
    .slice(0, SHOWN)
    .map((d) => `  ${d.name.padEnd(width)}  was ${show(d.before)}, is ${show(d.now)}`);
  if (found.length > SHOWN) lines.push(`  and ${found.length - SHOWN} more (--json has all)`);
  return [`different: result hash was ${before.resultHash}, is ${now.resultHash}`, ...lines].join(
    '\n',
  );
}

function differences(before: RunRecord, now: Outcome): Difference[] {
  const whole = ['stateHash', 'consoleHash', 'instructions', 'cycles'] as const;
  const values = new Values(before.statistics);
  return [
    ...whole.map((name) => ({ name, before: before[name], now: now[name] })),
    ...comparable(now.statistics).map(({ name, value }) => ({
      name,
      before: values.has(name) ? values.get(name) : 'absent',
      now: value,
    })),
  ].filter((d) => d.before !== d.now);
}
