/** Rows of tidy tables from results: a row a run, a row a counter of a run, or a row a sample of its series. */
import { DERIVED, figure, figuresOf } from '../compare/figures.js';
import { type RunRecord, Values } from './run-record.js';
import { column, type Series } from './series.js';
import type { Cell, TidyRow } from './tidy.js';

/** What tells a run from others: label, workload, axes. */
export type Identity = Readonly<Record<string, Cell>>;

/** One row: outcome, derived figures, and every counter as a column. */
export function runRow(identity: Identity, record: RunRecord): TidyRow {
  const figures = figuresOf(new Values(record.statistics));
  const derived = DERIVED.map((name) => [name, figure(figures, name)] as const);
  return {
    ...identity,
    outcome: record.outcome.kind,
    exitCode: record.exitCode,
    partial: record.partial,
    simulatedSeconds: record.simulatedSeconds,
    wallSeconds: record.host.wallSeconds,
    resultHash: record.resultHash,
    ...Object.fromEntries(derived),
    ...Object.fromEntries(record.statistics.map(({ name, value }) => [name, value])),
  };
}

/** A row for each counter. */
export function counterRows(identity: Identity, record: RunRecord): TidyRow[] {
  return record.statistics.map(({ name, value, unit }) => ({
    ...identity,
    ...{ counter: name, value, unit },
  }));
}

/** A row for each sample: totals up to it. */
export function seriesRows(identity: Identity, series: Series): TidyRow[] {
  const names = Object.keys(series.columns);
  return series.points.map((point, i) => ({
    ...identity,
    point,
    ...Object.fromEntries(names.map((name) => [name, column(series, name)[i]])),
  }));
}
