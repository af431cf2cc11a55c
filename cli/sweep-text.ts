/** A sweep as tables for people, and as one versioned object. */
import { signed } from '../sim/compare/tolerance.js';
import { reproductions } from '../sim/sweep/published.js';
import { average, mainEffects, ratio, type SweepResult } from '../sim/sweep/sweep-result.js';
import { packageVersion } from './package-info.js';
import { grouped, table } from './statistics-text.js';

export const sweepSchema = 'chrysalis/sweep/1';

const lines = (head: readonly string[], rows: readonly (readonly string[])[]): string[] =>
  table('', head, rows).map(([, text]) => text);

export function sweepText(result: SweepResult): string {
  return [
    ...machines(result),
    ...(result.axes.length > 1 ? ['', ...effects(result)] : []),
    ...published(result),
    ...failures(result),
  ].join('\n');
}

function number(value: number | undefined): string {
  if (value === undefined) return '-';
  return Math.abs(value) < 100 ? String(Number(value.toPrecision(4))) : grouped(Math.round(value));
}

const percent = (factor: number | undefined): string =>
  factor === undefined ? '-' : `${signed(100 * (factor - 1), 1)} %`;

function machines({ sweep, groups, baseline, workloads }: SweepResult): string[] {
  const rows = groups.map((group) => [
    group.label,
    ...(workloads.length > 1 ? [`${group.figures.size}/${workloads.length}`] : []),
    ...sweep.metrics.flatMap((name) => [
      number(average(name, group)),
      group === baseline || !baseline ? '' : percent(ratio(name, group, baseline)),
    ]),
  ]);
  const head = ['', ...(workloads.length > 1 ? ['workloads'] : [])];
  return lines([...head, ...sweep.metrics.flatMap((name) => [name, ''])], rows);
}

function effects(result: SweepResult): string[] {
  const rows = mainEffects(result, 'cycles').flatMap(({ axis, levels }) =>
    levels.map(({ value, percent }, i) => [
      i === 0 ? axis : '',
      String(value),
      `${signed(percent, 1)} %`,
    ]),
  );
  return lines(['main effects', 'value', 'cycles'], rows);
}

function published(result: SweepResult): string[] {
  const rows = reproductions(result).map((r) => [r.text, r.published, r.ours, r.verdict, r.source]);
  if (rows.length === 0) return [];
  // Words to the left, figures to the right.
  const width = (column: number): number =>
    Math.max(...rows.map((row) => (row[column] ?? '').length));
  const padded = rows.map((row) =>
    row.map((cell, column) => (column >= 3 ? cell.padEnd(width(column)) : cell)),
  );
  return ['', ...lines(['published', 'there', 'here', '', ''], padded)];
}

function failures({ points }: SweepResult): string[] {
  const failed = points.filter(({ state }) => state !== 'done');
  if (failed.length === 0) return [];
  const told = failed.map(({ label, state, exitCode, sentence }) =>
    state === 'failed'
      ? `  ${label}: exit code ${exitCode}: ${sentence}`
      : `  ${label}: ${sentence}`,
  );
  return ['', `${failed.length} of ${points.length} points have no results`, ...told];
}

export function sweepJson(result: SweepResult): Record<string, unknown> {
  const { sweep, groups, baseline } = result;
  return {
    schema: sweepSchema,
    version: packageVersion(),
    name: sweep.name,
    axes: result.axes.map(({ name, levels }) => ({ name, values: levels.map((l) => l.value) })),
    workloads: result.workloads,
    baseline: baseline?.at ?? null,
    machines: groups.map((group) => ({
      label: group.label,
      at: group.at,
      workloads: [...group.figures.keys()],
      metrics: Object.fromEntries(
        sweep.metrics.map((name) => [
          name,
          {
            mean: average(name, group) ?? null,
            ratio: baseline ? (ratio(name, group, baseline) ?? null) : null,
          },
        ]),
      ),
    })),
    mainEffects: mainEffects(result, 'cycles'),
    published: reproductions(result),
    points: result.points.map(({ record, ...point }) => ({
      ...point,
      resultHash: record?.resultHash ?? null,
    })),
  };
}
