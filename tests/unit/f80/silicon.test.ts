/**
 * Every operation but the transcendental ones against the vectors of a real processor
 * (silicon.c, fixtures/): result bits, exception flags, condition code and stack top.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { F80Unit } from '../../../base/f80/index.js';
import { check, operations, RECORD_BYTES, readVector } from './vectors.js';

describe('x87 arithmetic against silicon', () => {
  it.each(Object.keys(operations))('%s', (name) => {
    const bytes = gunzipSync(readFileSync(new URL(`fixtures/${name}.bin.gz`, import.meta.url)));
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const count = bytes.byteLength / RECORD_BYTES;
    const unit = new F80Unit();
    const failures: string[] = [];
    for (let i = 0; i < count; i++) {
      const failure = check(unit, name, readVector(view, i));
      if (failure !== undefined) failures.push(`#${i} ${failure}`);
    }
    expect(count).toBeGreaterThanOrEqual(50);
    expect(failures.slice(0, 5)).toEqual([]);
  });
});
