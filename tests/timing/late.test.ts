/**
 * Paths on which something misses time and again: units go on behind the miss (exec/wasm/late-code.ts), and
 * every cycle is where the stepper has it.
 */
import { describe, expect, it } from 'vitest';
import { REMAINING } from '../../hw/core/guest-words.js';
import type { UnitOptions } from '../../hw/exec/wasm/unit-options.js';
import type { HostOptions } from '../../hw/options.js';
import { PREPARED_AT, PREPARED_TARGET } from '../../hw/timing/cycle-account.js';
import { tm5800Host } from '../unit/atom/machines.js';
import { PAGE, Rig } from './rig.js';

const DATA = 0x20 * PAGE;
const OTHER = 0x21 * PAGE;
/** 32 lines: two addresses this far apart take each other's place. */
const APART = 1024;
const SMALL = { sizeKB: 1, ways: 1, lineBytes: 32 } as const;
const MACHINES: readonly HostOptions[] = [
  { ...tm5800Host, l1d: { ...SMALL, replacement: 'fifo' } },
  { ...tm5800Host, l1d: { ...SMALL, replacement: 'lru' }, commitCycles: 2 },
  { ...tm5800Host, l1d: { ...SMALL, replacement: 'fifo' }, missStalls: 'load' },
];
const AT_ONCE: UnitOptions = { hot: 2, batch: 1, patience: 1, surprises: 1, misses: 1 };

/** The same on each machine; the first one with units is returned. */
function agree(...test: Test): Rig {
  const [first, ...others] = MACHINES.map((host) => agreeOn(host, ...test));
  for (const rig of others) expect(rig.units?.lateParts).toBe(first.units?.lateParts);
  return first;
}

type Test = [
  text: string,
  act: (rig: Rig, run: (isMiss: boolean) => string) => unknown,
  prepare?: (rig: Rig) => void,
];

/** The same on the stepper and with units, whatever lies in L1D when a run begins. */
function agreeOn(host: HostOptions, ...[text, act, prepare = () => {}]: Test): Rig {
  const rigs = [undefined, AT_ONCE].map((options) => {
    const rig = new Rig({}, host, options).load(text);
    rig.w.set([DATA, DATA + 64, OTHER], 40);
    prepare(rig);
    const run = (isMiss: boolean): string => {
      rig.warm(DATA + 64, OTHER, isMiss ? DATA + APART : DATA);
      rig.core.enter();
      return rig.run();
    };
    return { rig, result: act(rig, run) };
  });
  const [exact, compiled] = rigs.map(({ rig, result }) => ({
    result,
    cycles: rig.cycles(),
    cells: cellsOf(rig),
    exit: { ...rig.core.exit },
    working: [...rig.w.subarray(0, 62)],
    words: [DATA, DATA + 64, OTHER].map((address) => rig.word(address)),
    calls: rig.guest.calls,
  }));
  expect(compiled).toEqual(exact);
  return rigs[1].rig;
}

/** When a target was prepared means nothing where there is none. */
function cellsOf(rig: Rig): number[] {
  const cells = [...rig.core.save().cells];
  expect(cells[PREPARED_TARGET]).toBe(0);
  cells[PREPARED_AT] = 0;
  return cells;
}

/** Often enough that what misses is known, with runs that hit in between. */
function often(run: (isMiss: boolean) => string, exit = 'exit'): void {
  for (let i = 0; i < 40; i++) expect(run(i % 5 !== 4)).toBe(exit);
}

describe('a unit behind a miss', () => {
  it('waits where the result is used', () => {
    const text = `
      { ld32.k r16,[r40] }
      { add r17,r18,#1 }
      { add r19,r16,#1 }
      { exit 0 } commit`;
    const rig = agree(text, (_, run) => often(run));
    expect(rig.units?.compiled).toBeGreaterThan(1);
    expect(rig.units?.lateParts).toBeGreaterThan(0);
    expect(rig.cycles().l1d).toBeGreaterThan(0);
  });

  it.each([
    ['at the commit', '', 'commit', 20],
    ['where its result is used', '{ add r23,r20,#1 }', 'interlock', 10],
  ] as const)('waits %s for what was under way before', (_where, use, slot, cycles) => {
    const text = `
      { div32 r20,r21,r22 }
      { ld32.k r16,[r40] }
      ${use}
      { exit 0 } commit`;
    const rig = agree(
      text,
      (_, run) => often(run),
      ({ w }) => w.set([100, 7], 21),
    );
    expect(rig.units?.lateParts).toBeGreaterThan(0);
    expect(rig.cycles()[slot]).toBeGreaterThan(40 * cycles);
  });

  it('is left with its stores, which a trap undoes', () => {
    const text = `
      { add r28,r28,#1 } commit
      { st32.k [r41],r24 }
      { ld32.k r16,[r40] }
      { st32.k [r42],r16 }
      { trapnz r25,3 }
      { exit 0 } commit`;
    const rig = agree(text, (r, run) => {
      r.w.set([0x1234, 0], 24);
      often(run);
      r.w.set([0x5678, 1], 24);
      return [run(true), run(true)];
    });
    expect(rig.units?.lateParts).toBeGreaterThan(0);
    expect(rig.word(DATA + 64)).toBe(0x1234);
  });

  it('is left with its protected loads, which a store then overlaps', () => {
    const text = `
      { ldp32.k r26,[r41],#2 }
      { ld32.k r16,[r40] }
      { st32.k [r42],r24,#4 }
      { exit 0 } commit`;
    agree(text, (r, run) => {
      often(run);
      r.w[42] = r.w[41];
      return [run(true), run(true)];
    });
  });

  it('is left with protected loads, which the next commit forgets', () => {
    const text = `
      { ldp32.k r26,[r41],#2 }
      { ld32.k r16,[r40] }
      { brnz r29,there }
      { exit 0 } commit
      there: { add r28,r28,#1 } commit
      { st32.k [r41],r24,#4 } commit
      { exit 1 } commit`;
    agree(text, (r, run) => {
      r.w[29] = 0;
      often(run);
      // Where it goes now it has never been.
      r.w[29] = 1;
      return [run(true), r.core.exit.index];
    });
  });

  it('takes branches, and misses again on either side', () => {
    const text = `
      { ld32.k r16,[r40] }
      { add r17,r16,#1 ; brnz r16,there }
      { ld32.k r18,[r43] }
      { add r19,r18,#2 }
      { exit 0 } commit
      there: { st32.k [r43],r17 }
      { exit 1 } commit`;
    const rig = agree(text, (r, run) => {
      r.w[43] = DATA + APART + 32;
      for (let i = 0; i < 60; i++) {
        r.warm(DATA + 32);
        r.setWord(DATA, i % 3 === 0 ? -1 : i);
        expect(run(i % 4 !== 0)).toBe('exit');
      }
    });
    expect(rig.units?.lateParts).toBeGreaterThan(1);
  });

  it('walks for pages and fetches lines of code as they come', () => {
    const filler = '{ add r30,r30,#1 } '.repeat(20);
    const text = `
      { ld32.k r16,[r40] } ${filler}
      { ld32.k r17,[r42] } ${filler}
      { exit 0 } commit`;
    const rig = agree(text, (r, run) => {
      for (let i = 0; i < 60; i++) {
        // Pages that share the place in the TLB, lines of code that share that in L1I.
        if (i % 3 === 0)
          for (let page = 0x41; page < 0x41 + 9 * 32; page += 32)
            r.core.guestAccess(page * PAGE, r.host(OTHER), false);
        expect(run(i % 4 !== 0)).toBe('exit');
      }
    });
    expect(rig.units?.lateParts).toBeGreaterThan(0);
  });
});

describe('a unit', () => {
  it('is made anew for a branch behind a miss that goes where it never had', () => {
    const text = `
      { ld32.k r16,[r40] }
      { brnz r29,there }
      { exit 0 } commit
      there: { add r28,r28,#1 } commit
      { exit 1 } commit`;
    const before = new Map<Rig, number>();
    const rig = agree(text, (r, run) => {
      r.w[29] = 0;
      often(run);
      // What is there is compiled already.
      for (let i = 0; i < 10; i++) {
        r.core.enter();
        expect(r.run('there')).toBe('exit');
      }
      before.set(r, r.units?.compiled ?? 0);
      r.w[29] = 1;
      for (let i = 0; i < 40; i++) run(true);
    });
    expect(rig.units?.compiled).toBeGreaterThan(before.get(rig) as number);
  });

  it('is not made anew without end where there is no room for all that misses', () => {
    const loads = 130;
    const text = `
      { add r28,r28,#1 } commit
      ${'{ add r41,r41,#32 }{ ld32.k r16,[r41] }'.repeat(loads)}
      { exit 0 } commit`;
    const l1d = { sizeKB: 32, ways: 1, lineBytes: 32, replacement: 'fifo' } as const;
    const rig = new Rig({ l1d }, tm5800Host, AT_ONCE).load(text);
    const lines = Array.from({ length: loads }, (_, i) => DATA + 32 * (i + 1));
    const run = (missing: number): void => {
      rig.core.enter();
      rig.w[41] = DATA;
      rig.warm(...lines, lines[missing] + 0x8000);
      expect(rig.run()).toBe('exit');
      rig.s[REMAINING] = 1_000_000;
    };
    for (let i = 0; i < 4 * loads; i++) run(i >> 2);
    const before = rig.units?.compiled;
    for (let i = 0; i < 30; i++) run(120);
    expect(rig.units?.compiled).toBe(before);
  });

  it('reads no code that has never run', () => {
    const text = '{ add r28,r28,#1 } commit { add r29,r28,#1 }{ trapnz r25,3 }';
    const exits = [undefined, AT_ONCE].map((options) => {
      const rig = new Rig({}, tm5800Host, options).load(text);
      rig.memory.words(rig.memory.cmsOffset + 24, 16).fill(-1);
      return Array.from({ length: 10 }, () => {
        rig.core.enter();
        rig.w[25] = 1;
        return rig.run();
      });
    });
    expect(exits[1]).toEqual(exits[0]);
  });

  it('has no code for misses where a load crosses a line', () => {
    const text = '{ ld32.k r16,[r44] }{ add r19,r16,#1 }{ exit 0 } commit';
    const rig = agree(text, (r) => {
      r.w[44] = DATA + 30;
      for (let i = 0; i < 40; i++) {
        r.warm(DATA, DATA + 32);
        r.core.enter();
        expect(r.run()).toBe('exit');
      }
    });
    expect(rig.units?.lateParts).toBe(0);
  });
});
