/**
 * Units compiled to WebAssembly against the stepper, the definition: random programs on two machines, one of which
 * compiles what it has seen a few times; after each exit everything is the same, cycle for cycle. In
 * between programs take each other's place, and somebody watches commits.
 */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { SimulatorBug } from '../../base/errors.js';
import { Rng } from '../../base/rng.js';
import { EXIT } from '../../hw/core/exits.js';
import {
  CR0,
  CR0_PG,
  CR3,
  CR4,
  CR4_PSE,
  PTE_P,
  PTE_PS,
  REMAINING,
} from '../../hw/core/guest-words.js';
import type { TimingModel } from '../../hw/core/timing-model.js';
import type { UnitOptions } from '../../hw/exec/wasm/unit-options.js';
import type { HostOptions } from '../../hw/options.js';
import { CPI_SLOTS } from '../../hw/timing/cpi.js';
import { PREPARED_AT, PREPARED_TARGET } from '../../hw/timing/cycle-account.js';
import { timingTableBytes } from '../../hw/timing/timing-tables.js';
import { efficeonHost, eightSlotHost, tm5800Host } from '../unit/atom/machines.js';
import {
  CODE_POINTERS,
  GUEST_POINTERS,
  HOST_POINTERS,
  PLAIN,
  type RandomProgram,
  randomProgram,
} from './random-program.js';
import { PAGE, Rig } from './rig.js';

/** Further pages of guest memory that programs use: one with T-bits, one that is not mapped. */
const WATCHED = 0x30;
const UNMAPPED = 0x31;

const small = { sizeKB: 1, ways: 2, lineBytes: 64, latencyCycles: 3, replacement: 'lru' } as const;

const smallFifo = { ...small, replacement: 'fifo' } as const;

const MACHINES: readonly { name: string; host: HostOptions }[] = [
  { name: 'tm5800', host: { ...tm5800Host, storeBufferEntries: 6 } },
  { name: 'efficeon', host: { ...efficeonHost, commitCycles: 2, missStalls: 'load' } },
  {
    name: 'small caches that replace in turn',
    host: {
      ...tm5800Host,
      l1i: smallFifo,
      l1d: smallFifo,
      tlb: { entries: 1, ways: 1, walkCycles: 8 },
    },
  },
  {
    name: 'wide machine with small caches',
    host: { ...eightSlotHost, l1i: small, l1d: small, tlb: { entries: 4, ways: 2, walkCycles: 8 } },
  },
];

/** Everything is cold code. */
const NEVER = 1_000_000;

/** Compiles at once what has begun so many times. */
const after = (hot: number): UnitOptions => ({
  hot,
  batch: 1,
  patience: 1,
  surprises: 1,
  misses: 1,
});

/** Compiles sooner or later. */
const anyOptions = (rng: Rng): UnitOptions => ({
  hot: rng.pick([2, 8, 30, NEVER]),
  batch: rng.pick([1, 1, 3]),
  patience: rng.pick([1, 10]),
  surprises: rng.pick([1, 1, 4]),
  misses: rng.pick([1, 1, 4]),
});

function machine(host: HostOptions, options?: UnitOptions, timing?: TimingModel): Rig {
  const rig = new Rig({}, host, options, timing);
  rig.mapWatched(WATCHED);
  rig.guest.watched.add(WATCHED);
  rig.unmap(UNMAPPED);
  return rig;
}

/** Puts a program where another one may have been. */
function install(rig: Rig, { words, blocks }: RandomProgram): void {
  const { cmsOffset } = rig.memory;
  rig.memory.words(cmsOffset, words.length).set(words);
  rig.core.codeChanged(cmsOffset, cmsOffset + 4 * words.length);
  words.forEach((_, i) => {
    // A step at least: steps are the time of the functional model.
    rig.core.setRetires(cmsOffset + 8 * i, 1 + (i & 7), i & 3);
  });
  // One of the blocks is a routine of the software: its cycles count apart.
  rig.core.setRoutineRange(cmsOffset + blocks[2], cmsOffset + blocks[3]);
}

/** Page tables that page walks read: of pages, or of a big one. */
const DIRECTORY = 0x10;
const TABLE = 0x11;

function paging(rigs: readonly Rig[], rng: Rng): void {
  const cr0 = rng.chance(0.7) ? CR0_PG : 0;
  const entry = (TABLE * PAGE) | rng.pick([PTE_P, PTE_P, PTE_P | PTE_PS, 0]);
  for (const rig of rigs) {
    rig.s[CR0] = cr0;
    rig.s[CR3] = DIRECTORY * PAGE;
    rig.s[CR4] = CR4_PSE;
    rig.setWord(DIRECTORY * PAGE, entry);
  }
}

/** Notes each commit, or stops doing so. */
function watch(rig: Rig, isWatched: boolean): string[] {
  const seen: string[] = [];
  rig.core.onCommit = isWatched
    ? ({ hostPc, resumePc, steps, instructions, storeCount, storeAddresses, storeBytes }) => {
        const stores = Array.from({ length: storeCount }, (_, i) => [
          storeAddresses[i],
          storeBytes[i],
        ]);
        seen.push(`${hostPc} ${resumePc} ${steps} ${instructions} ${stores.join(' ')}`);
      }
    : undefined;
  return seen;
}

const digest = (bytes: Uint8Array): string => createHash('sha1').update(bytes).digest('hex');

/** Everything that a program can change. */
function seen(rig: Rig, exit: number) {
  const { core, memory } = rig;
  const { retiredSteps, retiredInstructions, molecules, atoms } = core;
  const { cpi, cells, tables, misses, settled } = core.save();
  // When a target was prepared means nothing once there is none.
  if (cells[PREPARED_TARGET] === 0) cells[PREPARED_AT] = 0;
  return {
    exit,
    details: { ...core.exit },
    counts: { retiredSteps, retiredInstructions, molecules, atoms, settled, misses },
    cpi: [...cpi],
    cells: [...cells],
    working: [...core.working.subarray(0, 64)],
    state: [...memory.state.subarray(0, 64)],
    tallies: Array.from({ length: 100 }, (_, i) => core.tallyAt(memory.cmsOffset + 8 * i)),
    tables: digest(tables.subarray(0, timingTableBytes(rig.options))),
    ram: digest(memory.ram.subarray(PLAIN * PAGE, (UNMAPPED + 1) * PAGE)),
    calls: rig.guest.calls.splice(0),
  };
}

/** New values in the registers; false: the program has left with stores that it had not committed. */
function begins(rig: Rig, values: Int32Array): boolean {
  rig.s.set(values.subarray(0, 14));
  try {
    rig.core.enter();
  } catch (e) {
    expect(e).toBeInstanceOf(SimulatorBug);
    return false;
  }
  rig.w.set(values.subarray(16, 62), 16);
  return true;
}

/** Time is what was completed; nothing has missed anything. */
function expectSteps({ cpi, counts }: ReturnType<typeof seen>, where: string): void {
  const { retiredSteps, settled, misses } = counts;
  const cycles = CPI_SLOTS.map(({ name }) => (name === 'issue' ? retiredSteps : 0));
  expect(cpi, where).toEqual(cycles);
  expect(settled, where).toBe(retiredSteps);
  expect(misses, where).toEqual([0, 0, 0, 0]);
}

function compare(host: HostOptions, seed: number, timing: TimingModel = 'full'): number {
  const rng = new Rng(seed);
  const probe = new Rig({}, host);
  const programs = Array.from({ length: 2 }, () =>
    randomProgram(probe.isa, rng, host.aliasRegisters),
  );
  let [program] = programs;
  const rigs = [machine(host, undefined, timing), machine(host, anyOptions(rng), timing)] as const;
  for (const rig of rigs) install(rig, program);
  paging(rigs, rng);
  let at = 0;
  for (let round = 0; round < 40; round++) {
    // Only behind an event does it resume.
    const fresh = at === 0;
    if (fresh && rng.chance(0.15)) {
      program = rng.pick(programs);
      for (const rig of rigs) install(rig, program);
    }
    const { blocks } = program;
    const isWatched = rng.chance(0.1);
    const commits = rigs.map((rig) => watch(rig, isWatched));
    const values = Int32Array.from({ length: 64 }, () => rng.u32() | 0);
    for (const r of GUEST_POINTERS) {
      const page = rng.chance(0.05) ? rng.pick([WATCHED, UNMAPPED]) : PLAIN + rng.below(2);
      values[r] = page * PAGE + rng.below(rng.chance(0.1) ? PAGE : 64);
    }
    for (const r of HOST_POINTERS) values[r] = probe.host(PLAIN * PAGE) + rng.below(64);
    for (const r of CODE_POINTERS) values[r] = probe.memory.cmsOffset + rng.pick(blocks);
    const block = rng.pick(blocks);
    const countdown = 1 + rng.below(500);
    if (fresh) {
      const refused = rigs.map((rig) => !begins(rig, values));
      expect(refused[1]).toBe(refused[0]);
      if (refused[0]) break;
    }
    const views = rigs.map((rig) => {
      rig.s[REMAINING] = countdown;
      return seen(rig, rig.core.run(at === 0 ? rig.memory.cmsOffset + block : at));
    });
    const where = `seed ${seed}, round ${round}`;
    expect(views[1], where).toEqual(views[0]);
    expect(commits[1], where).toEqual(commits[0]);
    if (timing === 'functional') expectSteps(views[0], where);
    at = views[0].exit === EXIT.event ? views[0].details.resumePc : 0;
  }
  return rigs[1].units?.compiled ?? 0;
}

describe('units', () => {
  it.each(MACHINES)('do what the stepper does: $name', ({ host }) => {
    let compiled = 0;
    for (let seed = 1; seed <= 20; seed++) compiled += compare(host, seed);
    expect(compiled).toBeGreaterThan(10);
  });
});

describe('units in the functional model', () => {
  it.each(MACHINES)('do what the stepper does, a step a cycle: $name', ({ host }) => {
    let compiled = 0;
    for (let seed = 1; seed <= 20; seed++) compiled += compare(host, seed, 'functional');
    expect(compiled).toBeGreaterThan(10);
  });
});

describe('behind an indirect jump without a commit', () => {
  const text = `
    { ld32.k r16,[r40] }
    { jr r46 }
    there: { add r17,r17,#1 } commit
    { exit 0 }`;

  it('a path begins, and what was outstanding before is forgotten at its commit', () => {
    const [exact, compiled] = [0, 4].map((hot) => {
      const rig = new Rig({}, tm5800Host, hot === 0 ? undefined : after(hot))
        .load(text)
        .warm(PLAIN * PAGE);
      rig.w[40] = PLAIN * PAGE;
      rig.w[46] = rig.pc('there');
      for (let i = 0; i < 10; i++) {
        rig.core.enter();
        expect(rig.run()).toBe('exit');
      }
      return rig;
    });
    expect(compiled.units?.compiled).toBeGreaterThan(0);
    expect(compiled.cycles()).toEqual(exact.cycles());
    expect([...compiled.w]).toEqual([...exact.w]);
  });
});

describe('a path whose first molecule waits for a page walk', () => {
  const text = `
    { ld32.k r16,[r40] } commit
    { ld32.k r18,[r42] }
    { trapnz r41,3 }
    { exit 0 } commit`;

  it('is what goes on after a rollback', () => {
    const [exact, compiled] = [0, 4].map((hot) => {
      const tlb = { entries: 1, ways: 1, walkCycles: 8 };
      const rig = new Rig({ tlb }, tm5800Host, hot === 0 ? undefined : after(hot)).load(text);
      rig.w[40] = PLAIN * PAGE;
      rig.w[42] = (PLAIN + 1) * PAGE;
      rig.w[41] = 0;
      for (let i = 0; i < 10; i++) {
        rig.core.enter();
        expect(rig.run()).toBe('exit');
      }
      rig.w[41] = 1;
      rig.core.enter();
      expect(rig.run()).toBe('trap');
      return rig;
    });
    expect(compiled.units?.compiled).toBeGreaterThan(0);
    expect(compiled.core.exit).toEqual(exact.core.exit);
    expect(compiled.cycles()).toEqual(exact.cycles());
  });
});
