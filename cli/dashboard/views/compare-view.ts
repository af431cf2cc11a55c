/**
 * Every counter of the machine, by its declared name: what it had reached at the mark, now, and how often
 * it comes in a thousand guest instructions before the mark and since. `d` leaves those whose rates differ.
 * The sentence of the one under the cursor stands below.
 */
import type { Statistic } from '../../../sim/machine-api.js';
import { grouped } from '../../statistics-text.js';
import { firstSeen } from '../frame-parts.js';
import type { Area } from '../grid.js';
import { digits, short } from '../numbers.js';
import type { Context, Extent } from '../panels/panel.js';

/** Rates that differ by less than this part are the same. */
const TOLERANCE = 0.02;
const COLUMN = 11;
const SENTENCE_ROWS = 3;

interface Row {
  readonly statistic: Statistic;
  /** In a thousand guest instructions; NaN: nothing that comes with instructions, or none have. */
  readonly before: number;
  readonly since: number;
  readonly atMark: number;
}

export function drawCompare(area: Area, context: Context): Extent {
  const { state, theme } = context;
  const rows = compareRows(context);
  const chosen = Math.max(0, Math.min(state.scrolled.compare ?? 0, rows.length - 1));
  const ends = columnEnds(area.width);
  drawHeads(area, context, ends);
  const sentence = area.height > 2 * SENTENCE_ROWS ? SENTENCE_ROWS : 0;
  const visible = Math.max(1, area.height - 1 - sentence);
  const first = firstSeen(chosen, visible, rows.length);
  rows.slice(first, first + visible).forEach((row, i) => {
    const isChosen = first + i === chosen;
    if (isChosen) area.fillRow(i + 1, ' ', theme.cursor);
    drawRow(area, i + 1, row, ends, isChosen ? theme.cursor : undefined, context);
  });
  if (rows.length === 0) area.text(0, 1, nothing(context), theme.faint);
  else if (sentence > 0) drawSentence(area, rows[chosen], context);
  return { rows: rows.length, visible, hasCursor: true };
}

function nothing({ state: { filter, onlyDifferences } }: Context): string {
  if (filter === '') return 'nothing differs';
  return `nothing ${onlyDifferences ? 'that differs ' : ''}holds "${filter}"`;
}

/** The rates are what is compared; totals come where there is room. */
function columnEnds(width: number): number[] {
  const columns = width >= 72 ? 4 : width >= 56 ? 3 : 2;
  return Array.from({ length: columns }, (_, i) => width - (columns - 1 - i) * COLUMN);
}

function drawHeads(area: Area, { model, theme }: Context, ends: readonly number[]): void {
  ['before/k', 'since/k', 'at mark', 'now'].slice(0, ends.length).forEach((head, i) => {
    area.textBefore(ends[i], 0, head, theme.faint);
  });
  const at = model.mark?.values.get('guest.instructions') ?? 0;
  area.text(0, 0, `mark at ${short(at)} instr.`, theme.strong, ends[0] - 9);
}

function drawRow(
  area: Area,
  y: number,
  row: Row,
  ends: readonly number[],
  over: Context['theme']['cursor'] | undefined,
  { theme }: Context,
): void {
  const { name, value } = row.statistic;
  area.cut(0, y, name, over, ends[0] - 9);
  const texts = [rate(row.before), rate(row.since), short(row.atMark), short(value)];
  ends.forEach((end, column) => {
    const strong = column === 1 && differs(row) ? theme.strong : undefined;
    area.textBefore(end, y, texts[column], over ?? strong);
  });
}

function drawSentence(area: Area, { statistic }: Row, { theme }: Context): void {
  const top = area.height - SENTENCE_ROWS;
  const { name, value, unit, text } = statistic;
  area.fillRow(top, '─', theme.faint);
  const exact = Number.isInteger(value) ? grouped(value) : digits(value);
  area.cut(0, top + 1, `${name} = ${exact} ${unit}`, theme.strong);
  area.cut(0, top + 2, text);
}

function compareRows({ model, state }: Context): Row[] {
  const { samples, mark } = model;
  const { newest } = samples;
  const instructions = mark?.values.get('guest.instructions') ?? 0;
  const thousands = (newest.values.get('guest.instructions') - instructions) / 1000;
  const wanted = state.filter.toLowerCase();
  return newest.statistics
    .map((statistic) => {
      const atMark = mark?.values.get(statistic.name) ?? 0;
      const comes = !statistic.unit.includes(' per ');
      const before = comes && instructions > 0 ? (1000 * atMark) / instructions : NaN;
      const since = comes && thousands > 0 ? (statistic.value - atMark) / thousands : NaN;
      return { statistic, before, since, atMark };
    })
    .filter(({ statistic: { name, text } }) => `${name} ${text}`.toLowerCase().includes(wanted))
    .filter((row) => !state.onlyDifferences || differs(row));
}

function differs({ before, since }: Row): boolean {
  if (!(Number.isFinite(before) && Number.isFinite(since))) return false;
  return Math.abs(before - since) > TOLERANCE * Math.max(Math.abs(before), Math.abs(since));
}

const rate = (n: number): string => (Math.abs(n) >= 10_000 ? short(n) : digits(n));
