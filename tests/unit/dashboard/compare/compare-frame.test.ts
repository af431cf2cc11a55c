/** Frames of the live comparison as text, at the sizes of the specification and where nothing fits any more. */
import { describe, expect, it } from 'vitest';
import { percentText } from '../../../../cli/dashboard/compare/compare-model.js';
import { THRESHOLDS } from '../../../../cli/dashboard/compare/compare-state.js';
import { Course } from '../../../../sim/compare/course.js';
import { countersAt, frame, type Shape, text, variants } from './support.js';

/** Sentence of the row with this name. */
const sentence = (wanted: RegExp): string =>
  frame(120, 40, { variants: 4 }).shown.rows.find((row) => wanted.test(row)) ?? '';

describe('a frame of the comparison', () => {
  it.each<[string, number, number, Shape]>([
    ['80x24', 80, 24, {}],
    ['80x24-four', 80, 24, { variants: 4, state: { focus: 3 } }],
    ['120x40', 120, 40, { variants: 4 }],
    ['40x10', 40, 10, { variants: 4, state: { focus: 1 } }],
    ['39x7', 39, 7, { variants: 4, state: { focus: 2 } }],
    ['1x1', 1, 1, {}],
    ['differences', 80, 24, { state: { onlyDifferences: true } }],
    ['curves', 80, 24, { variants: 3, state: { view: 'curves' } }],
    ['curves-slot', 120, 40, { state: { view: 'curves', row: sentence(/interpreter gear and/) } }],
    ['help', 80, 24, { state: { view: 'help' } }],
  ])('%s', async (name, width, height, shape) => {
    await expect(text(width, height, shape)).toMatchFileSnapshot(`frames/${name}.txt`);
  });

  it('has four columns at 120, two at 80, and one below, with the first one among them', () => {
    const heads = (width: number, focus: number): string =>
      frame(width, 24, { variants: 4, state: { focus } }).grid.lines()[1] ?? '';
    expect(heads(120, 0)).toMatch(/A tm5800 .*B no-alias .*C efficeon.*D interpreter-only/);
    for (const [focus, other] of [...'BBCD'].entries())
      expect(heads(80, focus)).toMatch(new RegExp(`^tab: 2 more +A tm5800 +${other} `));
    for (const [focus, letter] of [...'ABCD'].entries())
      expect(heads(40, focus)).toMatch(new RegExp(`^tab: 3 more +${letter} [^ ]+$`));
  });

  it('compares at the guest instructions that all have reached, in proportion between samples', () => {
    const course = new Course();
    for (const at of [1, 2.5]) course.add(countersAt(at, { 'cpi.issue': 2 }));
    const model = { variants: [variants[0], { ...variants[1], course }] };
    const lines = text(120, 40, { model }).split('\n');
    expect(lines.join('\n')).toContain('at 2.50 M guest instructions, reached by all');
    // 900,000 in a million instructions of the first one, at 2 and 3 million: 0.9 at 2.5 as well.
    expect(lines.find((line) => line.startsWith('I issue'))).toMatch(/0\.900 .* 1\.80 \+100\.0 %/);
  });

  it('says what is not there yet', () => {
    const nothing = variants.map((v) => ({
      ...v,
      course: new Course(),
      state: 'waiting' as const,
    }));
    const screen = text(80, 24, { model: { variants: nothing } });
    expect(screen).toContain('nothing to compare yet');
    expect(screen).toMatch(/^cycles +- +-$/m);
    const curves = text(80, 24, { model: { variants: nothing }, state: { view: 'curves' } });
    expect(curves).toContain('IPC, of all up to there');
  });

  it('does not wait for one that has failed', () => {
    const failed = { ...variants[1], state: 'failed' as const, sentence: 'the guest crashed' };
    const at = (model: Shape['model']): string =>
      /compared at ([\d.]+ M)/.exec(text(120, 40, { model: { ...model } }))?.[1] ?? '';
    expect(at({ variants: [variants[0], variants[1]] })).toBe('9.00 M');
    expect(at({ variants: [variants[0], failed] })).toBe('12.0 M');
    const foot = text(120, 40, { model: { variants: [variants[0], failed] }, state: { focus: 1 } });
    expect(foot).toContain('no-alias: the guest crashed');
  });

  it('stands still while numbers change', () => {
    const shape = (mips: number): string =>
      text(80, 24, { model: { variants: [{ ...variants[0], mips }, variants[1]] } }).replace(
        /\d/g,
        '#',
      );
    expect(shape(1.23)).toBe(shape(9.87));
  });

  it('with only differences leaves what is above the threshold', () => {
    const rows = (threshold: number): readonly string[] =>
      frame(80, 24, { state: { onlyDifferences: true, threshold } }).shown.rows;
    const counts = THRESHOLDS.map((_, i) => rows(i).length);
    expect(counts).toEqual([...counts].sort((a, b) => b - a));
    expect(new Set(counts).size).toBeGreaterThan(2);
    const all = frame(80, 24).shown.rows;
    for (const row of rows(0)) expect(all).toContain(row);
    expect(rows(0).join('\n')).toContain('A molecule of a translation issued.');
    expect(rows(0).join('\n')).not.toContain('T-bit');
  });

  it('has a sentence of its own for each row', () => {
    const { rows } = frame(120, 40, { variants: 3 }).shown;
    expect(rows.length).toBeGreaterThan(40);
    expect(new Set(rows).size).toBe(rows.length);
  });
});

describe('sizes of the comparison', () => {
  const shapes: Shape[] = [
    {},
    { variants: 4, state: { focus: 3 } },
    { variants: 4, state: { onlyDifferences: true, threshold: 7 } },
    { variants: 3, state: { view: 'curves', focus: 1 } },
    { state: { view: 'help', scrolled: 99 } },
    { model: { notice: 'a word', over: true } },
  ];

  it.each(shapes)('%j can be drawn at every size', (shape) => {
    for (let width = 1; width <= 130; width += width < 12 ? 1 : 9)
      for (let height = 1; height <= 50; height += height < 12 ? 1 : 6) {
        const lines = frame(width, height, shape).grid.lines();
        expect(lines).toHaveLength(height);
        expect(lines.join('')).not.toMatch(/NaN|undefined|Infinity/);
      }
  });

  it('without colours no cell has one, and the focus is inverse', () => {
    for (const view of ['table', 'curves'] as const) {
      const { grid } = frame(80, 24, { colours: false, variants: 3, state: { view, focus: 1 } });
      let inverse = 0;
      for (let y = 1; y < 23; y++)
        for (let x = 0; x < 80; x++) {
          const { style } = grid.at(x, y);
          expect([style.fg, style.bg]).toEqual([undefined, undefined]);
          if (style.inverse) inverse++;
        }
      expect(inverse).toBeGreaterThan(6);
    }
  });
});

describe('a difference', () => {
  it.each([
    [0, '0.0 %'],
    [-0.04, '0.0 %'],
    [4.24, '+4.2 %'],
    [-100, '-100.0 %'],
    [999.94, '+999.9 %'],
    [1130, '×12.3'],
    [123_456, '×1236'],
    [1e12, '>×10^5'],
    [Number.POSITIVE_INFINITY, 'new'],
  ])('of %f per cent is %s, in eight columns', (percent, words) => {
    expect(percentText(percent)).toBe(words);
    expect(words.length).toBeLessThanOrEqual(8);
  });
});
