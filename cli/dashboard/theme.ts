/**
 * Styles by what they mean. Colours are those of Okabe and Ito, which the colour-blind tell apart too,
 * as the nearest of the palette of 256; whatever a colour says is said by a letter or word as well.
 * Without colours (NO_COLOR) there are bold, underline and inverse.
 */
import type { Style } from './grid.js';

const ORANGE = 214;
const SKY = 74;
const GREEN = 36;
const YELLOW = 220;
const BLUE = 32;
const RED = 166;
const PURPLE = 175;
const GREY = 245;

export interface Theme {
  readonly bar: Style;
  readonly title: Style;
  readonly selected: Style;
  readonly faint: Style;
  readonly strong: Style;
  readonly cursor: Style;
  /** Of a slot of the CPI stack, by name. */
  slot(name: string): Style;
  /** Of a variant in a comparison, by its place; its letter differs too. */
  variant(index: number): Style;
}

const VARIANT_COLOURS = [SKY, ORANGE, GREEN, PURPLE, YELLOW, RED, BLUE];

/** Slots that are alike in kind share a colour; their letters differ. */
const SLOT_COLOURS: Readonly<Record<string, number>> = {
  issue: GREEN,
  interlock: SKY,
  branch: SKY,
  commit: SKY,
  l1i: YELLOW,
  l1d: YELLOW,
  memory: ORANGE,
  tlb: ORANGE,
  interpret: BLUE,
  translateBlock: PURPLE,
  translateSuperblock: PURPLE,
  dispatch: BLUE,
  rollback: RED,
  smc: RED,
  idle: GREY,
};

/** One letter for each slot: the same in bars, lists and the legend. */
export const SLOT_LETTERS: Readonly<Record<string, string>> = {
  issue: 'I',
  interlock: 'k',
  l1i: 'f',
  l1d: 'd',
  memory: 'M',
  tlb: 'w',
  branch: 'b',
  interpret: 'P',
  translateBlock: 't',
  translateSuperblock: 'T',
  dispatch: 'D',
  rollback: 'R',
  smc: 'S',
  commit: 'c',
  idle: '.',
};

export function themeOf(colours: boolean): Theme {
  const foreground = (fg: number, more: Style = {}): Style =>
    colours ? { ...more, fg: fg + 1 } : more;
  return {
    bar: { inverse: true },
    title: { bold: true },
    selected: { bold: true, inverse: true },
    faint: foreground(GREY),
    strong: { bold: true },
    cursor: { inverse: true },
    slot: (name) => foreground(SLOT_COLOURS[name] ?? GREY, name === 'issue' ? { bold: true } : {}),
    variant: (index) =>
      foreground(VARIANT_COLOURS[index % VARIANT_COLOURS.length], { bold: index % 2 === 0 }),
  };
}
