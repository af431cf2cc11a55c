/**
 * The units of a machine: when paths are compiled, how they are run in the stepper's place, and what
 * is accounted for behind them. Units are compiled many to a module, since a module of its own for each
 * costs ten times as much and the process has room for some ten thousand modules only (docs/adr).
 * A module is garbage when all of its units are dissolved.
 */
import { SimulatorBug } from '../../../base/errors.js';
import { EXIT } from '../../core/exits.js';
import { REMAINING } from '../../core/guest-words.js';
import { CPI } from '../../timing/cpi.js';
import { NOW } from '../../timing/cycle-account.js';
import type { CompiledPaths, StepperParts } from '../step/compiled-paths.js';
import type { StepMolecule } from '../step/step-molecule.js';
import { type ByteWriter, moduleBytes } from './binary.js';
import { HitTiming } from './hit-timing.js';
import { makeRuntime, type Runtime, type SlowFunctions, TYPES, UNIT_IMPORTS } from './runtime.js';
import { TimedWriter } from './timed-writer.js';
import { type CommitSite, Unit, type UnitOwner, WAY, type WayOut } from './unit.js';
import { CELL, MOST_SITES, UnitTables } from './unit-tables.js';
import { type UnitCode, type UnitMachine, UnitWriter } from './unit-writer.js';

export interface UnitOptions {
  /** Times that a path begins before it is compiled. */
  readonly hot: number;
  /** Units of a module, and starts of hot paths after which fewer are compiled. */
  readonly batch: number;
  readonly patience: number;
  /** Misses on a unit's paths after which its timed code is compiled. */
  readonly missed: number;
  /** Times that a branch goes where it never had before its unit is made anew. */
  readonly surprises: number;
}

export const UNIT_OPTIONS: UnitOptions = {
  hot: 300,
  batch: 32,
  patience: 2000,
  missed: 40,
  surprises: 50,
};

/** A path that began an eighth as often as a hot one is compiled together with those that lead to it. */
const WARM_SHIFT = 3;
/** Numbers of the function table's entries fit in what is left of a word beside a path. */
const MOST_FUNCTIONS = 1 << 22;
const FIRST_GROWTH = 1024;
/** Counts are taken over before they could overflow. */
const SETTLE_AFTER = 0x4000_0000;

interface Waiting {
  readonly unit: Unit;
  readonly body: ByteWriter;
  readonly isTimed: boolean;
}

/** Numbers that are given out and come back. */
class Numbers {
  private readonly free: number[] = [];
  constructor(private next: number) {}
  take(): number {
    return this.free.pop() ?? this.next++;
  }
  giveBack(n: number): void {
    this.free.push(n);
  }
}

export class Units implements CompiledPaths, UnitOwner {
  exitCode = 0;
  /** Units and modules compiled since power-on. */
  compiled = 0;
  modules = 0;
  private readonly tables: UnitTables;
  private readonly table: WebAssembly.Table;
  private readonly runtime: Runtime;
  private readonly machine: UnitMachine;
  private readonly around: UnitCode;
  private readonly timing = new HitTiming();
  private readonly functions = new Numbers(1);
  private readonly siteNumbers = new Numbers(0);
  private readonly wayNumbers = new Numbers(0);
  private readonly ways: (WayOut | undefined)[] = [];
  private readonly sites: (CommitSite | undefined)[] = [];
  private waiting: Waiting[] = [];
  private waited = 0;
  private unsettled = 0;

  constructor(
    private readonly parts: StepperParts,
    offset: number,
    private readonly options: UnitOptions = UNIT_OPTIONS,
  ) {
    const { core, hierarchy, hostTlb, account, options: host } = parts;
    const { memory, area } = core;
    this.tables = new UnitTables(memory, offset);
    this.table = new WebAssembly.Table({ element: 'anyfunc', initial: FIRST_GROWTH });
    this.runtime = makeRuntime(
      {
        tables: this.tables,
        cells: account.cells,
        returnStack: area.returnStack,
        returnEntries: host.branch.returnStackEntries,
        l1i: hierarchy.l1i,
        l1d: hierarchy.l1d,
        tlb: hostTlb.tags,
        indirectCycles: host.branch.indirectCycles,
        preparedCycles: host.branch.preparedCycles,
        ready: area.ready,
        alias: area.alias,
      },
      this.table,
    );
    this.machine = {
      area,
      tables: this.tables,
      tlbOffset: memory.tlb.byteOffset,
      state: memory.state.byteOffset,
      l1i: hierarchy.l1i,
      l1d: hierarchy.l1d,
      hostTlb: hostTlb.tags,
      dataShift: hierarchy.dataShift,
      costs: {
        takenCycles: host.branch.takenCycles,
        leaveCycles: host.branch.takenCycles,
        commitCycles: host.commitCycles,
        preparedCycles: host.branch.preparedCycles,
        storeBufferEntries: host.storeBufferEntries,
      },
    };
    this.around = this.makeSurroundings();
    this.slow = this.makeSlow();
  }

  private readonly slow: SlowFunctions;

  private makeSlow(): SlowFunctions {
    const { account, lsu, hierarchy } = this.parts;
    return {
      walk: (linear, base) => {
        account.base = base;
        lsu.walk(linear);
      },
      load: (host, register, base) => {
        account.base = base;
        lsu.touchForLoad(host, register);
      },
      store: (host, base) => {
        account.base = base;
        lsu.touchForStore(host);
      },
      noteMisses: () => {
        lsu.noteMisses();
      },
      fetchLine: (line, base) => {
        account.base = base;
        const waited = hierarchy.fetchLine(line);
        if (waited > 0) account.stall(CPI.l1i, waited);
      },
      commitPending: (site) => {
        this.commitPending(this.sites[site] as CommitSite);
      },
    };
  }

  private makeSurroundings(): UnitCode {
    const { code, core } = this.parts;
    return {
      at: (hostPc) => code.at(hostPc),
      warmHead: (hostPc) => {
        const head = code.known(hostPc);
        const isWarm = head !== undefined && head.heat >= this.options.hot >>> WARM_SHIFT;
        return isWarm && head.unit === undefined ? head : undefined;
      },
      completes: (hostPc) => core.retires.completes(hostPc),
      takeSite: () => this.siteNumbers.take(),
      takeWayOut: (way) => {
        const number = this.wayNumbers.take();
        this.ways[number] = way;
        return number;
      },
    };
  }

  // --- running

  from(m: StepMolecule, isWatched: boolean): StepMolecule | undefined {
    const { tables, parts, runtime } = this;
    const { cells } = tables;
    cells[CELL.eventLimit] = isWatched ? 0x7fff_ffff : 0;
    let place = tables.place(m.hostPc);
    let at: StepMolecule | undefined = m;
    for (;;) {
      if (tables.entryOf[place] === 0) {
        const head = at ?? parts.code.at(tables.hostPc(place));
        this.began(head);
        if (tables.entryOf[place] === 0) return head;
      }
      cells[CELL.resumePc] = parts.exit.resumePc;
      const result = runtime.run(place);
      this.noteLastCommit();
      if (result >= 0) {
        place = result;
        parts.exit.resumePc =
          parts.account.cells[NOW] === 0 ? tables.hostPc(place) : cells[CELL.resumePc];
        at = undefined;
        continue;
      }
      at = this.out(this.ways[-1 - result] as WayOut, isWatched);
      if (at === undefined) return undefined;
      if (!this.goesOn) return at;
      place = tables.place(at.hostPc);
    }
  }

  /** A way out has led to where a path begins. */
  private goesOn = false;

  /** A path begins at a molecule that has no unit. */
  private began(m: StepMolecule): void {
    if (m.unit === undefined && ++m.heat >= this.options.hot) this.compile(m);
    if (this.waiting.length === 0) return;
    this.waited++;
    if (this.waiting.length >= this.options.batch || this.waited >= this.options.patience)
      this.makeModule();
  }

  private noteLastCommit(): void {
    const { tables, parts, sites } = this;
    const { cells } = tables;
    const last = cells[CELL.lastSite];
    if (last < 0) return;
    cells[CELL.lastSite] = -1;
    const { hostPc } = sites[last] as CommitSite;
    parts.exit.commitPc = hostPc;
    parts.core.retires.wasLast(hostPc);
  }

  /** The unit was left: where execution goes on, or undefined where the core is left too. */
  private out(way: WayOut, isWatched: boolean): StepMolecule | undefined {
    const { exit, account } = this.parts;
    this.goesOn = false;
    if (way.kind === WAY.between || way.kind === WAY.jumped) {
      const fresh = account.cells[NOW] === 0;
      exit.resumePc = fresh ? way.headPc : this.tables.cells[CELL.resumePc];
      this.resume(way);
      if (way.surprises >= 0) return this.surprised(way);
      return way.kind === WAY.between ? this.timed(way) : this.jumped(way);
    }
    const { hostPc, leave, leaveIndex } = way.molecule as StepMolecule;
    if (isWatched) {
      this.noteCommit(way);
      this.parts.tellCommit();
    }
    exit.resumePc = way.toPc;
    if (leave < 0 && this.parts.core.memory.state[REMAINING] > 0) {
      this.goesOn = true;
      return this.nextOf(way);
    }
    exit.hostPc = hostPc;
    if (leave >= 0) exit.index = leaveIndex;
    this.exitCode = leave >= 0 ? leave : EXIT.event;
    return undefined;
  }

  /** In front of a molecule for which a path's time is not known: timed code goes on, or the stepper. */
  private timed(way: WayOut): StepMolecule | undefined {
    const { unit } = way;
    if (unit.timedIndex === 0) {
      if (++unit.misses === this.options.missed) this.compileTimed(unit);
      return this.nextOf(way);
    }
    const part = unit.parts?.get(way.toPc);
    if (part === undefined) return this.nextOf(way);
    const left = this.ways[-1 - this.runtime.call(unit.timedIndex, part)] as WayOut;
    if (left.kind === WAY.stopped) return this.nextOf(left);
    const m = left.molecule as StepMolecule;
    this.parts.account.base = m.accountBase;
    this.exitCode = this.parts.finish(m, left.toPc);
    if (this.exitCode >= 0) return undefined;
    this.goesOn = true;
    return this.nextOf(left);
  }

  private compileTimed(unit: Unit): void {
    const writer = new TimedWriter(unit, this.around, this.machine);
    const body = writer.write();
    if (body === undefined) return;
    unit.parts = writer.parts;
    this.waiting.push({ unit, body, isTimed: true });
  }

  /** A branch went where it never had. A unit that this happens to often is made anew. */
  private surprised(way: WayOut): StepMolecule {
    const next = this.nextOf(way);
    if (++way.surprises < this.options.surprises) return next;
    const m = way.molecule as StepMolecule;
    if (way.toPc === m.nextPc) m.following = next;
    else m.taken = next;
    way.unit.dissolve(this.options.hot - 1);
    return next;
  }

  private nextOf(way: WayOut): StepMolecule {
    let { next } = way;
    if (next === undefined || !next.alive) {
      next = this.parts.code.at(way.toPc);
      way.next = next;
    }
    return next;
  }

  private jumped(way: WayOut): StepMolecule {
    const { account, scoreboard, core, code } = this.parts;
    const { cells } = this.tables;
    account.base = (way.molecule as StepMolecule).accountBase;
    const cycles = cells[CELL.targetCycles];
    if (cycles !== 0) account.stall(CPI.branch, cycles);
    this.goesOn = scoreboard.idle && core.undo.count === 0 && core.alias.isEmpty;
    return code.at(cells[CELL.target] >>> 0);
  }

  /** What is pending where a unit was left inside a path. */
  private resume(way: WayOut): void {
    const { core, account, scoreboard } = this.parts;
    if (way.steps === undefined) return;
    way.time ??= this.timing.replay(way.steps);
    scoreboard.load(way.time.outstanding, account.cells[NOW]);
    account.add(way.time.cells);
    core.undo.resume(way.stores);
    if (way.protectedLoads) core.alias.written();
  }

  /** A commit that settles cycles from before its path, too. */
  private commitPending({ hostPc, time }: CommitSite): void {
    const { core, account, access, scoreboard } = this.parts;
    account.add(time.cells);
    core.retires.count(hostPc, account.pending);
    core.commit();
    access.committed();
    scoreboard.clear();
    account.settle();
  }

  /** What a commit completes, for who watches; its stores are still in the log. */
  private noteCommit(way: WayOut): void {
    const { core, noteCommit } = this.parts;
    core.undo.resume(way.stores);
    noteCommit((way.molecule as StepMolecule).hostPc, way.toPc);
    core.undo.clear();
  }

  // --- accounting

  left(): void {
    const { cells } = this.tables;
    const { retires } = this.parts.core;
    retires.steps += cells[CELL.steps] >>> 0;
    const instructions = cells[CELL.instructions] >>> 0;
    retires.instructions += instructions;
    cells[CELL.steps] = cells[CELL.instructions] = 0;
    this.unsettled += instructions;
    if (this.unsettled > SETTLE_AFTER) this.settle();
  }

  settle(): void {
    this.unsettled = 0;
    const { counts } = this.tables;
    const { sites } = this;
    for (let i = 0; i < sites.length; i++) {
      // A count of what was skipped has a number too, and goes with its site.
      const site = sites[i];
      if (site !== undefined && counts[i] !== 0) this.settleSite(site);
    }
  }

  settleAt(hostPc: number): void {
    for (const unit of this.parts.code.known(hostPc)?.units ?? [])
      for (const site of (unit as Unit).sites) this.settleSite(site);
  }

  private settleSite(site: CommitSite): void {
    const { counts } = this.tables;
    const { core, account } = this.parts;
    const times = counts[site.number];
    if (times === 0) return;
    counts[site.number] = 0;
    let skipped = 0;
    if (site.skipsNumber >= 0) {
      skipped = counts[site.skipsNumber];
      counts[site.skipsNumber] = 0;
    }
    account.settleCounted(site.counted, times);
    const { hostPc, steps, instructions, cycles } = site;
    core.retires.tally(
      hostPc,
      times * steps - skipped,
      times * instructions - skipped,
      times * cycles,
      times,
    );
  }

  // --- making and losing units

  private compile(head: StepMolecule): void {
    if (this.sites.length > MOST_SITES - 4096) return;
    const unit = new Unit(this);
    const writer = new UnitWriter(unit, this.around, this.machine);
    const body = writer.write(head);
    for (const site of unit.sites) {
      this.sites[site.number] = site;
      if (site.skipsNumber >= 0) this.sites[site.skipsNumber] = undefined;
    }
    if (body === undefined) {
      head.heat = -1_000_000;
      this.forget(unit);
      return;
    }
    unit.join();
    for (const empty of unit.empty) empty.heat = -1_000_000;
    this.waiting.push({ unit, body, isTimed: false });
  }

  /** Compiles the waiting units to one module. */
  private makeModule(): void {
    const units = this.waiting.filter(({ unit }) => unit.alive);
    this.waiting = [];
    this.waited = 0;
    if (units.length === 0) return;
    const { memory } = this.tables.memory;
    const bytes = moduleBytes({
      types: TYPES,
      imports: UNIT_IMPORTS,
      functions: units.map(({ body }, i) => ({ type: 0, body, exportedAs: `u${i}` })),
      memoryPages: memory.buffer.byteLength >>> 16,
      usesTable: false,
    });
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
      e: { memory, ...this.runtime, ...this.slow },
    });
    this.modules++;
    units.forEach(({ unit, isTimed }, i) => {
      const index = this.install(exports[`u${i}`]);
      if (isTimed) unit.timedIndex = index;
      else this.enter(unit, index);
    });
  }

  private install(compiled: WebAssembly.ExportedFunction): number {
    const { table } = this;
    const index = this.functions.take();
    if (index >= MOST_FUNCTIONS) throw new SimulatorBug('too many compiled functions');
    if (index >= table.length) table.grow(table.length);
    table.set(index, compiled);
    this.compiled++;
    return index;
  }

  /** Paths lead to the unit. */
  private enter(unit: Unit, index: number): void {
    const { tables } = this;
    unit.index = index;
    unit.heads.forEach((head, path) => {
      if (head.unit === unit) tables.entryOf[tables.place(head.hostPc)] = (unit.index << 8) | path;
    });
  }

  dissolved(unit: Unit): void {
    const { tables } = this;
    for (const site of unit.sites) this.settleSite(site);
    if (unit.index !== 0) {
      for (const head of unit.heads) {
        const place = tables.place(head.hostPc);
        if (tables.entryOf[place] >>> 8 === unit.index) tables.entryOf[place] = 0;
      }
    }
    for (const index of [unit.index, unit.timedIndex])
      if (index !== 0) {
        this.table.set(index, null);
        this.functions.giveBack(index);
      }
    this.forget(unit);
  }

  /** Its numbers may be given out again. */
  private forget(unit: Unit): void {
    for (const { number, skipsNumber } of unit.sites) {
      this.sites[number] = undefined;
      this.siteNumbers.giveBack(number);
      if (skipsNumber >= 0) this.siteNumbers.giveBack(skipsNumber);
    }
    for (const way of unit.waysOut) {
      this.ways[way] = undefined;
      this.wayNumbers.giveBack(way);
    }
  }
}
