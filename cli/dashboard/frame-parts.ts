/** What the frames of all full-screen views are made of: bars at the top and bottom, titles, lists with a cursor. */
import type { Area, Grid, Rect } from './grid.js';
import type { Theme } from './theme.js';

export const below = ({ x, y, width, height }: Rect): Rect => ({
  x,
  y: y + 1,
  width,
  height: height - 1,
});

export function drawTitle(
  area: Area,
  title: string,
  head: string,
  theme: Theme,
  selected: boolean,
): void {
  area.fillRow(0, '─', theme.faint);
  const end = area.text(0, 0, ` ${title} `, selected ? theme.selected : theme.title);
  if (head !== '' && end + head.length < area.width)
    area.textBefore(area.width, 0, ` ${head}`, theme.faint);
}

export function drawBar(grid: Grid, y: number, text: string, theme: Theme): void {
  grid.fill({ x: 0, y, width: grid.width, height: 1 }, ' ', theme.bar);
  grid.text(0, y, text, theme.bar);
}

/** Pieces that fit beside each other, the first one in any case; others are left out whole. */
export function joined(pieces: readonly string[], between: string, width: number): string {
  let text = ` ${pieces[0]}`;
  for (const piece of pieces.slice(1))
    if (text.length + between.length + piece.length < width) text += between + piece;
  return text;
}

/** The first row of a list that is seen, so that the one under the cursor is in the middle where it can be. */
export function firstSeen(chosen: number, visible: number, rows: number): number {
  return Math.max(0, Math.min(chosen - Math.floor(visible / 2), rows - visible));
}
