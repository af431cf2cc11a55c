/**
 * Text of HTML and SVG elements. Everything that comes from a user (labels, file names, console text)
 * goes through `escaped`; a page made of these elements needs nothing from outside itself.
 */

export type Attributes = Readonly<Record<string, string | number | undefined>>;

export function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** An element around markup that is finished already. */
export function element(name: string, attributes: Attributes, ...content: string[]): string {
  const stated = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(
      ([key, value]) =>
        ` ${key}="${escaped(typeof value === 'number' ? short(value) : String(value))}"`,
    );
  return `<${name}${stated.join('')}>${content.join('')}</${name}>`;
}

/** An element around plain text. */
export function textElement(name: string, attributes: Attributes, text: string): string {
  return element(name, attributes, escaped(text));
}

/** Shown when the pointer rests on it. */
export function tip(text: string): string {
  return textElement('title', {}, text);
}

/** Coordinates to a tenth of a pixel. */
export function short(value: number): string {
  return String(Math.round(value * 10) / 10);
}

export function polyline(points: readonly (readonly [number, number])[]): string {
  return points.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${short(x)} ${short(y)}`).join('');
}

/** Of usual letters in the widest of usual fonts. */
export const EM = 0.63;

/** Width of a text of the names' size, near enough to keep labels apart. */
export function textWidth(text: string, size = 12.5): number {
  return text.length * size * EM;
}
