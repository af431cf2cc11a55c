/**
 * The CPI stack, now and in total: each cycle in the slot that caused it. Where there is room a list of
 * all slots, else two bars of the slots' letters with a legend of the largest.
 */

import type { Statistic } from '../../../sim/machine-api.js';
import type { Area } from '../grid.js';
import { digits } from '../numbers.js';
import { SLOT_LETTERS } from '../theme.js';
import { type Context, type Extent, type Panel, still, withoutHost } from './panel.js';

interface Slot {
  readonly name: string;
  readonly letter: string;
  /** Of all cycles, 0 to 1. */
  readonly now: number;
  readonly total: number;
  /** Cycles an instruction, in total. */
  readonly perInstruction: number;
}

const LIST_ROWS = 9;
/** Letter, name, now, total, cycles an instruction. */
const LIST_COLUMNS = 45;

export const cpiPanel: Panel = {
  title: 'CPI stack',
  head: ({ model }, width) => {
    if (model.host === undefined) return '';
    return width >= LIST_COLUMNS ? 'now    total  cycles/instr' : '% of cycles';
  },
  draw: (area, context) => {
    if (context.model.host === undefined) return withoutHost(area, context);
    const slots = slotsOf(context);
    return area.height >= LIST_ROWS
      ? drawList(area, context, slots)
      : drawBars(area, context, slots);
  },
};

function slotsOf({ model: { samples } }: Context): Slot[] {
  const part = (n: number, whole: number): number => (whole > 0 ? n / whole : 0);
  const names = slotNames(samples.newest.statistics);
  const recent = names.reduce((sum, name) => sum + samples.recent(`cpi.${name}`), 0);
  const all = names.reduce((sum, name) => sum + samples.total(`cpi.${name}`), 0);
  const instructions = samples.total('run.instructions');
  return names.map((name) => ({
    name,
    letter: SLOT_LETTERS[name] ?? '?',
    now: part(samples.recent(`cpi.${name}`), recent),
    total: part(samples.total(`cpi.${name}`), all),
    perInstruction: part(samples.total(`cpi.${name}`), instructions),
  }));
}

function slotNames(statistics: readonly Statistic[]): string[] {
  return statistics.flatMap(({ name }) => (name.startsWith('cpi.') ? [name.slice(4)] : []));
}

/** Those with the most cycles, in the order in which they are declared, so that rows stay in place. */
function largest(slots: readonly Slot[], count: number): Slot[] {
  const wanted = [...slots]
    .sort((a, b) => b.now + b.total - (a.now + a.total))
    .slice(0, Math.max(0, count))
    .filter(({ now, total }) => now + total > 0);
  return slots.filter((slot) => wanted.includes(slot));
}

const percent = (n: number): string => (100 * n).toFixed(1);

function drawList(area: Area, { theme }: Context, slots: readonly Slot[]): Extent {
  const wide = area.width >= LIST_COLUMNS;
  const end = wide ? area.width - 15 : area.width;
  largest(slots, area.height).forEach(({ name, letter, now, total, perInstruction }, y) => {
    area.text(0, y, letter, theme.slot(name));
    area.text(2, y, name.length <= end - 16 ? name : shortSlot(name));
    area.textBefore(end - 8, y, percent(now), theme.strong);
    area.textBefore(end, y, percent(total));
    if (wide) area.textBefore(area.width, y, digits(perInstruction));
    const bar = Math.round((end - 8 - 22 - 7) * now);
    if (bar > 0) area.text(22, y, letter.repeat(bar), theme.slot(name));
  });
  return still(area);
}

const BAR_AT = 6;

function drawBars(area: Area, { theme }: Context, slots: readonly Slot[]): Extent {
  const bars = [
    ['now', (slot: Slot): number => slot.now],
    ['total', (slot: Slot): number => slot.total],
  ] as const;
  bars.forEach(([name, share], y) => {
    area.text(0, y, name);
    let x = BAR_AT;
    barPieces(slots.map(share), area.width - BAR_AT).forEach((columns, i) => {
      const { letter, name: slot } = slots[i];
      x = area.text(x, y, letter.repeat(columns), theme.slot(slot));
    });
  });
  drawLegend(area, { theme }, slots);
  return still(area);
}

const LEGEND_COLUMN = 16;

function drawLegend(area: Area, { theme }: Pick<Context, 'theme'>, slots: readonly Slot[]): void {
  const columns = Math.max(1, Math.floor((area.width + 1) / LEGEND_COLUMN));
  const rows = area.height - 2;
  largest(slots, columns * rows).forEach(({ name, letter, total }, i) => {
    const x = (i % columns) * LEGEND_COLUMN;
    const y = 2 + Math.floor(i / columns);
    area.text(x, y, letter, theme.slot(name));
    area.text(x + 2, y, shortSlot(name), theme.faint, 8);
    area.textBefore(x + LEGEND_COLUMN - 1, y, percent(total));
  });
}

/** Eight columns. */
export function shortSlot(name: string): string {
  return name
    .replace('translate', 'tr')
    .replace('Superblock', 'Super')
    .replace('interlock', 'intrlock')
    .replace('interpret', 'interpr');
}

/** Columns of each piece: together all of them, if there is anything at all; what is left goes to the largest remainders. */
export function barPieces(shares: readonly number[], columns: number): number[] {
  const whole = shares.reduce((a, b) => a + b, 0);
  if (!(whole > 0) || columns <= 0) return shares.map(() => 0);
  const exact = shares.map((s) => (s / whole) * columns);
  const pieces = exact.map(Math.floor);
  const order = exact
    .map((_, i) => i)
    .sort((a, b) => exact[b] - pieces[b] - (exact[a] - pieces[a]) || a - b);
  const missing = columns - pieces.reduce((a, b) => a + b, 0);
  for (const i of order.slice(0, missing)) pieces[i]++;
  return pieces;
}
