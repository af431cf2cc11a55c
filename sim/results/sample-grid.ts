/**
 * At which counts of guest instructions a series is sampled: on a logarithmic grid, which start-up
 * curves need, and on an even one, which shows phases. The points follow from the instruction count
 * alone, so the series of two variants can be laid beside each other. When the even points become too
 * many the step doubles and every other one is dropped, so a run of any length ends with between half of
 * `MOST_EVEN` and `MOST_EVEN` of them.
 */
export const FIRST_STEP = 100_000;
export const MOST_EVEN = 400;
const FIRST_POINT = 1_000;
const PER_DECADE = 24;

export class SampleGrid {
  private stepInstructions = FIRST_STEP;

  get step(): number {
    return this.stepInstructions;
  }

  /** The next point behind `instructions`. */
  next(instructions: number): number {
    const even = (Math.floor(instructions / this.step) + 1) * this.step;
    return Math.min(even, nextLogarithmic(instructions));
  }

  /** Doubles the step when `instructions` has more even points than are kept; says whether it did. */
  widen(instructions: number): boolean {
    if (instructions / this.step < MOST_EVEN) return false;
    this.stepInstructions *= 2;
    return true;
  }

  /** Whether a point that was sampled belongs to the grid with its present step. */
  keeps(point: number): boolean {
    return point % this.step === 0 || isLogarithmic(point);
  }
}

function logarithmic(index: number): number {
  return Math.round(FIRST_POINT * 10 ** (index / PER_DECADE));
}

/** The next point behind `instructions` of the logarithmic grid alone. */
export function nextLogarithmic(instructions: number): number {
  if (instructions < FIRST_POINT) return FIRST_POINT;
  let index = Math.floor(Math.log10(instructions / FIRST_POINT) * PER_DECADE);
  while (logarithmic(index) <= instructions) index++;
  return logarithmic(index);
}

function isLogarithmic(point: number): boolean {
  return point === FIRST_POINT || nextLogarithmic(point - 1) === point;
}
