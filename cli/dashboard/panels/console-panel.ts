/** The guest's console: the serial port, or (enter) the text screen. It grows at its end. */
import type { Area } from '../grid.js';
import type { Context, Extent, Panel } from './panel.js';

export const consolePanel: Panel = {
  title: 'console',
  head: (context) => {
    if (context.state.typing === 'guest') return 'ctrl-] leaves';
    const back = context.state.scrolled.console ?? 0;
    if (back > 0) return `${back} rows back`;
    return showsTextScreen(context) ? 'text screen' : 'serial port';
  },
  draw: (area, context) =>
    showsTextScreen(context) ? drawScreen(area, context) : drawSerial(area, context),
};

/** Who prints with a BIOS only has the text screen. */
function showsTextScreen({ model, state }: Context): boolean {
  const hasScreen = model.textScreen?.some((line) => line !== '') === true;
  return hasScreen && (state.textScreen || model.console.isEmpty);
}

function drawSerial(area: Area, { model, state, theme }: Context): Extent {
  const back = state.scrolled.console ?? 0;
  const rows = model.console.rows(area.width, area.height, back, state.filter);
  const typing = state.typing === 'guest' && back === 0;
  if (model.console.isEmpty && !typing) area.text(0, 0, 'nothing printed yet', theme.faint);
  rows.forEach((row, y) => {
    const end = area.text(0, y, row);
    if (typing && y === rows.length - 1)
      area.text(Math.min(end, area.width - 1), y, ' ', theme.cursor);
  });
  return { rows: model.console.lineCount, visible: area.height };
}

function drawScreen(area: Area, { model, state }: Context): Extent {
  const lines = model.textScreen ?? [];
  const back = Math.min(state.scrolled.console ?? 0, Math.max(0, lines.length - area.height));
  const first = Math.max(0, lines.length - area.height - back);
  lines.slice(first, first + area.height).forEach((line, y) => {
    area.text(0, y, line);
  });
  return { rows: lines.length, visible: area.height };
}
