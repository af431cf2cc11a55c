/**
 * What a run leaves: a compact table on stderr for people, and the versioned object of `--json` on
 * stdout for programs. Everything outside `host` (and the file names in `config`) is the same on
 * every machine and in every repetition.
 */
import type { MachineConfig } from '../sim/config/schema.js';
import type { MachineHandle, ReportLine } from '../sim/machine-api.js';
import { consoleHash, resultHash } from '../sim/results/result-hash.js';
import { runSchema } from '../sim/results/run-record.js';
import { count } from './progress.js';
import type { RunResult } from './run-session.js';
import { grouped, type Row, StatisticValues, statisticsRows } from './statistics-text.js';

export interface RunReport {
  readonly machine: MachineHandle;
  readonly config: MachineConfig;
  readonly result: RunResult;
  readonly version: string;
}

export function isPartial(result: RunResult): boolean {
  return result.end.kind === 'signal' || result.end.kind === 'closed';
}

export function jsonReport({
  machine,
  config,
  result,
  version,
}: RunReport): Record<string, unknown> {
  const stateHash = machine.stateHash();
  return {
    schema: runSchema,
    version,
    name: config.name,
    guest: machine.summary,
    outcome: result.end,
    exitCode: result.exitCode,
    sentence: result.sentence,
    partial: isPartial(result),
    instructions: machine.instructions,
    cycles: machine.cycles,
    idleCycles: machine.idleCycles,
    /** Null where nothing was. */
    fastForward: machine.fastForward ?? null,
    simulatedSeconds: machine.cycles / (config.host.clockMHz * 1_000_000),
    stateHash,
    consoleHash: consoleHash(result.consoleText),
    resultHash: hashOf(machine, result, stateHash),
    statistics: machine.statistics(),
    report: machine.report(),
    console: result.consoleText,
    /** Null in a graphics mode. */
    screen: machine.screen() ?? null,
    config,
    host: { wallSeconds: result.wallSeconds, mips: mips(result) },
  };
}

function hashOf(machine: MachineHandle, result: RunResult, stateHash: string): string {
  const { instructions, cycles, idleCycles } = machine;
  return resultHash({
    ...{ instructions, cycles, idleCycles, stateHash },
    statistics: machine.statistics(),
    consoleHash: consoleHash(result.consoleText),
  });
}

function mips(result: RunResult): number {
  return result.wallSeconds > 0 ? result.executed / result.wallSeconds / 1_000_000 : 0;
}

export function textReport({ machine, config, result }: RunReport): string {
  const seconds = machine.cycles / (config.host.clockMHz * 1_000_000);
  const stateHash = machine.stateHash();
  const idle = machine.cycles === 0 ? 0 : (100 * machine.idleCycles) / machine.cycles;
  const rows: Row[] = [
    ['guest', machine.summary],
    ['instructions', grouped(machine.instructions)],
    [
      'cycles',
      `${grouped(machine.cycles)} (${idle.toFixed(1)} % idle, ${seconds.toFixed(3)} s at ${config.host.clockMHz} MHz)`,
    ],
    ...timingRows(config),
    ...fastForwardRows(machine),
    ['speed', `${mips(result).toFixed(1)} MIPS, ${result.wallSeconds.toFixed(1)} s`],
    ...statisticsRows(machine.statistics()),
    ['state hash', stateHash],
    ['result hash', hashOf(machine, result, stateHash)],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const partial = isPartial(result) ? ' (partial results)' : '';
  return [
    `chrysalis: ${config.name}: ${result.sentence}${partial}`,
    ...rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`),
    ...machine.report().map(reportLine),
  ].join('\n');
}

/** A reader of the cycles has to know. */
function timingRows({ simulation }: MachineConfig): Row[] {
  const isFunctional = simulation.timing === 'functional' && simulation.engine !== 'reference';
  return isFunctional ? [['timing', 'functional: a cycle for each instruction']] : [];
}

/** What went by functionally, and what was measured behind it. */
function fastForwardRows(machine: MachineHandle): Row[] {
  const { fastForward } = machine;
  if (fastForward === undefined) return [];
  const part = (instructions: number, cycles: number): string =>
    `${grouped(instructions)} instructions, ${grouped(cycles)} cycles`;
  const passed = part(fastForward.instructions, fastForward.cycles);
  if (!fastForward.isOver) return [['fast-forwarded', `${passed}, and was not over`]];
  const values = new StatisticValues(machine.statistics());
  return [
    ['fast-forwarded', passed],
    ['measured', part(values.get('run.instructions'), values.get('run.cycles'))],
  ];
}

function reportLine(line: ReportLine): string {
  return `  ${line.kind}: ${line.what} (${line.where}), ${count(line.count)} ${line.count === 1 ? 'time' : 'times'}`;
}
