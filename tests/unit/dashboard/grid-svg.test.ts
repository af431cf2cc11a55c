/** A frame as a picture: every character that shows is in it, in its column and colour. */
import { describe, expect, it } from 'vitest';
import { Grid } from '../../../cli/dashboard/grid.js';
import { gridSvg, paletteColour } from '../../../cli/dashboard/grid-svg.js';
import { frame } from './support.js';

const texts = (svg: string): string[] =>
  [...svg.matchAll(/<text ([^>]*)>([^<]*)<\/text>/g)].map(([, attributes, text]) => {
    const at = (name: string): string =>
      new RegExp(`${name}="([^"]*)"`).exec(attributes as string)?.[1] ?? '';
    return `${at('x')},${at('y')} ${at('fill')} ${text}`;
  });

describe('the picture of a frame', () => {
  it('has runs of one style at their columns, and nothing of blanks', () => {
    const grid = new Grid(8, 2);
    const [green, inverse] = [{ fg: 37 }, { inverse: true }];
    grid.text(1, 0, 'ab', green);
    grid.text(3, 0, 'c<', inverse);
    grid.text(0, 1, 'x y');
    const svg = gridSvg(grid, 'A & B');
    expect(texts(svg)).toEqual([
      '16,21 #00af87 ab',
      '32,21 #16181d c&lt;',
      '8,38 #d5d8de x',
      '24,38 #d5d8de y',
    ]);
    expect(svg).toContain('<rect x="32" y="8" width="16" height="17" fill="#d5d8de">');
    expect(svg).toContain('<title>A &amp; B</title>');
  });

  it('of the dashboard holds all that its text shows', () => {
    const { grid } = frame(120, 40);
    const shown = texts(gridSvg(grid, ''))
      .map((text) => text.split(' ').slice(2).join(''))
      .join('')
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&amp;', '&')
      .replaceAll('&quot;', '"');
    expect(shown).toBe(grid.lines().join('').replaceAll(' ', ''));
  });

  it('has the colours of a terminal', () => {
    expect([16, 36, 214, 231, 232, 255].map(paletteColour)).toEqual([
      '#000000',
      '#00af87',
      '#ffaf00',
      '#ffffff',
      '#080808',
      '#eeeeee',
    ]);
  });
});
