/**
 * The units of a machine: when paths are compiled, and how they are run in the stepper's place.
 */
import { EXIT } from '../../core/exits.js';
import { REMAINING } from '../../core/guest-words.js';
import { CPI } from '../../timing/cpi.js';
import { NOW } from '../../timing/cycle-account.js';
import type { CompiledPaths, StepperParts } from '../step/compiled-paths.js';
import type { StepMolecule } from '../step/step-molecule.js';
import { CommitSites } from './commit-sites.js';
import { HitTiming } from './hit-timing.js';
import { Numbers } from './numbers.js';
import { makeRuntime, type Runtime } from './runtime/runtime.js';
import { slowFunctions } from './slow-functions.js';
import { TimedWriter } from './timed-writer.js';
import { Unit, type UnitOwner, WAY, type WayOut } from './unit.js';
import { type UnitCode, type UnitMachine, unitMachine } from './unit-machine.js';
import { UnitModules } from './unit-modules.js';
import { CELL, UnitTables } from './unit-tables.js';
import { UnitWriter } from './unit-writer.js';

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
/** Heat of a molecule that cannot be compiled: it does not become hot. */
const NEVER_HOT = -1_000_000;
const FIRST_FUNCTIONS = 1024;
/** Limits of the countdown at which a commit leaves the unit: when it is spent; always. */
const WHEN_SPENT = 0;
const ALWAYS = 0x7fff_ffff;

export class Units implements CompiledPaths, UnitOwner {
  exitCode = 0;
  /** Function table; its length is what the process has to hold. */
  readonly table = new WebAssembly.Table({ element: 'anyfunc', initial: FIRST_FUNCTIONS });
  private readonly tables: UnitTables;
  private readonly runtime: Runtime;
  private readonly machine: UnitMachine;
  private readonly around: UnitCode;
  private readonly sites: CommitSites;
  private readonly modules: UnitModules;
  private readonly timing = new HitTiming();
  private readonly wayNumbers = new Numbers(0);
  private readonly ways: (WayOut | undefined)[] = [];
  /** Starts of hot paths since the first unit began to wait for its module. */
  private waited = 0;
  /** A way out has led to where a path begins. */
  private goesOn = false;

  constructor(
    private readonly parts: StepperParts,
    offset: number,
    private readonly options: UnitOptions = UNIT_OPTIONS,
  ) {
    const { core, hierarchy, hostTlb, options: host } = parts;
    const { cells, returnStack, ready, alias } = core.area;
    this.tables = new UnitTables(core.memory, offset);
    this.machine = unitMachine(parts, this.tables);
    this.runtime = makeRuntime(
      {
        tables: this.tables,
        cells,
        returnStack,
        returnEntries: host.branch.returnStackEntries,
        l1i: hierarchy.l1i,
        l1d: hierarchy.l1d,
        tlb: hostTlb.tags,
        indirectCycles: host.branch.indirectCycles,
        preparedCycles: host.branch.preparedCycles,
        ready,
        alias,
      },
      this.table,
    );
    this.sites = new CommitSites(parts, this.tables);
    const slow = slowFunctions(parts, (site) => this.sites.commitPending(site));
    this.modules = new UnitModules(this.tables, this.table, this.runtime, slow);
    this.around = this.surroundings();
  }

  /** Functions compiled since power-on. */
  get compiled(): number {
    return this.modules.compiled;
  }

  /** Most numbers of sites and ways out that have been taken at a time. */
  get mostNumbers(): { sites: number; ways: number } {
    return { sites: this.sites.mostNumbers, ways: this.wayNumbers.end };
  }

  from(m: StepMolecule, isWatched: boolean): StepMolecule | undefined {
    const { tables, parts, runtime } = this;
    const { cells } = tables;
    cells[CELL.eventLimit] = isWatched ? ALWAYS : WHEN_SPENT;
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
      this.sites.noteLast();
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

  left(): void {
    this.sites.takeOver();
  }

  settle(): void {
    this.sites.settle();
  }

  settleAt(hostPc: number): void {
    this.sites.settleAt(hostPc);
  }

  dissolved(unit: Unit): void {
    this.modules.remove(unit);
    this.forget(unit);
  }

  // --- making units

  private surroundings(): UnitCode {
    const { code, core } = this.parts;
    return {
      at: (hostPc) => code.at(hostPc),
      warmHead: (hostPc) => {
        const head = code.known(hostPc);
        const isWarm = head !== undefined && head.heat >= this.options.hot >>> WARM_SHIFT;
        return isWarm && head.unit === undefined ? head : undefined;
      },
      completes: (hostPc) => core.retires.completes(hostPc),
      takeSite: () => this.sites.take(),
      takeWayOut: (way) => {
        const number = this.wayNumbers.take();
        this.ways[number] = way;
        return number;
      },
    };
  }

  /** A path begins at a molecule that has no unit. */
  private began(m: StepMolecule): void {
    const { modules, options } = this;
    if (m.unit === undefined && ++m.heat >= options.hot) this.compile(m);
    if (modules.waits === 0) return;
    this.waited++;
    if (modules.waits < options.batch && this.waited < options.patience) return;
    this.waited = 0;
    modules.compile();
  }

  private compile(head: StepMolecule): void {
    if (this.sites.areFull) return;
    const unit = new Unit(this);
    const body = new UnitWriter(unit, this.around, this.machine).write(head);
    this.sites.add(unit);
    if (body === undefined) {
      head.heat = NEVER_HOT;
      this.forget(unit);
      return;
    }
    unit.join();
    for (const empty of unit.empty) empty.heat = NEVER_HOT;
    this.modules.add(unit, body, false);
  }

  private compileTimed(unit: Unit): void {
    const writer = new TimedWriter(unit, this.around, this.machine);
    const body = writer.write();
    if (body === undefined) return;
    unit.parts = writer.parts;
    this.modules.add(unit, body, true);
  }

  /** Its numbers may be given out again. */
  private forget(unit: Unit): void {
    this.sites.forget(unit);
    for (const way of unit.waysOut) {
      this.ways[way] = undefined;
      this.wayNumbers.giveBack(way);
    }
  }

  // --- ways out

  /** The unit was left: where execution goes on, or undefined where the core is left too. */
  private out(way: WayOut, isWatched: boolean): StepMolecule | undefined {
    const { exit, account } = this.parts;
    this.goesOn = false;
    if (way.kind !== WAY.between && way.kind !== WAY.jumped) return this.committed(way, isWatched);
    const fresh = account.cells[NOW] === 0;
    exit.resumePc = fresh ? way.headPc : this.tables.cells[CELL.resumePc];
    this.resume(way);
    if (way.surprises >= 0) return this.surprised(way);
    return way.kind === WAY.between ? this.timed(way) : this.jumped(way);
  }

  /** Behind a commit. */
  private committed(way: WayOut, isWatched: boolean): StepMolecule | undefined {
    const { exit, core, tellCommit } = this.parts;
    const { hostPc, leave, leaveIndex } = way.molecule as StepMolecule;
    if (isWatched) {
      this.noteCommit(way);
      tellCommit();
    }
    exit.resumePc = way.toPc;
    if (leave < 0 && core.memory.state[REMAINING] > 0) {
      this.goesOn = true;
      return this.nextOf(way);
    }
    exit.hostPc = hostPc;
    if (leave >= 0) exit.index = leaveIndex;
    this.exitCode = leave >= 0 ? leave : EXIT.event;
    return undefined;
  }

  /** What a commit completes, for who watches; its stores are still in the log. */
  private noteCommit({ stores, molecule, toPc }: WayOut): void {
    const { core, noteCommit } = this.parts;
    core.undo.resume(stores);
    noteCommit((molecule as StepMolecule).hostPc, toPc);
    core.undo.clear();
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

  private jumped(way: WayOut): StepMolecule {
    const { account, scoreboard, core, code } = this.parts;
    const { cells } = this.tables;
    account.base = (way.molecule as StepMolecule).accountBase;
    const cycles = cells[CELL.targetCycles];
    if (cycles !== 0) account.stall(CPI.branch, cycles);
    this.goesOn = scoreboard.idle && core.undo.count === 0 && core.alias.isEmpty;
    return code.at(cells[CELL.target] >>> 0);
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

  private nextOf(way: WayOut): StepMolecule {
    let { next } = way;
    if (next === undefined || !next.alive) {
      next = this.parts.code.at(way.toPc);
      way.next = next;
    }
    return next;
  }
}
