/**
 * A host core by itself for tests: some RAM that is mapped one to one, a guest memory whose answers a
 * test decides, and programs in host assembly. Caches, TLB and code are warm unless a test says
 * otherwise, so that a program costs what its molecules cost.
 */
import { expect } from 'vitest';
import { type Assembled, assemble } from '../../hw/atom/assemble.js';
import { HostIsa } from '../../hw/atom/host-isa.js';
import { EXIT, HOST_EXITS } from '../../hw/core/exits.js';
import { FAST_READ_SUPERVISOR, FAST_READ_USER, REMAINING } from '../../hw/core/guest-words.js';
import type { GuestMemoryLog, GuestMemoryPort } from '../../hw/core/host-core.js';
import type { TimingModel } from '../../hw/core/timing-model.js';
import type { StepperParts } from '../../hw/exec/step/compiled-paths.js';
import { Stepper } from '../../hw/exec/step/stepper.js';
import type { UnitOptions } from '../../hw/exec/wasm/unit-options.js';
import { Units, unitsBytes } from '../../hw/exec/wasm/units.js';
import { LinearMemory } from '../../hw/memory/layout.js';
import type { HostOptions } from '../../hw/options.js';
import { CPI_SLOTS, type CpiSlot } from '../../hw/timing/cpi.js';
import { timingTableBytes } from '../../hw/timing/timing-tables.js';
import { tm5800Host } from '../unit/atom/machines.js';

const RAM_BYTES = 0x10_0000;
const CMS_BYTES = 0x2_0000;
export const PAGE = 0x1000;
/** Countdown at the start: no event unless a test asks for one. */
const PLENTY = 1_000_000;
/** All fast and permission bits, but global and big. */
const EVERYTHING = 0xff;
const READ_ONLY_FAST = 0xf0 | FAST_READ_SUPERVISOR | FAST_READ_USER;

/** Answers of the guest's memory: pages one to one, unless a test has said otherwise. */
export class TestGuestMemory implements GuestMemoryPort {
  log: GuestMemoryLog | undefined;
  /** Linear pages with another outcome: a physical page, or the name of an exit. */
  readonly pages = new Map<number, number | keyof typeof EXIT>();
  /** Physical pages whose stores are refused (T-bit). */
  readonly watched = new Set<number>();
  /** Physical address of a word that each walk marks as accessed. */
  marks = -1;
  readonly calls: string[] = [];

  constructor(private readonly memory: LinearMemory) {}

  translate(linear: number, write: boolean, _user: boolean, walk: boolean): number {
    this.calls.push(`${write ? 'write' : 'read'} ${(linear >>> 0).toString(16)}`);
    const outcome = this.pages.get(linear >>> 12) ?? linear & ~0xfff;
    if (typeof outcome === 'string') return -1 - EXIT[outcome];
    if (!walk) return -1 - EXIT.speculation;
    if (this.marks >= 0) {
      this.log?.logWord(this.marks);
      this.memory.ram[this.marks] |= 0x20;
    }
    return outcome | (linear & 0xfff);
  }

  translateFetch(linear: number): number {
    const outcome = this.pages.get(linear >>> 12) ?? linear & ~0xfff;
    return typeof outcome === 'string' ? -1 : outcome;
  }

  mayStore(physical: number, sizeBytes: number): number {
    this.calls.push(`store ${physical.toString(16)} ${sizeBytes}`);
    return this.watched.has(physical >>> 12) ? EXIT.tBit : -1;
  }

  rolledBack(): void {
    this.calls.push('rolledBack');
  }

  committed(): void {
    this.calls.push('committed');
  }
}

export class Rig {
  readonly options: HostOptions;
  readonly isa: HostIsa;
  readonly memory: LinearMemory;
  readonly core: Stepper;
  units: Units | undefined;
  readonly guest: TestGuestMemory;
  readonly w: Int32Array;
  /** Words of the guest's state block. */
  readonly s: Int32Array;
  program: Assembled | undefined;

  /** `units`: paths are compiled (exec/wasm). Of more RAM than usual the first part is mapped. */
  constructor(
    overrides: Partial<HostOptions> = {},
    machine: HostOptions = tm5800Host,
    units?: UnitOptions,
    timing: TimingModel = 'full',
    ramBytes = RAM_BYTES,
  ) {
    this.options = { ...machine, ...overrides };
    this.isa = new HostIsa(this.options);
    const tagBytes = timingTableBytes(this.options);
    this.memory = new LinearMemory(ramBytes, CMS_BYTES, tagBytes + unitsBytes(CMS_BYTES));
    this.guest = new TestGuestMemory(this.memory);
    const compiler = (parts: StepperParts): Units => {
      this.units = new Units(parts, this.memory.tablesOffset + tagBytes, units);
      return this.units;
    };
    this.core = new Stepper(this.isa, this.memory, this.guest, units && compiler, timing);
    this.guest.log = this.core.log;
    this.w = this.core.working;
    this.s = this.memory.state;
    this.s[REMAINING] = PLENTY;
    for (let page = 0; page < RAM_BYTES / PAGE; page++) this.map(page);
  }

  /** Puts a page into the guest's translation table, one to one. */
  map(page: number, bits = EVERYTHING): void {
    this.memory.tlb[page] = (page << 12) | bits;
  }

  mapWatched(page: number): void {
    this.map(page, READ_ONLY_FAST);
  }

  unmap(page: number): void {
    this.memory.tlb[page] = 0;
  }

  /** Host physical address of a guest physical one. */
  host(physical: number): number {
    return this.memory.ramOffset + physical;
  }

  /** Host code at the beginning of the software's memory, `offset` bytes behind it. */
  load(text: string, options: { warm?: boolean; offset?: number } = {}): this {
    const origin = this.memory.cmsOffset + (options.offset ?? 0);
    const lines = text.replaceAll(/(\}(?:\s*commit)?)\s*/g, '$1\n');
    this.program = assemble(this.isa, lines, { origin });
    const { words } = this.program;
    this.memory.words(origin, words.length).set(words);
    this.core.codeChanged(origin, origin + 4 * words.length);
    if (options.warm !== false) this.core.codeFetch(origin, origin + 4 * words.length);
    return this;
  }

  /** Address of a label. */
  pc(label: string): number {
    return this.program?.labels.get(label) as number;
  }

  /** TLB and L1D hold what the program will access. */
  warm(...addresses: number[]): this {
    for (const address of addresses) this.core.guestAccess(address, this.host(address), false);
    return this;
  }

  /** Runs from the beginning, or from a label; name of the exit. */
  run(label?: string): string {
    const from = label === undefined ? this.memory.cmsOffset : this.pc(label);
    return HOST_EXITS[this.core.run(from)].name;
  }

  word(physical: number): number {
    return this.memory.view.getInt32(this.host(physical), true);
  }

  setWord(physical: number, value: number): void {
    this.memory.view.setInt32(this.host(physical), value, true);
  }

  /** Cycles so far by slot, without the empty ones; the clock has moved by their sum. */
  cycles(): Partial<Record<CpiSlot, number>> {
    const { cpi } = this.core;
    expect(cpi.reduce((sum, n) => sum + n, 0)).toBe(PLENTY - this.s[REMAINING]);
    return Object.fromEntries(
      CPI_SLOTS.map(({ name }, i) => [name, cpi[i]] as const).filter(([, n]) => n !== 0),
    );
  }
}

/** Cycles of a program on a warm machine. */
export function cost(text: string, prepare: (rig: Rig) => void = () => {}, rig = new Rig()) {
  rig.load(text);
  prepare(rig);
  rig.run();
  return rig.cycles();
}
