/** The table of a run's statistics: what it shows, and that what did not happen stays away. */
import { describe, expect, it } from 'vitest';
import { grouped, statisticsRows } from '../../../cli/statistics-text.js';
import type { Statistic } from '../../../sim/machine-api.js';

const statistics = (values: Readonly<Record<string, number>>): Statistic[] =>
  Object.entries(values).map(([name, value]) => ({ name, value, unit: 'times', text: 'A.' }));

const QUIET = {
  // A snapshot was restored: what was before it counts in no rate.
  'guest.instructions': 512_000,
  'run.instructions': 12_000,
  'guest.ipc': 0.4,
  'host.cycles': 940_000,
  'run.cycles': 40_000,
  'cpi.issue': 10_000,
  'cpi.interpret': 20_000,
  'cpi.translateBlock': 2_000,
  'cpi.idle': 8_000,
  'cpi.smc': 0,
  'host.molecules': 10_000,
  'host.atoms': 18_500,
  'gear.interpreter.instructions': 3_000,
  'gear.interpreter.cycles': 20_000,
  'gear.block.instructions': 9_000,
  'gear.block.cycles': 10_000,
  'gear.block.translatingCycles': 2_000,
  blocks: 40,
  'tcache.usedBytes': 20_480,
  'tcache.live': 39,
  'hostExit.exit': 50,
  'hostExit.alias': 0,
  'l1i.misses': 6,
  'l1d.misses': 120,
  'l2.misses': 12,
  'tlb.misses': 0,
  'smc.fineFaults': 0,
};
const text = (values: Readonly<Record<string, number>>): string =>
  statisticsRows(statistics(values))
    .map(([name, line]) => `${name.padEnd(14)}${line}`)
    .join('\n');

describe('the table', () => {
  it('is as stored', async () => {
    await expect(`${text(QUIET)}\n`).toMatchFileSnapshot('statistics.txt');
  });

  it('shows rollbacks by cause, the most frequent first, and no other host exits', () => {
    const busy = { ...QUIET, 'hostExit.alias': 3, 'hostExit.tBit': 1_200, 'hostExit.event': 9 };
    expect(text(busy)).toContain('rollbacks     1,203: 1,200 tBit, 3 alias\n');
  });

  it('shows what happened to changing code', () => {
    const busy = { ...QUIET, 'smc.fineFaults': 4, 'smc.revalidated': 2 };
    expect(text(busy)).toContain(
      'changing code 4 protection faults (parts of pages), 2 revalidated',
    );
  });

  it('says nothing of misses where there are no caches', () => {
    const rows = (values: Readonly<Record<string, number>>): string[] =>
      statisticsRows(statistics({ 'cpi.issue': 5, 'run.instructions': 1000, ...values })).map(
        ([name]) => name,
      );
    expect(rows({ 'l2.misses': 1 })).toContain('misses');
    expect(rows({ 'l2.misses': 0 })).not.toContain('misses');
  });

  it('is empty where the interpreter runs alone', () => {
    expect(statisticsRows(statistics({ 'guest.instructions': 5 }))).toEqual([]);
  });
});

describe('grouped numbers', () => {
  it.each([
    [0, '0'],
    [999, '999'],
    [1000, '1,000'],
    [1234567, '1,234,567'],
  ])('%d', (n, expected) => expect(grouped(n)).toBe(expected));
});
