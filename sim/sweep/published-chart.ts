/** Published changes and ours on one axis of per cent: how far they lie apart, and on which side of zero. */
import { figure, legend, svg, WIDTH } from '../compare/page/chart.js';
import { linearScale, percentTick, type Scale } from '../compare/page/scale.js';
import { element, textElement, tip } from '../compare/page/svg.js';
import { signed } from '../compare/tolerance.js';
import type { Reproduction } from './published.js';

const ROW = 46;
const LEFT = 24;
const TOP = 8;

/** Nothing where no change was published as a number. */
export function publishedChart(found: readonly Reproduction[]): string[] {
  const rows = found.filter(
    ({ isChange, value, publishedValue }) => isChange && value !== null && publishedValue !== null,
  );
  if (rows.length === 0) return [];
  const values = rows.flatMap(({ value, publishedValue }) => [value ?? 0, publishedValue ?? 0]);
  const scale = linearScale(values, [LEFT, WIDTH - LEFT], 9);
  const bottom = TOP + rows.length * ROW;
  const grid = scale.ticks.flatMap((tick) => {
    const at = scale.at(tick);
    const line = { x1: at, x2: at, y1: TOP, y2: bottom, class: tick === 0 ? 'zero' : 'grid' };
    const label = { x: at, y: bottom + 18, class: 'ticks', 'text-anchor': 'middle' };
    return [element('line', line), textElement('text', label, percentTick(tick))];
  });
  const drawn = rows.map((row, i) => drawRow(row, scale, TOP + i * ROW));
  return [
    figure({
      title: 'Published and here',
      caption: 'Changes in per cent. What lies on the other side of zero contradicts.',
      drawing: svg(bottom + 26, 'published and our changes', ...grid, ...drawn),
      legend: legend([
        { name: 'published', colour: 'var(--soft)' },
        { name: 'here', colour: 'var(--accent)' },
      ]),
    }),
  ];
}

function drawRow({ text, value, publishedValue }: Reproduction, scale: Scale, y: number): string {
  const [there, here] = [publishedValue ?? 0, value ?? 0];
  const [x1, x2] = [scale.at(there), scale.at(here)];
  const middle = y + 33;
  const at = (from: number): string => `${signed(from, 1)} %`;
  return [
    textElement('text', { x: LEFT, y: y + 16, class: 'name halo' }, text),
    element('line', { x1, x2, y1: middle, y2: middle, class: 'axis' }),
    element('circle', { cx: x1, cy: middle, r: 5, class: 'beaten' }, tip(`published ${at(there)}`)),
    element('circle', { cx: x2, cy: middle, r: 5, class: 'best' }, tip(`here ${at(here)}`)),
  ].join('');
}
