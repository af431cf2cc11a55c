/** A sweep as one self-contained page: published figures beside ours, what each axis does, the trade-offs. */

import { BUSY_SLOTS, figure as figureOf } from '../compare/figures.js';
import { figure } from '../compare/page/chart.js';
import { change } from '../compare/page/compare-page.js';
import { startUpCurve } from '../compare/page/curves.js';
import { lineChart } from '../compare/page/line-chart.js';
import { folded, noteList, page, section, tableOf } from '../compare/page/page.js';
import { scatter } from '../compare/page/scatter.js';
import type { Bar } from '../compare/page/stack-bars.js';
import { slotLegend, stackBars } from '../compare/page/stack-bars.js';
import { element, escaped, textElement } from '../compare/page/svg.js';
import { signed } from '../compare/tolerance.js';
import type { Series } from '../results/series.js';
import { axisCharts, effectCharts } from './axis-charts.js';
import { heatMap } from './heat-map.js';
import { reproductions } from './published.js';
import { publishedChart } from './published-chart.js';
import {
  average,
  type Group,
  mean,
  ratio,
  type SweepPoint,
  type SweepResult,
} from './sweep-result.js';

export interface SweepPage {
  readonly result: SweepResult;
  /** Series of a point that is done. */
  seriesOf(point: SweepPoint): Series | undefined;
}

/** Bars and curves for so many groups. */
const MOST_BARS = 30;
const MOST_CURVES = 8;

export function sweepPage({ result, seriesOf }: SweepPage): string {
  const { sweep, points, workloads, groups } = result;
  const done = points.filter(({ state }) => state === 'done').length;
  const on = workloads.length === 1 ? workloads[0] || 'one guest' : `${workloads.length} workloads`;
  return page({
    title: sweep.title ?? sweep.name,
    lead: `${groups.length} machines on ${on}: ${done} of ${points.length} points done.`,
    body: [
      ...(sweep.text ? [textElement('p', {}, sweep.text)] : []),
      ...publishedTable(result),
      ...publishedChart(reproductions(result)),
      groupTable(result),
      ...failures(points),
      ...(sweep.figure === 'startup' ? startUp(result, seriesOf) : []),
      ...heatMap(result),
      ...axisCharts(result),
      ...effectCharts(result),
      ...stacks(result),
      ...pareto(result),
      workloadTable(result),
    ],
  });
}

function publishedTable(result: SweepResult): string[] {
  const rows = reproductions(result).map((r) => [
    escaped(r.text),
    escaped(r.published),
    escaped(r.ours),
    escaped(r.verdict),
    escaped(r.source),
  ]);
  if (rows.length === 0) return [];
  const head = ['', 'published', 'here', 'direction', 'source'];
  const table = element('div', { class: 'prose' }, tableOf(head, rows));
  return [section('Beside what was published', table)];
}

const percent = (factor: number | undefined): number | undefined =>
  factor === undefined ? undefined : 100 * (factor - 1);

function groupTable({ sweep, groups, baseline }: SweepResult): string {
  const rows = groups.map((group) => [
    escaped(group.label),
    ...sweep.metrics.flatMap((name) => [
      number(average(name, group)),
      group === baseline || !baseline ? '' : cell(percent(ratio(name, group, baseline)), name),
    ]),
  ]);
  return section(
    'Machines',
    tableOf(['', ...sweep.metrics.flatMap((name) => [escaped(name), ''])], rows),
  );
}

/** More of an IPC is good, more of anything else is not. */
function cell(value: number | undefined, name: string): string {
  if (value === undefined) return '-';
  return /ipc$/i.test(name) ? escaped(`${signed(value, 1)} %`) : change(value);
}

export function number(value: number | undefined): string {
  if (value === undefined) return '-';
  if (Math.abs(value) < 100) return String(Number(value.toPrecision(4)));
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');
}

function failures(points: readonly SweepPoint[]): string[] {
  const failed = points.filter(({ state }) => state !== 'done');
  if (failed.length === 0) return [];
  const lines = failed.map(({ label, state, exitCode, sentence }) =>
    state === 'failed' ? `${label}: exit code ${exitCode}: ${sentence}` : `${label}: ${sentence}`,
  );
  return [section(`${failed.length} points without results`, noteList(lines))];
}

function startUp({ points, workloads }: SweepResult, seriesOf: SweepPage['seriesOf']): string[] {
  return workloads.slice(0, 3).map((workload) => {
    const lines = points
      .filter((point) => point.workload === workload && point.state === 'done')
      .slice(0, MOST_CURVES)
      .flatMap((point) => {
        const series = seriesOf(point);
        return series ? [{ label: pointName(point), points: startUpCurve(series) }] : [];
      });
    return figure({
      title: `Start-up${workload === '' ? '' : ` of ${workload}`}`,
      caption: 'Cycles after so many guest instructions.',
      drawing: lineChart({
        label: 'start-up curve',
        x: { label: 'guest instructions', scale: 'log' },
        y: { label: 'cycles', scale: 'log' },
        lines,
        height: 400,
      }),
    });
  });
}

const pointName = ({ at, label }: SweepPoint): string => Object.values(at).join(' ') || label;

/** Mean over the workloads of a group. */
function meanStack(group: Group): Record<string, number> {
  const all = [...group.figures.values()];
  return Object.fromEntries(
    BUSY_SLOTS.map(({ name }) => [name, mean(all.map(({ cpi }) => cpi[name] ?? 0))]),
  );
}

function stacks({ groups, baseline, workloads }: SweepResult): string[] {
  const shown = groups.filter(({ figures }) => figures.size > 0).slice(0, MOST_BARS);
  if (shown.every((group) => [...group.figures.values()].every(({ cpi }) => !('issue' in cpi))))
    return [];
  const bars = shown.map((group): Bar => {
    const cpi = meanStack(group);
    const total = Object.values(cpi).reduce((sum, value) => sum + value, 0);
    const more =
      baseline && group !== baseline ? percent(ratio('cycles', group, baseline)) : undefined;
    const note =
      more === undefined ? total.toFixed(3) : `${total.toFixed(3)}  ${signed(more, 1)} %`;
    return { label: group.label, cpi, note };
  });
  const over = workloads.length > 1 ? `, the mean of ${workloads.length} workloads` : '';
  return [
    figure({
      title: 'Where the cycles go',
      caption: `Cycles an instruction by what caused them${over}. Behind the bar: the total, and cycles against ${baseline?.label ?? 'the first'}.`,
      drawing: stackBars(bars, BUSY_SLOTS),
      legend: slotLegend(bars, BUSY_SLOTS),
    }),
  ];
}

function pareto({ sweep, groups }: SweepResult): string[] {
  const { x, y } = sweep.pareto ?? { x: 'codeBytes', y: 'cpi' };
  const spots = groups.flatMap((group) => {
    const [across, up] = [average(x, group), average(y, group)];
    return across === undefined || up === undefined
      ? []
      : [{ label: group.label, x: across, y: up }];
  });
  if (spots.length < 3) return [];
  return [
    figure({
      title: `${x} against ${y}`,
      caption:
        'Towards the lower left is better. The dashed line joins machines that no other beats in both; the hollow ones are beaten.',
      drawing: scatter({ label: 'Pareto front', x, y, spots }),
    }),
  ];
}

function workloadTable({ groups, baseline, workloads }: SweepResult): string {
  if (!baseline || workloads.length < 2) return '';
  const rows = groups.map((group) => [
    escaped(group.label),
    ...workloads.map((workload) => {
      const [a, b] = [group, baseline].map((g) => g.figures.get(workload));
      const [now, before] = [a && figureOf(a, 'cycles'), b && figureOf(b, 'cycles')];
      return now === undefined || !before ? '-' : (now / before).toFixed(3);
    }),
  ]);
  return folded(
    'Cycles of each workload, relative',
    tableOf(['', ...workloads.map(escaped)], rows),
  );
}
