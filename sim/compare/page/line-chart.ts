/** Lines over a linear or logarithmic axis, each labelled at its end. */
import { type Axis, axes, type Box, fitted, spread, svg, WIDTH } from './chart.js';
import { seriesColour, seriesDash } from './palette.js';
import { lengthScale, linearScale, logScale, type Scale } from './scale.js';
import { element, polyline, textElement, textWidth, tip } from './svg.js';

export type Point = readonly [x: number, y: number];

export interface Line {
  readonly label: string;
  readonly points: readonly Point[];
}

export interface LineChart {
  readonly label: string;
  readonly x: {
    readonly label: string;
    readonly scale: 'linear' | 'log';
    readonly format?: (value: number) => string;
    /** Exactly these. */
    readonly ticks?: readonly number[];
  };
  readonly y: {
    readonly label: string;
    readonly scale: 'linear' | 'log';
    readonly format?: (value: number) => string;
    /** Whether a linear axis must show zero. */
    readonly zero?: boolean;
  };
  readonly lines: readonly Line[];
  /** Marks on the points themselves, where there are few. */
  readonly marks?: boolean;
  /** Names above the lines instead of at the right, where lines end at different places. */
  readonly namesAbove?: boolean;
  readonly height?: number;
}

const MOST_POINTS = 300;

export function lineChart(chart: LineChart): string {
  const labels = chart.lines.map(({ label }) => label);
  const room = chart.namesAbove
    ? 24
    : Math.min(230, Math.max(40, ...labels.map((l) => textWidth(l) + 16)));
  const box: Box = { left: 64, top: 30, right: WIDTH - room, bottom: (chart.height ?? 330) - 46 };
  const lines = chart.lines.map((line) => ({ ...line, points: thinned(line.points) }));
  const all = lines.flatMap(({ points }) => points);
  const across = all.map(([at]) => at);
  const x = (chart.x.scale === 'log' ? logScale : lengthScale)(across, [box.left, box.right], 8);
  const y = scaleOf(
    chart.y.scale,
    all.map(([, at]) => at),
    [box.bottom, box.top],
    6,
    chart.y.zero ?? true,
  );
  const drawn = lines.map((line, i) => drawLine(line, i, x, y, chart.marks === true));
  return svg(
    box.bottom + 46,
    chart.label,
    axes(
      box,
      axisOf(chart.x, chart.x.ticks ? { ...x, ticks: chart.x.ticks } : x),
      axisOf(chart.y, y),
    ),
    // The first one on top, where lines cover each other.
    ...drawn.reverse(),
    chart.namesAbove ? namesAbove(lines, x, y) : endLabels(lines, x, y, box),
  );
}

function axisOf({ label, format }: LineChart['x'], scale: Scale): Axis {
  return { scale, label, ...(format ? { format } : {}) };
}

function scaleOf(
  kind: 'linear' | 'log',
  values: readonly number[],
  range: readonly [number, number],
  wanted: number,
  zero: boolean,
): Scale {
  return kind === 'log'
    ? logScale(values, range, wanted)
    : linearScale(values, range, wanted, zero);
}

function drawLine(
  { label, points }: Line,
  index: number,
  x: Scale,
  y: Scale,
  marks: boolean,
): string {
  const at = points.map(([px, py]) => [x.at(px), y.at(py)] as const);
  const colour = seriesColour(index);
  const path = element(
    'path',
    {
      d: polyline(at),
      class: 'line',
      'stroke-dasharray': seriesDash(index),
      style: `stroke:${colour}`,
    },
    tip(label),
  );
  if (!marks) return path;
  const dots = at.map(([cx, cy], i) =>
    element(
      'circle',
      { cx, cy, r: 3.5, style: `fill:${colour}` },
      tip(`${label}: ${points[i]?.[0]}, ${points[i]?.[1]}`),
    ),
  );
  return [path, ...dots].join('');
}

function endLabels(lines: readonly Line[], x: Scale, y: Scale, box: Box): string {
  const ends = lines.map(({ points }) => points.at(-1) ?? ([0, 0] as const));
  const heights = spread(
    ends.map(([, py]) => y.at(py)),
    15,
    box.top,
    box.bottom,
  );
  return lines
    .map(({ label }, i) => {
      const from = x.at((ends[i] as Point)[0]);
      const to = y.at((ends[i] as Point)[1]);
      const height = heights[i] as number;
      const leader =
        Math.abs(height - to) > 3 || from < box.right - 3
          ? element('path', {
              d: polyline([
                [from + 2, to],
                [box.right + 6, height],
              ]),
              class: 'leader',
            })
          : '';
      const name = {
        x: box.right + 9,
        y: height + 4,
        class: 'name',
        style: `fill:${seriesColour(i)}`,
      };
      return leader + textElement('text', name, fitted(label, WIDTH - box.right - 12));
    })
    .join('');
}

function namesAbove(lines: readonly Line[], x: Scale, y: Scale): string {
  return lines
    .map(({ label, points }, i) => {
      const middle = (x.at(points[0]?.[0] ?? 0) + x.at(points.at(-1)?.[0] ?? 0)) / 2;
      const top = Math.min(...points.map(([, at]) => y.at(at)));
      const name = { x: middle, y: top - 12, class: 'name halo', 'text-anchor': 'middle' };
      return textElement('text', { ...name, style: `fill:${seriesColour(i)}` }, label);
    })
    .join('');
}

/** No more points than pixels that show them; the first and the last stay. */
function thinned(points: readonly Point[]): readonly Point[] {
  if (points.length <= MOST_POINTS) return points;
  const step = (points.length - 1) / (MOST_POINTS - 1);
  return Array.from({ length: MOST_POINTS }, (_, i) => points[Math.round(i * step)] as Point);
}
