/**
 * What is accounted for behind units: compiled code counts its commits by site; cycles, instructions
 * and tallies by place are worked out from the counts when somebody reads a total, or when a unit goes.
 */
import type { StepperParts } from '../step/compiled-paths.js';
import { Numbers } from './numbers.js';
import type { CommitSite, Unit } from './unit.js';
import { CELL, MOST_SITES, type UnitTables } from './unit-tables.js';

/** Counts are taken over before they could overflow. */
const SETTLE_AFTER = 0x4000_0000;
/** More sites than a unit takes. */
const SPARE_SITES = 4096;

export class CommitSites {
  private readonly numbers = new Numbers(0);
  /** By number; a number that counts what was skipped has none, it goes with its site. */
  private readonly sites: (CommitSite | undefined)[] = [];
  private unsettled = 0;

  constructor(
    private readonly parts: StepperParts,
    private readonly tables: UnitTables,
  ) {}

  /** There may be no numbers for one more unit. */
  get areFull(): boolean {
    return this.numbers.end > MOST_SITES - SPARE_SITES;
  }

  /** Numbers that have been given out at a time. */
  get mostNumbers(): number {
    return this.numbers.end;
  }

  take(): number {
    return this.numbers.take();
  }

  /** The sites of a unit that has been written. */
  add({ sites }: Unit): void {
    for (const site of sites) {
      this.sites[site.number] = site;
      if (site.skipsNumber >= 0) this.sites[site.skipsNumber] = undefined;
    }
  }

  /** The unit is gone: its numbers may be given out again. */
  forget({ sites }: Unit): void {
    for (const site of sites) {
      this.settleSite(site);
      this.sites[site.number] = undefined;
      this.numbers.giveBack(site.number);
      if (site.skipsNumber >= 0) this.numbers.giveBack(site.skipsNumber);
    }
  }

  /** Compiled or cold code was left: the place of the last commit is made known, if there was one. */
  noteLast(): void {
    const { tables, parts } = this;
    const { cells } = tables;
    const last = cells[CELL.lastSite];
    const hostPc = last < 0 ? cells[CELL.lastPc] >>> 0 : (this.sites[last] as CommitSite).hostPc;
    if (hostPc === 0) return;
    cells[CELL.lastSite] = -1;
    cells[CELL.lastPc] = 0;
    parts.exit.commitPc = hostPc;
    parts.core.retires.wasLast(hostPc);
  }

  /** A commit that settles cycles from before its path, too. */
  commitPending(number: number): CommitSite {
    const { core, account, access, scoreboard } = this.parts;
    const site = this.sites[number] as CommitSite;
    const { hostPc, time } = site;
    account.add(time.cells);
    core.retires.count(hostPc, account);
    core.commit();
    access.committed();
    scoreboard.clear();
    account.settle();
    return site;
  }

  /** The core was left: takes over the steps and instructions. */
  takeOver(): void {
    const { cells } = this.tables;
    const { core, account } = this.parts;
    const { retires } = core;
    retires.steps += cells[CELL.steps] >>> 0;
    const instructions = cells[CELL.instructions] >>> 0;
    retires.instructions += instructions;
    cells[CELL.steps] = cells[CELL.instructions] = 0;
    account.molecules += cells[CELL.molecules];
    account.atoms += cells[CELL.atoms];
    cells[CELL.molecules] = cells[CELL.atoms] = 0;
    this.unsettled += instructions;
    if (this.unsettled > SETTLE_AFTER) this.settle();
  }

  settle(): void {
    this.unsettled = 0;
    const { counts } = this.tables;
    const { sites } = this;
    for (let i = 0; i < sites.length; i++) {
      const site = sites[i];
      if (site !== undefined && counts[i] !== 0) this.settleSite(site);
    }
  }

  /** Of the molecule that commits at a host pc. */
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
    const { hostPc, counted, instructions } = site;
    const steps = times * site.steps - skipped;
    const cycles = account.settleCounted(counted, times, steps);
    core.retires.tally(hostPc, steps, times * instructions - skipped, cycles, times);
  }
}
