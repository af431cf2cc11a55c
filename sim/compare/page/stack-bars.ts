/** Horizontal bars, one for each variant, whose parts are the slots of the CPI stack. */
import type { Slot } from '../figures.js';
import { fitted, legend, svg, WIDTH } from './chart.js';
import { slotColour } from './palette.js';
import { compact, linearScale } from './scale.js';
import { element, textElement, textWidth, tip } from './svg.js';

export interface Bar {
  readonly label: string;
  /** Cycles an instruction, by slot. */
  readonly cpi: Readonly<Record<string, number>>;
  /** Shown behind the bar. */
  readonly note: string;
}

const ROW = 34;
const THICK = 22;

export function stackBars(bars: readonly Bar[], slots: readonly Slot[]): string {
  const total = (bar: Bar): number =>
    slots.reduce((sum, { name }) => sum + (bar.cpi[name] ?? 0), 0);
  const left = Math.min(290, Math.max(70, ...bars.map(({ label }) => textWidth(label) + 16)));
  const right = WIDTH - Math.max(60, ...bars.map(({ note }) => textWidth(note) + 14));
  const scale = linearScale(bars.map(total), [left, right], 8);
  const bottom = bars.length * ROW + 8;
  const grid = scale.ticks.flatMap((tick) => [
    element('line', {
      x1: scale.at(tick),
      x2: scale.at(tick),
      y1: 4,
      y2: bottom,
      class: tick === 0 ? 'zero' : 'grid',
    }),
    textElement(
      'text',
      { x: scale.at(tick), y: bottom + 17, class: 'ticks', 'text-anchor': 'middle' },
      compact(tick),
    ),
  ]);
  const rows = bars.map((bar, i) => row(bar, slots, i * ROW + 8, left, scale.at, total(bar)));
  const label = textElement(
    'text',
    { x: (left + right) / 2, y: bottom + 36, class: 'label', 'text-anchor': 'middle' },
    'cycles an instruction',
  );
  return svg(bottom + 46, 'CPI stacks', ...grid, ...rows, label);
}

function row(
  bar: Bar,
  slots: readonly Slot[],
  y: number,
  left: number,
  at: (value: number) => number,
  total: number,
): string {
  const parts = [
    textElement(
      'text',
      { x: left - 10, y: y + 16, class: 'name', 'text-anchor': 'end' },
      fitted(bar.label, left - 14),
    ),
  ];
  let from = 0;
  for (const { name, text } of slots) {
    const value = bar.cpi[name] ?? 0;
    const width = at(from + value) - at(from);
    if (value > 0) {
      const shape = {
        x: at(from),
        y,
        width: Math.max(width, 0.1),
        height: THICK,
        style: `fill:${slotColour(name)}`,
      };
      const share = ((100 * value) / total).toFixed(1);
      parts.push(
        element(
          'rect',
          shape,
          tip(`${bar.label}: ${name} ${value.toFixed(3)} (${share} %)\n${text}`),
        ),
      );
    }
    from += value;
  }
  parts.push(textElement('text', { x: at(total) + 8, y: y + 16, class: 'name' }, bar.note));
  return parts.join('');
}

/** Slots that any bar has. */
export function slotLegend(bars: readonly Bar[], slots: readonly Slot[]): string {
  const used = slots.filter(({ name }) => bars.some(({ cpi }) => (cpi[name] ?? 0) > 0));
  return legend(used.map(({ name, text }) => ({ name, text, colour: slotColour(name) })));
}
