/** Frames as text, at the sizes of the specification and at those where nothing fits any more. */
import { describe, expect, it } from 'vitest';
import { PANELS, type UiState } from '../../../cli/dashboard/ui-state.js';
import { consoleOf, frame, text } from './support.js';

describe('a frame', () => {
  it.each([
    [80, 24],
    [120, 40],
    [40, 10],
    [39, 7],
    [1, 1],
  ])('of %i x %i', async (width, height) => {
    await expect(text(width, height)).toMatchFileSnapshot(`frames/${width}x${height}.txt`);
  });

  it.each([
    ['details', 'details'],
    ['compare', 'compare'],
    ['help', 'help'],
  ] as const)('of the view %s', async (view, name) => {
    await expect(text(80, 24, { state: { view } })).toMatchFileSnapshot(`frames/${name}.txt`);
  });

  it.each(PANELS.map((panel) => [panel]))('of the panel %s, zoomed', async (panel) => {
    const state = { panel, zoomed: true };
    await expect(text(80, 24, { state })).toMatchFileSnapshot(`frames/zoomed-${panel}.txt`);
  });

  it('has every panel from 80 x 24 on, and no row is wider than the terminal', () => {
    for (const [width, height] of [
      [80, 24],
      [100, 30],
      [200, 60],
      [300, 100],
    ]) {
      const lines = frame(width, height).grid.lines();
      expect(lines).toHaveLength(height);
      for (const [i, panel] of [...'123456789'].entries())
        expect(lines.join('\n'), PANELS[i]).toMatch(new RegExp(` ${panel} [a-zC]`));
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
    }
  });

  it('stands still while numbers change: what is not a number is in the same place', () => {
    const shape = (instructions: number): string => {
      const model = { limit: instructions };
      return text(80, 24, { model })
        .replace(/[\d.,]+ ?[kMG%]?/g, (n) => '#'.repeat(n.length))
        .replace(/#/g, ' ');
    };
    expect(shape(4_000_000)).toBe(shape(5_000_000));
  });

  it('of a comparison says what it is filtered by, and when that leaves nothing', () => {
    const compare = (filter: string, onlyDifferences = false): string =>
      text(80, 24, { state: { view: 'compare', filter, onlyDifferences } });
    expect(compare('cpi.issue')).toMatch(/^ compare: .* \/cpi\.issue /m);
    expect(compare('')).not.toContain('/cpi');
    expect(compare('nowhere')).toContain('nothing holds "nowhere"');
    expect(compare('nowhere', true)).toContain('nothing that differs holds "nowhere"');
  });

  it('of the golden interpreter alone says so', () => {
    const plain = text(80, 24, { model: { host: undefined } });
    expect(plain).toContain('no code morphing here');
    expect(plain).toContain('guest MIPS');
  });
});

describe('sizes', () => {
  const views: Partial<UiState>[] = [
    {},
    { view: 'help' },
    { view: 'compare' },
    { view: 'compare', filter: 'nothing is called so' },
    { view: 'details' },
    { typing: 'filter', draft: 'abc' },
    { typing: 'guest' },
    ...PANELS.map((panel) => ({ panel, zoomed: true })),
  ];

  it.each(views)('%j can be drawn at every size', (state) => {
    for (let width = 1; width <= 130; width += width < 12 ? 1 : 7)
      for (let height = 1; height <= 50; height += height < 12 ? 1 : 5) {
        const { grid } = frame(width, height, { state });
        expect(grid.lines()).toHaveLength(height);
      }
  });
});

/** Combining characters, marks of direction, wide ones. */
const NO_COLUMN = [
  [0x300, 0x36f],
  [0x200b, 0x200f],
  [0x202a, 0x202e],
  [0x3000, 0xffff],
] as const;

describe('what the guest prints', () => {
  it('reaches the grid as characters of one column only', () => {
    const nasty = '\x1b[2J\x1b]0;title\x07{bold}\u202e\u0301\u{1f600}漢\x7f\x00\x9b31m';
    const { grid } = frame(80, 24, { model: { console: consoleOf(nasty) } });
    for (let y = 0; y < 24; y++)
      for (let x = 0; x < 80; x++) {
        const { char } = grid.at(x, y);
        expect(char).toHaveLength(1);
        const code = char.charCodeAt(0);
        expect(code >= 0x20 && (code < 0x7f || code > 0xa0)).toBe(true);
        for (const [first, last] of NO_COLUMN) expect(code >= first && code <= last).toBe(false);
      }
    expect(grid.lines().join('\n')).toContain('{bold}');
  });
});

describe('without colours', () => {
  it('no cell has one, and what is chosen is inverse', () => {
    const { grid } = frame(80, 24, { colours: false, state: { panel: 'hottest' } });
    let inverse = 0;
    for (let y = 0; y < 24; y++)
      for (let x = 0; x < 80; x++) {
        const { style } = grid.at(x, y);
        expect([style.fg, style.bg]).toEqual([undefined, undefined]);
        if (style.inverse) inverse++;
      }
    expect(inverse).toBeGreaterThan(80);
  });
});
