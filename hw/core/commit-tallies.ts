/**
 * What the commits of each place have added up to: metadata of the simulator, from which the use of
 * every translation, exit and gear follows. A place gets a number when it is first told of, and keeps
 * it for whatever code lies there later; number 0 takes the commits of places that nobody told of.
 */

/** What the commits of one molecule have added up to. */
export interface CommitTally {
  readonly executions: number;
  readonly instructions: number;
  /** Interpreter steps: instructions, and further iterations of repeated ones. */
  readonly steps: number;
  /** Cycles that they settled, without those of the software's routines. */
  readonly cycles: number;
}

const FIELDS = 4;
const EXECUTIONS = 0;
const INSTRUCTIONS = 1;
const STEPS = 2;
const CYCLES = 3;
const NOBODY = 0;

export class CommitTallies {
  private readonly numbers: Int32Array;
  private fields = new Float64Array(FIELDS * 1024);
  private count = 1;
  /** Number of the last commit. */
  private last = NOBODY;

  /** `places`: how many there are. */
  constructor(places: number) {
    this.numbers = new Int32Array(places);
  }

  /** Counts for a place from here on. */
  begin(place: number): void {
    if (this.numbers[place] === NOBODY) this.numbers[place] = this.take();
    const at = this.numbers[place] * FIELDS;
    this.fields.fill(0, at, at + FIELDS);
  }

  commit(place: number, steps: number, instructions: number, cycles: number): void {
    const { fields } = this;
    const number = this.numbers[place];
    this.last = number;
    const at = number * FIELDS;
    fields[at + EXECUTIONS]++;
    fields[at + INSTRUCTIONS] += instructions;
    fields[at + STEPS] += steps;
    fields[at + CYCLES] += cycles;
  }

  /** Sums over so many commits of a place. */
  sum(place: number, steps: number, instructions: number, cycles: number, times: number): void {
    const { fields } = this;
    const at = this.numbers[place] * FIELDS;
    fields[at + EXECUTIONS] += times;
    fields[at + INSTRUCTIONS] += instructions;
    fields[at + STEPS] += steps;
    fields[at + CYCLES] += cycles;
  }

  wasLast(place: number): void {
    this.last = this.numbers[place];
  }

  /** Cycles behind the last commit, before code left without another one. */
  left(cycles: number): void {
    this.fields[this.last * FIELDS + CYCLES] += cycles;
  }

  /** Nothing has been committed by the code that is entered now. */
  entered(): void {
    this.last = NOBODY;
  }

  /** All sums begin anew. */
  clear(): void {
    this.fields.fill(0);
  }

  at(place: number): CommitTally {
    const at = this.numbers[place] * FIELDS;
    const { fields } = this;
    return {
      executions: fields[at + EXECUTIONS],
      instructions: fields[at + INSTRUCTIONS],
      steps: fields[at + STEPS],
      cycles: fields[at + CYCLES],
    };
  }

  private take(): number {
    const number = this.count++;
    if (this.count * FIELDS > this.fields.length) {
      const wider = new Float64Array(2 * this.fields.length);
      wider.set(this.fields);
      this.fields = wider;
    }
    return number;
  }
}
