/** What units call in the module that they share: each function against the TypeScript of its structure. */
import { describe, expect, it } from 'vitest';
import { Rng } from '../../../base/rng.js';
import { AliasRegisters } from '../../../hw/core/alias-registers.js';
import { type CoreArea, coreArea } from '../../../hw/core/core-area.js';
import { ReturnStack } from '../../../hw/core/return-stack.js';
import { BranchUnit } from '../../../hw/exec/step/branch-unit.js';
import { makeRuntime, type Runtime } from '../../../hw/exec/wasm/runtime/runtime.js';
import { UnitTables, unitTableBytes } from '../../../hw/exec/wasm/unit-tables.js';
import { LinearMemory } from '../../../hw/memory/layout.js';
import type { HostOptions } from '../../../hw/options.js';
import { CPI } from '../../../hw/timing/cpi.js';
import {
  CycleAccount,
  NOW,
  PORT_FREE,
  PREPARED_AT,
  PREPARED_TARGET,
  ROUTINE,
} from '../../../hw/timing/cycle-account.js';
import { LAST, PENDING0, PENDING1, Scoreboard } from '../../../hw/timing/scoreboard.js';
import { geometry, RECENT, STAMP_LIMIT, TagArray, tagWords } from '../../../hw/timing/tag-array.js';
import { tm5800Host } from '../atom/machines.js';
import { expectSame, Workbench } from './workbench.js';

const CMS_BYTES = 0x1_0000;
const TAG_BYTES = 0x2_0000;
const STATE_WORDS = 64;

/** Shapes of L1I, L1D and the TLB. */
interface Shapes {
  readonly l1i: readonly [number, number, 'lru' | 'fifo'];
  readonly l1d: readonly [number, number, 'lru' | 'fifo'];
  readonly tlb: readonly [number, number];
}

const SHAPES: Shapes = { l1i: [2, 2, 'lru'], l1d: [3, 4, 'lru'], tlb: [4, 3] };

/** A core's words in the linear memory and the runtime on them; and the words of another core for TypeScript. */
class Bench {
  readonly runtime: Runtime;
  readonly area: CoreArea;
  readonly other: CoreArea;
  readonly state = new Int32Array(STATE_WORDS);
  readonly account: CycleAccount;
  readonly l1i: TagArray;
  readonly l1d: TagArray;
  readonly tlb: TagArray;

  constructor(
    readonly host: HostOptions = tm5800Host,
    { l1i, l1d, tlb }: Shapes = SHAPES,
  ) {
    const bench = new Workbench(CMS_BYTES, unitTableBytes(CMS_BYTES) + TAG_BYTES);
    this.area = bench.area;
    this.other = coreArea(new LinearMemory(0x1_0000));
    this.account = new CycleAccount(this.other.cells, this.state);
    const tables = new UnitTables(bench.memory, bench.take(unitTableBytes(CMS_BYTES)));
    this.l1i = bench.tags(...l1i);
    this.l1d = bench.tags(...l1d);
    this.tlb = bench.tags(...tlb, 'fifo');
    const { cells, returnStack, ready, alias } = bench.area;
    const { returnStackEntries, indirectCycles, preparedCycles } = host.branch;
    this.runtime = makeRuntime(
      {
        tables,
        cells,
        returnStack,
        returnEntries: returnStackEntries,
        l1i: this.l1i,
        l1d: this.l1d,
        tlb: this.tlb,
        indirectCycles,
        preparedCycles,
        ready,
        alias,
      },
      new WebAssembly.Table({ element: 'anyfunc', initial: 4 }),
    );
  }

  call(name: Exclude<keyof Runtime, 'run' | 'call'>, ...values: number[]): number {
    return this.runtime[name](...values) as unknown as number;
  }
}

const withBranch = (branch: Partial<HostOptions['branch']>): HostOptions => ({
  ...tm5800Host,
  branch: { ...tm5800Host.branch, ...branch },
});

describe('the return stack', () => {
  it.each([0, 1, 3, 8, 64])('of %i entries', (returnStackEntries) => {
    const rng = new Rng(returnStackEntries);
    const bench = new Bench(withBranch({ returnStackEntries }));
    const stack = new ReturnStack(bench.other, returnStackEntries);
    let landings = 0;
    for (let n = 0; n < 4000; n++) {
      const guest = 0x8000_0000 | rng.below(4);
      if (rng.chance(n % 400 < 200 ? 0.7 : 0.3)) {
        const hostPc = 0x9000_0000 + 8 * rng.below(1000);
        bench.call('pushReturn', guest, hostPc);
        stack.push(guest, hostPc);
      } else {
        const landing = stack.pop(guest);
        if (landing !== 0) landings++;
        expect(bench.call('popReturn', guest) >>> 0).toBe(landing);
      }
      expectSame(bench.area.returnStack, bench.other.returnStack);
    }
    expect(landings > 100).toBe(returnStackEntries > 0);
  });
});

describe('waiting for registers', () => {
  it('takes as long, for the same cause, as the scoreboard says', () => {
    const rng = new Rng(3);
    const bench = new Bench();
    const scoreboard = new Scoreboard(bench.other.ready, bench.account);
    let waits = 0;
    for (let n = 0; n < 5000; n++) {
      const { ready, cells } = bench.area;
      const now = rng.below(1000);
      for (let r = 0; r < 64; r++) ready[r] = ((now - 5 + rng.below(12)) << 2) | rng.below(3);
      for (const word of [PENDING0, PENDING1]) ready[word] = rng.u32() & rng.u32() & rng.u32();
      ready[LAST] = ready[rng.below(64)];
      cells.fill(0);
      cells[NOW] = now;
      bench.other.ready.set(ready);
      bench.other.cells.set(cells);
      const masks = [rng.u32() & rng.u32() & rng.u32(), rng.u32() & rng.u32() & rng.u32()] as const;
      const base = rng.pick([0, ROUTINE]);
      bench.account.base = base;
      scoreboard.await(...masks);
      bench.call('await', ...masks, base);
      if (cells[NOW] !== now) waits++;
      expectSame(cells, bench.other.cells);
      expectSame(ready, bench.other.ready);
    }
    expect(waits).toBeGreaterThan(500);
  });
});

describe('alias registers', () => {
  it('overlap the same stores', () => {
    const rng = new Rng(4);
    const bench = new Bench();
    const registers = new AliasRegisters(bench.other);
    const counts = { yes: 0, no: 0 };
    for (let n = 0; n < 5000; n++) {
      if (rng.chance(0.05)) registers.clear();
      const register = rng.below(8);
      const bytes = rng.pick([1, 2, 4]);
      registers.record(register, 0x1000 + rng.below(40), bytes);
      if (rng.chance(0.3)) registers.recordSecond(register, 0x2000 + rng.below(3), bytes);
      bench.area.alias.set(bench.other.alias);
      const mask = rng.u32() & rng.u32() & 0xff;
      const at = rng.chance(0.8) ? 0x0ffd + rng.below(48) : 0x1ffd + rng.below(10);
      const store = [mask, at, rng.pick([1, 2, 4])] as const;
      const overlaps = registers.overlapping(...store) >= 0;
      counts[overlaps ? 'yes' : 'no']++;
      expect(bench.call('aliased', ...store), `${store}`).toBe(overlaps ? 1 : 0);
    }
    expect(Math.min(counts.yes, counts.no)).toBeGreaterThan(400);
  });
});

describe('indirect jumps', () => {
  it('cost the same, prepared or not', () => {
    const rng = new Rng(5);
    const host = withBranch({ indirectCycles: 4, preparedCycles: 2 });
    const bench = new Bench(host);
    const { cells } = bench.area;
    const returns = new ReturnStack(bench.other, 0);
    const branches = new BranchUnit(bench.other.working, returns, bench.account, host);
    const costs = new Set<number>();
    for (let n = 0; n < 1000; n++) {
      const target = (0x9000_0000 + 8 * rng.below(3)) | 0;
      const now = rng.below(20);
      cells[PREPARED_TARGET] = rng.chance(0.2) ? 0 : 0x9000_0000 + 8 * rng.below(3);
      cells[PREPARED_AT] = now - rng.below(10);
      bench.other.cells.set(cells);
      branches.jump(target, now);
      expect(bench.call('jump', target, now)).toBe(branches.cycles);
      expectSame(cells, bench.other.cells);
      costs.add(branches.cycles);
    }
    expect(costs).toEqual(new Set([2, 4]));
  });

  it('and the fill port are nearer by what has passed', () => {
    const rng = new Rng(6);
    const bench = new Bench();
    const { cells } = bench.area;
    for (let n = 0; n < 1000; n++) {
      cells[PORT_FREE] = rng.pick([0, rng.below(200)]);
      cells[PREPARED_AT] = rng.pick([-999_990, -rng.below(100), rng.below(200)]);
      bench.other.cells.set(cells);
      const cycles = rng.below(100);
      bench.account.charge(CPI.idle, cycles);
      bench.call('pass', cycles);
      expectSame(cells, bench.other.cells);
    }
  });
});

describe('tags', () => {
  const shapes = [
    { sets: 1, ways: 1, replacement: 'lru' },
    { sets: 4, ways: 2, replacement: 'lru' },
    { sets: 3, ways: 4, replacement: 'lru' },
    { sets: 8, ways: 2, replacement: 'fifo' },
  ] as const;
  /** Lines of which some share their place among the recent ones. */
  const line = (rng: Rng): number => rng.below(24) + (rng.chance(0.2) ? RECENT : 0);

  it.each(shapes)('of $sets sets and $ways ways, $replacement, are found and used', (shape) => {
    const { sets, ways, replacement } = shape;
    const rng = new Rng(sets);
    const one = [sets, ways, replacement] as const;
    const bench = new Bench(tm5800Host, { l1i: one, l1d: one, tlb: [sets, ways] });
    const words = geometry('test', sets * ways, ways, replacement);
    const model = new TagArray(words, new Int32Array(tagWords(words)));
    const arrays = [
      { tags: bench.l1i, find: 'findLine', use: 'useLine' },
      { tags: bench.l1d, find: 'findData', use: 'useData' },
    ] as const;
    let uses = 0;
    for (let n = 0; n < 3000; n++) {
      const present = model.tags.filter((tag) => tag >= 0);
      const at = present.length > 0 && rng.chance(0.5) ? rng.pick([...present]) : line(rng);
      // The stamps have run out.
      if (n % 50 === 25)
        for (const { clock } of [model, bench.l1i, bench.l1d]) clock[0] = STAMP_LIMIT;
      if (rng.chance(0.05)) {
        model.forget(at);
        for (const { tags } of arrays) tags.forget(at);
      } else if (!model.has(at) || rng.chance(0.2)) {
        model.touch(at);
        for (const { tags } of arrays) tags.touch(at);
      } else if (model.isLru) {
        model.touch(at);
        uses++;
        for (const { use } of arrays) bench.call(use, at);
      }
      const sought = line(rng);
      const slot = model.has(sought) ? model.tags.indexOf(sought) + 1 : 0;
      for (const { tags, find } of arrays) {
        expect(bench.call(find, sought)).toBe(slot);
        expectSame(tags.tags, model.tags);
        expectSame(tags.recency, model.recency);
        expectSame(tags.clock, model.clock);
        const place = sought & (RECENT - 1);
        if (slot !== 0) expect(tags.recent[place]).toBe(sought);
        else expect(tags.recent[place]).not.toBe(sought);
      }
    }
    expect(uses > 500).toBe(replacement === 'lru');
  });

  it('of the TLB are found', () => {
    const rng = new Rng(9);
    const bench = new Bench();
    for (let n = 0; n < 500; n++) {
      bench.tlb.touch(rng.below(30));
      const page = rng.below(30);
      const slot = bench.tlb.has(page) ? bench.tlb.tags.indexOf(page) + 1 : 0;
      expect(bench.call('findPage', page)).toBe(slot);
    }
  });
});
