/** The page of a comparison: well-formed, needs nothing from outside, shows what it is given. */
import { describe, expect, it } from 'vitest';
import { compareRuns } from '../../../sim/compare/comparison.js';
import { spread } from '../../../sim/compare/page/chart.js';
import { comparePage } from '../../../sim/compare/page/compare-page.js';
import {
  compact,
  lengthScale,
  linearScale,
  logScale,
  percentTick,
  tickLabels,
} from '../../../sim/compare/page/scale.js';
import { paretoFront } from '../../../sim/compare/page/scatter.js';
import { stackBars } from '../../../sim/compare/page/stack-bars.js';
import { runOf } from './runs.js';

const variants = [
  runOf('base'),
  runOf('<b>evil & "quoted"</b>', {
    counters: { 'cpi.issue': 1_400_000, codeBytes: 4096, 'tcache.usedBytes': 2048 },
    set: { 'host.aliasRegisters': 0 },
  }),
  runOf('third', { counters: { 'cpi.issue': 700_000, codeBytes: 9000 } }),
];
const html = comparePage({ title: 'base and others', comparison: compareRuns(variants) });

/** Tags that are open at the end, or an unexpected closing one. */
function unbalanced(markup: string): string[] {
  const open: string[] = [];
  for (const [, closing, name, self] of markup.matchAll(/<(\/?)([a-z][a-z0-9]*)[^>]*?(\/?)>/gi)) {
    if (self || /^(meta|!doctype)$/i.test(name as string)) continue;
    if (!closing) open.push(name as string);
    else if (open.pop() !== name) return [...open, `unexpected ${name}`];
  }
  return open;
}

describe('the page', () => {
  it('is well-formed', () => {
    expect(unbalanced(html)).toEqual([]);
    expect(html).not.toMatch(/NaN|Infinity|undefined|\[object/);
  });

  it('needs nothing from outside and runs nothing', () => {
    expect(html).not.toMatch(/<script|<link|<img|@import|url\(|https?:/i);
  });

  it('escapes what it is given', () => {
    expect(html).not.toContain('<b>');
    expect(html).toContain('&lt;b&gt;evil &amp; &quot;quoted&quot;&lt;/b&gt;');
  });

  it('has every figure, and the table with the numbers', () => {
    for (const title of [
      'Where the cycles go',
      'Start-up',
      'Gears over time',
      'Translation cache',
      'Code against cycles',
    ])
      expect(html).toContain(`<h2>${title}</h2>`);
    expect(html).toContain('+20.0 %');
    expect(html).toContain('-15.0 %');
    expect(html).toContain('host.aliasRegisters');
  });

  it('is the same each time', () => {
    expect(comparePage({ title: 'base and others', comparison: compareRuns(variants) })).toBe(html);
  });
});

describe('scales', () => {
  it('have round ticks that cover the values', () => {
    expect(linearScale([0.3, 1.7], [0, 100]).ticks).toEqual([0, 0.5, 1, 1.5, 2]);
    expect(logScale([1000, 3e6], [0, 100], 7).ticks).toEqual([
      ...[1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1e6, 2e6],
    ]);
    expect(lengthScale([3e6], [0, 300], 6).ticks.at(-1)).toBe(3e6);
  });

  it('put values where they belong', () => {
    expect(logScale([1, 100], [0, 200]).at(10)).toBeCloseTo(100);
    expect(linearScale([0, 10], [300, 0]).at(5)).toBeCloseTo(150);
  });

  it('survive values that do not differ', () => {
    for (const values of [[], [0], [5], [5, 5]]) {
      expect(Number.isFinite(linearScale(values, [0, 10]).at(1))).toBe(true);
      expect(Number.isFinite(logScale(values, [0, 10]).at(1))).toBe(true);
    }
  });

  it('write ticks in as many digits as tell them apart', () => {
    expect(tickLabels([78_500, 78_550, 78_600])).toEqual(['78.5 k', '78.55 k', '78.6 k']);
    expect(tickLabels([0, 50_000])).toEqual(['0', '50 k']);
  });

  it('write changes with their sign', () => {
    expect([-12.5, 0, 2.5000000001, 100].map((n) => percentTick(n))).toEqual([
      ...['-12.5 %', '0 %', '+2.5 %', '+100 %'],
    ]);
  });

  it('write numbers shortly', () => {
    expect([0, 0.25, 12, 1500, 2_000_000, 4.2e9].map((n) => compact(n))).toEqual([
      ...['0', '0.25', '12', '1.5 k', '2 M', '4.2 G'],
    ]);
  });
});

describe('the Pareto front', () => {
  it('holds what nothing beats', () => {
    const spot = (label: string, x: number, y: number) => ({ label, x, y });
    const spots = [
      spot('a', 1, 9),
      spot('b', 2, 5),
      spot('c', 3, 7),
      spot('d', 4, 4),
      spot('e', 4, 6),
    ];
    expect(paretoFront(spots).map(({ label }) => label)).toEqual(['a', 'b', 'd']);
  });
});

describe('bars', () => {
  const bar = (label: string, issue: number) => ({ label, cpi: { issue }, note: String(issue) });
  const slots = [{ name: 'issue', text: 'A molecule issued.' }];
  const widths = (bars: ReturnType<typeof bar>[]): number[] =>
    [...stackBars(bars, slots).matchAll(/<rect [^>]*width="([\d.]+)"/g)].map(([, w]) => Number(w));

  it('are as long as what they stand for', () => {
    const [one, two] = widths([bar('a', 1), bar('b', 2)]) as [number, number];
    expect(two / one).toBeCloseTo(2, 2);
  });

  it('cut one that would dwarf the others, and say its length', () => {
    const drawn = stackBars([bar('a', 1), bar('b', 2), bar('c', 60)], slots);
    expect(drawn).toContain('class="cut"');
    expect(drawn).toContain('>60</text>');
    const [one, , long] = widths([bar('a', 1), bar('b', 2), bar('c', 60)]) as number[];
    expect((long as number) / (one as number)).toBeCloseTo(3, 1);
  });
});

describe('labels at line ends', () => {
  it('are moved apart and stay inside', () => {
    const placed = spread([50, 52, 51, 98], 10, 0, 100);
    const sorted = [...placed].sort((a, b) => a - b);
    for (let i = 1; i < sorted.length; i++)
      expect((sorted[i] as number) - (sorted[i - 1] as number)).toBeGreaterThanOrEqual(10);
    expect(sorted.at(-1)).toBeLessThanOrEqual(100);
    expect(placed[0]).toBeLessThan(placed[2] as number);
  });
});
