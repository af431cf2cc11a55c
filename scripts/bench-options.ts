/** What `npm run bench` is asked for on its command line. */
import { parseArgs } from 'node:util';
import { ENGINES, type Engine } from './bench-engines.js';
import { PEERS, type PeerName } from './bench-peers.js';
import { WORKLOADS, type Workload } from './workloads.js';

export interface Wishes {
  readonly workloads: readonly Workload[];
  readonly engines: readonly Engine[];
  readonly peers: readonly PeerName[];
  readonly runs: number;
  /** Million instructions of a part at most; undefined: each engine's own. */
  readonly millions: number | undefined;
  /** Every workload in one piece and to its end. */
  readonly whole: boolean;
  readonly translations: boolean;
}

export const TRANSLATIONS = 'translations';
const ALL = 'all';

/** Hot loops: of many branches, of bytes, of memory accesses; and Debian. */
const QUICK = ['sort', 'crc', 'hash', 'linux'];
/** Workloads that only run where they are named: a part of another. */
const ON_DEMAND = ['kernel'];

/** The names of a list with commas that are allowed; a sentence if one is not. */
function namesIn<T extends string>(
  list: string | undefined,
  allowed: readonly T[],
  what: string,
): readonly T[] | string {
  if (list === undefined) return allowed;
  const names = list === 'none' ? [] : list.split(',');
  const unknown = names.find((name) => !allowed.some((other) => other === name));
  if (unknown !== undefined) return `no ${what} ${unknown}; there are ${allowed.join(', ')}`;
  return allowed.filter((name) => names.includes(name));
}

function workloadsOf(names: readonly string[]): readonly Workload[] | string {
  const unknown = names.filter((n) => n !== ALL && !WORKLOADS.some((w) => w.name === n));
  if (unknown.length > 0) {
    const known = [...WORKLOADS.map((w) => w.name), TRANSLATIONS, ALL];
    return `no workload ${unknown.join(', ')}; there are ${known.join(', ')}`;
  }
  return WORKLOADS.filter(
    ({ name }) => names.includes(name) || (names.includes(ALL) && !ON_DEMAND.includes(name)),
  );
}

/** A sentence where they make no sense. */
export function parseWishes(args: readonly string[]): Wishes | string {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args);
  } catch (error) {
    return (error as Error).message;
  }
  const { values, positionals } = parsed;
  const engines = namesIn(values.engine, ENGINES, 'engine');
  if (typeof engines === 'string') return engines;
  const peers = namesIn(values.with, PEERS, 'emulator');
  if (typeof peers === 'string') return peers;
  const named = positionals.filter((name) => name !== TRANSLATIONS);
  const workloads = workloadsOf(positionals.length === 0 ? QUICK : named);
  if (typeof workloads === 'string') return workloads;
  const runs = Number(values.runs);
  const millions = values.millions === undefined ? undefined : Number(values.millions);
  if (!(Number.isInteger(runs) && runs > 0 && (millions === undefined || millions > 0)))
    return '--runs and --millions are positive numbers, --runs a whole one';
  if (values.whole && millions !== undefined)
    return '--whole runs everything to its end: --millions does not go with it';
  const everything = positionals.length === 0 || positionals.includes(ALL);
  const translating = everything && engines.some((engine) => engine !== 'reference');
  const translations = positionals.includes(TRANSLATIONS) || translating;
  return { workloads, engines, peers, runs, millions, whole: values.whole, translations };
}

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      runs: { type: 'string', default: '3' },
      engine: { type: 'string' },
      millions: { type: 'string' },
      with: { type: 'string' },
      whole: { type: 'boolean', default: false },
    },
  });
}
