/** What a sweep found: ratios over workloads, main effects, published figures, the page, tidy rows. */
import { describe, expect, it } from 'vitest';
import { csv, jsonLines } from '../../../sim/results/tidy.js';
import { runRow } from '../../../sim/results/tidy-runs.js';
import type { Axis } from '../../../sim/sweep/expand.js';
import { reproductions } from '../../../sim/sweep/published.js';
import type { Published, SweepFile } from '../../../sim/sweep/sweep-file.js';
import { sweepPage } from '../../../sim/sweep/sweep-page.js';
import {
  groupAt,
  mainEffects,
  ratio,
  type SweepPoint,
  type SweepResult,
  sweepResult,
} from '../../../sim/sweep/sweep-result.js';
import { runOf } from '../compare/runs.js';

const axes: Axis[] = [
  { name: 'k.size', levels: [1, 2].map((value) => ({ value, with: [], set: {} })) },
  { name: 'mode', levels: ['a', 'b'].map((value) => ({ value, with: [], set: {} })) },
];

/** Cycles are those of the interpreter beside 1,500,000 of other slots. */
const cyclesOf = (size: number, mode: string, workload: string): number =>
  (workload === 'long' ? 20 : 2) * 1_000_000 * (size === 2 ? 1.2 : 1) * (mode === 'b' ? 0.9 : 1);

function point(size: number, mode: string, workload: string): SweepPoint {
  const cycles = cyclesOf(size, mode, workload);
  const counters = {
    'cpi.interpret': cycles - 1_500_000,
    codeBytes: 1000 * size,
    'smc.pageFaults': 0,
  };
  return {
    label: `${size} ${mode} ${workload}`,
    workload,
    at: { 'k.size': size, mode },
    folder: '/none',
    ...{ state: 'done', exitCode: 0, sentence: '' },
    record: runOf('run', { counters }).record,
  };
}

function result(
  published: Partial<Published>[] = [],
  drop: (p: SweepPoint) => boolean = () => false,
): SweepResult {
  const points = [1, 2].flatMap((size) =>
    ['a', 'b'].flatMap((mode) => ['short', 'long'].map((w) => point(size, mode, w))),
  );
  const sweep = {
    name: 's',
    metrics: ['cycles', 'ipc'],
    baseline: {},
    published: published.map((one) => ({
      ...{ text: 't', source: 'paper', metric: 'cycles', at: {}, value: null },
      ...one,
    })),
  } as unknown as SweepFile;
  const failed = (p: SweepPoint): SweepPoint => {
    const { record, ...rest } = p;
    return { ...rest, state: 'failed', exitCode: 5, sentence: 'the guest crashed' };
  };
  return sweepResult(
    sweep,
    axes,
    points.map((p) => (drop(p) ? failed(p) : p)),
  );
}

describe('a sweep', () => {
  it('compares by geometric means, whatever a workload is long', () => {
    const { groups, baseline } = result();
    const other = groupAt(groups, { 'k.size': 2, mode: 'a' });
    expect(baseline?.at).toEqual({ 'k.size': 1, mode: 'a' });
    expect(ratio('cycles', other!, baseline!)).toBeCloseTo(1.2);
    expect(ratio('ipc', other!, baseline!)).toBeCloseTo(1 / 1.2);
  });

  it('leaves out what failed, on both sides', () => {
    const { groups, baseline } = result([], ({ label }) => label === '2 a long');
    const other = groupAt(groups, { 'k.size': 2, mode: 'a' });
    expect(other?.figures.size).toBe(1);
    expect(ratio('cycles', other!, baseline!)).toBeCloseTo(1.2);
    expect(ratio('smc.pageFaults', other!, baseline!)).toBeUndefined();
  });

  it('has main effects', () => {
    const [size, mode] = mainEffects(result(), 'cycles');
    const factor = (effect: typeof size): number =>
      (1 + (effect?.levels[1]?.percent ?? 0) / 100) / (1 + (effect?.levels[0]?.percent ?? 0) / 100);
    expect(factor(size)).toBeCloseTo(1.2);
    expect(factor(mode)).toBeCloseTo(0.9);
  });
});

describe('what was published', () => {
  const verdict = (one: Partial<Published>, drop?: (p: SweepPoint) => boolean): string => {
    const [r] = reproductions(result([one], drop));
    return `${r?.published} ${r?.ours} ${r?.verdict}`;
  };
  const larger = { at: { 'k.size': 2 }, against: { 'k.size': 1 } };

  it.each([
    [{ ...larger, value: 22 }, '+22 % +20 % as published'],
    [{ ...larger, value: 80 }, '+80 % +20 % same direction'],
    [{ ...larger, value: -10 }, '-10 % +20 % opposite direction'],
    [{ ...larger, expect: 'more' as const }, 'more +20 % same direction'],
    [{ ...larger, expect: 'same' as const }, 'same +20 % opposite direction'],
    [{ ...larger, metric: 'blocks', value: 5 }, '+5 % +0 % no difference'],
    [{ metric: 'codeBytes', at: { 'k.size': 2 }, value: 1900 }, '1900 2000 as published'],
  ])('%j', (one, expected) => {
    expect(verdict(one)).toBe(expected);
  });

  it('of points that failed is not measured', () => {
    expect(verdict({ ...larger, value: 5 }, () => true)).toBe('+5 % - not measured');
  });
});

describe('the page of a sweep', () => {
  it('has curves, effects, failures and figures, and needs nothing from outside', () => {
    const found = result(
      [{ at: { 'k.size': 2 }, against: { 'k.size': 1 }, value: 22, text: 'larger' }],
      (p) => p.label === '2 b long',
    );
    const html = sweepPage({ result: found, seriesOf: () => runOf('run').series });
    for (const text of [
      'Beside what was published',
      'Published and here',
      'published +22.0 %',
      'here +20.0 %',
      'Main effects',
      'k.size',
      'Where the cycles go',
      '1 points without results',
      'the guest crashed',
    ])
      expect(html).toContain(text);
    expect(html).not.toMatch(/NaN|Infinity|undefined|<script|https?:/);
  });

  it('has a map of two axes with enough values each', () => {
    const wide: Axis[] = axes.map(({ name, levels }) => ({
      name,
      levels: [...levels, { value: 'more', with: [], set: {} }],
    }));
    const { sweep, points } = result();
    const html = sweepPage({ result: sweepResult(sweep, wide, points), seriesOf: () => undefined });
    expect(html).toContain('<h2>k.size and mode</h2>');
    expect(html).toContain('2 b: +8.00 %');
    expect(html.match(/>-<\/text>/g)).toHaveLength(5);
  });

  it('survives a sweep without any result', () => {
    const html = sweepPage({ result: result([], () => true), seriesOf: () => undefined });
    expect(html).toContain('8 points without results');
    expect(html).not.toMatch(/NaN|Infinity|undefined/);
  });
});

describe('tidy rows', () => {
  it('are CSV and JSON lines', () => {
    const rows = [
      { a: 1, b: 'x, "y"' },
      { a: null, c: true },
    ];
    expect(csv(rows)).toBe('a,b,c\r\n1,"x, ""y""",\r\n,,true\r\n');
    expect(jsonLines(rows)).toBe('{"a":1,"b":"x, \\"y\\""}\n{"a":null,"c":true}\n');
  });

  it('hold what tells a run apart, figures and counters', () => {
    const row = runRow({ run: 'r', workload: 'w' }, runOf('run').record);
    expect(row).toMatchObject({
      run: 'r',
      workload: 'w',
      cycles: 2_000_000,
      cpi: 2,
      'cpi.issue': 1_000_000,
    });
  });
});
