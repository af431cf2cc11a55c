/** Two axes against each other: a cell for each pair of values, coloured by how the cycles change. */
import { figure, svg, WIDTH } from '../compare/page/chart.js';
import { element, textElement, textWidth, tip } from '../compare/page/svg.js';
import { signed } from '../compare/tolerance.js';
import type { Axis } from './expand.js';
import { type Group, groupAt, ratio, type SweepResult } from './sweep-result.js';

const CELL = 38;
const TOP = 44;
/** Axes with fewer values are read off the bars as well. */
const LEAST = 3;

/** For sweeps of two axes alone; the longer one lies across. */
export function heatMap(result: SweepResult): string[] {
  const [first, second] = result.axes;
  if (result.axes.length !== 2 || !first || !second || !result.baseline) return [];
  if (first.levels.length < LEAST || second.levels.length < LEAST) return [];
  const [across, down] =
    first.levels.length >= second.levels.length ? [first, second] : [second, first];
  return [
    figure({
      title: `${across.name} and ${down.name}`,
      caption: `Cycles against ${result.baseline.label}, in per cent: blue takes fewer, red more.`,
      drawing: drawing(result, across, down),
    }),
  ];
}

interface Cell {
  readonly group: Group | undefined;
  readonly percent: number | undefined;
}

function cellAt({ groups, baseline }: SweepResult, at: Group['at']): Cell {
  const group = groupAt(groups, at);
  const factor = group && baseline ? ratio('cycles', group, baseline) : undefined;
  return { group, percent: factor === undefined ? undefined : 100 * (factor - 1) };
}

function drawing(result: SweepResult, across: Axis, down: Axis): string {
  const names = down.levels.map(({ value }) => String(value));
  const left = Math.max(60, textWidth(down.name), ...names.map((name) => textWidth(name))) + 14;
  const width = Math.min(110, (WIDTH - left) / across.levels.length);
  const rows = down.levels.map(({ value: y }) =>
    across.levels.map(({ value: x }) => cellAt(result, { [across.name]: x, [down.name]: y })),
  );
  const most = Math.max(1, ...rows.flat().map(({ percent }) => Math.abs(percent ?? 0)));
  const cells = rows.flatMap((row, i) =>
    row.map((cell, j) => drawCell(cell, most, left + j * width, TOP + i * CELL, width)),
  );
  const text = (x: number, y: number, anchor: string, words: string, kind = 'ticks'): string =>
    textElement('text', { x, y, class: kind, 'text-anchor': anchor }, words);
  const head = across.levels.map(({ value }, j) =>
    text(left + (j + 0.5) * width, TOP - 8, 'middle', String(value)),
  );
  const side = names.map((name, i) => text(left - 8, TOP + i * CELL + 24, 'end', name));
  const titles = [
    text(left, TOP - 27, 'start', across.name, 'label'),
    text(left - 8, TOP - 8, 'end', down.name, 'label'),
  ];
  const height = TOP + rows.length * CELL + 6;
  return svg(height, `${across.name} and ${down.name}`, ...cells, ...head, ...side, ...titles);
}

/** Full colour is the largest change of all. */
function drawCell({ group, percent }: Cell, most: number, x: number, y: number, w: number): string {
  const shape = { x: x + 1, y: y + 1, width: w - 2, height: CELL - 2, rx: 2 };
  const words = { x: x + w / 2, y: y + 23, class: 'ticks cell', 'text-anchor': 'middle' };
  if (percent === undefined)
    return element('rect', { ...shape, class: 'frame' }) + textElement('text', words, '-');
  const colour = percent > 0 ? 'var(--slot-rollback)' : 'var(--gear-superblock)';
  const style = `fill:${colour};fill-opacity:${(0.04 + (0.6 * Math.abs(percent)) / most).toFixed(3)}`;
  const name = tip(`${group?.label ?? ''}: ${signed(percent, 2)} %`);
  const text = percent === 0 ? '0' : signed(percent, 1);
  return element('rect', { ...shape, style }, name) + textElement('text', words, text);
}
