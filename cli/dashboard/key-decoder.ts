/**
 * From what a terminal sends to keys. Blessed's own decoder loses a key that comes right behind Escape and
 * tears characters beyond the basic plane; what arrives while a slice of the machine runs comes in one
 * piece, so both happen.
 *
 * Sequences of function keys may be cut in two anywhere; a lone Escape at the end of a piece is the key.
 * Whatever is not known is a key without a meaning, which a guest may still be sent.
 */
import type { Key } from './ui-state.js';

/** Final bytes of `ESC [` and `ESC O` sequences without a number, and numbers of those that end in `~`. */
const FINALS: Readonly<Record<string, string>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  H: 'home',
  F: 'end',
  Z: 'S-tab',
};
const NUMBERS: Readonly<Record<string, string>> = {
  1: 'home',
  2: 'insert',
  3: 'delete',
  4: 'end',
  5: 'pageup',
  6: 'pagedown',
  7: 'home',
  8: 'end',
};
const CONTROLS: Readonly<Record<string, string>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\b': 'backspace',
  '\x7f': 'backspace',
  '\x1b': 'escape',
  '\x1d': 'C-]',
  ' ': 'space',
};
/** Behind ESC: parameters and final byte, or a single one. */
const SEQUENCE = /^(?:\[([0-9;:<=>?]*)[ -/]*([@-~])|O([ -~]))/;
/** The same, where more has to come. */
const BEGUN = /^(?:\[[0-9;:<=>?]*[ -/]*|O)$/;
const ESC = '\x1b';

export class KeyDecoder {
  private readonly text = new TextDecoder('utf-8');
  private pending = '';

  decode(bytes: Uint8Array): Key[] {
    let rest = this.pending + this.text.decode(bytes, { stream: true });
    this.pending = '';
    const keys: Key[] = [];
    while (rest !== '') {
      if (rest.startsWith(ESC) && BEGUN.test(rest.slice(1))) {
        this.pending = rest;
        break;
      }
      const key = firstKey(rest);
      keys.push(key);
      rest = rest.slice(key.sent.length);
    }
    return keys;
  }
}

function firstKey(text: string): Key {
  const sequence = text.startsWith(ESC) ? SEQUENCE.exec(text.slice(1)) : null;
  if (sequence !== null) {
    const [behind, parameters = '', final = '', single = ''] = sequence;
    const sent = ESC + behind;
    const number = parameters.split(';')[0];
    const name = final === '~' ? NUMBERS[number] : FINALS[final === '' ? single : final];
    return { name: name ?? 'unknown', sent };
  }
  const [char] = text;
  return { name: CONTROLS[char] ?? controlName(char) ?? char, sent: char };
}

function controlName(char: string): string | undefined {
  const code = char.charCodeAt(0);
  if (code >= 1 && code <= 26) return `C-${String.fromCharCode(code + 0x60)}`;
  return code < 0x20 ? 'unknown' : undefined;
}
