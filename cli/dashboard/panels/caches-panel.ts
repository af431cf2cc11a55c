/** Misses of the host's caches and TLB, in a thousand guest instructions: now and in total. */
import { digits, short } from '../numbers.js';
import { type Context, type Panel, still, withoutHost } from './panel.js';

export const STRUCTURES = ['l1i', 'l1d', 'l2', 'tlb'] as const;
const COLUMN = 8;
/** A row for each structure. */
const TALL = 4;

export const cachesPanel: Panel = {
  title: 'caches & TLB',
  head: ({ model }) => (model.host === undefined ? '' : 'misses/1000 instr.'),
  draw: (area, context) => {
    if (context.model.host === undefined) return withoutHost(area, context);
    if (area.height > TALL) drawTable(area, context);
    else drawAcross(area, context);
    return still(area);
  },
};

interface Misses {
  readonly name: string;
  readonly now: number;
  readonly total: number;
  readonly count: number;
}

function misses({ model: { samples } }: Context): Misses[] {
  const thousand = samples.recent('run.instructions') / 1000;
  const thousands = samples.total('run.instructions') / 1000;
  return STRUCTURES.map((name) => ({
    name: name.toUpperCase(),
    now: thousand > 0 ? samples.recent(`${name}.misses`) / thousand : NaN,
    total: thousands > 0 ? samples.total(`${name}.misses`) / thousands : NaN,
    count: samples.total(`${name}.misses`),
  }));
}

function drawTable(area: Parameters<Panel['draw']>[0], context: Context): void {
  const ends = [area.width - 2 * COLUMN - 1, area.width - COLUMN, area.width];
  ['now', 'total', 'misses'].forEach((head, i) => {
    area.textBefore(ends[i], 0, head, context.theme.faint);
  });
  misses(context).forEach(({ name, now, total, count }, i) => {
    area.text(0, i + 1, name);
    area.textBefore(ends[0], i + 1, digits(now), context.theme.strong);
    area.textBefore(ends[1], i + 1, digits(total));
    area.textBefore(ends[2], i + 1, short(count));
  });
}

/** Names above their numbers, as many as there are rows for. */
function drawAcross(area: Parameters<Panel['draw']>[0], context: Context): void {
  const all = misses(context);
  all.forEach(({ name, now, total }, i) => {
    const end = area.width - (all.length - 1 - i) * 7;
    area.textBefore(end, 0, name, context.theme.faint);
    area.textBefore(end, 1, digits(now), context.theme.strong);
    area.textBefore(end, 2, digits(total));
  });
  area.text(0, 1, 'now');
  area.text(0, 2, 'total');
}
