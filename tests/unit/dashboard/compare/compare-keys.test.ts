/** What keys mean in the live comparison. */
import { describe, expect, it } from 'vitest';
import { Rng } from '../../../../base/rng.js';
import { COMPARE_KEYS } from '../../../../cli/dashboard/compare/compare-help.js';
import {
  type CompareEffect,
  type CompareShown,
  type CompareState,
  pressedInComparison,
  START_COMPARE,
  THRESHOLDS,
} from '../../../../cli/dashboard/compare/compare-state.js';
import { frame } from './support.js';

const shown: CompareShown = { ...frame(80, 24, { variants: 3 }).shown, last: 9 };

function press(state: CompareState, ...names: string[]) {
  const effects: CompareEffect[] = [];
  let now = state;
  for (const name of names) {
    const stepped = pressedInComparison(now, { name, sent: name }, shown);
    now = stepped.state;
    effects.push(...stepped.effects);
  }
  return { state: now, effects };
}

const stateAfter = (...names: string[]): CompareState => press(START_COMPARE, ...names).state;
const row = (...names: string[]): number => shown.rows.indexOf(stateAfter(...names).row);

/** Names of the keys of a line of the help. */
function keysOf(left: string): string[] {
  if (left === '< >' || left === '+ -') return left.split(' ');
  const names: Readonly<Record<string, string>> = { esc: 'escape' };
  return left.split(', ').map((key) => names[key] ?? key.replace('ctrl-', 'C-'));
}

describe('keys of the comparison', () => {
  it('q and ctrl-c stop, in every view', () => {
    for (const view of ['table', 'curves', 'help'] as const) {
      const quit = (key: string): readonly CompareEffect[] =>
        press({ ...START_COMPARE, view }, key).effects;
      expect(quit('q')).toEqual([{ kind: 'quit', key: 'q' }]);
      expect(quit('C-c')).toEqual([{ kind: 'quit', key: 'ctrl-c' }]);
    }
  });

  it.each(COMPARE_KEYS.map(([keys]) => [keys]))('of the help, %s do something', (keys) => {
    // From the middle of everything, so that none is at its end.
    const begun: Record<string, CompareState> = {
      escape: { ...START_COMPARE, view: 'curves' },
    };
    const middle = { ...START_COMPARE, focus: 1, row: shown.rows[5] ?? '' };
    for (const key of keysOf(keys)) {
      const from = begun[key] ?? middle;
      const { state, effects } = press(from, key);
      expect(effects.length > 0 || JSON.stringify(state) !== JSON.stringify(from), key).toBe(true);
    }
  });

  it('tab goes round the variants, numbers choose one', () => {
    expect(['tab', 'right', 'l'].map((key) => stateAfter(key).focus)).toEqual([1, 1, 1]);
    expect(['S-tab', 'left', 'h'].map((key) => stateAfter(key).focus)).toEqual([2, 2, 2]);
    expect(stateAfter('tab', 'tab', 'tab').focus).toBe(0);
    expect([stateAfter('2').focus, stateAfter('3').focus, stateAfter('4').focus]).toEqual([
      1, 2, 0,
    ]);
  });

  it('move the cursor, and not beyond the ends', () => {
    expect([row('j'), row('down', 'j'), row('j', 'k'), row('k')]).toEqual([1, 2, 0, 0]);
    const last = shown.rows.length - 1;
    expect([row('end'), row('end', 'j'), row('end', 'up'), row('end', 'home')]).toEqual([
      ...[last, last, last - 1, 0],
    ]);
    expect(row('pagedown')).toBe(shown.page - 1);
    expect(row('pagedown', 'pageup')).toBe(0);
  });

  it('leave the cursor on its row when others come in above it, or on the first when it goes', () => {
    const { state } = press(START_COMPARE, 'j', 'j', 'j', 'j', 'j');
    const more = { ...shown, rows: ['new', ...shown.rows] };
    const stepped = pressedInComparison(state, { name: 'j', sent: 'j' }, more).state;
    expect(stepped.row).toBe(shown.rows[6]);
    const gone = { ...shown, rows: ['a', 'b'] };
    expect(pressedInComparison(state, { name: 'j', sent: 'j' }, gone).state.row).toBe('b');
    const none = { ...shown, rows: [] };
    expect(pressedInComparison(state, { name: 'end', sent: 'end' }, none).state.row).toBe('');
  });

  it('scroll the help, and lead back from it', () => {
    expect(stateAfter('?', 'j', 'j').scrolled).toBe(2);
    expect(stateAfter('?', 'end').scrolled).toBe(9);
    expect(stateAfter('?', 'j', '?').view).toBe('table');
    expect([stateAfter('?', 'escape').view, stateAfter('c', 'escape').view]).toEqual([
      'table',
      'table',
    ]);
    expect(stateAfter('d', 'escape').onlyDifferences).toBe(false);
  });

  it('keep threshold and rate within their lists', () => {
    const many = (key: string): CompareState => stateAfter(...Array<string>(20).fill(key));
    expect([many('<').threshold, many('>').threshold]).toEqual([0, THRESHOLDS.length - 1]);
    expect(many('-').rate).toBe(0);
  });

  it('in any order lead to a state that can be drawn', () => {
    const rng = new Rng(5);
    const keys = [...COMPARE_KEYS.flatMap(([left]) => keysOf(left)), '7', 'x', 'space', 'S-tab'];
    let state = START_COMPARE;
    for (let step = 0; step < 400; step++) {
      const name = keys[rng.u32() % keys.length] ?? '';
      const drawn = frame(1 + (rng.u32() % 130), 1 + (rng.u32() % 45), { variants: 3, state });
      state = pressedInComparison(state, { name, sent: name }, drawn.shown).state;
    }
    expect(frame(80, 24, { variants: 3, state }).grid.lines()).toHaveLength(24);
  });
});
