/**
 * What may miss, counted in WebAssembly and in TypeScript: the same random accesses to two machines, after
 * which every word of tags, cells and scoreboard is the same.
 */
import { describe, expect, it } from 'vitest';
import { Rng } from '../../../base/rng.js';
import { CoreState } from '../../../hw/core/core-state.js';
import { GuestAccess } from '../../../hw/core/guest-access.js';
import { CR0, CR0_PG, CR3, CR4, CR4_PSE, PTE_P, PTE_PS } from '../../../hw/core/guest-words.js';
import { LoadStoreUnit } from '../../../hw/exec/step/load-store-unit.js';
import { missModule } from '../../../hw/exec/wasm/runtime/miss-module.js';
import { makeRuntime } from '../../../hw/exec/wasm/runtime/runtime.js';
import type { MissFunctions } from '../../../hw/exec/wasm/unit-imports.js';
import { UnitTables, unitTableBytes } from '../../../hw/exec/wasm/unit-tables.js';
import { LinearMemory } from '../../../hw/memory/layout.js';
import type { HostOptions } from '../../../hw/options.js';
import { CPI } from '../../../hw/timing/cpi.js';
import {
  CycleAccount,
  NOW,
  PORT_FREE,
  PORT_SLOT,
  ROUTINE,
} from '../../../hw/timing/cycle-account.js';
import { HostTlb } from '../../../hw/timing/host-tlb.js';
import { MemoryHierarchy } from '../../../hw/timing/memory-hierarchy.js';
import { PENDING0, PENDING1, Scoreboard } from '../../../hw/timing/scoreboard.js';
import { STAMP_LIMIT, type TagArray } from '../../../hw/timing/tag-array.js';
import { timingTableBytes, timingTables } from '../../../hw/timing/timing-tables.js';
import { tm5800Host } from '../atom/machines.js';
import { expectSame } from './workbench.js';

const RAM_BYTES = 0x8_0000;
const CMS_BYTES = 0x1_0000;
const PAGE = 0x1000;
/** Rounds of a few accesses each, with everything compared behind them. */
const ROUNDS = 1500;
/** The first miss counts end a little below, so that they go beyond it. */
const WORD = 2 ** 32;

const cache = (sizeKB: number, ways: number, lineBytes: number, replacement: 'lru' | 'fifo') =>
  ({ sizeKB, ways, lineBytes, replacement }) as const;

const l2 = (sizeKB: number, ways: number, lineBytes: number, replacement: 'lru' | 'fifo') =>
  ({ ...cache(sizeKB, ways, lineBytes, replacement), latencyCycles: 7 }) as const;

const MACHINES: readonly { readonly name: string; readonly host: HostOptions }[] = [
  {
    name: 'fifo, a load that misses stalls its user',
    host: {
      ...tm5800Host,
      l1i: cache(1, 2, 64, 'fifo'),
      l1d: cache(1, 4, 32, 'fifo'),
      l2: l2(4, 2, 128, 'fifo'),
      tlb: { entries: 8, ways: 2, walkCycles: 8 },
    },
  },
  {
    name: 'lru, a load that misses stalls',
    host: {
      ...tm5800Host,
      missStalls: 'load',
      l1i: cache(1, 4, 16, 'lru'),
      l1d: cache(2, 2, 64, 'lru'),
      l2: l2(4, 4, 64, 'lru'),
      tlb: { entries: 4, ways: 4, walkCycles: 3 },
    },
  },
  {
    name: 'sets that are no power of two',
    host: {
      ...tm5800Host,
      l1i: cache(3, 16, 64, 'lru'),
      l1d: cache(3, 4, 32, 'fifo'),
      l2: l2(5, 8, 128, 'lru'),
      tlb: { entries: 6, ways: 2, walkCycles: 0 },
      missStalls: 'use',
    },
  },
  {
    name: 'one line each, which costs nothing below',
    host: {
      ...tm5800Host,
      l1i: cache(1, 1, 1024, 'fifo'),
      l1d: cache(1, 1, 1024, 'lru'),
      l2: { ...l2(4, 1, 4096, 'fifo'), latencyCycles: 0 },
      tlb: { entries: 1, ways: 1, walkCycles: 5 },
    },
  },
];

/** The words of a machine, and TypeScript on them. */
class Side {
  readonly memory: LinearMemory;
  readonly core: CoreState;
  readonly cells: Int32Array;
  readonly ready: Int32Array;
  readonly tags: Int32Array;
  readonly hierarchy: MemoryHierarchy;
  readonly hostTlb: HostTlb;
  readonly account: CycleAccount;
  readonly lsu: LoadStoreUnit;
  readonly arrays: readonly TagArray[];

  constructor(readonly options: HostOptions) {
    const tagBytes = timingTableBytes(options);
    this.memory = new LinearMemory(RAM_BYTES, CMS_BYTES, tagBytes + unitTableBytes(CMS_BYTES));
    this.core = new CoreState(this.memory, options);
    this.cells = this.core.area.cells;
    this.ready = this.core.area.ready;
    this.tags = this.memory.words(this.memory.tablesOffset, tagBytes / 4);
    const tables = timingTables(options, this.memory);
    this.arrays = [tables.l1i, tables.l1d, tables.l2, tables.tlb];
    this.hierarchy = new MemoryHierarchy(options, tables, this.cells);
    this.hostTlb = new HostTlb(tables.tlb, this.hierarchy, this.memory, options.tlb.walkCycles);
    this.account = new CycleAccount(this.cells, this.memory.state);
    const access = new GuestAccess(this.core.undo);
    const scoreboard = new Scoreboard(this.ready, this.account);
    const { core, hierarchy, hostTlb, account } = this;
    this.lsu = new LoadStoreUnit(
      core,
      access,
      hierarchy,
      hostTlb,
      account,
      scoreboard,
      this.options,
    );
  }

  fetchLine(line: number): void {
    const waited = this.hierarchy.fetchLine(line);
    if (waited > 0) this.account.stall(CPI.l1i, waited);
  }

  /** WebAssembly on the same words. */
  compiled(): MissFunctions {
    const { memory, core, hierarchy, hostTlb, options, cells, ready } = this;
    const tables = new UnitTables(memory, memory.tablesOffset + timingTableBytes(options));
    const { returnStack, alias } = core.area;
    const runtime = makeRuntime(
      {
        tables,
        cells,
        returnStack,
        returnEntries: 0,
        l1i: hierarchy.l1i,
        l1d: hierarchy.l1d,
        tlb: hostTlb.tags,
        indirectCycles: 0,
        preparedCycles: 0,
        ready,
        alias,
      },
      new WebAssembly.Table({ element: 'anyfunc', initial: 1 }),
    );
    return missModule({ core, hierarchy, hostTlb, options }, tables, runtime);
  }
}

class Pair {
  readonly rng: Rng;
  readonly exact: Side;
  readonly other: Side;
  readonly sides: readonly [Side, Side];
  readonly misses: MissFunctions;
  /** Cycles that page walks took. */
  readonly walks = new Set<number>();
  portWaits = 0;

  constructor(options: HostOptions, seed: number) {
    this.rng = new Rng(seed);
    this.exact = new Side(options);
    this.other = new Side(options);
    this.sides = [this.exact, this.other];
    this.misses = this.other.compiled();
    for (let at = 0; at < RAM_BYTES; at += 4) {
      const word = this.entry();
      for (const { memory } of this.sides) memory.view.setInt32(memory.ramOffset + at, word, true);
    }
  }

  /** A page-table word: of a table in RAM or beyond it, of a big page, of nothing. */
  private entry(): number {
    const { rng } = this;
    const page = rng.chance(0.9)
      ? rng.below(RAM_BYTES / PAGE)
      : rng.pick([0x80, 0x8_0000, 0xf_ffff]);
    const flags = (rng.chance(0.8) ? PTE_P : 0) | (rng.chance(0.3) ? PTE_PS : 0);
    return (page << 12) | flags | (rng.chance(0.5) ? 0xe00 : 0);
  }

  /** What is pending, the same on both sides. */
  time(): void {
    const { rng } = this;
    const now = rng.below(60);
    const free = rng.chance(0.4) ? 0 : rng.below(150);
    const slot = rng.pick([CPI.l1d, CPI.memory]);
    const ready = Int32Array.from({ length: 64 }, () => (rng.below(120) << 2) | rng.below(3));
    const pending = [rng.u32(), rng.u32()];
    for (const side of this.sides) {
      side.cells.fill(0);
      side.cells[NOW] = now;
      side.cells[PORT_FREE] = free;
      side.cells[PORT_SLOT] = slot;
      side.ready.set(ready);
      side.ready.set(pending, PENDING0);
      expect(PENDING1).toBe(PENDING0 + 1);
    }
  }

  paging(): void {
    const { rng } = this;
    const cr0 = rng.chance(0.7) ? CR0_PG | 1 : 1;
    const cr4 = rng.chance(0.5) ? CR4_PSE : 0;
    const cr3 = rng.pick([0x1000, 0x3018, RAM_BYTES - PAGE, RAM_BYTES, 0xffff_f000 | 0]);
    for (const { memory } of this.sides) {
      memory.state[CR0] = cr0;
      memory.state[CR3] = cr3;
      memory.state[CR4] = cr4;
    }
  }

  /** The stamps are about to run out. */
  age(): void {
    const clock = STAMP_LIMIT - this.rng.below(3);
    for (const { arrays } of this.sides)
      for (const array of arrays) if (array.isLru) array.clock[0] = clock;
  }

  /** A molecule: accesses, then what its loads have missed is noted. */
  molecule(): void {
    const { rng, exact, misses } = this;
    const base = rng.pick([0, ROUTINE]);
    exact.account.base = base;
    for (let n = 1 + rng.below(4); n > 0; n--) this.access(base);
    exact.lsu.noteMisses();
    misses.noteMisses();
  }

  private access(base: number): void {
    const { rng, exact, misses } = this;
    const { memory, lsu, hierarchy, cells } = exact;
    const host = memory.ramOffset + (rng.chance(0.7) ? rng.below(0x800) : rng.below(RAM_BYTES));
    const busy = hierarchy.portBusy() > 0;
    const missed = hierarchy.l1d.misses;
    switch (rng.below(4)) {
      case 0: {
        const line = (memory.cmsOffset + rng.below(0x1800)) >>> hierarchy.fetchShift;
        exact.fetchLine(line);
        misses.fetchLine(line, base);
        break;
      }
      case 1: {
        const register = rng.below(64);
        lsu.touchForLoad(host, register);
        misses.load(host, register, base);
        break;
      }
      case 2:
        lsu.touchForStore(host);
        misses.store(host, base);
        break;
      default: {
        const linear = (rng.below(12) * 0x3f_f000 + rng.below(PAGE)) | 0;
        const before = cells[NOW];
        lsu.walk(linear);
        misses.walk(linear, base);
        this.walks.add(cells[NOW] - before);
      }
    }
    if (busy && hierarchy.l1d.misses > missed) this.portWaits++;
  }

  compare(where: string): void {
    const { exact, other } = this;
    expectSame(other.cells, exact.cells, `cells, ${where}`);
    expectSame(other.ready, exact.ready, `scoreboard, ${where}`);
    expectSame(other.tags, exact.tags, `tags, ${where}`);
  }
}

describe('accesses that may miss', () => {
  it.each(MACHINES)('$name', ({ host }) => {
    const pair = new Pair(host, 7);
    for (const { arrays } of pair.sides) for (const array of arrays) array.misses = WORD - 5;
    pair.paging();
    for (let round = 0; round < ROUNDS; round++) {
      if (round % 10 === 0) pair.paging();
      if (round % 100 === 50) pair.age();
      pair.time();
      for (let n = 0; n < 3; n++) pair.molecule();
      pair.compare(`round ${round}`);
    }
    const { arrays } = pair.exact;
    expect(pair.other.arrays.map(({ misses }) => misses)).toEqual(
      arrays.map(({ misses }) => misses),
    );
    for (const { misses } of arrays) expect(misses).toBeGreaterThan(WORD + 100);
    expect(pair.portWaits).toBeGreaterThan(100);
    expect(pair.walks.size).toBeGreaterThan(3);
  });
});
