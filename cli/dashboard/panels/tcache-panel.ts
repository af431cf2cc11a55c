/** The tcache: how full it is, what lives in it, what left it, how much of it is chained. */
import type { Area } from '../grid.js';
import { bytes, short } from '../numbers.js';
import { type Panel, still, withoutHost } from './panel.js';

/** Name of the counter, and a word of at most eight letters. In the order in which they are shown while there is room. */
export const COUNTS = [
  ['tcache.live', 'live'],
  ['tcache.evicted', 'evicted'],
  ['tcache.chained', 'chained'],
  ['tcache.asleep', 'asleep'],
  ['tcache.unchained', 'unchain'],
  ['tcache.flushed', 'flushed'],
  ['tcache.replaced', 'replaced'],
  ['tcache.policy', 'redone'],
  ['tcache.tableFills', 'tab fill'],
  ['indirectMisses', 'tab miss'],
] as const;
const COLUMN = 15;

export const tcachePanel: Panel = {
  title: 'tcache',
  head: ({ model }) => {
    if (model.host === undefined) return '';
    return `${bytes(model.samples.total('tcache.usedBytes'))} of ${bytes(model.host.tcacheBytes)}`;
  },
  draw: (area, context) => {
    const { samples, host } = context.model;
    if (host === undefined) return withoutHost(area, context);
    drawFill(area, samples.total('tcache.usedBytes') / host.tcacheBytes);
    const columns = Math.max(1, Math.floor((area.width + 1) / (COLUMN + 1)));
    COUNTS.slice(0, columns * (area.height - 1)).forEach(([name, word], i) => {
      const x = (i % columns) * (COLUMN + 1);
      const y = 1 + Math.floor(i / columns);
      area.text(x, y, word, context.theme.faint);
      area.textBefore(x + COLUMN, y, short(samples.total(name)));
    });
    return still(area);
  },
};

function drawFill(area: Area, share: number): void {
  const room = area.width - 2;
  const full = Math.max(0, Math.min(room, Math.round(room * share)));
  area.text(0, 0, `[${'#'.repeat(full)}${'.'.repeat(Math.max(0, room - full))}]`);
}
