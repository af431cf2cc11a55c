/**
 * Points that trade one thing for another, both better when smaller: those that nothing beats in both
 * (the Pareto front) are joined and filled, the others are hollow.
 */
import { axes, type Box, fitted, svg, WIDTH } from './chart.js';
import { linearScale, logScale, type Scale } from './scale.js';
import { element, polyline, short, textElement, textWidth, tip } from './svg.js';

export interface Spot {
  readonly label: string;
  readonly x: number;
  readonly y: number;
}

export interface Scatter {
  readonly label: string;
  readonly x: string;
  readonly y: string;
  readonly spots: readonly Spot[];
}

/** Of points with the same place, the first one. */
export function paretoFront(spots: readonly Spot[]): Spot[] {
  const sorted = [...spots].sort((a, b) => a.x - b.x || a.y - b.y);
  const front: Spot[] = [];
  for (const spot of sorted) if (spot.y < (front.at(-1)?.y ?? Infinity)) front.push(spot);
  return front;
}

/** Labels are drawn for so many; the others have theirs under the pointer. */
const MOST_LABELS = 10;

export function scatter({ label, x, y, spots }: Scatter): string {
  const box: Box = { left: 64, top: 30, right: WIDTH - 24, bottom: 300 };
  const scaleX = scaleOf(
    spots.map((spot) => spot.x),
    [box.left, box.right],
  );
  const scaleY = scaleOf(
    spots.map((spot) => spot.y),
    [box.bottom, box.top],
  );
  const front = paretoFront(spots);
  const at = (spot: Spot): readonly [number, number] => [scaleX.at(spot.x), scaleY.at(spot.y)];
  const line = element('path', { d: polyline(front.map(at)), class: 'front' });
  // Two machines at the same place are equally good.
  const isBest = ({ x, y }: Spot): boolean => front.some((best) => best.x === x && best.y === y);
  const dots = spots.map((spot) => {
    const [cx, cy] = at(spot);
    const text = `${spot.label}: ${short(spot.x)}, ${Number(spot.y.toPrecision(5))}`;
    return element('circle', { cx, cy, r: 5, class: isBest(spot) ? 'best' : 'beaten' }, tip(text));
  });
  const named = spots.length <= MOST_LABELS ? spots : front.slice(0, MOST_LABELS);
  return svg(
    346,
    label,
    axes(box, { scale: scaleX, label: x }, { scale: scaleY, label: y }),
    line,
    ...dots,
    labels(named, at, box),
  );
}

/** To the right of the point, or to the left where the right has no room; moved down where one stands already. */
function labels(
  spots: readonly Spot[],
  at: (spot: Spot) => readonly [number, number],
  box: Box,
): string {
  const taken: { x0: number; x1: number; y: number }[] = [];
  return spots
    .map((spot) => {
      const [x, y] = at(spot);
      const text = fitted(spot.label, 300);
      const width = textWidth(text);
      const right = x + 10 + width < box.right;
      const x0 = right ? x + 10 : x - 10 - width;
      const free = (at: number): boolean =>
        at < box.bottom - 3 &&
        !taken.some((t) => t.x0 < x0 + width && x0 < t.x1 && Math.abs(t.y - at) < 14);
      const offsets = Array.from(
        { length: 16 },
        (_, i) => y + 4 + (i % 2 ? -7 : 7) * Math.ceil(i / 2),
      );
      const height = offsets.find(free) ?? y + 4;
      taken.push({ x0, x1: x0 + width, y: height });
      const anchor = right ? 'start' : 'end';
      return textElement(
        'text',
        { x: right ? x0 : x0 + width, y: height, class: 'ticks halo', 'text-anchor': anchor },
        text,
      );
    })
    .join('');
}

/** Logarithmic where values are far apart, with some air around them. */
function scaleOf(values: readonly number[], range: readonly [number, number]): Scale {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (low > 0 && high / low > 12) return logScale([low / 1.15, high * 1.15], range, 6);
  const air = high > low ? (high - low) * 0.06 : Math.abs(high) * 0.05 || 1;
  return linearScale([low < 0 ? low - air : Math.max(0, low - air), high + air], range, 6, false);
}
