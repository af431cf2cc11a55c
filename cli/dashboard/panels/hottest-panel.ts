/** Translations with the most cycles; enter looks into the one under the cursor. */
import type { TranslationLine } from '../../../sim/watch/machine-watch.js';
import type { Area } from '../grid.js';
import { filteredHottest } from '../model.js';
import { digits, hex, share, short } from '../numbers.js';
import { type Context, type Panel, withoutHost } from './panel.js';

export const hottestPanel: Panel = {
  title: 'hottest translations',
  head: (context, width) => {
    if (context.model.host === undefined) return '';
    return columnsFor(width)
      .map(({ head, width: columns }) => head.padStart(columns))
      .join(' ');
  },
  draw: (area, context) => {
    const { model, state, theme } = context;
    if (model.host === undefined) return withoutHost(area, context);
    const lines = filteredHottest(model.host.hottest, state.filter);
    if (lines.length === 0)
      area.text(
        0,
        0,
        state.filter === '' ? 'none yet' : `none holds "${state.filter}"`,
        theme.faint,
      );
    const chosen = Math.min(state.chosen, lines.length - 1);
    const first = Math.max(
      0,
      Math.min(chosen - Math.floor(area.height / 2), lines.length - area.height),
    );
    lines.slice(first, first + area.height).forEach((line, y) => {
      drawLine(area, y, line, context, first + y === chosen && state.panel === 'hottest');
    });
    return { rows: lines.length, visible: area.height };
  },
};

interface Column {
  readonly head: string;
  readonly width: number;
  readonly text: (line: TranslationLine) => string;
}

const SHARE: Column = {
  head: 'cycles',
  width: 7,
  text: ({ shareOfCycles }) => share(shareOfCycles, 1),
};
const IPC: Column = {
  head: 'IPC',
  width: 5,
  text: ({ instructions, cycles }) => (cycles === 0 ? '-' : digits(instructions / cycles)),
};
const RUNS: Column = { head: 'runs', width: 7, text: ({ executions }) => short(executions) };
const ROLLBACKS: Column = {
  head: 'rolled back',
  width: 11,
  text: ({ rollbacks }) => short(rollbacks),
};

/** Gear, address and mode stand in front of them. */
const NAME_COLUMNS = 24;

function columnsFor(width: number): Column[] {
  const columns: Column[] = [SHARE];
  const room = (): number =>
    width - NAME_COLUMNS - columns.reduce((sum, c) => sum + c.width + 1, 0);
  for (const column of [IPC, RUNS, ROLLBACKS]) if (room() > column.width) columns.push(column);
  return columns;
}

function drawLine(
  area: Area,
  y: number,
  line: TranslationLine,
  { theme }: Context,
  chosen: boolean,
): void {
  const style = chosen ? theme.cursor : undefined;
  if (chosen) area.fillRow(y, ' ', theme.cursor);
  const gear = line.gear === 'superblock' ? 'super' : 'block';
  const state = line.state === 'live' ? (line.user ? 'user' : 'kernel') : line.state;
  area.text(0, y, `0x${hex(line.entryEip)}`, style);
  area.text(11, y, gear, style ?? theme.faint);
  area.text(17, y, state, style ?? theme.faint);
  let end = area.width;
  for (const { text, width } of columnsFor(area.width).reverse()) {
    area.textBefore(end, y, text(line), style);
    end -= width + 1;
  }
}
