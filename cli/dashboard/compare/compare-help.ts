/** All keys of the live comparison, and how its numbers are to be read. */
import type { Area } from '../grid.js';
import type { Extent } from '../panels/panel.js';
import type { Theme } from '../theme.js';
import { drawHelpRows, type HelpRow } from '../views/help-view.js';
import { THRESHOLDS } from './compare-state.js';

/** A test presses each of them. */
export const COMPARE_KEYS: readonly (readonly [keys: string, meaning: string])[] = [
  ['q, ctrl-c', 'stop the runs; what they have is kept'],
  ['tab, left, right', 'the column in focus; also h, l and 1-9'],
  ['up, down, j, k', 'move; also page up and down, home, end'],
  ['d', 'only rows that differ by more than the threshold'],
  ['< >', `the threshold: ${THRESHOLDS[0]} to ${THRESHOLDS.at(-1)} %`],
  ['c', 'the row under the cursor as curves; back'],
  ['+ -', 'refresh more, less often'],
  ['ctrl-l', 'redraw'],
  ['ctrl-z', 'suspend; the runs soon wait'],
  ['esc', 'back'],
  ['?', 'this page'],
];

const READING: readonly (readonly [what: string, words: string])[] = [
  ['Compared', 'at the guest instructions that all variants have reached.'],
  ['', 'Each gets there at its own time; what is between two'],
  ['', 'samples of a run is taken to grow evenly.'],
  ['Differences', 'in per cent of the first variant; bold: above the threshold.'],
  ['Threshold', 'of slots: per cent of all cycles; of shares: of the whole;'],
  ['', 'of anything else: of itself, and at least 100 events.'],
];

export function drawCompareHelp(area: Area, scrolled: number, theme: Theme): Extent {
  const row = ([left, text]: readonly [string, string]): HelpRow => ({ left, text });
  const rows = [...COMPARE_KEYS.map(row), { left: '', text: '' }, ...READING.map(row)];
  return drawHelpRows(area, rows, scrolled, theme, 18);
}
