/** Comparisons of made-up runs: alignment, changes, words, keys without effect, equal results. */
import { describe, expect, it } from 'vitest';
import { compareRuns, type VariantResult } from '../../../sim/compare/comparison.js';
import { figure } from '../../../sim/compare/figures.js';
import { changeWords, notes } from '../../../sim/compare/words.js';
import { runOf } from './runs.js';

const base = runOf('base');

function words(variant: ReturnType<typeof runOf>): string {
  const [first, second] = compareRuns([base, variant]).variants as [VariantResult, VariantResult];
  return changeWords(first, second);
}

describe('a comparison', () => {
  it('says how many cycles more, and in which slots', () => {
    const slower = runOf('slower', {
      counters: { 'cpi.issue': 1_100_000, 'cpi.interlock': 650_000, 'cpi.interpret': 490_000 },
    });
    expect(words(slower)).toBe(
      'takes 12.0 % more cycles than base: more cycles an instruction in interlock (+0.150), issue (+0.100).',
    );
  });

  it('names counters that changed by a factor, and none that follow slices', () => {
    const aliasing = runOf('aliasing', {
      counters: { 'hostExit.alias': 5000, 'hostExit.event': 9000, 'cpi.issue': 900_000 },
    });
    expect(words(aliasing)).toBe(
      'takes 5.0 % fewer cycles than base: fewer in issue (-0.100). Counted: hostExit.alias 0 to 5,000.',
    );
  });

  it('says how many times as many, and nothing of slots that one machine does not have', () => {
    const plain = runOf('plain');
    const statistics = plain.record.statistics.filter(
      ({ name }) => !/^(cpi|run)\.|blocks$/.test(name),
    );
    const reference = { ...plain, record: { ...plain.record, statistics } };
    const dear = runOf('dear', { counters: { 'cpi.issue': 4_000_000 } });
    const [first, second] = compareRuns([reference, dear]).variants as [
      VariantResult,
      VariantResult,
    ];
    expect(changeWords(first, second)).toBe('takes 2.50 times the cycles of plain.');
  });

  it('leaves idle cycles out', () => {
    const idle = runOf('idle', { counters: { 'cpi.idle': 5_000_000, 'run.cycles': 7_000_000 } });
    const [, second] = compareRuns([base, idle]).variants;
    expect(second?.cyclesPercent).toBe(0);
    expect(second?.figures.ipc).toBe(0.5);
  });

  it('of runs of unequal length is made where both have been', () => {
    const longer = runOf('longer', {
      counters: {
        'guest.instructions': 2_000_000,
        'run.instructions': 2_000_000,
        'cpi.issue': 3_000_000,
        'cpi.interlock': 1_000_000,
        'cpi.interpret': 1_000_000,
      },
    });
    const comparison = compareRuns([base, longer]);
    expect(comparison.alignedAt).toBe(1_000_000);
    const [first, second] = comparison.variants as [VariantResult, VariantResult];
    expect(figure(first.figures, 'cycles')).toBe(2_000_000);
    expect(figure(second.figures, 'cycles')).toBe(2_500_000);
    expect(notes(comparison)[0]).toBe(
      'the runs end at different places; compared at 1,000,000 guest instructions, which all of them reached',
    );
  });

  it('points out equal results and keys that were never exercised', () => {
    const same = runOf('same', { hash: 'base', set: { 'cms.tcache.sizeKB': 1024 } });
    const comparison = compareRuns([base, same]);
    expect(comparison.equal).toEqual([['base', 'same']]);
    expect(notes(comparison)).toEqual([
      'base and same have equal results: what differs between them had no effect',
      'same: cms.tcache.sizeKB differs from base but was never exercised: the tcache never filled up',
    ]);
  });

  it('says nothing of a key whose counter is not zero, or that has none', () => {
    const full = runOf('full', {
      counters: { 'tcache.evicted': 3 },
      set: { 'cms.tcache.sizeKB': 64, 'host.memoryLatencyCycles': 50 },
    });
    expect(notes(compareRuns([base, full]))).toEqual([]);
  });

  it('says that a guest crashed', () => {
    const crashed = runOf('crashed');
    const record = { ...crashed.record, exitCode: 5, sentence: 'the guest crashed: "panic"' };
    expect(notes(compareRuns([base, { ...crashed, record }]))).toEqual([
      'crashed: the guest crashed: "panic"',
    ]);
  });

  it('says that the console is another one', () => {
    const other = runOf('other', { console: 'another text' });
    expect(notes(compareRuns([base, other]))).toEqual([
      "other: the console shows something else than base's",
    ]);
  });
});
