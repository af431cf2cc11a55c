/** The gears: which share of the guest's instructions each executed, and of the cycles. */
import { share, short } from '../numbers.js';
import { type Context, type Panel, still, withoutHost } from './panel.js';

export const GEARS = ['interpreter', 'block', 'superblock'] as const;
/** Where columns end, from the right. */
const COLUMNS = { instructions: 9, cycles: 0, made: -10 };
/** From here on there is room for what the gears made. */
const WIDE = 42;

export const gearsPanel: Panel = {
  title: 'gears',
  head: ({ model }, width) => {
    if (model.host === undefined) return '';
    return width >= WIDE ? 'instr.   cycles      made' : 'instr.   cycles';
  },
  draw: (area, context) => {
    const { samples, host } = context.model;
    if (host === undefined) return withoutHost(area, context);
    const wide = area.width >= WIDE;
    const end = area.width + (wide ? COLUMNS.made : 0);
    const instructions = samples.recent('run.instructions');
    const cycles = samples.recent('run.cycles') - samples.recent('host.idleCycles');
    GEARS.forEach((gear, y) => {
      area.text(0, y, gear);
      const done = share(samples.recent(`gear.${gear}.instructions`), instructions);
      area.textBefore(end - COLUMNS.instructions, y, done, context.theme.strong);
      area.textBefore(
        end - COLUMNS.cycles,
        y,
        share(samples.recent(`gear.${gear}.cycles`), cycles),
      );
      if (wide && gear !== 'interpreter')
        area.textBefore(area.width, y, short(samples.total(`${gear}s`)));
    });
    drawTranslating(end, area, context);
    return still(area);
  },
};

/** The rest of the cycles that are not idle, where there is room for it. */
function drawTranslating(
  end: number,
  area: Parameters<Panel['draw']>[0],
  { model, theme }: Context,
): void {
  const { samples } = model;
  const cycles = samples.recent('run.cycles') - samples.recent('host.idleCycles');
  const translating =
    samples.recent('cpi.translateBlock') + samples.recent('cpi.translateSuperblock');
  area.text(0, GEARS.length, 'translating', theme.faint);
  area.textBefore(end, GEARS.length, share(translating, cycles), theme.faint);
}
