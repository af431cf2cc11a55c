/**
 * A frame of the live comparison, drawn into a grid of the terminal's size. Pure, as that of the dashboard:
 * same model, state and size, same grid; any size has a picture, from one cell up.
 */
import { below, drawBar, drawTitle, joined } from '../frame-parts.js';
import { Area, Grid, type Rect } from '../grid.js';
import { arrangementOf } from '../layout.js';
import { digits, duration, short } from '../numbers.js';
import type { Theme } from '../theme.js';
import { drawCurves } from './compare-curves.js';
import { drawCompareHelp } from './compare-help.js';
import { type CompareModel, commonPoint, percentText, reachedAt } from './compare-model.js';
import { allRows, differenceOf, differingRows } from './compare-rows.js';
import { type CompareShown, type CompareState, THRESHOLDS } from './compare-state.js';
import { drawTable, letterOf, type Scene } from './compare-table.js';

export interface CompareFrame {
  readonly grid: Grid;
  /** What the next key means depends on it. */
  readonly shown: CompareShown;
}

export function drawCompareFrame(
  model: CompareModel,
  state: CompareState,
  theme: Theme,
  width: number,
  height: number,
): CompareFrame {
  const grid = new Grid(width, height);
  const scene = sceneOf(model, state, theme);
  const keys = { variants: model.variants.length, rows: scene.rows.map(({ text }) => text) };
  if (arrangementOf(width, height) === 'line') {
    grid.text(0, 0, lineText(scene));
    return { grid, shown: { ...keys, page: 1, last: 0 } };
  }
  drawBar(grid, 0, barText(scene, width), theme);
  drawBar(grid, height - 1, footText(scene, width), theme);
  const body = { x: 0, y: 1, width, height: height - 2 };
  return { grid, shown: { ...keys, ...drawBody(grid, body, scene) } };
}

function sceneOf(model: CompareModel, state: CompareState, theme: Theme): Scene {
  const at = commonPoint(model.variants);
  const reached = model.variants.map((variant) => reachedAt(variant, at));
  const there = reached.filter((one) => one !== undefined);
  const all = allRows(model, at, there);
  const rows = state.onlyDifferences
    ? differingRows(all, reached, THRESHOLDS[state.threshold])
    : all;
  return { model, state, theme, at, reached, rows };
}

function drawBody(grid: Grid, body: Rect, scene: Scene): Pick<CompareShown, 'page' | 'last'> {
  const area = new Area(grid, body);
  const { state, theme } = scene;
  switch (state.view) {
    case 'table':
      return { page: drawTable(area, scene).visible, last: 0 };
    case 'curves':
      drawCurves(area, scene);
      return { page: 1, last: 0 };
    case 'help': {
      drawTitle(area, 'keys', '', theme, false);
      const { rows, visible } = drawCompareHelp(new Area(grid, below(body)), state.scrolled, theme);
      return { page: visible, last: Math.max(0, rows - visible) };
    }
    default:
      return state.view satisfies never;
  }
}

/** "2 running, 1 waiting". */
function stateWords({ variants }: CompareModel): string {
  const counts = new Map<string, number>();
  for (const { state } of variants) counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts].map(([state, n]) => `${n} ${state}`).join(', ');
}

function barText({ model, at }: Scene, width: number): string {
  const { secondsLeft, guest } = model;
  const pieces = [
    'chrysalis compare',
    stateWords(model),
    ...(secondsLeft === undefined || model.over ? [] : [`${duration(secondsLeft)} left`]),
    ...(at > 0 ? [`compared at ${short(at)} instructions`] : []),
    ...(guest === '' ? [] : [guest]),
  ];
  return joined(pieces, ' │ ', width);
}

const HINTS: Readonly<Record<CompareState['view'], readonly string[]>> = {
  table: ['q stop', '? help', 'tab column', 'up down row', 'd differences', 'c curves'],
  curves: ['c table', '? help', 'up down row', 'tab column', 'q stop'],
  help: ['esc back', 'up down scroll', 'q stop'],
};

function footText({ model, state }: Scene, width: number): string {
  const { label, sentence } = model.variants[state.focus];
  if (model.notice !== '') return ` ${model.notice}`;
  const only = state.onlyDifferences
    ? [`only differences above ${THRESHOLDS[state.threshold]} %`]
    : [];
  const ended = sentence === '' ? [] : [`${label}: ${sentence}`];
  const hints = HINTS[state.view].map((hint) =>
    model.over && hint === 'q stop' ? 'q leaves' : hint,
  );
  return joined([...only, ...hints, ...ended], '  ', width);
}

/** Everything in a line, for terminals that are too small: "A IPC 0.812, B +3.5 % at 11.9 M, q stops". */
function lineText({ model, state, reached, at, rows }: Scene): string {
  const cycles = rows.find((row) => row.kind === 'figure' && row.name === 'cycles');
  const [base] = reached;
  const now = reached[state.focus];
  if (base === undefined || now === undefined) return `${stateWords(model)}, q stops`;
  const percent =
    state.focus > 0 && cycles?.kind === 'figure'
      ? ` ${percentText(differenceOf(cycles, now, base)?.percent ?? 0)}`
      : '';
  const letter = letterOf(state.focus);
  return `${letter}${percent} IPC ${digits(now.figures.ipc)} at ${short(at)}, q stops`;
}
