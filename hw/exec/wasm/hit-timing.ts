/**
 * The time that a path of molecules takes on which every access hits: from a place where nothing is
 * outstanding, that is known beforehand. Cycles count from the beginning of the path. Uses the
 * cycle account and the scoreboard of the stepper, so that what waits for what is said in one place.
 */
import { REMAINING } from '../../core/guest-words.js';
import { CPI } from '../../timing/cpi.js';
import { ATOMS, CELL_COUNT, CycleAccount, NOW } from '../../timing/cycle-account.js';
import { type Outstanding, SCOREBOARD_WORDS, Scoreboard } from '../../timing/scoreboard.js';
import type { StepMolecule } from '../step/step-molecule.js';
import type { PathStep } from './unit.js';

/** What is pending at a place of a path: cells up to NOW, and results to come. */
export interface PathTime {
  readonly cells: Int32Array;
  readonly outstanding: Outstanding;
}

export class HitTiming {
  readonly cells = new Int32Array(CELL_COUNT);
  private readonly account = new CycleAccount(this.cells, new Int32Array(REMAINING + 1));
  private readonly scoreboard = new Scoreboard(new Int32Array(SCOREBOARD_WORDS), this.account);

  /** A path begins. */
  begin(): void {
    this.cells.fill(0);
    this.scoreboard.clear();
  }

  save(): PathTime {
    return { cells: this.cells.slice(0, NOW + 1), outstanding: this.scoreboard.save() };
  }

  restore(at: PathTime): void {
    this.cells.fill(0);
    this.cells.set(at.cells);
    this.scoreboard.load(at.outstanding, 0);
  }

  /** A molecule waits for its operands: the cycle in which it executes. */
  await(m: StepMolecule): number {
    this.account.base = m.accountBase;
    if (((m.wait0 & this.scoreboard.pending0) | (m.wait1 & this.scoreboard.pending1)) !== 0)
      this.scoreboard.await(m.wait0, m.wait1);
    return this.cells[NOW];
  }

  issue(m: StepMolecule): void {
    const issued = this.cells[NOW]++;
    this.cells[m.accountBase + CPI.issue]++;
    this.cells[m.accountBase + ATOMS] += m.atoms;
    if (m.latestCycles !== 0) this.scoreboard.note(m, issued);
  }

  /** The branch of the molecule that issued last. */
  branch(cycles: number): void {
    if (cycles !== 0) this.account.stall(CPI.branch, cycles);
  }

  /** Nothing is outstanding in so many cycles. */
  idleIn(cycles: number): boolean {
    const { last } = this.scoreboard.save();
    return last >> 2 <= this.cells[NOW] + cycles;
  }

  commit(commitCycles: number): void {
    this.scoreboard.drain(CPI.commit);
    this.account.stall(CPI.commit, commitCycles);
  }

  /** What is pending behind these molecules. */
  replay(steps: PathStep | undefined): PathTime {
    const inOrder: PathStep[] = [];
    for (let step = steps; step !== undefined; step = step.before) inOrder.push(step);
    this.begin();
    for (const { molecule, branchCycles } of inOrder.reverse()) {
      this.await(molecule);
      this.issue(molecule);
      this.branch(branchCycles);
    }
    return this.save();
  }
}
