/**
 * A machine's statistics as a compact table for people: where the cycles went, the gears, atoms,
 * rollbacks, misses, changing code. Only what happened is shown; everything, with its sentences, is
 * in `--json`. Rows are name and text; a name that stays empty continues the row above.
 */
import type { Statistic } from '../sim/machine-api.js';

export type Row = readonly [name: string, text: string];

/** Statistics by name; those that a machine does not have are 0. */
export class StatisticValues {
  private readonly values: ReadonlyMap<string, number>;

  constructor(private readonly statistics: readonly Statistic[]) {
    this.values = new Map(statistics.map(({ name, value }) => [name, value]));
  }

  get(name: string): number {
    return this.values.get(name) ?? 0;
  }

  has(name: string): boolean {
    return this.values.has(name);
  }

  /** Those of a family (`hostExit.*`) that are not 0, by the name behind the dot. */
  family(prefix: string): [name: string, value: number][] {
    return this.statistics
      .filter(({ name, value }) => name.startsWith(`${prefix}.`) && value !== 0)
      .map(({ name, value }) => [name.slice(prefix.length + 1), value]);
  }
}

/** What the code morphing machine counted; nothing where the interpreter runs alone. */
export function statisticsRows(statistics: readonly Statistic[]): Row[] {
  const values = new StatisticValues(statistics);
  if (!values.has('cpi.issue')) return [];
  const instructions = values.get('run.instructions');
  const cycles = values.get('run.cycles');
  return [
    ['IPC', `${values.get('guest.ipc').toFixed(3)} while not idle`],
    ...cpiRows(values, instructions, cycles),
    ...gearRows(values, instructions, cycles),
    ...codeRows(values),
    ...rollbackRows(values),
    ...missRows(values, instructions),
    ...smcRows(values),
  ];
}

export function grouped(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ',');
}

export function percent(part: number, whole: number): string {
  return `${(whole === 0 ? 0 : (100 * part) / whole).toFixed(1)} %`;
}

const rate = (n: number, per: number): string => (per === 0 ? '-' : (n / per).toFixed(3));

function cpiRows(values: StatisticValues, instructions: number, cycles: number): Row[] {
  return table(
    'CPI stack',
    ['', 'cycles', 'share', 'per instruction'],
    values
      .family('cpi')
      .map(([name, n]) => [name, grouped(n), percent(n, cycles), rate(n, instructions)]),
  );
}

function gearRows(values: StatisticValues, instructions: number, cycles: number): Row[] {
  const row = (gear: string, made: string, making: number): string[] => {
    const done = values.get(`gear.${gear}.instructions`);
    const taken = values.get(`gear.${gear}.cycles`);
    return [
      gear,
      grouped(done),
      percent(done, instructions),
      grouped(taken),
      percent(taken, cycles),
      rate(done, taken),
      made,
      made === '' ? '' : percent(making, cycles),
    ];
  };
  const gear = (name: string): string[] => {
    const making = values.get(`gear.${name}.translatingCycles`);
    return row(name, grouped(values.get(`${name}s`)), making);
  };
  return table(
    'gears',
    ['', 'instructions', 'share', 'cycles', 'share', 'IPC', 'translations', 'their cost'],
    [row('interpreter', '', 0), gear('block'), gear('superblock')],
  );
}

function codeRows(values: StatisticValues): Row[] {
  const molecules = values.get('host.molecules');
  if (molecules === 0) return [];
  const atoms = values.get('host.atoms');
  const kilobytes = values.get('tcache.usedBytes') / 1024;
  return [
    ['atoms', `${(atoms / molecules).toFixed(2)} a molecule`],
    ['tcache', `${kilobytes.toFixed(0)} KB used, ${tcacheText(values)}`],
  ];
}

function tcacheText(values: StatisticValues): string {
  return listed(values, [
    ['tcache.live', 'live translations'],
    ['tcache.asleep', 'asleep'],
    ['tcache.evicted', 'evicted'],
    ['retranslations', 'retranslated more carefully'],
  ]);
}

/** Rolled-back host exits, the most frequent first. */
function rollbackRows(values: StatisticValues): Row[] {
  const kinds = values
    .family('hostExit')
    .filter(([name]) => !['exit', 'assist', 'event'].includes(name))
    .sort((a, b) => b[1] - a[1]);
  const total = kinds.reduce((sum, [, n]) => sum + n, 0);
  if (total === 0) return [];
  const causes = kinds.map(([name, n]) => `${grouped(n)} ${name}`).join(', ');
  return [['rollbacks', `${grouped(total)}: ${causes}`]];
}

/** Nothing in functional timing, which knows no caches. */
function missRows(values: StatisticValues, instructions: number): Row[] {
  const structures = ['l1i', 'l1d', 'l2', 'tlb'] as const;
  if (structures.every((name) => values.get(`${name}.misses`) === 0)) return [];
  const parts = structures.map((name) => {
    const thousand = instructions / 1000;
    const n = values.get(`${name}.misses`);
    return `${name.toUpperCase()} ${thousand === 0 ? '-' : (n / thousand).toFixed(2)}`;
  });
  return [['misses', `${parts.join(', ')} per 1,000 instructions`]];
}

function smcRows(values: StatisticValues): Row[] {
  const text = listed(values, [
    ['smc.pageFaults', 'protection faults (pages)'],
    ['smc.fineFaults', 'protection faults (parts of pages)'],
    ['smc.invalidations', 'invalidations'],
    ['smc.suspensions', 'put to sleep'],
    ['smc.revalidated', 'revalidated'],
    ['smc.groupRevivals', 'revived from groups'],
    ['smc.selfCheckFailures', 'self-checks failed'],
  ]);
  return text === '' ? [] : [['changing code', text]];
}

/** Counters that are not 0, with words, in one line. */
function listed(
  values: StatisticValues,
  names: readonly (readonly [name: string, words: string])[],
): string {
  return names
    .filter(([name]) => values.get(name) !== 0)
    .map(([name, words]) => `${grouped(values.get(name))} ${words}`)
    .join(', ');
}

/** Columns under a head; the first one to the left, the others to the right. */
export function table(
  name: string,
  head: readonly string[],
  lines: readonly (readonly string[])[],
): Row[] {
  const widths = head.map((title, i) =>
    Math.max(title.length, ...lines.map((line) => line[i].length)),
  );
  const text = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
      .join('  ')
      .trimEnd();
  return [head, ...lines].map((cells, i) => [i === 0 ? name : '', text(cells)]);
}
