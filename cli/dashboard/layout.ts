/**
 * Which panel stands where, for any size of terminal: two columns of panels from 80x24 on, below that one
 * panel at a time, below 40x8 a single line. A panel's first row is its title.
 */
import type { Rect } from './grid.js';
import { PANELS, type PanelName } from './ui-state.js';

export const REFERENCE = { width: 80, height: 24 };
export const SMALLEST = { width: 40, height: 8 };

export type Arrangement = 'panels' | 'onePanel' | 'line';

export function arrangementOf(width: number, height: number): Arrangement {
  if (width < SMALLEST.width || height < SMALLEST.height) return 'line';
  return width < REFERENCE.width || height < REFERENCE.height ? 'onePanel' : 'panels';
}

export interface Placed {
  readonly panel: PanelName;
  readonly rect: Rect;
}

/** The least that a panel needs with its title, its share of what is left over, and the most that it can use. */
interface Need {
  readonly panel: PanelName;
  readonly least: number;
  readonly weight: number;
  readonly most: number;
}

const LEFT: readonly Need[] = [
  { panel: 'console', least: 7, weight: 3, most: Infinity },
  { panel: 'pipeline', least: 8, weight: 4, most: Infinity },
  { panel: 'hottest', least: 7, weight: 3, most: Infinity },
];
const RIGHT: readonly Need[] = [
  { panel: 'rates', least: 4, weight: 2, most: 7 },
  { panel: 'cpi', least: 5, weight: 6, most: 16 },
  { panel: 'gears', least: 4, weight: 1, most: 5 },
  { panel: 'tcache', least: 3, weight: 1, most: 7 },
  { panel: 'events', least: 3, weight: 4, most: 18 },
  { panel: 'caches', least: 3, weight: 2, most: 6 },
];

/** The right column is as wide as its tables need. */
const RIGHT_COLUMNS = 31;
const RIGHT_SHARE = 0.38;
const MOST_RIGHT_COLUMNS = 60;

/** All panels in an area of at least 80x22. */
export function placePanels({ x, y, width, height }: Rect): Placed[] {
  const right = Math.min(
    MOST_RIGHT_COLUMNS,
    Math.max(RIGHT_COLUMNS, Math.floor(width * RIGHT_SHARE)),
  );
  const left = width - right - 1;
  return [
    ...stack(LEFT, { x, y, width: left, height }),
    ...stack(RIGHT, { x: x + left + 1, y, width: right, height }),
  ].sort((a, b) => PANELS.indexOf(a.panel) - PANELS.indexOf(b.panel));
}

function stack(needs: readonly Need[], { x, y, width, height }: Rect): Placed[] {
  const heights = shareOut(needs, height);
  let top = y;
  return needs.map(({ panel }, i) => {
    const rect = { x, y: top, width, height: heights[i] };
    top += heights[i];
    return { panel, rect };
  });
}

/** Row by row to the one that has the least for its weight, until each has the most that it can use. */
function shareOut(needs: readonly Need[], height: number): number[] {
  const heights = needs.map(({ least }) => least);
  for (let left = height - heights.reduce((a, b) => a + b, 0); left > 0; left--) {
    let poorest = -1;
    needs.forEach(({ least, weight, most }, i) => {
      if (heights[i] >= most) return;
      const has = (heights[i] - least) / weight;
      if (poorest < 0 || has < (heights[poorest] - needs[poorest].least) / needs[poorest].weight)
        poorest = i;
    });
    // Nobody can use more: it goes to the last one.
    heights[poorest < 0 ? heights.length - 1 : poorest]++;
  }
  return heights;
}
