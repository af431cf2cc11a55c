/** All keys, and what the letters of the CPI stack mean. */
import type { Area, Style } from '../grid.js';
import type { Context, Extent } from '../panels/panel.js';
import { SLOT_LETTERS, type Theme } from '../theme.js';

/** A test presses each of them. */
export const KEYS: readonly (readonly [keys: string, meaning: string])[] = [
  ['q, ctrl-c', 'quit; results so far are kept'],
  ['space', 'pause, go on'],
  ['s', 'one molecule'],
  ['S', 'one guest instruction: to the next commit'],
  ['n', 'to the next translation'],
  ['+ -', 'refresh more, less often'],
  ['tab, 1-9', 'choose a panel'],
  ['z', 'zoom it'],
  ['enter', 'look into it; console: serial port or screen'],
  ['esc', 'back'],
  ['arrows, hjkl', 'move; also page up and down, home, end'],
  ['/', 'filter lists and the console; esc takes it off'],
  ['c', 'compare with an earlier moment; enter: with now'],
  ['d', 'there: only differences'],
  ['e', 'type to the guest (ctrl-] leaves)'],
  ['w', 'write a snapshot of the machine to a file'],
  ['ctrl-l', 'redraw'],
  ['ctrl-z', 'suspend'],
  ['?', 'this page'],
];

export function drawHelp(area: Area, context: Context): Extent {
  const rows = helpRows(context, area.width);
  return drawHelpRows(area, rows, context.state.scrolled.help ?? 0, context.theme);
}

export interface HelpRow {
  readonly left: string;
  readonly text: string;
  readonly style?: Style;
}

/** Columns of what stands at the left. */
const LEFT_COLUMNS = 15;

/** Rows from `scrolled` on, or the last ones. */
export function drawHelpRows(
  area: Area,
  rows: readonly HelpRow[],
  scrolled: number,
  theme: Theme,
  left = LEFT_COLUMNS,
): Extent {
  const first = Math.min(scrolled, Math.max(0, rows.length - area.height));
  rows.slice(first, first + area.height).forEach((row, y) => {
    area.text(0, y, row.left, row.style ?? theme.strong, left - 1);
    area.text(left, y, row.text);
  });
  return { rows: rows.length, visible: area.height };
}

function helpRows({ model, theme }: Context, width: number): HelpRow[] {
  const keys = KEYS.map(([left, text]) => ({ left, text }));
  const slots = model.samples.newest.statistics.flatMap(({ name, text }) => {
    if (!name.startsWith('cpi.')) return [];
    const slot = name.slice(4);
    const words = width >= LEFT_COLUMNS + text.length ? text : slot;
    return [
      {
        left: `${SLOT_LETTERS[slot] ?? '?'} ${slot.slice(0, 12)}`,
        text: words,
        style: theme.slot(slot),
      },
    ];
  });
  if (slots.length === 0) return keys;
  return [
    ...keys,
    { left: '', text: '' },
    { left: 'Cycles', text: 'each is spent on one of these' },
    ...slots,
  ];
}
