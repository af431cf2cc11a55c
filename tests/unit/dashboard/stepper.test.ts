/** Single stepping: a cursor in a record that grows as the machine runs on. */
import { describe, expect, it } from 'vitest';
import { TraceCursor } from '../../../cli/dashboard/stepper.js';
import type { MachineWatch, MoleculeText, TraceEntry } from '../../../sim/watch/machine-watch.js';

/** A molecule of the translation that its address divided by 100 names. */
const molecule = (hostPc: number): TraceEntry => ({
  kind: 'molecule',
  hostPc,
  cycle: 0,
  stalls: [],
});
const commit: TraceEntry = { kind: 'commit', instructions: 2, eip: 0 };
const empty: TraceEntry = { kind: 'commit', instructions: 0, eip: 0 };
const interpreted: TraceEntry = { kind: 'interpreted', eip: 0, text: () => '' };

/** Each slice records one more of the pieces. */
function machine(first: TraceEntry[], pieces: TraceEntry[][]) {
  const entries = [...first];
  let slices = 0;
  const owner = (hostPc: number): MoleculeText['owner'] => ({
    ...{ id: Math.floor(hostPc / 100), gear: 'block', entryEip: 0, offset: 0 },
  });
  const watch = {
    trace: () => ({ entries, dropped: 0 }),
    moleculeAt: (hostPc: number) => ({
      hostPc,
      lengthBytes: 8,
      commit: false,
      atoms: [],
      owner: owner(hostPc),
    }),
  } as unknown as MachineWatch;
  const cursor = new TraceCursor(watch);
  cursor.toEnd();
  return {
    cursor,
    /** Index of the entry that a step ends at, and the slices that it took. */
    step(kind: Parameters<TraceCursor['begin']>[0]): [at: number, slices: number] {
      slices = 0;
      cursor.begin(kind);
      while (cursor.advance() > 0) {
        slices++;
        entries.push(...(pieces.shift() ?? []));
      }
      return [cursor.current, slices];
    },
  };
}

describe('a step', () => {
  it('of a molecule goes through what was recorded, and runs on where that ends', () => {
    const { step } = machine(
      [molecule(100)],
      [[molecule(108), molecule(116), commit], [interpreted]],
    );
    expect(step('molecule')).toEqual([1, 1]);
    expect(step('molecule')).toEqual([2, 0]);
    expect(step('molecule')).toEqual([4, 1]);
  });

  it('of an instruction goes to the next commit that completes any, or interpreted one', () => {
    const { step } = machine([], [[molecule(100), empty, molecule(108), commit, interpreted]]);
    expect(step('instruction')).toEqual([3, 1]);
    expect(step('instruction')).toEqual([4, 0]);
  });

  it('to the next translation leaves the one where it stands', () => {
    const pieces = [[molecule(108), commit], [interpreted], [molecule(100)], [molecule(300)]];
    expect(machine([molecule(100)], pieces).step('translation')).toEqual([5, 4]);
  });

  it('is given up when nothing comes, and says so', () => {
    const { cursor, step } = machine([molecule(100)], []);
    const [at, slices] = step('molecule');
    expect([at, cursor.wasGivenUp]).toEqual([0, true]);
    expect(slices).toBeGreaterThan(100);
  });
});
