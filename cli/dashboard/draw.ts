/**
 * A frame: the model and what the user has chosen to see, drawn into a grid of the terminal's size. Pure:
 * same model, state and size, same grid. Any size has a picture, from one cell up.
 */
import { below, drawBar, drawTitle, joined } from './frame-parts.js';
import { Area, Grid, type Rect } from './grid.js';
import { arrangementOf, placePanels } from './layout.js';
import { filteredHottest, type Model } from './model.js';
import { digits, duration, short } from './numbers.js';
import { panels } from './panels/index.js';
import type { Context, Extent } from './panels/panel.js';
import { secondsLeft } from './panels/rates-panel.js';
import type { Theme } from './theme.js';
import { PANELS, type PanelName, type Shown, type UiState } from './ui-state.js';
import { drawCompare } from './views/compare-view.js';
import { drawDetails } from './views/details-view.js';
import { drawHelp } from './views/help-view.js';

export interface Frame {
  readonly grid: Grid;
  /** What the next key means depends on it. */
  readonly shown: Shown;
}

export function drawFrame(
  model: Model,
  state: UiState,
  theme: Theme,
  width: number,
  height: number,
): Frame {
  const grid = new Grid(width, height);
  const context = { model, state, theme };
  const extent = drawInto(grid, context);
  const hottest = filteredHottest(model.host?.hottest ?? [], state.filter);
  const instructions = model.explanation?.guestCode.length ?? 0;
  const { rows, visible, hasCursor } = extent;
  const last = Math.max(0, rows - (hasCursor ? 1 : visible));
  return { grid, shown: { hottest, instructions, last, page: visible - 1 } };
}

function drawInto(grid: Grid, context: Context): Extent {
  const { width, height } = grid;
  const arrangement = arrangementOf(width, height);
  if (arrangement === 'line') {
    grid.text(0, 0, lineText(context));
    return { rows: 0, visible: 1 };
  }
  drawBar(grid, 0, barText(context, width), context.theme);
  drawBar(grid, height - 1, footText(context, width), context.theme);
  const body = { x: 0, y: 1, width, height: height - 2 };
  return drawBody(grid, body, context, arrangement === 'panels');
}

function drawBody(grid: Grid, body: Rect, context: Context, all: boolean): Extent {
  const { state } = context;
  const view = VIEWS[state.view];
  if (view !== undefined) {
    const title = `${view.title}${filterText(state.view, state)}`;
    drawTitle(new Area(grid, body), title, '', context.theme, false);
    return view.draw(new Area(grid, below(body)), context);
  }
  if (!all || state.zoomed) return drawPanel(grid, state.panel, body, context);
  let chosen: Extent = { rows: 0, visible: 0 };
  for (const { panel, rect } of placePanels(body)) {
    const extent = drawPanel(grid, panel, rect, context);
    if (panel === state.panel) chosen = extent;
    if (rect.x > 0) drawDivider(grid, rect, context.theme);
  }
  return chosen;
}

const VIEWS: Readonly<
  Record<
    string,
    { readonly title: string; readonly draw: (area: Area, context: Context) => Extent } | undefined
  >
> = {
  help: { title: 'keys', draw: drawHelp },
  compare: { title: 'compare: counters, and in 1000 guest instructions (/k)', draw: drawCompare },
  details: { title: 'inside a translation', draw: drawDetails },
};

/** Panels of numbers are not drawn wider than this: names and numbers would not stand together. */
const MOST_TABLE = 66;
const MOST_COLUMNS: Readonly<Partial<Record<PanelName, number>>> = {
  cpi: MOST_TABLE,
  rates: MOST_TABLE,
  gears: MOST_TABLE,
  tcache: MOST_TABLE,
  events: MOST_TABLE,
  caches: MOST_TABLE,
  hottest: 100,
};

function drawPanel(grid: Grid, name: PanelName, whole: Rect, context: Context): Extent {
  const width = Math.min(whole.width, MOST_COLUMNS[name] ?? Infinity);
  const rect = { ...whole, width };
  const panel = panels[name];
  const title = `${PANELS.indexOf(name) + 1} ${panel.title}${filterText(name, context.state)}`;
  const head = panel.head(context, rect.width);
  if (width < whole.width) drawTitle(new Area(grid, whole), '', '', context.theme, false);
  drawTitle(new Area(grid, rect), title, head, context.theme, name === context.state.panel);
  if (width < whole.width) grid.put(rect.x + width, rect.y, ' ');
  return panel.draw(new Area(grid, below(rect)), context);
}

const FILTERED: readonly string[] = ['console', 'hottest', 'events', 'compare'];

const filterText = (panel: string, { filter }: UiState): string =>
  filter !== '' && FILTERED.includes(panel) ? ` /${filter}` : '';

function drawDivider(grid: Grid, { x, y, height }: Rect, theme: Theme): void {
  for (let row = y; row < y + height; row++) grid.put(x - 1, row, '│', theme.faint);
}

function statusWord({ model, state }: Pick<Context, 'model' | 'state'>): string {
  if (model.ended !== undefined) return 'ended';
  if (state.paused) return 'paused';
  const idle = model.samples.recent('host.idleCycles');
  return idle * 2 > model.samples.recent('host.cycles') ? 'idle' : 'running';
}

/** Pieces of the top bar, the ones that matter most first; those that do not fit are left out whole. */
function barText(context: Context, width: number): string {
  const { model } = context;
  const total = (name: string): number => model.samples.total(name);
  const seconds = total('host.cycles') / (model.clockMHz * 1e6);
  const left = secondsLeft(context);
  const pieces = [
    `chrysalis ${model.name}`,
    statusWord(context).padEnd(7),
    `${short(total('guest.instructions')).padStart(7)} instructions`,
    ...(left === undefined ? [] : [`${duration(left)} left`]),
    `${digits(seconds).padStart(5)} s simulated`,
    `${duration(model.samples.totalSeconds)} so far`,
    model.guest,
  ];
  return joined(pieces, ' │ ', width);
}

const HINTS: Readonly<Record<UiState['view'], readonly string[]>> = {
  panels: [
    'q quit',
    '? help',
    'space pause',
    's S n step',
    'tab panel',
    'enter details',
    'e type',
    'z zoom',
    'c compare',
    '/ filter',
    'w snapshot',
  ],
  details: ['esc back', 'up down instruction', 'left right columns', '? help', 'q quit'],
  compare: ['esc back', 'enter new mark', 'd only differences', '/ filter', '? help', 'q quit'],
  help: ['esc back', 'up down scroll', 'q quit'],
};

function footText(context: Context, width: number): string {
  const { model, state } = context;
  if (state.typing === 'filter') return ` filter: /${state.draft}_   enter: take it, esc: leave it`;
  if (model.notice !== '') return ` ${model.notice}`;
  if (state.typing === 'guest') return ' typing to the guest; ctrl-] comes back to the dashboard';
  if (model.ended !== undefined && state.view === 'panels')
    return ` ${model.ended}; q leaves, the panels stay`;
  const hints = HINTS[state.view].filter((hint) => !state.over || !/space|step|type/.test(hint));
  return joined(hints, '  ', width);
}

/** The whole dashboard in a line, for terminals that are too small. */
function lineText(context: Pick<Context, 'model' | 'state'>): string {
  const { samples } = context.model;
  const cycles = samples.recent('host.cycles') - samples.recent('host.idleCycles');
  const ipc = cycles > 0 ? samples.recent('guest.instructions') / cycles : NaN;
  const total = short(samples.total('guest.instructions'));
  return `${statusWord(context)} ${total} IPC ${digits(ipc)} q quits`;
}
