/** What the user of the live comparison has chosen to see, and what a key does to it: a pure step. */
import { type Key, RATES } from '../ui-state.js';

export type CompareView = 'table' | 'curves' | 'help';

/** Per cent by which a row must differ to be left by `d`. */
export const THRESHOLDS = [0.1, 0.5, 1, 2, 5, 10, 20, 50] as const;

export interface CompareState {
  readonly view: CompareView;
  /** Index of the variant in focus. */
  readonly focus: number;
  /** The sentence of the row of the cursor: rows may come in above it. Empty: the first one. */
  readonly row: string;
  readonly onlyDifferences: boolean;
  /** Index into THRESHOLDS. */
  readonly threshold: number;
  /** Index into RATES. */
  readonly rate: number;
  /** Rows that the help is scrolled by. */
  readonly scrolled: number;
}

export const START_COMPARE: CompareState = {
  view: 'table',
  focus: 0,
  row: '',
  onlyDifferences: false,
  threshold: THRESHOLDS.indexOf(2),
  rate: RATES.indexOf(5),
  scrolled: 0,
};

export type CompareEffect =
  | { readonly kind: 'quit'; readonly key: 'q' | 'ctrl-c' }
  | { readonly kind: 'redraw' }
  | { readonly kind: 'suspend' };

/** What a key's meaning depends on beside the state. */
export interface CompareShown {
  readonly variants: number;
  /** Sentences of the rows of the table, and how many of them are seen at once. */
  readonly rows: readonly string[];
  readonly page: number;
  /** How far the help can be scrolled. */
  readonly last: number;
}

export interface CompareStepped {
  readonly state: CompareState;
  readonly effects: readonly CompareEffect[];
}

type Change = (state: CompareState, shown: CompareShown) => Partial<CompareState>;

export function pressedInComparison(
  state: CompareState,
  { name }: Key,
  shown: CompareShown,
): CompareStepped {
  const effect = EFFECTS[name];
  if (effect !== undefined) return { state, effects: [effect] };
  const change = CHANGES[name] ?? chosenVariant(name);
  return { state: { ...state, ...change(state, shown) }, effects: [] };
}

const EFFECTS: Readonly<Record<string, CompareEffect>> = {
  q: { kind: 'quit', key: 'q' },
  'C-c': { kind: 'quit', key: 'ctrl-c' },
  'C-l': { kind: 'redraw' },
  'C-z': { kind: 'suspend' },
};

const clamp = (n: number, most: number): number => Math.max(0, Math.min(n, most));

const moved =
  (by: (shown: CompareShown) => number): Change =>
  ({ view, row, scrolled }, shown) => {
    if (view === 'help')
      return { scrolled: clamp(clamp(scrolled, shown.last) + by(shown), shown.last) };
    const { rows } = shown;
    const to = clamp(chosenRow(row, rows) + by(shown), rows.length - 1);
    return { row: rows[to] ?? '' };
  };

/** Index of the cursor; the first row where its own is not there. */
export function chosenRow(row: string, rows: readonly string[]): number {
  return Math.max(0, rows.indexOf(row));
}

const focused =
  (by: number): Change =>
  ({ focus, view }, { variants }) =>
    view === 'help' ? {} : { focus: (focus + by + variants) % variants };

const page = ({ page: rows }: CompareShown): number => Math.max(1, rows - 1);

const up = moved(() => -1);
const down = moved(() => 1);
const CHANGES: Readonly<Record<string, Change>> = {
  '?': ({ view }) => ({ view: view === 'help' ? 'table' : 'help', scrolled: 0 }),
  escape: ({ view, onlyDifferences }) =>
    view === 'table' && onlyDifferences ? { onlyDifferences: false } : { view: 'table' },
  c: ({ view }) => ({ view: view === 'curves' ? 'table' : 'curves' }),
  d: ({ onlyDifferences }) => ({ onlyDifferences: !onlyDifferences }),
  '>': ({ threshold }) => ({ threshold: clamp(threshold + 1, THRESHOLDS.length - 1) }),
  '<': ({ threshold }) => ({ threshold: clamp(threshold - 1, THRESHOLDS.length - 1) }),
  '+': ({ rate }) => ({ rate: clamp(rate + 1, RATES.length - 1) }),
  '-': ({ rate }) => ({ rate: clamp(rate - 1, RATES.length - 1) }),
  ...{ up, k: up, down, j: down },
  pageup: moved((shown) => -page(shown)),
  pagedown: moved(page),
  home: moved(() => -Infinity),
  end: moved(() => Infinity),
  ...{ tab: focused(1), right: focused(1), l: focused(1) },
  ...{ 'S-tab': focused(-1), left: focused(-1), h: focused(-1) },
};

/** A number is the variant's. */
function chosenVariant(name: string): Change {
  const focus = /^[1-9]$/.test(name) ? Number(name) - 1 : -1;
  return ({ view }, { variants }) =>
    view === 'help' || focus < 0 || focus >= variants ? {} : { focus };
}
