/** Curves of a run from its series: cycles, what the gears did, how the tcache filled. */
import { column, type Series } from '../../results/series.js';
import { BUSY_SLOTS } from '../figures.js';
import type { Panel } from './area-chart.js';
import type { Point } from './line-chart.js';

const GEARS = ['interpreter', 'block', 'superblock'] as const;

/** Cycles that were not idle, at each sample. */
export function busyCycles(series: Series): readonly number[] {
  const stack = BUSY_SLOTS.map(({ name }) => column(series, `cpi.${name}`));
  const sums = series.points.map((_, i) =>
    stack.reduce((sum, slot) => sum + (slot[i] as number), 0),
  );
  if (sums.some((sum) => sum > 0)) return sums;
  const idle = column(series, 'host.idleCycles');
  return column(series, 'host.cycles').map((cycles, i) => cycles - (idle[i] as number));
}

export function instructionsOf(series: Series): readonly number[] {
  const ofRun = column(series, 'run.instructions');
  return ofRun.some((n) => n > 0) ? ofRun : column(series, 'guest.instructions');
}

/** Cycles over instructions: the start-up curve. */
export function startUpCurve(series: Series): Point[] {
  const cycles = busyCycles(series);
  return instructionsOf(series).map((n, i): Point => [n, cycles[i] as number]);
}

/** Cycles against those of another run after the same instructions, in per cent. */
export function relativeCurve(series: Series, base: Series): Point[] {
  const reference = startUpCurve(base);
  const end = reference.at(-1)?.[0] ?? 0;
  return startUpCurve(series).flatMap(([n, cycles]): Point[] => {
    const then = interpolated(reference, n);
    return n > end || then === 0 ? [] : [[n, (100 * cycles) / then - 100]];
  });
}

function interpolated(points: readonly Point[], x: number): number {
  const right = points.findIndex(([at]) => at >= x);
  if (right < 0) return points.at(-1)?.[1] ?? 0;
  const [x1, y1] = points[right] as Point;
  const [x0, y0] = points[right - 1] ?? ([0, 0] as const);
  return x1 === x0 ? y1 : y0 + ((x - x0) / (x1 - x0)) * (y1 - y0);
}

/** Shares of guest instructions that each gear completed, interval by interval. */
export function gearPanel(label: string, series: Series): Panel {
  const gears = GEARS.map((gear) => column(series, `gear.${gear}.instructions`));
  const ends = instructionsOf(series);
  const shares = ends.map((_, i) => {
    const done = gears.map((values) => (values[i] as number) - (values[i - 1] ?? 0));
    const all = done.reduce((sum, n) => sum + n, 0);
    return done.map((n) => (all === 0 ? 0 : n / all));
  });
  return { label, ends, shares };
}

export const GEAR_NAMES: readonly string[] = GEARS;

export function tcacheCurve(series: Series): Point[] {
  const used = column(series, 'tcache.usedBytes');
  return instructionsOf(series).map((n, i): Point => [n, (used[i] as number) / 1024]);
}
