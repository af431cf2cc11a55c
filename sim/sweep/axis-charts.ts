/** What an axis does: curves over an axis of numbers, and main effects where there are several axes. */

import { figure as figureOf } from '../compare/figures.js';
import { figure } from '../compare/page/chart.js';
import { type Line, lineChart, type Point } from '../compare/page/line-chart.js';
import { percentTick } from '../compare/page/scale.js';
import type { Axis } from './expand.js';
import { groupAt, mainEffects, type SweepResult } from './sweep-result.js';

/** Curves of single workloads beside their mean. */
const MOST_LINES = 8;

function isNumeric({ levels }: Axis): boolean {
  return levels.length > 1 && levels.every(({ value }) => typeof value === 'number');
}

/** Far apart: a logarithmic axis. */
function scaleOf(values: readonly number[]): 'log' | 'linear' {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return low > 0 && high / low >= 16 ? 'log' : 'linear';
}

/** Cycles over the values of each axis of numbers, the others at the baseline. */
export function axisCharts(result: SweepResult): string[] {
  return result.axes.filter(isNumeric).map((axis) => {
    const values = axis.levels.map(({ value }) => value as number);
    const lines = [...meanLine(result, axis), ...workloadLines(result, axis)].slice(0, MOST_LINES);
    const others = result.axes.length > 1 ? '; other axes as in the baseline' : '';
    return figure({
      title: axis.name,
      caption: `Cycles against ${result.baseline?.label ?? 'the first'}, in per cent${others}.`,
      drawing: lineChart({
        label: axis.name,
        x: { label: axis.name, scale: scaleOf(values) },
        y: { label: 'cycles', scale: 'linear', format: percentTick },
        lines,
        marks: true,
      }),
    });
  });
}

function workloadLines(result: SweepResult, axis: Axis): Line[] {
  return result.workloads.map((workload) => ({
    label: workload === '' ? 'cycles' : workload,
    points: relative(result, axis, workload),
  }));
}

/** Geometric mean over the workloads, where there are several. */
function meanLine(result: SweepResult, axis: Axis): Line[] {
  if (result.workloads.length < 2) return [];
  const lines = result.workloads.map((workload) => relative(result, axis, workload));
  const points = axis.levels.flatMap(({ value }): Point[] => {
    const here = lines.flatMap((line) => line.filter(([x]) => x === value).map(([, y]) => y));
    if (here.length < lines.length) return [];
    const log = here.reduce((sum, y) => sum + Math.log(1 + y / 100), 0) / here.length;
    return [[value as number, 100 * (Math.exp(log) - 1)]];
  });
  return [{ label: 'mean', points }];
}

function relative({ groups, baseline }: SweepResult, axis: Axis, workload: string): Point[] {
  const before = baseline?.figures.get(workload);
  const base = before && figureOf(before, 'cycles');
  if (!base) return [];
  return axis.levels.flatMap(({ value }): Point[] => {
    const figures = groupAt(groups, { ...baseline?.at, [axis.name]: value })?.figures.get(workload);
    const cycles = figures && figureOf(figures, 'cycles');
    return cycles === undefined ? [] : [[value as number, (100 * cycles) / base - 100]];
  });
}

/** One chart for all axes: the values of each in turn, against the mean of all points. */
export function effectCharts(result: SweepResult): string[] {
  const effects = mainEffects(result, 'cycles').filter(({ levels }) => levels.length > 1);
  if (effects.length < 2) return [];
  let position = 0;
  const names: string[] = [];
  const lines = effects.map(({ axis, levels }): Line => {
    const points = levels.map(({ value, percent }): Point => {
      names[position] = String(value);
      return [position++, percent];
    });
    names[position] = '';
    position++;
    return { label: axis, points };
  });
  return [
    figure({
      title: 'Main effects',
      caption:
        'What a value of one axis changes on average over all values of the others, in per cent of the cycles of all points. A steep line matters, a flat one does not.',
      drawing: lineChart({
        label: 'main effects',
        x: {
          label: 'values of each axis',
          scale: 'linear',
          ticks: names.map((_, i) => i),
          format: (i) => names[i] ?? '',
        },
        y: { label: 'cycles', scale: 'linear', format: percentTick },
        lines,
        marks: true,
        namesAbove: true,
      }),
    }),
  ];
}
