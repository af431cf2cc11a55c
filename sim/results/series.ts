/**
 * The course of a run: all counters at the points of the sample grid, column by column, kept as
 * msgpack (schema `chrysalis/series/1`). Values are totals up to the point; what happened between two
 * points is their difference. Columns that stay zero are left out, so an absent one is zero.
 *
 * A sample is taken at the first opportunity behind its point, and its own instruction count is stored
 * with it (`guest.instructions`). What is fast-forwarded is not sampled: the host's counters begin behind it.
 */
import { decode, encode } from '@msgpack/msgpack';
import { z } from 'zod';
import type { MachineHandle } from '../machine-api.js';
import { SampleGrid } from './sample-grid.js';

export const seriesSchema = 'chrysalis/series/1';

const seriesShape = z.object({
  schema: z.literal(seriesSchema),
  /** Points of the grid that the samples belong to; the last sample is the end of the run. */
  points: z.array(z.number()),
  columns: z.record(z.string(), z.object({ unit: z.string(), values: z.array(z.number()) })),
});

export type Series = z.output<typeof seriesShape>;

export function encodeSeries(series: Series): Uint8Array {
  // Counts above 32 bits become doubles, which are exact and need no bigint when they are read.
  return encode(series, { useBigInt64: true });
}

/** Throws what zod or msgpack find wrong. */
export function decodeSeries(bytes: Uint8Array): Series {
  return seriesShape.parse(decode(bytes, { useBigInt64: true }));
}

/** A column's values, zeros where it was left out. */
export function column(series: Series, name: string): readonly number[] {
  return series.columns[name]?.values ?? series.points.map(() => 0);
}

type Sampled = Pick<MachineHandle, 'instructions' | 'statistics'> &
  Partial<Pick<MachineHandle, 'fastForward'>>;

export class SeriesRecorder {
  private readonly grid = new SampleGrid();
  private points: number[] = [];
  private rows: (readonly number[])[] = [];
  private names: readonly (readonly [name: string, unit: string])[] = [];
  private nextPoint: number;
  /** Instructions at the latest sample. */
  private sampledAt = -1;

  constructor(private readonly machine: Sampled) {
    this.nextPoint = this.grid.next(machine.instructions);
  }

  /** Guest instructions at which the recorder wants to see the machine next. */
  get next(): number {
    return this.nextPoint;
  }

  /** Called between slices: takes a sample when its point is reached. */
  look(): void {
    const { instructions } = this.machine;
    if (instructions < this.nextPoint) return;
    if (this.machine.fastForward?.isOver !== false) this.take(this.nextPoint);
    if (this.grid.widen(instructions)) this.thinOut();
    this.nextPoint = this.grid.next(instructions);
  }

  /** All samples, with one of the machine as it is now. */
  series(): Series {
    const end = this.machine.instructions;
    // The run may end where a sample was taken.
    const last = this.sampledAt === end ? -1 : undefined;
    const rows = [...this.rows.slice(0, last), this.sample()];
    const columns = this.names.flatMap(([name, unit], i) => {
      const values = rows.map((row) => row[i] as number);
      return values.every((value) => value === 0) ? [] : [[name, { unit, values }] as const];
    });
    return {
      schema: seriesSchema,
      points: [...this.points.slice(0, last), end],
      columns: Object.fromEntries(columns),
    };
  }

  private take(point: number): void {
    this.points.push(point);
    this.sampledAt = this.machine.instructions;
    this.rows.push(this.sample());
  }

  private sample(): number[] {
    const statistics = this.machine.statistics();
    if (this.names.length !== statistics.length)
      this.names = statistics.map(({ name, unit }) => [name, unit] as const);
    return statistics.map(({ value }) => value);
  }

  private thinOut(): void {
    const kept = this.points.map((point) => this.grid.keeps(point));
    this.points = this.points.filter((_, i) => kept[i]);
    this.rows = this.rows.filter((_, i) => kept[i]);
  }
}
