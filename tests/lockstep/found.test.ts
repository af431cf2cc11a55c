/** Random cases that once failed, reduced; each would fail without its fix. */
import { describe, expect, it } from 'vitest';
import { Bench } from './bench.js';
import { foundCases } from './fixtures.js';

describe('found cases', () => {
  const bench = new Bench();
  it.each(foundCases())('%s', (_name, found) => {
    expect(bench.check(found).failure).toBeUndefined();
  });
});
