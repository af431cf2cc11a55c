/** What keys mean: decoding what a terminal sends, and the step from state to state. */
import { describe, expect, it } from 'vitest';
import { Rng } from '../../../base/rng.js';
import { KeyDecoder } from '../../../cli/dashboard/key-decoder.js';
import {
  type Effect,
  PANELS,
  pressed,
  RATES,
  type Shown,
  START,
  type UiState,
} from '../../../cli/dashboard/ui-state.js';
import { KEYS } from '../../../cli/dashboard/views/help-view.js';
import { frame } from './support.js';

const names = (...pieces: string[]): string[] => {
  const decoder = new KeyDecoder();
  return pieces.flatMap((piece) => decoder.decode(Buffer.from(piece)).map(({ name }) => name));
};

describe('what a terminal sends', () => {
  it.each<[sent: string, keys: string[]]>([
    ['qS?/', ['q', 'S', '?', '/']],
    ['\r\n\t \x7f', ['enter', 'enter', 'tab', 'space', 'backspace']],
    ['\x03\x0c\x1a\x1d', ['C-c', 'C-l', 'C-z', 'C-]']],
    ['\x1b[A\x1bOB\x1b[1;5C\x1b[D', ['up', 'down', 'right', 'left']],
    ['\x1b[5~\x1b[6~\x1b[H\x1b[4~\x1b[Z', ['pageup', 'pagedown', 'home', 'end', 'S-tab']],
    ['\x1b', ['escape']],
    ['\x1b?', ['escape', '?']],
    ['\x1bq\x1b\x1b', ['escape', 'q', 'escape', 'escape']],
    ['\x1b[200~\x1b[<0;1;1M', ['unknown', 'unknown']],
    ['é😀', ['é', '😀']],
  ])('%j', (sent, keys) => {
    expect(names(sent)).toEqual(keys);
  });

  it('may come in pieces', () => {
    expect(names('\x1b[', '5', '~x')).toEqual(['pageup', 'x']);
    const decoder = new KeyDecoder();
    const bytes = Buffer.from('😀');
    expect(decoder.decode(bytes.subarray(0, 2))).toEqual([]);
    expect(decoder.decode(bytes.subarray(2))).toEqual([{ name: '😀', sent: '😀' }]);
  });

  it('is all there again in what a guest would be sent, whatever it is', () => {
    const rng = new Rng(1);
    for (let round = 0; round < 2000; round++) {
      const decoder = new KeyDecoder();
      const text = Array.from({ length: 1 + (rng.u32() % 12) }, () =>
        rng.u32() % 3 === 0 ? '\x1b' : String.fromCharCode(rng.u32() % 128),
      ).join('');
      const sent = decoder.decode(Buffer.from(`${text}q`)).map((key) => key.sent);
      expect(text.startsWith(sent.join('').slice(0, -1)) || sent.join('') === `${text}q`).toBe(
        true,
      );
    }
  });
});

const shown: Shown = { ...frame(80, 24).shown, last: 100, page: 10 };

function press(state: UiState, ...keys: string[]): { state: UiState; effects: Effect[] } {
  const effects: Effect[] = [];
  let now = state;
  for (const name of keys) {
    const stepped = pressed(now, { name, sent: name }, shown);
    now = stepped.state;
    effects.push(...stepped.effects);
  }
  return { state: now, effects };
}

describe('keys', () => {
  it('q and ctrl-c quit in every view', () => {
    for (const view of ['panels', 'help', 'details', 'compare'] as const) {
      expect(press({ ...START, view }, 'q').effects).toEqual([{ kind: 'quit', key: 'q' }]);
      expect(press({ ...START, view }, 'C-c').effects).toEqual([{ kind: 'quit', key: 'ctrl-c' }]);
    }
  });

  it('space pauses and goes on; steps pause', () => {
    expect(press(START, 'space').state.paused).toBe(true);
    expect(press(START, 'space', 'space').state.paused).toBe(false);
    const { state, effects } = press(START, 's', 'S', 'n');
    expect(state.paused).toBe(true);
    expect(effects.map((e) => e.kind === 'step' && e.step)).toEqual([
      'molecule',
      'instruction',
      'translation',
    ]);
  });

  it('a run that is over cannot be paused, stepped or typed at', () => {
    const over = { ...START, over: true };
    expect(press(over, 'space', 's', 'S', 'n', 'e')).toEqual({ state: over, effects: [] });
  });

  it('numbers, tab and arrows choose panels, and lead back to them', () => {
    PANELS.forEach((panel, i) => {
      expect(press(START, String(i + 1)).state.panel).toBe(panel);
    });
    expect(press(START, 'tab', 'tab').state.panel).toBe(PANELS[2]);
    expect(press(START, 'S-tab').state.panel).toBe(PANELS[8]);
    expect(press(START, 'l', 'l', 'h').state.panel).toBe(PANELS[1]);
    expect(press(START, 'c', '7').state).toMatchObject({ view: 'panels', panel: 'hottest' });
  });

  it('+ and - stay between the slowest and the fastest rate', () => {
    expect(RATES[press(START, ...'+++++++++').state.rate]).toBe(10);
    expect(RATES[press(START, ...'---------').state.rate]).toBe(1);
  });

  it('enter looks into the translation under the cursor, esc comes back', () => {
    const { state, effects } = press(START, '7', 'j', 'enter');
    expect(effects).toEqual([{ kind: 'explain', id: 13, eip: 0xc0101234 }]);
    expect(state).toMatchObject({ view: 'details', inside: { id: 13, eip: 0xc0101234 } });
    expect(press(state, 'escape').state.view).toBe('panels');
  });

  it('the cursor stays in its list, and scrolling in its range', () => {
    expect(press(START, '7', ...'jjjjjjjj').state.chosen).toBe(2);
    expect(press(START, '7', 'j', 'pageup').state.chosen).toBe(0);
    expect(press(START, '8', 'end').state.scrolled).toEqual({ events: 100 });
    expect(press(START, '8', 'pagedown', 'up').state.scrolled).toEqual({ events: 9 });
    // The console grows at its end: up is back.
    expect(press(START, '1', 'up', 'up', 'down').state.scrolled).toEqual({ console: 1 });
  });

  it('a filter is typed, taken or left, and taken off', () => {
    const typed = press(START, '/', ...'qsZ', 'backspace').state;
    expect(typed).toMatchObject({ typing: 'filter', draft: 'qs', filter: '' });
    expect(press(typed, 'enter').state).toMatchObject({ typing: 'commands', filter: 'qs' });
    expect(press(typed, 'escape').state).toMatchObject({ typing: 'commands', filter: '' });
    expect(press(typed, 'enter', 'escape').state.filter).toBe('');
  });

  it('e gives the keys to the guest, ctrl-c too; ctrl-] takes them back', () => {
    const { state, effects } = press(START, 'e', 'q', 'C-c', 'escape');
    expect(effects).toEqual(['q', 'C-c', 'escape'].map((text) => ({ kind: 'type', text })));
    expect(state.typing).toBe('guest');
    expect(press(state, 'C-]').state.typing).toBe('commands');
  });

  it('c compares, enter marks anew, d leaves the differences', () => {
    const { state, effects } = press(START, 'c', 'd', 'enter');
    expect(state).toMatchObject({ view: 'compare', onlyDifferences: true });
    expect(effects).toEqual([{ kind: 'mark' }]);
    expect(press(START, 'd').state).toEqual(START);
  });

  it('snapshot, redraw, suspend', () => {
    expect(press(START, 'w', 'C-l', 'C-z').effects.map(({ kind }) => kind)).toEqual([
      'snapshot',
      'redraw',
      'suspend',
    ]);
  });
});

describe('the help', () => {
  const compare: Partial<UiState> = { view: 'compare' };
  const hottest: Partial<UiState> = { panel: 'hottest' };
  /** What is written on the help page: the keys, where they are pressed, and what they change. */
  const rows: Record<string, [keys: string[], from: Partial<UiState>, to: object]> = {
    'q, ctrl-c': [['q', 'C-c'], {}, { effect: 'quit' }],
    space: [['space'], {}, { paused: true }],
    s: [['s'], {}, { paused: true, effect: 'step' }],
    S: [['S'], {}, { paused: true, effect: 'step' }],
    n: [['n'], {}, { paused: true, effect: 'step' }],
    '+ -': [['+', '-'], { rate: 2 }, { rate: expect.not.closeTo(2) }],
    'tab, 1-9': [['tab', ...'23456789'], {}, { panel: expect.not.stringMatching('console') }],
    z: [['z'], {}, { zoomed: true }],
    enter: [['enter'], hottest, { view: 'details', effect: 'explain' }],
    esc: [['escape'], compare, { view: 'panels' }],
    'arrows, hjkl': [['down', 'j', 'pagedown', 'end'], hottest, { chosen: expect.any(Number) }],
    '/': [['/'], {}, { typing: 'filter' }],
    c: [['c'], {}, { view: 'compare' }],
    d: [['d'], compare, { onlyDifferences: true }],
    e: [['e'], {}, { typing: 'guest' }],
    w: [['w'], {}, { effect: 'snapshot' }],
    'ctrl-l': [['C-l'], {}, { effect: 'redraw' }],
    'ctrl-z': [['C-z'], {}, { effect: 'suspend' }],
    '?': [['?'], {}, { view: 'help' }],
  };

  it('has no key that nobody tries', () => {
    expect(Object.keys(rows)).toEqual(KEYS.map(([keys]) => keys));
  });

  it.each(Object.entries(rows))('%s does what it says', (_, [keys, from, to]) => {
    for (const key of keys) {
      const before = { ...START, ...from };
      const { state, effects } = press(before, key);
      expect({ ...state, effect: effects[0]?.kind }, key).toMatchObject(to);
      expect(effects.length > 0 || JSON.stringify(state) !== JSON.stringify(before), key).toBe(
        true,
      );
    }
  });

  it('moves back as well', () => {
    const at = { ...START, panel: 'hottest' as const, chosen: 2 };
    for (const key of ['up', 'k', 'pageup', 'home'])
      expect(press(at, key).state.chosen, key).toBeLessThan(2);
    for (const key of ['left', 'right', 'h', 'l'])
      expect(press(at, key).state.panel, key).not.toBe('hottest');
  });
});

describe('any keys at any size', () => {
  it('lead to a state that can be drawn', () => {
    const keys = [
      ...'q?sSn+-z/cdewhjkl123456789x{é',
      ...['space', 'tab', 'S-tab', 'enter', 'escape', 'backspace', 'C-l', 'C-z', 'C-]', 'unknown'],
      ...['up', 'down', 'left', 'right', 'pageup', 'pagedown', 'home', 'end'],
    ];
    const rng = new Rng(7);
    let state = START;
    let now = shown;
    for (let i = 0; i < 4000; i++) {
      const name = keys[rng.u32() % keys.length];
      ({ state } = pressed(state, { name, sent: name }, now));
      const [width, height] = [1 + (rng.u32() % 140), 1 + (rng.u32() % 60)];
      const drawn = frame(width, height, { state });
      expect(drawn.grid.lines()).toHaveLength(height);
      now = drawn.shown;
    }
  });
});
