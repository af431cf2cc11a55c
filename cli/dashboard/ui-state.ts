/**
 * What the user has chosen to see, and what a key does to it: a pure step from state to state, with the
 * effects that it asks for. Any key is harmless in any state; one that means nothing there does nothing.
 */
import type { TranslationLine } from '../../sim/watch/machine-watch.js';

export const PANELS = [
  'console',
  'pipeline',
  'cpi',
  'rates',
  'gears',
  'tcache',
  'hottest',
  'events',
  'caches',
] as const;
export type PanelName = (typeof PANELS)[number];

export type View = 'panels' | 'details' | 'compare' | 'help';
/** Who gets what is typed. */
export type Typing = 'commands' | 'filter' | 'guest';

/** Frames a second that can be chosen. */
export const RATES = [1, 2, 4, 5, 8, 10] as const;

export interface UiState {
  readonly view: View;
  readonly panel: PanelName;
  readonly zoomed: boolean;
  readonly typing: Typing;
  readonly filter: string;
  /** The filter that is being typed. */
  readonly draft: string;
  /** Index into RATES. */
  readonly rate: number;
  readonly paused: boolean;
  /** The run is over: there is nothing to pause, step or type at. */
  readonly over: boolean;
  /** Rows that a panel or view is scrolled by: from its end for those that grow there, else from its start. */
  readonly scrolled: Readonly<Record<string, number>>;
  /** Row of the cursor in the list of the hottest translations. */
  readonly chosen: number;
  /** The translation that is looked into, and the guest instruction of it. */
  readonly inside: { readonly id: number; readonly eip: number } | undefined;
  readonly instruction: number;
  /** Of the details: which of its columns is the first to be seen. */
  readonly side: number;
  readonly onlyDifferences: boolean;
  /** The console panel shows the text screen instead of the serial port. */
  readonly textScreen: boolean;
}

export const START: UiState = {
  view: 'panels',
  panel: 'console',
  zoomed: false,
  typing: 'commands',
  filter: '',
  draft: '',
  rate: RATES.indexOf(5),
  paused: false,
  over: false,
  scrolled: {},
  chosen: 0,
  inside: undefined,
  instruction: 0,
  side: 0,
  onlyDifferences: false,
  textScreen: false,
};

export interface Key {
  /** `q`, `S`, `C-c`, `up`, `pagedown`, `enter`, `escape` ...: letters as they are. */
  readonly name: string;
  /** What the terminal sent. */
  readonly sent: string;
}

export type Step = 'molecule' | 'instruction' | 'translation';

export type Effect =
  | { readonly kind: 'quit'; readonly key: 'q' | 'ctrl-c' }
  | { readonly kind: 'step'; readonly step: Step }
  | { readonly kind: 'type'; readonly text: string }
  | { readonly kind: 'explain'; readonly id: number; readonly eip: number }
  | { readonly kind: 'mark' }
  | { readonly kind: 'snapshot' }
  | { readonly kind: 'redraw' }
  | { readonly kind: 'suspend' };

/** What a key's meaning depends on beside the state. */
export interface Shown {
  /** The list of the hottest translations as it is shown. */
  readonly hottest: readonly TranslationLine[];
  /** How far what is shown can be scrolled, and by how much a page. */
  readonly last: number;
  readonly page: number;
  /** Guest instructions of the translation that is looked into. */
  readonly instructions: number;
}

export interface Stepped {
  readonly state: UiState;
  readonly effects: readonly Effect[];
}

const stay = (state: UiState, ...effects: Effect[]): Stepped => ({ state, effects });

export function pressed(state: UiState, key: Key, shown: Shown): Stepped {
  if (state.typing === 'guest') return typedAtGuest(state, key);
  if (key.name === 'C-c') return stay(state, { kind: 'quit', key: 'ctrl-c' });
  if (state.typing === 'filter') return stay(typedFilter(state, key));
  const act = COMMANDS[key.name];
  return act === undefined ? stay(state) : act(state, shown);
}

function typedAtGuest(state: UiState, { name, sent }: Key): Stepped {
  if (name === 'C-]' || state.over) return stay({ ...state, typing: 'commands' });
  return stay(state, { kind: 'type', text: sent });
}

const LONGEST_FILTER = 60;

function typedFilter(state: UiState, { name, sent }: Key): UiState {
  switch (name) {
    case 'enter':
      return { ...state, typing: 'commands', filter: state.draft, chosen: 0, scrolled: {} };
    case 'escape':
      return { ...state, typing: 'commands', draft: '' };
    case 'backspace':
      return { ...state, draft: state.draft.slice(0, -1) };
    default:
      return /^[ -~]$/.test(sent) && state.draft.length < LONGEST_FILTER
        ? { ...state, draft: state.draft + sent }
        : state;
  }
}

type Command = (state: UiState, shown: Shown) => Stepped;

const change = (how: (state: UiState, shown: Shown) => Partial<UiState>): Command => {
  return (state, shown) => stay({ ...state, ...how(state, shown) });
};

const step =
  (unit: Step): Command =>
  (state) =>
    state.over ? stay(state) : stay({ ...state, paused: true }, { kind: 'step', step: unit });

const COMMANDS: Readonly<Record<string, Command>> = {
  q: (state) => stay(state, { kind: 'quit', key: 'q' }),
  '?': change(({ view }) => ({ view: view === 'help' ? 'panels' : 'help' })),
  space: change(({ paused, over }) => ({ paused: !over && !paused })),
  s: step('molecule'),
  S: step('instruction'),
  n: step('translation'),
  '+': change(({ rate }) => ({ rate: Math.min(RATES.length - 1, rate + 1) })),
  '-': change(({ rate }) => ({ rate: Math.max(0, rate - 1) })),
  tab: change((state) => panelBeside(state, 1)),
  'S-tab': change((state) => panelBeside(state, -1)),
  z: change(({ zoomed, view }) => (view === 'panels' ? { zoomed: !zoomed } : {})),
  '/': change(({ filter }) => ({ typing: 'filter', draft: filter })),
  enter,
  escape: change(escaped),
  up: change((state, shown) => moved(state, shown, -1)),
  k: change((state, shown) => moved(state, shown, -1)),
  down: change((state, shown) => moved(state, shown, 1)),
  j: change((state, shown) => moved(state, shown, 1)),
  pageup: change((state, shown) => moved(state, shown, -Math.max(1, shown.page))),
  pagedown: change((state, shown) => moved(state, shown, Math.max(1, shown.page))),
  home: change((state, shown) => moved(state, shown, -Infinity)),
  end: change((state, shown) => moved(state, shown, Infinity)),
  left: change((state) => sideways(state, -1)),
  h: change((state) => sideways(state, -1)),
  right: change((state) => sideways(state, 1)),
  l: change((state) => sideways(state, 1)),
  c: (state) =>
    state.view === 'compare'
      ? stay({ ...state, view: 'panels' })
      : stay({ ...state, view: 'compare' }),
  d: change(({ onlyDifferences, view }) =>
    view === 'compare' ? { onlyDifferences: !onlyDifferences } : {},
  ),
  e: change(({ over }) => (over ? {} : { typing: 'guest', view: 'panels', panel: 'console' })),
  w: (state) => stay(state, { kind: 'snapshot' }),
  'C-l': (state) => stay(state, { kind: 'redraw' }),
  'C-z': (state) => stay(state, { kind: 'suspend' }),
  ...Object.fromEntries(
    PANELS.map((panel, i) => [String(i + 1), change(() => ({ view: 'panels', panel }))]),
  ),
};

function panelBeside({ panel, view }: UiState, by: number): Partial<UiState> {
  if (view !== 'panels') return { view: 'panels' };
  const at = PANELS.indexOf(panel) + by + PANELS.length;
  return { panel: PANELS[at % PANELS.length] };
}

function enter(state: UiState, { hottest }: Shown): Stepped {
  if (state.view === 'compare') return stay(state, { kind: 'mark' });
  if (state.view !== 'panels') return stay(state);
  if (state.panel === 'console') return stay({ ...state, textScreen: !state.textScreen });
  if (state.panel !== 'hottest') return stay({ ...state, zoomed: true });
  const line = hottest[Math.min(state.chosen, hottest.length - 1)];
  if (line === undefined) return stay(state);
  const inside = { id: line.id, eip: line.entryEip };
  return stay(
    { ...state, view: 'details', inside, instruction: 0, side: 0 },
    { kind: 'explain', ...inside },
  );
}

/** Back by one: out of a view, out of a zoomed panel, without a filter. */
function escaped({ view, zoomed, filter }: UiState): Partial<UiState> {
  if (view !== 'panels') return { view: 'panels' };
  if (zoomed) return { zoomed: false };
  return filter === '' ? {} : { filter: '', draft: '', chosen: 0 };
}

/** Panels whose newest row is the last one. */
const GROWS_AT_END: readonly string[] = ['console', 'pipeline'];

/** What a panel or view is scrolled under. */
function scrollKey({ view, panel }: Pick<UiState, 'view' | 'panel'>): string {
  return view === 'panels' ? panel : view;
}

function moved(state: UiState, shown: Shown, by: number): Partial<UiState> {
  const clamp = (n: number, most: number): number => Math.max(0, Math.min(n, most));
  if (state.view === 'details')
    return { instruction: clamp(state.instruction + by, shown.instructions - 1) };
  if (state.view === 'panels' && state.panel === 'hottest')
    return { chosen: clamp(state.chosen + by, shown.hottest.length - 1) };
  const key = scrollKey(state);
  const forward = GROWS_AT_END.includes(key) ? -by : by;
  const now = clamp(state.scrolled[key] ?? 0, shown.last);
  return { scrolled: { ...state.scrolled, [key]: clamp(now + forward, shown.last) } };
}

function sideways(state: UiState, by: number): Partial<UiState> {
  if (state.view === 'details') return { side: Math.max(0, Math.min(2, state.side + by)) };
  return state.view === 'panels' ? panelBeside(state, by) : {};
}

/** The run has ended. */
export function overState(state: UiState): UiState {
  return {
    ...state,
    over: true,
    paused: false,
    typing: state.typing === 'guest' ? 'commands' : state.typing,
  };
}
