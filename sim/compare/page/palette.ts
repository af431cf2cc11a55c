/**
 * Colours, told apart by people who see fewer of them (after Okabe and Ito), as CSS variables that the
 * page sets for light and for dark. Slots of the CPI stack have the hue of their family: useful work blue
 * and grey, memory orange, the software green and violet, mishaps red.
 */

/** Variants of a comparison, values of an axis. */
export const SERIES: readonly (readonly [light: string, dark: string])[] = [
  ['#0b62a4', '#6cb4ee'],
  ['#c8560a', '#f0a05a'],
  ['#00795a', '#4cc9a2'],
  ['#a03e82', '#e092c6'],
  ['#8a6a00', '#e2c14f'],
  ['#4a8fbf', '#9cd3f5'],
  ['#7b3f00', '#c99a6b'],
  ['#555555', '#b8b8b8'],
];

export const DASHES = ['', '7 3', '2 3', '9 3 2 3'] as const;

export const SLOT_COLOURS: Readonly<Record<string, readonly [light: string, dark: string]>> = {
  issue: ['#1f5f99', '#5ea6de'],
  interlock: ['#79a9d1', '#a9cbe8'],
  branch: ['#b7cfe4', '#34597a'],
  l1i: ['#f6d08a', '#7a5c1e'],
  l1d: ['#eeb04e', '#b98527'],
  memory: ['#d97f0e', '#ec9f3c'],
  tlb: ['#8f5206', '#f7cf93'],
  interpret: ['#00735a', '#35b393'],
  translateBlock: ['#4fae95', '#8fdcc6'],
  translateSuperblock: ['#a5d8c9', '#1d6a58'],
  dispatch: ['#8461a8', '#b795d8'],
  commit: ['#c9b6dc', '#624683'],
  rollback: ['#b5343c', '#ea7278'],
  smc: ['#e29ca0', '#8d2d33'],
};

export const GEAR_COLOURS: Readonly<Record<string, readonly [light: string, dark: string]>> = {
  interpreter: ['#d97f0e', '#ec9f3c'],
  block: ['#79a9d1', '#8ab8de'],
  superblock: ['#1f5f99', '#3f83bb'],
};

export function seriesColour(index: number): string {
  return `var(--series-${index % SERIES.length})`;
}

/** Dashes tell apart what has the same colour again. */
export function seriesDash(index: number): string | undefined {
  return DASHES[Math.floor(index / SERIES.length) % DASHES.length] || undefined;
}

export const slotColour = (name: string): string => `var(--slot-${name})`;
export const gearColour = (name: string): string => `var(--gear-${name})`;

/** The variables of one appearance. */
export function colourVariables(dark: boolean): string {
  const pick = (pair: readonly [string, string]): string => pair[dark ? 1 : 0];
  const all = [
    ...SERIES.map((pair, i) => `--series-${i}:${pick(pair)}`),
    ...Object.entries(SLOT_COLOURS).map(([name, pair]) => `--slot-${name}:${pick(pair)}`),
    ...Object.entries(GEAR_COLOURS).map(([name, pair]) => `--gear-${name}:${pick(pair)}`),
  ];
  return `${all.join(';')};`;
}
