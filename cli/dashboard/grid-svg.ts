/**
 * A frame of the dashboard as a picture: the grid of cells as an SVG of text, for documents. Runs of cells of
 * one style are one element each, stretched to their columns, so that it looks alike with any
 * monospaced font. It needs nothing from outside itself.
 */
import { element, textElement } from '../../sim/compare/page/svg.js';
import type { Cell, Grid, Style } from './grid.js';

const [COLUMN, ROW, BASELINE, MARGIN] = [8, 17, 13, 8];
const [PAPER, INK] = ['#16181d', '#d5d8de'];
const FONT = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace";

export function gridSvg(grid: Grid, title: string): string {
  const width = grid.width * COLUMN + 2 * MARGIN;
  const height = grid.height * ROW + 2 * MARGIN;
  const rows = Array.from({ length: grid.height }, (_, y) => runsOf(grid, y).map(runSvg).join(''));
  return `${element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      'font-family': FONT,
      'font-size': 13,
      role: 'img',
    },
    textElement('title', {}, title),
    element('rect', { width, height, rx: 6, fill: PAPER }),
    ...rows.filter((row) => row !== '').map((row) => `\n${row}`),
    '\n',
  )}\n`;
}

interface Run {
  readonly x: number;
  readonly y: number;
  readonly style: Style;
  readonly text: string;
}

/** Neighbours of one style; blanks that show nothing end a run of text. */
function runsOf(grid: Grid, y: number): Run[] {
  const runs: Run[] = [];
  for (let x = 0; x < grid.width; x++) {
    const cell = grid.at(x, y);
    if (isInvisible(cell)) continue;
    const last = runs.at(-1);
    const joined = last && last.x + last.text.length === x && last.style === cell.style;
    if (joined) runs[runs.length - 1] = { ...last, text: last.text + cell.char };
    else runs.push({ x, y, style: cell.style, text: cell.char });
  }
  return runs;
}

function isInvisible({ char, style }: Cell): boolean {
  return char === ' ' && !style.inverse && style.bg === undefined && !style.underline;
}

function runSvg({ x, y, style, text }: Run): string {
  const [left, top, width] = [MARGIN + x * COLUMN, MARGIN + y * ROW, text.length * COLUMN];
  const ink = style.fg === undefined || style.fg === 0 ? INK : paletteColour(style.fg - 1);
  const paper = style.bg === undefined || style.bg === 0 ? undefined : paletteColour(style.bg - 1);
  const [front, behind] = style.inverse ? [paper ?? PAPER, ink] : [ink, paper];
  const ground = behind
    ? element('rect', { x: left, y: top, width, height: ROW, fill: behind })
    : '';
  const attributes = {
    x: left,
    y: top + BASELINE,
    fill: front,
    textLength: width,
    'font-weight': style.bold ? 'bold' : undefined,
    'text-decoration': style.underline ? 'underline' : undefined,
    'xml:space': 'preserve',
  };
  return ground + (text.trim() === '' ? '' : textElement('text', attributes, text));
}

/** Of the palette of 256: a cube of six steps a side from 16 on, greys from 232 on. */
export function paletteColour(index: number): string {
  const hex = (value: number): string => value.toString(16).padStart(2, '0');
  if (index >= 232) return `#${hex(8 + 10 * (index - 232)).repeat(3)}`;
  const step = (place: number): number => Math.floor((index - 16) / place) % 6;
  return `#${[36, 6, 1].map((place) => hex(step(place) === 0 ? 0 : 55 + 40 * step(place))).join('')}`;
}
