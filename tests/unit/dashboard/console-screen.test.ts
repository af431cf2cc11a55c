/** The guest's console as lines. */
import { describe, expect, it } from 'vitest';
import { consoleOf } from './support.js';

describe('the console', () => {
  it('shows what a terminal without cursor addressing would', () => {
    const screen = consoleOf('one\r\ntwo\rT\r\nab\b\bcd\r\n\x1b[1mbold\x1b[0m\tx\r\n');
    expect(screen.rows(20, 10, 0)).toEqual(['one', 'Two', 'cd', 'bold    x', '']);
  });

  it('a shell that edits its line overwrites it', () => {
    expect(consoleOf('$ lss\b \b').rows(20, 1, 0)).toEqual(['$ ls ']);
  });

  it('goes on in the next row where a line is too long', () => {
    expect(consoleOf('abcdefgh\nij').rows(3, 4, 0)).toEqual(['abc', 'def', 'gh', 'ij']);
    expect(consoleOf('abcdefgh\nij').rows(3, 2, 1)).toEqual(['def', 'gh']);
  });

  it('looks back no further than it goes', () => {
    expect(consoleOf('a\nb\nc').rows(9, 2, 99)).toEqual(['a', 'b']);
  });

  it('filters lines', () => {
    expect(consoleOf('sort ok\nsieve ok\nSort again').rows(20, 5, 0, 'sort')).toEqual([
      'sort ok',
      'Sort again',
    ]);
  });

  it('keeps the last lines of a guest that never stops printing', () => {
    const screen = consoleOf(Array.from({ length: 20_000 }, (_, i) => `${i}\n`).join(''));
    expect(screen.rows(10, 2, 0)).toEqual(['19999', '']);
    expect(screen.lineCount).toBeLessThan(10_000);
  });

  it('a line without an end costs no more than a line', () => {
    expect(consoleOf('x'.repeat(100_000)).rows(100, 1000, 0).join('').length).toBe(1000);
  });
});
