/** Small stacked areas, one panel for each variant: shares over guest instructions. */
import { type Box, fitted, svg, WIDTH } from './chart.js';
import { compact, lengthScale, type Scale } from './scale.js';
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

function drawPanel(panel: Panel, layers: readonly Layer[], box: Box, most: number): string {
  const x = lengthScale([most], [box.left, box.right], 4);
  const size = { width: box.right - box.left, height: PANEL };
  return [
    ...areas(panel, layers, box, (value) => Math.min(x.at(value), box.right)),
    element('rect', { x: box.left, y: box.top, ...size, class: 'frame' }),
    ...panelAxes(box, x),
    textElement(
      'text',
      { x: box.left, y: box.top - 7, class: 'name' },
      fitted(panel.label, size.width),
    ),
  ].join('');
}

/** One path a layer: along its steps and back along those of the layer below. */
function areas(
  { label, ends, shares }: Panel,
  layers: readonly Layer[],
  box: Box,
  x: (value: number) => number,
): string[] {
  const y = (share: number): number => box.bottom - Math.min(1, share) * (box.bottom - box.top);
  const steps = (heights: readonly number[]): [number, number][] =>
    ends.flatMap((end, i): [number, number][] => {
      const level = y(heights[i] as number);
      return [
        [x(ends[i - 1] ?? 0), level],
        [x(end), level],
      ];
    });
  let below = ends.map(() => 0);
  return layers.map(({ name, colour }, layer) => {
    const above = below.map((from, i) => from + (shares[i]?.[layer] ?? 0));
    const outline = polyline([...steps(above), ...steps(below).reverse()]);
    below = above;
    return element('path', { d: `${outline}Z`, style: `fill:${colour}` }, tip(`${label}: ${name}`));
  });
}

function panelAxes(box: Box, x: Scale): string[] {
  const text = (at: { x: number; y: number }, anchor: string, words: string): string =>
    textElement('text', { ...at, class: 'ticks', 'text-anchor': anchor }, words);
  const ticks = x.ticks.flatMap((tick) => {
    const at = x.at(tick);
    const line = { x1: at, x2: at, y1: box.bottom, y2: box.bottom + 4, class: 'tick' };
    return [element('line', line), text({ x: at, y: box.bottom + 17 }, 'middle', compact(tick))];
  });
  const percents = [0, 0.5, 1].map((share) => {
    const y = box.bottom - share * (box.bottom - box.top);
    return text({ x: box.left - 6, y: y + 4 }, 'end', `${share * 100} %`);
  });
  return [...ticks, ...percents];
}
