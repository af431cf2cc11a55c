/** From the keys that blessed reads to those of the dashboard. */
import type { Key } from './ui-state.js';

/** As blessed's `keypress` event gives it; it knows no name for some. */
export interface BlessedKey {
  readonly name?: string | undefined;
  readonly sequence?: string | undefined;
  readonly ctrl?: boolean;
  readonly meta?: boolean;
  readonly shift?: boolean;
}

const NAMED: readonly string[] = [
  'up',
  'down',
  'left',
  'right',
  'pageup',
  'pagedown',
  'home',
  'end',
  'enter',
  'escape',
  'backspace',
  'space',
  'delete',
  'insert',
];

/** None or one key, or two: a letter with Alt is Escape and the letter, which is what the terminal sent. */
export function keysOf(char: string | undefined, key: BlessedKey): Key[] {
  const sent = key.sequence ?? char ?? '';
  // Return comes twice; the other one is called enter.
  if (key.name === 'return' || sent === '') return [];
  if (key.name === 'linefeed') return [{ name: 'enter', sent }];
  if (sent === '\x1d') return [{ name: 'C-]', sent }];
  if (key.meta === true && sent.length === 2 && sent.startsWith('\x1b') && sent !== '\x1b\x1b')
    return [{ name: 'escape', sent: '\x1b' }, plainKey(sent.slice(1))];
  if (key.name === 'tab') return [{ name: key.shift === true ? 'S-tab' : 'tab', sent }];
  if (key.ctrl === true && /^[a-z]$/.test(key.name ?? '')) return [{ name: `C-${key.name}`, sent }];
  if (key.name !== undefined && NAMED.includes(key.name)) return [{ name: key.name, sent }];
  return [plainKey(sent)];
}

function plainKey(sent: string): Key {
  if (sent === ' ') return { name: 'space', sent };
  const code = sent.charCodeAt(0);
  if (sent.length === 1 && code >= 1 && code <= 26)
    return { name: `C-${String.fromCharCode(code + 96)}`, sent };
  return { name: sent, sent };
}
