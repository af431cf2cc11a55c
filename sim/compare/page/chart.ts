/** What charts share: size, frame, grid, axis labels, the figure around them, legends. */
import { type Scale, tickLabels } from './scale.js';
import { EM, element, escaped, textElement, textWidth } from './svg.js';

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export const WIDTH = 880;

export interface Axis {
  readonly scale: Scale;
  readonly label: string;
  readonly format?: (value: number) => string;
}

/** Grid lines, tick labels and axis titles. */
export function axes(box: Box, x: Axis, y: Axis): string {
  const { left, right, top, bottom } = box;
  const rows = labelled(y).flatMap(([tick, label]) => {
    const at = y.scale.at(tick);
    const line = { x1: left, x2: right, y1: at, y2: at, class: tick === 0 ? 'zero' : 'grid' };
    return [element('line', line), tickLabel(left - 8, at + 4, 'end', label)];
  });
  const columns = labelled(x).flatMap(([tick, label]) => {
    const at = x.scale.at(tick);
    const line = { x1: at, x2: at, y1: bottom, y2: bottom + 4, class: 'tick' };
    return [element('line', line), tickLabel(at, bottom + 18, 'middle', label)];
  });
  const title = (at: { x: number; y: number }, anchor: string, text: string): string =>
    textElement('text', { ...at, class: 'label', 'text-anchor': anchor }, text);
  return [
    ...rows,
    ...columns,
    element('line', { x1: left, x2: right, y1: bottom, y2: bottom, class: 'axis' }),
    title({ x: (left + right) / 2, y: bottom + 37 }, 'middle', x.label),
    title({ x: left, y: top - 11 }, 'start', y.label),
  ].join('');
}

function labelled({ scale, format }: Axis): (readonly [tick: number, label: string])[] {
  const labels = format ? scale.ticks.map(format) : tickLabels(scale.ticks);
  return scale.ticks.map((tick, i) => [tick, labels[i] as string]);
}

function tickLabel(x: number, y: number, anchor: string, text: string): string {
  return textElement('text', { x, y, class: 'ticks', 'text-anchor': anchor }, text);
}

export function svg(height: number, label: string, ...content: string[]): string {
  const size = {
    viewBox: `0 0 ${WIDTH} ${Math.ceil(height)}`,
    width: WIDTH,
    height: Math.ceil(height),
  };
  return element('svg', { ...size, role: 'img', 'aria-label': label }, ...content);
}

export interface Figure {
  readonly title: string;
  /** One or two sentences: what to see, and how to read it. */
  readonly caption: string;
  readonly drawing: string;
  readonly legend?: string;
}

export function figure({ title, caption, drawing, legend }: Figure): string {
  return element(
    'figure',
    {},
    textElement('h2', {}, title),
    textElement('p', { class: 'caption' }, caption),
    legend ?? '',
    element('div', { class: 'drawing' }, drawing),
  );
}

/** Swatches with names, in the order in which they are drawn. */
export function legend(
  entries: readonly { readonly name: string; readonly colour: string; readonly text?: string }[],
): string {
  const items = entries.map(({ name, colour, text }) =>
    element(
      'li',
      { title: text },
      element('span', { class: 'swatch', style: `background:${colour}` }),
      escaped(name),
    ),
  );
  return element('ul', { class: 'legend' }, ...items);
}

/** Puts labels at line ends below each other where they would overlap; gives their heights in order. */
export function spread(
  wanted: readonly number[],
  least: number,
  top: number,
  bottom: number,
): number[] {
  const order = wanted
    .map((_, i) => i)
    .sort((a, b) => (wanted[a] as number) - (wanted[b] as number));
  const placed = [...wanted];
  let free = top;
  for (const i of order) {
    placed[i] = Math.max(placed[i] as number, free);
    free = (placed[i] as number) + least;
  }
  let limit = bottom;
  for (const i of [...order].reverse()) {
    placed[i] = Math.min(placed[i] as number, limit);
    limit = (placed[i] as number) - least;
  }
  return placed;
}

/** A label of at most so many pixels. */
export function fitted(text: string, pixels: number, size = 12.5): string {
  if (textWidth(text, size) <= pixels) return text;
  const letters = Math.max(4, Math.floor(pixels / (size * EM)) - 1);
  return `${text.slice(0, letters)}…`;
}
