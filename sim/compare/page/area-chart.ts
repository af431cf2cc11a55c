/** Small stacked areas, one panel for each variant: shares over guest instructions. */
import { type Box, fitted, svg, WIDTH } from './chart.js';
import { compact, lengthScale } from './scale.js';
import { element, polyline, textElement, tip } from './svg.js';

export interface Layer {
  readonly name: string;
  readonly colour: string;
}

export interface Panel {
  readonly label: string;
  /** Where each interval ends. */
  readonly ends: readonly number[];
  /** Shares of each interval by layer, 0 to 1. */
  readonly shares: readonly (readonly number[])[];
}

const GAP = 56;
const MARGIN = 50;
const PANEL = 96;

export function areaPanels(
  panels: readonly Panel[],
  layers: readonly Layer[],
  xLabel: string,
): string {
  const most = Math.max(1, ...panels.flatMap(({ ends }) => ends));
  const columns = panels.length === 1 ? 1 : 2;
  const width = (WIDTH - MARGIN - (columns - 1) * GAP) / columns;
  const rows = Math.ceil(panels.length / columns);
  const drawn = panels.map((panel, i) => {
    const left = MARGIN + (i % columns) * (width + GAP);
    const top = 22 + Math.floor(i / columns) * (PANEL + GAP);
    const box = { left, top, right: left + width - 22, bottom: top + PANEL };
    return drawPanel(panel, layers, box, most);
  });
  const height = rows * (PANEL + GAP) + 12;
  const label = textElement(
    'text',
    { x: WIDTH / 2, y: height, class: 'label', 'text-anchor': 'middle' },
    xLabel,
  );
  return svg(height + 8, 'shares over guest instructions', ...drawn, label);
}

function drawPanel(
  { label, ends, shares }: Panel,
  layers: readonly Layer[],
  box: Box,
  most: number,
): string {
  const x = lengthScale([most], [box.left, box.right], 4);
  const inside = (value: number): number => Math.min(x.at(value), box.right);
  const y = (share: number): number => box.bottom - share * (box.bottom - box.top);
  let below = ends.map(() => 0);
  const areas = layers.map(({ name, colour }, layer) => {
    const above = below.map((from, i) => from + (shares[i]?.[layer] ?? 0));
    const steps = (heights: readonly number[]): [number, number][] =>
      ends.flatMap((end, i): [number, number][] => {
        const level = y(Math.min(1, heights[i] as number));
        return [
          [inside(ends[i - 1] ?? 0), level],
          [inside(end), level],
        ];
      });
    const outline = polyline([...steps(above), ...steps(below).reverse()]);
    below = above;
    return element('path', { d: `${outline}Z`, style: `fill:${colour}` }, tip(`${label}: ${name}`));
  });
  const ticks = x.ticks
    .filter((tick) => x.at(tick) <= box.right + 1)
    .flatMap((tick) => [
      element('line', {
        x1: x.at(tick),
        x2: x.at(tick),
        y1: box.bottom,
        y2: box.bottom + 4,
        class: 'tick',
      }),
      textElement(
        'text',
        { x: x.at(tick), y: box.bottom + 17, class: 'ticks', 'text-anchor': 'middle' },
        compact(tick),
      ),
    ]);
  const percents = [0, 0.5, 1].map((share) =>
    textElement(
      'text',
      { x: box.left - 6, y: y(share) + 4, class: 'ticks', 'text-anchor': 'end' },
      `${share * 100} %`,
    ),
  );
  const frame = element('rect', {
    x: box.left,
    y: box.top,
    width: box.right - box.left,
    height: PANEL,
    class: 'frame',
  });
  const name = textElement(
    'text',
    { x: box.left, y: box.top - 7, class: 'name' },
    fitted(label, box.right - box.left),
  );
  return [...areas, frame, ...ticks, ...percents, name].join('');
}
