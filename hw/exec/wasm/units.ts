/**
 * Runs host code in the stepper's place: paths that begin often are compiled to units, everything else is cold
 * code (cold/cold-core.ts), and what neither of them does is left to the stepper, molecule by molecule.
 */
import { EXIT } from '../../core/exits.js';
import { REMAINING } from '../../core/guest-words.js';
import { CPI } from '../../timing/cpi.js';
import { NOW } from '../../timing/cycle-account.js';
import type { CompiledPaths, StepperParts } from '../step/compiled-paths.js';
import type { StepMolecule } from '../step/step-molecule.js';
import { entryAt, LEFT } from './cold/cold-code.js';
import { ColdCore, coldCoreBytes } from './cold/cold-core.js';
import { siteWords, WAY as WAY_WORDS, wayWords } from './cold/pending-records.js';
import { SEEN } from './cold/records.js';
import { CommitSites } from './commit-sites.js';
import { HitTiming } from './hit-timing.js';
import { transferOf } from './molecules.js';
import { Numbers } from './numbers.js';
import { missModule } from './runtime/miss-module.js';
import { makeRuntime, type Runtime } from './runtime/runtime.js';
import { Unit, type UnitOwner, WAY, type WayOut } from './unit.js';
import { type UnitCode, type UnitMachine, unitMachine } from './unit-machine.js';
import { UnitModules } from './unit-modules.js';
import { UNIT_OPTIONS, type UnitOptions } from './unit-options.js';
import { CELL, UnitTables, unitTableBytes } from './unit-tables.js';
import { UnitWriter } from './unit-writer.js';

/** Bytes that a machine has to reserve behind the tags of its caches. */
export const unitsBytes = (cmsBytes: number): number =>
  unitTableBytes(cmsBytes) + coldCoreBytes(cmsBytes);

/**
 * A path that began an eighth as often as a hot one is compiled together with those that lead to it; the same
 * of places where something misses.
 */
const WARM_SHIFT = 3;
/** Heat of a molecule that cannot be compiled: it does not become hot. */
const NEVER_HOT = -1_000_000;
const FIRST_FUNCTIONS = 1024;
/** Limits of the countdown at which a commit leaves the unit: when it is spent; always. */
const WHEN_SPENT = 0;
const ALWAYS = 0x7fff_ffff;
/** Patience while no function waits. */
const NEVER = 0x7fff_ffff;
/** The core was left. */
const NOWHERE = 0;

export class Units implements CompiledPaths, UnitOwner {
  exitCode = 0;
  /** Parts for what follows a miss, in all units written since power-on. */
  lateParts = 0;
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
  private readonly cold: ColdCore;
  /** Execution goes on where a path begins. */
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
        indirectCycles: this.machine.costs.indirectCycles,
        preparedCycles: this.machine.costs.preparedCycles,
        ready,
        alias,
      },
      this.table,
    );
    this.sites = new CommitSites(parts, this.tables);
    const misses = missModule(parts, this.tables, this.runtime);
    this.around = this.surroundings();
    const { end, cells: own } = this.tables;
    this.cold = new ColdCore(
      parts,
      this.machine,
      end,
      { ...this.runtime, ...misses, commitPending: (site) => this.commitPending(site) },
      options.hot,
    );
    const { commitPending } = this.cold;
    const imports = { ...this.runtime, ...misses, commitPending };
    this.modules = new UnitModules(this.tables, this.table, imports);
    own[CELL.patience] = NEVER;
  }

  /** Functions compiled since power-on. */
  get compiled(): number {
    return this.modules.compiled;
  }

  /** Most numbers of sites and ways out that have been taken at a time. */
  get mostNumbers(): { sites: number; ways: number } {
    return { sites: this.sites.mostNumbers, ways: this.wayNumbers.end };
  }

  from(m: StepMolecule, isWatched: boolean, begins: boolean): StepMolecule | undefined {
    const { tables, parts, cold } = this;
    const { cells } = tables;
    cells[CELL.eventLimit] = isWatched ? ALWAYS : WHEN_SPENT;
    let place = tables.place(m.hostPc);
    this.goesOn = begins;
    for (;;) {
      cells[CELL.resumePc] = parts.exit.resumePc;
      cells[CELL.asked] = parts.access.asked ? 1 : 0;
      const left = cold.run(entryAt(place, this.goesOn));
      this.sites.noteLast();
      if (left === LEFT.refused) {
        parts.exit.resumePc = cells[CELL.resumePc] >>> 0;
        return parts.code.at(tables.hostPc(cells[CELL.place]));
      }
      const toPc = left < 0 ? this.out(-1 - left, isWatched) : this.leftCold(left);
      if (toPc === NOWHERE) return undefined;
      place = tables.place(toPc);
    }
  }

  changed(fromPc: number, toPc: number): void {
    this.cold.tables.drop(fromPc, toPc);
  }

  left(): void {
    this.sites.takeOver();
  }

  settle(): void {
    this.sites.settle();
    this.cold.settle();
  }

  settleAt(hostPc: number): void {
    this.sites.settleAt(hostPc);
    this.cold.tables.settleAt(hostPc);
  }

  dissolved(unit: Unit): void {
    this.modules.remove(unit);
    this.forget(unit);
  }

  setHeat(head: StepMolecule, heat: number): void {
    this.cold.tables.setHeat(head.hostPc, heat);
  }

  /** Cold code was left, but not to the stepper: where execution goes on, or NOWHERE. */
  private leftCold(why: number): number {
    const { parts, tables } = this;
    const { cells } = tables;
    const hostPc = tables.hostPc(cells[CELL.place]);
    parts.exit.resumePc = cells[CELL.resumePc] >>> 0;
    this.goesOn = cells[CELL.begins] !== 0;
    switch (why) {
      case LEFT.unknown:
        this.cold.tables.make(parts.code.read(hostPc));
        return hostPc;
      case LEFT.hot:
        this.compile(parts.code.at(hostPc));
        this.compileWaiting(this.options.batch);
        return hostPc;
      case LEFT.patience:
        this.compileWaiting(1);
        return hostPc;
      case LEFT.issued:
        this.cold.tables.settleAt(hostPc);
        return this.finish(parts.code.at(hostPc), cells[CELL.target] >>> 0);
      default:
        parts.exit.hostPc = hostPc;
        this.exitCode = EXIT.event;
        return NOWHERE;
    }
  }

  /** The commit of a molecule that has issued and branched. */
  private finish(m: StepMolecule, toPc: number): number {
    const { parts } = this;
    parts.account.base = m.accountBase;
    this.exitCode = parts.finish(m, toPc);
    if (this.exitCode >= 0) return NOWHERE;
    this.goesOn = true;
    return toPc;
  }

  // --- making units

  private surroundings(): UnitCode {
    const { code, core } = this.parts;
    return {
      at: (hostPc) => code.at(hostPc),
      warmHead: (hostPc) => {
        const isWarm = this.cold.tables.heat(hostPc) >= this.options.hot >>> WARM_SHIFT;
        const head = isWarm ? code.at(hostPc) : undefined;
        return head?.unit === undefined ? head : undefined;
      },
      hasGone: (m, direction) => this.hasGone(m, direction),
      completes: (hostPc) => core.retires.completes(hostPc),
      takeSite: () => this.sites.take(),
      takeWayOut: (way) => {
        const number = this.wayNumbers.take();
        this.ways[number] = way;
        return number;
      },
    };
  }

  /** Compiles the functions that wait if they are so many; else they wait for more paths to begin. */
  private compileWaiting(enough: number): void {
    const { modules, options } = this;
    const { cells } = this.tables;
    if (modules.waits >= enough) modules.compile();
    const waits = modules.waits > 0;
    if (!waits) cells[CELL.patience] = NEVER;
    else if (cells[CELL.patience] <= 0 || cells[CELL.patience] > options.patience)
      cells[CELL.patience] = options.patience;
  }

  private compile(head: StepMolecule): void {
    if (this.sites.areFull) {
      this.setHeat(head, 0);
      return;
    }
    const unit = new Unit(this);
    const body = new UnitWriter(unit, this.around, this.machine).write(head);
    this.sites.add(unit);
    if (body === undefined) {
      this.setHeat(head, NEVER_HOT);
      this.forget(unit);
      return;
    }
    unit.join();
    this.lateParts += unit.heads.filter((head) => head === undefined).length;
    for (const empty of unit.empty) this.setHeat(empty, NEVER_HOT);
    this.modules.add(unit, body);
  }

  /** Its numbers may be given out again. */
  private forget(unit: Unit): void {
    this.sites.forget(unit);
    for (const site of unit.sites) this.cold.sites.forget(site.number);
    for (const way of unit.waysOut) {
      this.ways[way] = undefined;
      this.cold.ways.forget(way);
      this.wayNumbers.giveBack(way);
    }
  }

  // --- ways out

  /** The unit was left: where execution goes on, or NOWHERE. */
  private out(number: number, isWatched: boolean): number {
    const { exit, account } = this.parts;
    const way = this.ways[number] as WayOut;
    this.goesOn = false;
    if (way.kind === WAY.event || way.kind === WAY.exit) return this.committed(way, isWatched);
    const fresh = account.cells[NOW] === 0;
    exit.resumePc = fresh ? way.headPc : this.tables.cells[CELL.resumePc] >>> 0;
    if (way.kind === WAY.late) exit.resumePc = this.tables.cells[CELL.resumePc] >>> 0;
    this.resume(way, number);
    if (way.remake === 'surprise') return this.surprised(way);
    if (way.remake === 'miss') return this.missed(way);
    return way.kind === WAY.jumped ? this.jumped(way) : way.toPc;
  }

  /** Behind a commit. */
  private committed(way: WayOut, isWatched: boolean): number {
    const { exit, core, tellCommit } = this.parts;
    const { hostPc, leave, leaveIndex } = way.molecule as StepMolecule;
    if (isWatched) {
      this.noteCommit(way);
      tellCommit();
    }
    exit.resumePc = way.toPc;
    if (leave < 0 && core.memory.state[REMAINING] > 0) {
      this.goesOn = true;
      return way.toPc;
    }
    exit.hostPc = hostPc;
    if (leave >= 0) exit.index = leaveIndex;
    this.exitCode = leave >= 0 ? leave : EXIT.event;
    return NOWHERE;
  }

  /** What a commit completes, for who watches; its stores are still in the log. */
  private noteCommit({ stores, molecule, toPc }: WayOut): void {
    const { core, noteCommit } = this.parts;
    core.undo.resume(stores);
    noteCommit((molecule as StepMolecule).hostPc, toPc);
    core.undo.clear();
  }

  /** What is pending where a unit was left inside a path. The next time cold code goes on by itself. */
  private resume(way: WayOut, number: number): void {
    const { core, account, scoreboard } = this.parts;
    const time = way.steps && this.timing.replay(way.steps);
    if (time) {
      scoreboard.load(time.outstanding, account.cells[NOW]);
      account.add(time.cells);
      core.undo.resume(way.stores);
      if (way.protectedLoads) core.alias.written();
    }
    let left = 0;
    if (way.remake) {
      way.times = this.timesOf(way, number) + 1;
      left = this.mostTimes(way) - way.times;
      if (left <= 0) return;
    }
    this.cold.ways.make(number, wayWords(way, this.tables.place(way.toPc), time, left));
  }

  private mostTimes({ remake }: WayOut): number {
    return remake === 'miss' ? this.options.misses : this.options.surprises;
  }

  /** Times that a way has been taken. Should its record be gone, what that had counted is, too. */
  private timesOf(way: WayOut, number: number): number {
    const { ways } = this.cold;
    return ways.has(number) ? this.mostTimes(way) - ways.word(number, WAY_WORDS.left) : way.times;
  }

  /** A commit that settles cycles from before its path, too. The next time cold code does it by itself. */
  private commitPending(number: number): undefined {
    const site = this.sites.commitPending(number);
    const { cold, parts, tables } = this;
    if (parts.timing !== 'full') return;
    const { hostPc } = site;
    if (cold.tables.at(hostPc) === 0) cold.tables.make(parts.code.read(hostPc));
    else cold.tables.settleAt(hostPc);
    if (!cold.sites.has(number)) cold.sites.make(number, siteWords(site, tables.place(hostPc)));
  }

  /** A branch went where it never had. A unit that this happens to often is made anew. */
  private surprised(way: WayOut): number {
    if (way.times < this.options.surprises) return way.toPc;
    const m = way.molecule as StepMolecule;
    this.cold.tables.addSeen(m.hostPc, way.toPc === m.nextPc ? SEEN.following : SEEN.taken);
    way.unit.dissolve(this.options.hot - 1);
    return way.toPc;
  }

  /** Something has missed where a path is left. A unit that this happens to often is made anew. */
  private missed(way: WayOut): number {
    const { misses, hot } = this.options;
    if (way.times < misses) return way.toPc;
    const often = Math.max(1, misses >>> WARM_SHIFT);
    for (const number of way.unit.waysOut) {
      const other = this.ways[number] as WayOut;
      if (other.remake === 'miss' && this.timesOf(other, number) >= often)
        this.parts.code.at(other.toPc).mayMiss = true;
    }
    way.unit.dissolve(hot - 1);
    return way.toPc;
  }

  private hasGone(m: StepMolecule, direction: number): boolean {
    const linked = direction === SEEN.taken ? m.taken : m.following;
    // Records do not say so of molecules without a branch; but if it went on, what follows has one.
    if (transferOf(m.ops) < 0 && this.cold.tables.at(m.nextPc) > 0) return true;
    return linked !== undefined || (this.cold.tables.seen(m.hostPc) & direction) !== 0;
  }

  private jumped(way: WayOut): number {
    const { account, scoreboard, core } = this.parts;
    const { cells } = this.tables;
    account.base = (way.molecule as StepMolecule).accountBase;
    const cycles = cells[CELL.targetCycles];
    if (cycles !== 0) account.stall(CPI.branch, cycles);
    this.goesOn = scoreboard.idle && core.undo.count === 0 && core.alias.isEmpty;
    return cells[CELL.target] >>> 0;
  }
}
