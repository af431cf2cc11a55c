/** Made-up runs with chosen counters, for tests of comparisons. */

import type { Compared } from '../../../sim/compare/comparison.js';
import { resolveConfig } from '../../../sim/config/resolve.js';
import type { RunRecord } from '../../../sim/results/run-record.js';
import type { Series } from '../../../sim/results/series.js';

/** Counters of a run of a million instructions, 2 cycles each. */
const USUAL: Readonly<Record<string, number>> = {
  'guest.instructions': 1_000_000,
  'run.instructions': 1_000_000,
  'run.cycles': 2_000_000,
  'host.cycles': 2_000_000,
  'host.idleCycles': 0,
  'guest.ipc': 0.5,
  'cpi.issue': 1_000_000,
  'cpi.interlock': 500_000,
  'cpi.interpret': 500_000,
  'cpi.idle': 0,
  blocks: 400,
  superblocks: 40,
  'tcache.evicted': 0,
  'tcache.flushed': 0,
  'tcache.refused': 0,
  'hostExit.alias': 0,
  'hostExit.event': 1000,
};

export interface RunWishes {
  readonly counters?: Readonly<Record<string, number>>;
  readonly set?: Readonly<Record<string, unknown>>;
  readonly hash?: string;
  readonly console?: string;
}

export function runOf(label: string, { counters, set, hash, console }: RunWishes = {}): Compared {
  const values = { ...USUAL, ...counters };
  const overrides = Object.entries(set ?? {}).map(([key, value]) => ({
    ...{ key, value },
    origin: { kind: 'flag', flag: '--test' } as const,
  }));
  const boot = { 'boot.method': 'multiboot', 'boot.kernel': 'kernel.elf' };
  const { config } = resolveConfig({
    overrides: [
      ...Object.entries(boot).map(([key, value]) => ({
        ...{ key, value },
        origin: { kind: 'flag', flag: '--test' } as const,
      })),
      ...overrides,
    ],
  });
  const record: RunRecord = {
    schema: 'chrysalis/run/1',
    version: '1',
    name: label,
    guest: 'a guest',
    outcome: { kind: 'powerOff' },
    exitCode: 0,
    sentence: 'the guest powered off',
    partial: false,
    instructions: values['guest.instructions'] as number,
    cycles: values['host.cycles'] as number,
    idleCycles: 0,
    simulatedSeconds: 1,
    stateHash: 'state',
    consoleHash: console ?? 'console',
    resultHash: hash ?? label,
    statistics: Object.entries(values).map(([name, value]) => ({
      ...{ name, value },
      unit: 'times',
      text: 'A counter.',
    })),
    config,
    host: { wallSeconds: 1, mips: 1 },
    provenance: {
      ...{ version: '1', commit: null, code: 'code', command: [], folder: '/' },
      ...{ images: [], startedAt: '' },
    },
    typed: [],
    interactive: false,
  };
  return { label, record, series: straight(values) };
}

/** Every counter grows evenly. */
function straight(values: Readonly<Record<string, number>>): Series {
  const steps = [0.25, 0.5, 0.75, 1];
  return {
    schema: 'chrysalis/series/1',
    points: steps.map((part) => part * (values['guest.instructions'] as number)),
    columns: Object.fromEntries(
      Object.entries(values).map(([name, value]) => [
        name,
        { unit: 'times', values: steps.map((part) => part * value) },
      ]),
    ),
  };
}
