/**
 * The account of the functional model: molecules take no time, and a commit takes a cycle for each step
 * that it completes, all of it in slot `issue`. What the software does takes none either, but for the
 * steps that a charge stands for (an interpreted instruction, an event that is taken).
 *
 * Molecules are numbered as in the full model (NOW), so that whoever asks whether something is pending
 * since the last commit finds out; the number is not time.
 */
import { CPI } from './cpi.js';
import { ATOMS, type CountedCycles, CycleAccount, NOW, ROUTINE } from './cycle-account.js';

export class FunctionalAccount extends CycleAccount {
  /** Steps that were completed and are not settled. */
  private completed = 0;

  override get pending(): number {
    return 0;
  }

  override completes(steps: number): number {
    this.completed += steps;
    return steps;
  }

  override stall(): void {}

  override settle(): void {
    const { cells, completed } = this;
    this.molecules += cells[CPI.issue];
    this.atoms += cells[ATOMS];
    this.forget();
    this.completed = 0;
    this.cpi[CPI.issue] += completed;
    this.pass(completed);
  }

  override settleCounted(counted: CountedCycles, times: number, steps: number): number {
    this.molecules += times * counted.molecules;
    this.atoms += times * counted.atoms;
    this.cpi[CPI.issue] += steps;
    this.settled += steps;
    return steps;
  }

  override waste(): number {
    this.forget();
    return 0;
  }

  override charge(slot: number, _cycles: number, steps = 0): void {
    if (steps !== 0) super.charge(slot, steps);
  }

  /** The cells in which molecules are pending. */
  private forget(): void {
    const { cells } = this;
    cells[CPI.issue] = cells[ATOMS] = 0;
    cells[ROUTINE + CPI.issue] = cells[ROUTINE + ATOMS] = 0;
    cells[NOW] = 0;
  }
}
