/** Sweep files: axes, ranges, workloads, points, mistakes with their places. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { axesOf, combinations, pointLabel } from '../../../sim/sweep/expand.js';
import { readSweepFile } from '../../../sim/sweep/sweep-file.js';
import { folderWith, messageOf } from '../config/support.js';

function expanded(text: string, more: Record<string, string> = {}) {
  const folder = folderWith({ 'sweep.yaml': text, ...more });
  const read = readSweepFile(join(folder, 'sweep.yaml'));
  const axes = axesOf(read);
  return { folder, axes, points: combinations(read, axes) };
}

const values = (axis: string): unknown[] =>
  expanded(`name: s\naxes: {k.a: ${axis}}`).axes[0]?.levels.map((level) => level.value) ?? [];

describe('axes', () => {
  it('are lists or ranges', () => {
    expect(values('[1, null, true, fifo]')).toEqual([1, null, true, 'fifo']);
    expect(values('{from: 2, to: 10, step: 4}')).toEqual([2, 6, 10]);
    expect(values('{from: 2, to: 9, step: 4}')).toEqual([2, 6]);
    expect(values('{from: 10, to: 2, step: 4}')).toEqual([10, 6, 2]);
    expect(values('{from: 16, to: 1024, factor: 4}')).toEqual([16, 64, 256, 1024]);
    expect(values('{from: 0.1, to: 0.3, step: 0.1}')).toEqual([0.1, 0.2, 0.3]);
    expect(values('{from: 1, to: 2, count: 5}')).toEqual([1, 1.25, 1.5, 1.75, 2]);
  });

  it('may name sets of changes', () => {
    const { points, folder } = expanded(
      'name: s\naxes:\n  machine:\n    plain: {}\n    odd: {with: odd.yaml, set: {a.b: 1, c: [x]}}\n    known: {with: no-alias}',
      { 'odd.yaml': '' },
    );
    expect(points.map(({ at }) => at.machine)).toEqual(['plain', 'odd', 'known']);
    expect(points[1]).toMatchObject({
      with: [join(folder, 'odd.yaml')],
      set: ['a.b=1', 'c=["x"]'],
    });
    expect(points[2]).toMatchObject({ with: ['no-alias'] });
  });
});

describe('points', () => {
  it('are all combinations on all workloads, changes in order', () => {
    const { points } = expanded(
      'name: s\nset: {z: 0}\naxes: {k.a: [1, 2], k.b: [x, y]}\nworkloads: [{name: w, set: {v: text}}, {name: u}]',
    );
    expect(points).toHaveLength(8);
    expect(points[0]).toEqual({
      ...{ workload: 'w', at: { 'k.a': 1, 'k.b': 'x' }, base: 'tm5800', with: [] },
      set: ['z=0', 'v=text', 'k.a=1', 'k.b=x'],
    });
    expect(points.map(({ at, workload }) => pointLabel(at, workload)).slice(0, 3)).toEqual([
      ...['a=1 b=x w', 'a=1 b=x u', 'a=1 b=y w'],
    ]);
  });

  it('share workloads by a file, whose own files lie beside it', () => {
    const { points, folder } = expanded('name: s\naxes: {k: [1]}\nworkloads: shared/w.yaml', {
      'shared/w.yaml': 'workloads: [{name: w, with: more.yaml}]',
    });
    expect(points[0]?.with).toEqual([join(folder, 'shared', 'more.yaml')]);
  });

  it('extend another sweep', () => {
    const { points } = expanded('extends: base.yaml\nname: mine', {
      'base.yaml': 'name: base\naxes: {k: [1, 2]}',
    });
    expect(points).toHaveLength(2);
  });
});

describe('mistakes', () => {
  it.each([
    [
      'name: s\naxes: {k: [1]}\nworklods: []',
      'sweep.yaml:3:1: worklods: no such key; did you mean workloads?',
    ],
    ['name: s', 'sweep.yaml:1:1: axes: is missing'],
    [
      'name: s\naxes:\n  k: 5',
      'sweep.yaml:3:3: axes.k: an axis is a list of values, a range {from, to, step | factor | count}, or names with {with, set}',
    ],
    [
      'name: s\naxes: {k: {from: 1, to: 2}}',
      'sweep.yaml:2:8: axes.k: takes one of step, factor and count',
    ],
    ['name: s\naxes: {k: [1, 1]}', 'sweep.yaml:2:8: axes.k: has the value 1 twice'],
    [
      'name: s\naxes: {k: {from: 1, to: 30000, step: 1}}',
      'sweep.yaml:2:1: axes: give 20001 points',
    ],
    [
      'name: s\naxes: {k: [1]}\nworkloads: [{name: w}, {name: w}]',
      'sweep.yaml:3:1: workloads: has the name w twice',
    ],
    [
      'name: s\naxes: {k: [1]}\npublished: [{text: t, source: s, expects: more}]',
      'sweep.yaml:3:34: published[0].expects: no such key; did you mean expect?',
    ],
  ])('%j', (text, message) => {
    const folder = folderWith({ 'sweep.yaml': text });
    const expand = (): unknown => {
      const read = readSweepFile(join(folder, 'sweep.yaml'));
      return combinations(read, axesOf(read));
    };
    expect(messageOf(expand, folder)).toContain(message);
  });
});
