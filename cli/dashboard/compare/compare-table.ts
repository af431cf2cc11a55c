/**
 * The table of the live comparison: a column for each variant, with its figure, the difference to the first
 * one in per cent, and a bar. Where not all columns fit the first one stays and the others move with the
 * focus; on a small terminal there is one at a time.
 */
import { firstSeen } from '../frame-parts.js';
import type { Area, Style } from '../grid.js';
import { shortSlot } from '../panels/cpi-panel.js';
import { SLOT_LETTERS, type Theme } from '../theme.js';
import { type CompareModel, percentText, type Reached } from './compare-model.js';
import { differenceOf, type FigureRow, type Row } from './compare-rows.js';
import { type CompareState, chosenRow, THRESHOLDS } from './compare-state.js';

export interface Scene {
  readonly model: CompareModel;
  readonly state: CompareState;
  readonly theme: Theme;
  /** Guest instructions at which the variants are compared. */
  readonly at: number;
  /** Variants there; undefined: one that has not come so far. */
  readonly reached: readonly (Reached | undefined)[];
  readonly rows: readonly Row[];
}

/** A column: figure and difference end here, the bar begins behind them. */
const [FIGURE_END, DIFFERENCE_END, BAR_AT] = [8, 17, 18];
const [LEAST_COLUMN, MOST_COLUMN] = [24, 44];
const SENTENCE_ROWS = 3;
/** From so many rows on there is room for the sentence of the row under the cursor. */
const TALL = 10;

interface Column {
  readonly variant: number;
  readonly x: number;
  readonly width: number;
}

export function drawTable(area: Area, scene: Scene): { readonly visible: number } {
  const { rows, state } = scene;
  const columns = placeColumns(area.width, scene.model.variants.length, state.focus);
  drawHeads(area, scene, columns);
  const sentence = area.height >= TALL ? SENTENCE_ROWS : 0;
  const visible = Math.max(1, area.height - 1 - sentence);
  const chosen = chosenRow(
    state.row,
    rows.map(({ text }) => text),
  );
  const first = firstSeen(chosen, visible, rows.length);
  const body = area.part({ x: 0, y: 1, width: area.width, height: visible });
  rows.slice(first, first + visible).forEach((row, y) => {
    drawRow(body, y, row, columns, scene);
    if (first + y === chosen) drawCursor(body, y, row, columns, scene.theme);
  });
  const row = rows[chosen];
  if (sentence > 0 && row !== undefined) drawSentence(area, row, scene);
  return { visible };
}

/** Names stand in front of the first column. */
const leastNames = (width: number): number => (width >= 100 ? 20 : width >= 60 ? 18 : 14);
const MOST_NAMES = 32;
/** A column that leaves what is over to the names. */
const GOOD_COLUMN = 36;

function placeColumns(width: number, variants: number, focus: number): Column[] {
  const least = leastNames(width);
  const fit = Math.max(1, Math.min(variants, Math.floor((width - least) / LEAST_COLUMN)));
  const names = Math.max(least, Math.min(MOST_NAMES, width - fit * GOOD_COLUMN));
  const each = Math.min(MOST_COLUMN, Math.floor((width - names) / fit));
  return shownVariants(variants, focus, fit).map((variant, i) => ({
    ...{ variant, x: names + i * each, width: each },
  }));
}

/** Where the first column begins. */
const namesEnd = (columns: readonly Column[]): number => columns[0]?.x ?? 0;

/** The first one, and as many of the others as fit, the one in focus among them. */
function shownVariants(variants: number, focus: number, fit: number): number[] {
  if (fit >= variants) return Array.from({ length: variants }, (_, i) => i);
  if (fit === 1) return [focus];
  const others = fit - 1;
  const from = Math.max(1, Math.min(focus - others + 1, variants - others));
  return [0, ...Array.from({ length: others }, (_, i) => from + i)];
}

/** Variants are called by a letter where their names do not fit: in curves, and in the legend. */
export function letterOf(variant: number): string {
  return variant < 26 ? String.fromCharCode(0x41 + variant) : '+';
}

function drawHeads(area: Area, { model, state, theme }: Scene, columns: readonly Column[]): void {
  const hidden = model.variants.length - columns.length;
  if (hidden > 0) area.text(0, 0, `tab: ${hidden} more`, theme.faint, namesEnd(columns) - 1);
  for (const { variant, x, width } of columns) {
    const { label } = model.variants[variant];
    const style = variant === state.focus ? theme.selected : theme.title;
    area.text(x, 0, letterOf(variant), theme.variant(variant));
    area.cut(x + 2, 0, label, style, width - 3);
  }
}

function drawRow(area: Area, y: number, row: Row, columns: readonly Column[], scene: Scene): void {
  const { theme } = scene;
  if (row.kind === 'heading') {
    area.fillRow(y, '─', theme.faint);
    const fits = row.name.length + 4 <= area.width;
    area.cut(0, y, `── ${fits ? row.name : row.brief} `, theme.title);
    return;
  }
  drawLabel(area, y, row, namesEnd(columns) - 1, theme);
  for (const column of columns)
    if (row.kind === 'own') {
      const text = row.show(scene.model.variants[column.variant]);
      area.textBefore(column.x + FIGURE_END, y, text, theme.strong);
    } else drawFigure(area, y, row, column, scene);
}

function drawLabel(area: Area, y: number, row: Row, room: number, theme: Theme): void {
  const slot = row.kind === 'figure' ? row.slot : undefined;
  if (slot === undefined) {
    area.cut(0, y, row.name, undefined, room);
    return;
  }
  area.text(0, y, SLOT_LETTERS[slot] ?? '?', theme.slot(slot));
  area.cut(2, y, slot.length > room - 2 ? shortSlot(slot) : slot, undefined, room - 2);
}

function drawFigure(area: Area, y: number, row: FigureRow, column: Column, scene: Scene): void {
  const { reached, theme, state } = scene;
  const [now, base] = [reached[column.variant], reached[0]];
  const value = now === undefined ? Number.NaN : row.value(now);
  const text = Number.isFinite(value) ? row.show(value) : '-';
  area.textBefore(column.x + FIGURE_END, y, text);
  if (now === undefined) return;
  if (column.variant > 0 && base !== undefined) {
    const difference = differenceOf(row, now, base);
    const isMuch = (difference?.weight ?? 0) > THRESHOLDS[state.threshold];
    const words = difference === undefined ? '' : percentText(difference.percent);
    area.textBefore(column.x + DIFFERENCE_END, y, words, isMuch ? theme.strong : theme.faint);
  }
  if (row.bar !== undefined) drawBar(area, y, row, value, column, scene);
}

function drawBar(
  area: Area,
  y: number,
  row: FigureRow,
  value: number,
  { x, width }: Column,
  { reached, rows, theme }: Scene,
): void {
  const room = width - BAR_AT - 1;
  const whole = row.bar === 'whole' ? 1 : largest(rows, reached);
  const part = whole > 0 && Number.isFinite(value) ? value / whole : 0;
  const length = Math.max(0, Math.min(room, Math.round(part * room)));
  const style: Style = row.slot === undefined ? theme.faint : theme.slot(row.slot);
  const letter = row.slot === undefined ? '#' : (SLOT_LETTERS[row.slot] ?? '?');
  area.text(x + BAR_AT, y, letter.repeat(length), style);
}

/** Of all bars that are not parts of a whole: they can be compared over rows and columns. */
function largest(rows: readonly Row[], reached: readonly (Reached | undefined)[]): number {
  let most = 0;
  for (const row of rows)
    if (row.kind === 'figure' && row.bar === 'largest')
      for (const one of reached) if (one !== undefined) most = Math.max(most, row.value(one));
  return most;
}

/** The row is marked where there is text, bars keep their colours. */
function drawCursor(
  area: Area,
  y: number,
  row: Row,
  columns: readonly Column[],
  theme: Theme,
): void {
  const end = row.kind === 'heading' ? area.width : namesEnd(columns) - 1;
  area.restyle(0, y, end, theme.cursor);
  if (row.kind !== 'heading')
    for (const { x } of columns) area.restyle(x, y, DIFFERENCE_END, theme.cursor);
}

/** What the row under the cursor is, and its numbers to the last digit. */
function drawSentence(area: Area, row: Row, { model, reached, theme, state }: Scene): void {
  const top = area.height - SENTENCE_ROWS;
  area.fillRow(top, '─', theme.faint);
  area.cut(0, top + 1, row.text);
  if (row.kind !== 'figure') return;
  const exact = (one: Reached | undefined): string => (one ? exactly(row.value(one)) : '-');
  const wanted = [...new Set([0, state.focus])];
  const texts = wanted.map((i) => `${model.variants[i].label} ${exact(reached[i])}`);
  area.cut(0, top + 2, texts.join('; '), theme.strong);
}

function exactly(n: number): string {
  if (!Number.isFinite(n)) return '-';
  if (Math.abs(n) >= 1000) return String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, ',');
  return String(Number(n.toFixed(6)));
}
