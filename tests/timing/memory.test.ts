/** The data side: L1D, L2, memory, the fill port, the host TLB, accesses to two lines. */
import { describe, expect, it } from 'vitest';
import type { HostOptions } from '../../hw/options.js';
import { CPI } from '../../hw/timing/cpi.js';
import { tm5800Host } from '../unit/atom/machines.js';
import { cost, PAGE, Rig } from './rig.js';

const A = 0x2000;
const B = 0x3000;
/** L1D of one line, so that anything pushes anything out. */
const oneLine = (changes: Partial<HostOptions> = {}) =>
  new Rig({ l1d: { ...tm5800Host.l1d, sizeKB: 1, ways: 1, lineBytes: 1024 }, ...changes });

/** r17 and r18 point to A and B, whose pages are in the TLB and whose lines are in L2 but not in L1D. */
function inL2(rig: Rig): void {
  rig.warm(A, B);
  rig.core.hierarchy.l1d.clear();
  inMemory(rig);
}
/** Same, in memory only; the TLB knows their pages. */
function inMemory(rig: Rig): void {
  rig.w[17] = A;
  rig.w[18] = B;
  rig.core.hostTlb.access(A / PAGE);
  rig.core.hostTlb.access(B / PAGE);
}

describe('a load that misses', () => {
  const use = '{ ld32.k r16,[r17] }{ add r19,r16,#1 }{ exit 0 }';

  it('L1D waits for L2 at its first use', () => {
    // Ready at 0 + 12 + 3; the user would issue at 1.
    expect(cost(use, inL2)).toEqual({ issue: 3, l1d: 14, branch: 1 });
  });

  it('L2 waits for memory too', () => {
    expect(cost(use, inMemory)).toEqual({ issue: 3, memory: 102, branch: 1 });
  });

  it('costs less when there is something else to do', () => {
    const text = `{ ld32.k r16,[r17] }${'{ add r20,r20,#1 }'.repeat(10)}{ add r19,r16,#1 }{ exit 0 }`;
    expect(cost(text, inL2)).toEqual({ issue: 13, l1d: 4, branch: 1 });
  });

  it('or at once, where it is so configured', () => {
    // 12 cycles at once, then 2 for the latency of a hit.
    expect(cost(use, inL2, new Rig({ missStalls: 'load' }))).toEqual({
      issue: 3,
      interlock: 2,
      l1d: 12,
      branch: 1,
    });
  });

  it('is waited for by a commit, as its own cause', () => {
    expect(cost('{ ld32.k r16,[r17] } commit { exit 0 }', inL2)).toEqual({
      issue: 2,
      l1d: 14,
      branch: 1,
    });
  });

  it('finds the line at the second time', () => {
    const text = '{ ld32.k r16,[r17] } commit { ld32.k r16,[r17] } commit { exit 0 }';
    expect(cost(text, inL2)).toEqual({ issue: 3, l1d: 14, commit: 2, branch: 1 });
  });

  it('waits for the fill under way', () => {
    const text = '{ ld32.k r16,[r17] }{ ld32.k r19,[r18] }{ add r20,r19,r16 }{ exit 0 }';
    // Fill 1 from 0 to 12; the second molecule waits from 1 to 12; its fill is done at 24, ready at 27;
    // the user would issue at 13.
    expect(cost(text, inL2)).toEqual({ issue: 4, l1d: 11 + 14, branch: 1 });
  });

  it('lets hits pass', () => {
    const prepare = (rig: Rig) => {
      inL2(rig);
      rig.warm(B);
    };
    const text = '{ ld32.k r16,[r17] }{ ld32.k r19,[r18] }{ add r20,r19,#1 }{ exit 0 }';
    // The hit is ready at 4; the exit is over at 7 and waits for the miss, ready at 15.
    expect(cost(text, prepare)).toEqual({ issue: 4, interlock: 2, l1d: 8, branch: 1 });
  });
});

describe('a store that misses', () => {
  it('does not wait', () => {
    expect(cost('{ st32.k [r17],r1 } commit { exit 0 }', inMemory)).toEqual({
      issue: 2,
      branch: 1,
    });
  });

  it('occupies the fill port, across the commit', () => {
    const text = '{ st32.k [r17],r1 } commit { st32.k [r18],r1 } commit { exit 0 }';
    // The first fill takes until 100, the second store would issue at 1.
    expect(cost(text, inMemory)).toEqual({ issue: 3, memory: 99, branch: 1 });
  });

  it('brings the line', () => {
    const text = '{ st32.k [r17],r1 }{ ld32.k r16,[r17] }{ exit 0 }';
    expect(cost(text, inMemory)).toEqual({ issue: 3, branch: 1 });
  });
});

describe('the gated store buffer', () => {
  it('refuses what it has no entry for', () => {
    const rig = new Rig({ storeBufferEntries: 2, rollbackCycles: 7 });
    rig.load('{ st32.k [r17],r1 }{ st32.k [r17],r1 }{ st32.k [r17],r1 }{ exit 0 }');
    inMemory(rig);
    rig.warm(A);
    expect(rig.run()).toBe('storeBuffer');
    expect(rig.cycles()).toEqual({ rollback: 3 + 7 });
  });

  it('is empty after a commit', () => {
    const rig = new Rig({ storeBufferEntries: 2 });
    rig.load(
      '{ st32.k [r17],r1 }{ st32.k [r17],r1 } commit { st32.k [r17],r1 }{ st32.k [r17],r1 }{ exit 0 }',
    );
    inMemory(rig);
    expect(rig.run()).toBe('exit');
  });
});

describe('an access to two lines', () => {
  it('takes a cycle more', () => {
    const prepare = (rig: Rig) => {
      rig.w[17] = A + 30;
      rig.warm(A, A + 32);
    };
    const text = '{ ld32.k r16,[r17] }{ add r19,r16,#1 }{ exit 0 }';
    expect(cost(text, prepare)).toEqual({ issue: 3, interlock: 1 + 2, branch: 1 });
  });

  it('waits for both of them', () => {
    const prepare = (rig: Rig) => {
      inL2(rig);
      rig.warm(A + 32);
      rig.core.hierarchy.l1d.clear();
      rig.w[17] = A + 30;
    };
    const text = '{ ld32.k r16,[r17] }{ add r19,r16,#1 }{ exit 0 }';
    // Fill 1 from 0 to 12; from 1 the second part waits for the port; fill 2 is done at 24, ready at 27;
    // the molecule issues at 12, so its user waits from 13.
    expect(cost(text, prepare)).toEqual({ issue: 3, interlock: 1, l1d: 11 + 14, branch: 1 });
  });
});

describe('the host TLB', () => {
  const load = '{ ld32.k r16,[r17] }{ exit 0 }';

  it('walks for a page that it does not hold: fixed cycles while paging is off', () => {
    const rig = new Rig();
    rig.load(load);
    inMemory(rig);
    rig.warm(A);
    rig.core.flushTlb();
    rig.run();
    expect(rig.cycles()).toEqual({ issue: 2, tlb: 8, branch: 1 });
  });

  it('reads both levels through L1D', () => {
    const rig = new Rig();
    rig.load(load);
    inMemory(rig);
    rig.warm(A);
    rig.core.flushTlb();
    pageTables(rig);
    rig.run();
    // Two lines from memory.
    expect(rig.cycles()).toEqual({ issue: 2, tlb: 8 + 100 + 100, branch: 1 });
    expect(rig.core.hierarchy.l1d.has(rig.host(0x8000) >>> 5)).toBe(true);
    expect(rig.core.hierarchy.l1d.has(rig.host(0x9000 + 8) >>> 5)).toBe(true);
  });

  it('reads one level for a page of 4 MB', () => {
    const rig = new Rig();
    rig.load(load);
    inMemory(rig);
    rig.warm(A);
    rig.core.flushTlb();
    pageTables(rig);
    rig.setWord(0x8000, 0x83);
    rig.s[63] = 0x10;
    rig.run();
    expect(rig.cycles()).toEqual({ issue: 2, tlb: 8 + 100, branch: 1 });
  });

  it('holds the page afterwards, until it is flushed', () => {
    const rig = new Rig();
    rig.load('{ ld32.k r16,[r17] } commit { ld32.k r16,[r17] } commit { exit 0 }');
    inMemory(rig);
    rig.warm(A, B);
    rig.core.flushTlb(A / PAGE);
    rig.run();
    expect(rig.cycles()).toEqual({ issue: 3, tlb: 8, commit: 4, branch: 1 });
    rig.core.flushTlb(B / PAGE);
    rig.run();
    expect(rig.cycles()).toEqual({ issue: 6, tlb: 8, commit: 8, branch: 2 });
  });
});

/** Paging on; directory at 0x8000, its first table at 0x9000. */
function pageTables(rig: Rig): void {
  rig.s[60] = 0x8000_0001 | 0;
  rig.s[62] = 0x8000;
  rig.setWord(0x8000, 0x9003);
}

describe('physical accesses', () => {
  it('go through L1D and not through the TLB', () => {
    const rig = new Rig();
    rig.load('{ ld32.p r16,[r17] }{ st32.p [r18],r16 }{ exit 0 }');
    rig.w[17] = 4 * 5;
    rig.w[18] = 4 * 6;
    rig.s[5] = 99;
    rig.run();
    expect(rig.s[6]).toBe(99);
    expect(rig.cycles()).toEqual({ issue: 3, memory: 102, branch: 1 });
  });
});

describe('replacement', () => {
  it('pushes out by set and way', () => {
    const rig = oneLine();
    rig.load(
      '{ ld32.k r16,[r17] } commit { ld32.k r16,[r18] } commit { ld32.k r16,[r17] } commit { exit 0 }',
    );
    inL2(rig);
    rig.run();
    expect(rig.cycles()).toEqual({ issue: 4, l1d: 3 * 14, branch: 1 });
    expect(rig.core.hierarchy.l1d.misses).toBe(2 + 3);
  });
});

describe('the software', () => {
  it('waits for its own accesses, and its time frees the fill port', () => {
    const rig = new Rig();
    rig.load('{ st32.k [r17],r1 }{ exit 0 }');
    inMemory(rig);
    rig.run();
    // The fill takes until 100; three cycles have passed.
    expect(rig.core.dataAccess(rig.host(B), false)).toBe(97 + 100);
    expect(rig.core.dataAccess(rig.host(B), true)).toBe(0);
    rig.core.charge(CPI.translateBlock, 50);
    expect(rig.cycles()).toEqual({ issue: 2, branch: 1, translateBlock: 50 });
  });

  it('fetches its code through L1I', () => {
    const rig = new Rig();
    const at = rig.memory.cmsOffset + 0x8000;
    expect(rig.core.codeFetch(at, at + 8)).toBe(100);
    expect(rig.core.codeFetch(at + 32, at + 40)).toBe(0);
  });
});
