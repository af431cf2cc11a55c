/**
 * What went otherwise than planned: rollbacks by cause, self-modifying code, retranslations, deaths of
 * translations, faults. In total, and (where there is room) in a million instructions of the last second.
 */
import type { Area } from '../grid.js';
import { short } from '../numbers.js';
import { type Context, type Extent, type Panel, withoutHost } from './panel.js';

/** Name of the counter, its words, and one of at most seven letters. Rows stay in this order. */
export const EVENTS = [
  ['hostExit.alias', 'alias fault', 'alias'],
  ['hostExit.tBit', 'T-bit hit', 'T-bit'],
  ['hostExit.io', 'I/O reached', 'I/O'],
  ['retranslations', 'retranslated', 'redone'],
  ['hostExit.guestFault', 'guest fault', 'fault'],
  ['hostExit.speculation', 'speculative load', 'specul.'],
  ['hostExit.trap', 'guard', 'guard'],
  ['hostExit.mapping', 'other mapping', 'mapping'],
  ['hostExit.storeBuffer', 'store buffer full', 'buffer'],
  ['smc.invalidations', 'invalidated', 'invalid'],
  ['smc.suspensions', 'put to sleep', 'slept'],
  ['smc.revalidated', 'revalidated', 'awoken'],
  ['smc.groupRevivals', 'group revived', 'revived'],
  ['smc.selfCheckFailures', 'self-check failed', 'check'],
  ['fallbacks', 'made smaller', 'smaller'],
  ['refusals', 'refused', 'refused'],
  ['guest.faults', 'faults delivered', 'deliver'],
] as const;

const COLUMN = 15;
const WIDE = 44;

export const eventsPanel: Panel = {
  title: 'events',
  head: (context, width) => {
    if (context.model.host === undefined) return '';
    if (isList(width, context)) return 'total   per M instr.';
    return `rollbacks ${short(rollbacks(context))}`;
  },
  draw: (area, context) => {
    if (context.model.host === undefined) return withoutHost(area, context);
    return isList(area.width, context) ? drawList(area, context) : drawColumns(area, context);
  },
};

const isList = (width: number, { state }: Context): boolean => width >= WIDE || state.zoomed;

function rollbacks({ model: { samples } }: Context): number {
  return ['block', 'superblock'].reduce(
    (n, gear) => n + samples.total(`gear.${gear}.rollbacks`),
    0,
  );
}

function wanted({ state }: Context): (typeof EVENTS)[number][] {
  const text = state.filter.toLowerCase();
  return EVENTS.filter(([name, words]) => `${name} ${words}`.toLowerCase().includes(text));
}

function drawList(area: Area, context: Context): Extent {
  const { samples } = context.model;
  const rows = wanted(context);
  const first = Math.min(
    context.state.scrolled.events ?? 0,
    Math.max(0, rows.length - area.height),
  );
  const million = samples.recent('guest.instructions') / 1e6;
  rows.slice(first, first + area.height).forEach(([name, words], y) => {
    const total = samples.total(name);
    const style = total === 0 ? context.theme.faint : undefined;
    area.text(0, y, words, style);
    area.textBefore(area.width - 15, y, short(total), style);
    const recent = million > 0 ? samples.recent(name) / million : 0;
    area.textBefore(area.width, y, recent >= 10 ? short(recent) : recent.toFixed(1), style);
  });
  return { rows: rows.length, visible: area.height };
}

/** As many as there is room for, the first ones. */
function drawColumns(area: Area, context: Context): Extent {
  const { samples } = context.model;
  const columns = Math.max(1, Math.floor((area.width + 1) / (COLUMN + 1)));
  wanted(context)
    .slice(0, columns * area.height)
    .forEach(([name, , word], i) => {
      const x = (i % columns) * (COLUMN + 1);
      const y = Math.floor(i / columns);
      area.text(x, y, word, context.theme.faint);
      area.textBefore(x + COLUMN, y, short(samples.total(name)));
    });
  return { rows: 0, visible: area.height };
}
