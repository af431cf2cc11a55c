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
  const left = Math.min(360, Math.max(70, ...bars.map(({ label }) => textWidth(label) + 16)));
  const right = WIDTH - Math.max(60, ...bars.map(({ note }) => textWidth(note) + 14));
  const limit = lengthLimit(bars.map(total));
  const shown = bars.map((bar) => Math.min(total(bar), limit));
  const scale = linearScale(shown, [left, right], 8);
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
  const rows = bars.map((bar, i) => {
    const y = i * ROW + 8;
    const end = scale.at(shown[i] as number);
    const isCut = total(bar) > limit;
    const name = { x: left - 10, y: y + 16, class: 'name', 'text-anchor': 'end' };
    const note = { x: end + 8, y: y + 16, class: 'name' };
    return [
      textElement('text', name, fitted(bar.label, left - 14)),
      ...parts(bar, slots, y, (value) => scale.at(Math.min(value, limit)), total(bar)),
      isCut ? cut(end, y) : '',
      textElement('text', note, bar.note),
    ].join('');
  });
  const label = textElement(
    'text',
    { x: (left + right) / 2, y: bottom + 36, class: 'label', 'text-anchor': 'middle' },
    'cycles an instruction',
  );
  return svg(bottom + 46, 'CPI stacks', ...grid, ...rows, label);
}

function parts(
  bar: Bar,
  slots: readonly Slot[],
  y: number,
  at: (value: number) => number,
  total: number,
): string[] {
  let from = 0;
  return slots.map(({ name, text }) => {
    const value = bar.cpi[name] ?? 0;
    const [begin, end] = [at(from), at(from + value)];
    from += value;
    if (value === 0 || end <= begin) return '';
    const style = `fill:${slotColour(name)}`;
    const shape = { x: begin, y, width: Math.max(end - begin, 0.1), height: THICK, style };
    const share = ((100 * value) / total).toFixed(1);
    const words = `${bar.label}: ${name} ${value.toFixed(3)} (${share} %)\n${text}`;
    return element('rect', shape, tip(words));
  });
}

/** One bar that is far longer than all others would make them unreadable: it is cut, and marked so. */
function lengthLimit(totals: readonly number[]): number {
  const [longest = 0, second = 0] = [...totals].sort((a, b) => b - a);
  return second > 0 && longest > 3 * second ? 1.5 * second : Infinity;
}

function cut(x: number, y: number): string {
  const slash = (at: number): string =>
    element('line', { x1: at, y1: y + THICK + 3, x2: at + 6, y2: y - 3, class: 'cut' });
  return slash(x - 18) + slash(x - 12);
}

/** Slots that any bar has. */
export function slotLegend(bars: readonly Bar[], slots: readonly Slot[]): string {
  const used = slots.filter(({ name }) => bars.some(({ cpi }) => (cpi[name] ?? 0) > 0));
  return legend(used.map(({ name, text }) => ({ name, text, colour: slotColour(name) })));
}
