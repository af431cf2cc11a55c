/**
 * The figure under the cursor as curves over guest instructions, on a logarithmic scale: start-up curves
 * of all variants in one plot of letters. Each value is that of everything up to there.
 */
import type { Area } from '../grid.js';
import { digits, short } from '../numbers.js';
import type { Theme } from '../theme.js';
import { type Reached, reachedAt } from './compare-model.js';
import type { FigureRow } from './compare-rows.js';
import { chosenRow } from './compare-state.js';
import { letterOf, type Scene } from './compare-table.js';

/** Columns of the numbers at the left, and rows below the plot. */
const [AXIS_COLUMNS, AXIS_ROWS] = [8, 1];
/** Several variants in one place. */
const SEVERAL = '*';

export function drawCurves(area: Area, scene: Scene): void {
  const row = curveRow(scene);
  drawLegend(area, scene);
  if (row === undefined) {
    area.text(0, 1, 'nothing to compare yet', scene.theme.faint);
    return;
  }
  const rect = { x: 0, y: 2, width: area.width, height: area.height - 2 };
  const columns = area.width - AXIS_COLUMNS;
  const scale = scaleOf(scene);
  const all = scale === undefined ? [] : curves(columns, row, scene, scale);
  const { isLogarithmic } = axisOf(all.flat().filter(Number.isFinite));
  const how = isLogarithmic ? 'both logarithmic' : 'logarithmic';
  area.cut(0, 1, `${row.name}, of all up to there, over guest instructions (${how})`);
  if (columns >= 2 && area.height > 2 + AXIS_ROWS && scale !== undefined)
    drawPlot(area.part(rect), row, all, scale, scene.theme);
}

/** Of the cursor, or of IPC where it stands on nothing that has a value. */
function curveRow({ rows, state }: Scene): FigureRow | undefined {
  const row =
    rows[
      chosenRow(
        state.row,
        rows.map(({ text }) => text),
      )
    ];
  if (row?.kind === 'figure') return row;
  return rows.find((one): one is FigureRow => one.kind === 'figure' && one.name === 'IPC');
}

function drawLegend(area: Area, { model, state, theme }: Scene): void {
  let x = 0;
  model.variants.forEach(({ label }, i) => {
    if (x > 0 && x + label.length + 2 > area.width) return;
    x = area.text(x, 0, letterOf(i), theme.variant(i)) + 1;
    x = area.text(x, 0, label, i === state.focus ? theme.selected : undefined) + 2;
  });
}

/** A variant's value in each column of the plot; NaN: none. */
type Curves = readonly (readonly number[])[];

function curves(columns: number, row: FigureRow, { model }: Scene, scale: Scale): Curves {
  return model.variants.map((variant) =>
    Array.from({ length: Math.max(0, columns) }, (_, column) => {
      const count = scale.countAt(column, columns);
      if (count < variant.course.start) return Number.NaN;
      const there: Reached | undefined = reachedAt(variant, count);
      return there === undefined ? Number.NaN : row.value(there);
    }),
  );
}

/** Counts of guest instructions from left to right. */
class Scale {
  constructor(
    readonly least: number,
    readonly most: number,
  ) {}

  countAt(column: number, columns: number): number {
    const part = columns <= 1 ? 1 : column / (columns - 1);
    return Math.min(this.most, this.least * (this.most / this.least) ** part);
  }

  columnOf(count: number, columns: number): number {
    const whole = Math.log(this.most / this.least);
    return Math.round((Math.log(count / this.least) / whole) * (columns - 1));
  }
}

function scaleOf({ model }: Scene): Scale | undefined {
  const known = model.variants.map(({ course }) => course).filter(({ end }) => end > 0);
  if (known.length === 0) return undefined;
  const least = Math.max(1, Math.min(...known.map(({ start }) => start)));
  const most = Math.max(...known.map(({ end }) => end));
  return most > least ? new Scale(least, most) : undefined;
}

function drawPlot(area: Area, row: FigureRow, all: Curves, scale: Scale, theme: Theme): void {
  const [columns, height] = [area.width - AXIS_COLUMNS, area.height - AXIS_ROWS];
  const axis = axisOf(all.flat().filter(Number.isFinite));
  const plot = area.part({ x: AXIS_COLUMNS, y: 0, width: columns, height });
  drawMarks(plot, all, (value) => Math.round((1 - axis.partOf(value)) * (height - 1)), theme);
  const label = (y: number, part: number): void =>
    area.textBefore(AXIS_COLUMNS - 1, y, valueText(row, axis.valueAt(part)), theme.faint);
  label(0, 1);
  if (height > 1) label(height - 1, 0);
  const middle = Math.round((height - 1) / 2);
  if (height > 4) label(middle, 1 - middle / (height - 1));
  drawCounts(area, columns, scale, theme);
}

/** Values from bottom to top, as parts of the height. */
interface Axis {
  readonly isLogarithmic: boolean;
  readonly partOf: (value: number) => number;
  readonly valueAt: (part: number) => number;
}

/** Half of the values in so small a part of the height would be a line at the bottom. */
const FLAT = 0.05;

function axisOf(values: readonly number[]): Axis {
  const most = Math.max(0, ...values);
  const least = Math.min(most, ...values);
  const span = most > least ? most - least : Math.max(1, Math.abs(most));
  const median = [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
  if (least > 0 && median - least < FLAT * span && most > least) {
    const whole = Math.log(most / least);
    return {
      isLogarithmic: true,
      partOf: (value) => Math.log(value / least) / whole,
      valueAt: (part) => least * (most / least) ** part,
    };
  }
  return {
    isLogarithmic: false,
    partOf: (value) => (value - least) / span,
    valueAt: (part) => least + span * part,
  };
}

/** Numbers of an axis are round or not: three digits are enough. */
const valueText = (row: FigureRow, value: number): string =>
  row.bar === 'whole' ? row.show(value) : value >= 1000 ? short(value) : digits(value);

function drawMarks(plot: Area, all: Curves, yOf: (value: number) => number, theme: Theme): void {
  const taken = new Map<string, number>();
  all.forEach((values, variant) => {
    values.forEach((value, x) => {
      if (!Number.isFinite(value)) return;
      const y = yOf(value);
      const other = taken.get(`${x},${y}`);
      taken.set(`${x},${y}`, variant);
      if (other === undefined) plot.text(x, y, letterOf(variant), theme.variant(variant));
      else plot.text(x, y, SEVERAL, theme.strong);
    });
  });
}

/** Powers of ten below the plot, those that do not touch another. */
function drawCounts(area: Area, columns: number, scale: Scale, theme: Theme): void {
  const y = area.height - 1;
  let free = 0;
  for (let power = 10 ** Math.ceil(Math.log10(scale.least)); power <= scale.most; power *= 10) {
    const text = short(power);
    const x = Math.min(
      AXIS_COLUMNS + scale.columnOf(power, columns) - Math.floor(text.length / 2),
      area.width - text.length,
    );
    if (x < free) continue;
    free = area.text(x, y, text, theme.faint) + 2;
  }
}
