/**
 * Every counter of the machine, by its declared name: what it had reached at the mark, now, and how often
 * it comes in a thousand guest instructions before the mark and since. `d` leaves those whose rates differ.
 */
import type { Statistic } from '../../../sim/machine-api.js';
import { grouped } from '../../statistics-text.js';
import type { Area } from '../grid.js';
import { digits, short } from '../numbers.js';
import type { Context, Extent } from '../panels/panel.js';

/** Rates that differ by less than this part are the same. */
const TOLERANCE = 0.02;
const COLUMN = 11;

interface Row {
  readonly statistic: Statistic;
  readonly before: number;
  readonly since: number;
  readonly atMark: number;
}

export function drawCompare(area: Area, context: Context): Extent {
  const { model, state, theme } = context;
  const rows = compareRows(context);
  const columns = area.width >= 72 ? 4 : area.width >= 56 ? 3 : 2;
  const ends = Array.from({ length: columns }, (_, i) => area.width - (columns - 1 - i) * COLUMN);
  const heads = ['before/k', 'since/k', 'at mark', 'now'];
  // The rates are what is compared; totals come where there is room.
  heads.slice(0, columns).forEach((head, i) => {
    area.textBefore(ends[i], 0, head, theme.faint);
  });
  const at = model.mark?.values.get('guest.instructions') ?? 0;
  area.text(0, 0, `mark at ${short(at)} instr.`, theme.strong, ends[0] - 10);
  const body = area.height - 1;
  const first = Math.min(state.scrolled.compare ?? 0, Math.max(0, rows.length - body));
  rows.slice(first, first + body).forEach((row, i) => {
    const { name, value } = row.statistic;
    area.text(0, i + 1, name, undefined, ends[0] - 10);
    const texts = [rate(row.before), rate(row.since), short(row.atMark), short(value)];
    texts.slice(0, columns).forEach((text, column) => {
      const strong = column === 1 && differs(row);
      area.textBefore(ends[column], i + 1, text, strong ? theme.strong : undefined);
    });
  });
  if (rows.length === 0) area.text(0, 1, 'nothing differs', theme.faint);
  return { rows: rows.length, visible: body };
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
      const before = instructions > 0 ? (1000 * atMark) / instructions : NaN;
      const since = thousands > 0 ? (statistic.value - atMark) / thousands : NaN;
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

/** The sentence of the counter in the first row, for the foot of the view. */
export function compareSentence(context: Context): string {
  const rows = compareRows(context);
  const row = rows[Math.min(context.state.scrolled.compare ?? 0, rows.length - 1)];
  if (row === undefined) return '';
  const { name, value, unit, text } = row.statistic;
  return `${name} = ${Number.isInteger(value) ? grouped(value) : digits(value)} ${unit}: ${text}`;
}
