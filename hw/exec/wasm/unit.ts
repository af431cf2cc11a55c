/**
 * A unit: paths of molecules, each from a commit to the next, compiled to one WebAssembly function that
 * jumps among them. It does what the stepper does as long as every access hits; in front of a
 * molecule for which that may not be so it is left, and cold code or the stepper finds everything as if it
 * had executed the molecules itself. So the stepper stays the only definition.
 *
 * Paths begin where nothing is outstanding, so their time is known when they are compiled. Where something
 * misses often a part of the function goes on with the rest of the path, counting (late-code.ts).
 */
import type { CountedCycles } from '../../timing/cycle-account.js';
import type { StepMolecule } from '../step/step-molecule.js';
import type { PathTime } from './hit-timing.js';

/** How a unit was left, when not for the place behind a commit. */
export const WAY = {
  /** In front of a molecule of a path. */
  between: 0,
  /** Behind an indirect jump with something outstanding. */
  jumped: 1,
  /** At a commit: the countdown has reached its limit. */
  event: 2,
  /** At a commit with an `exit` or `assist` atom. */
  exit: 3,
  /** In front of a molecule of a path's late rest (late-code.ts). */
  late: 4,
} as const;

/** A molecule that a path has executed, and those before it. */
export interface PathStep {
  readonly molecule: StepMolecule;
  /** Cycles of its branch. */
  readonly branchCycles: number;
  readonly before: PathStep | undefined;
}

export interface WayOut {
  readonly unit: Unit;
  readonly kind: number;
  /** First molecule of the path. */
  readonly headPc: number;
  /** Where execution goes on (jumped: not known). */
  readonly toPc: number;
  /** The molecule that committed or jumped, or undefined. */
  readonly molecule: StepMolecule | undefined;
  /** What has been executed since the path began. */
  readonly steps: PathStep | undefined;
  readonly stores: number;
  readonly protectedLoads: boolean;
  /** Why its unit is to be made anew once it has been taken often, if it is. */
  readonly remake: 'surprise' | 'miss' | undefined;
  /** Times that it was taken until its record was made, which counts from then on. */
  times: number;
}

/** A molecule of a unit that commits, in one direction of its branch. */
export interface CommitSite {
  readonly number: number;
  readonly hostPc: number;
  /** Pending at the commit since the path began. */
  readonly time: PathTime;
  readonly counted: CountedCycles;
  /** What it completes, without what it has skipped. */
  readonly steps: number;
  readonly instructions: number;
  /** Site under which is summed up how much of that was skipped, where a register says so; or -1. */
  readonly skipsNumber: number;
}

/** What owns the numbers that a unit takes. */
export interface UnitOwner {
  dissolved(unit: Unit): void;
  /** A path has lost its unit: it has begun so many times from now on. */
  setHeat(head: StepMolecule, heat: number): void;
}

export class Unit {
  alive = true;
  /** Number in the function table, 0: not compiled yet. */
  index = 0;
  /** First molecules of its paths, by the numbers of the function's parts; those with which it can do nothing. */
  readonly heads: (StepMolecule | undefined)[] = [];
  readonly empty = new Set<StepMolecule>();
  readonly members = new Set<StepMolecule>();
  readonly sites: CommitSite[] = [];
  readonly waysOut: number[] = [];

  constructor(private readonly owner: UnitOwner) {}

  /** It is complete: its heads lead to it, its molecules know it. */
  join(): void {
    for (const head of this.heads) if (head && !this.empty.has(head)) head.unit = this;
    for (const m of this.members) m.units = [...m.units, this];
  }

  /** One of its molecules is gone: paths that are still wanted have to become hot again, from `heat` on. */
  dissolve(heat = 0): void {
    if (!this.alive) return;
    this.alive = false;
    for (const head of this.heads) {
      if (head?.unit !== this) continue;
      head.unit = undefined;
      this.owner.setHeat(head, heat);
    }
    for (const m of this.members) m.units = m.units.filter((u) => u !== this);
    this.owner.dissolved(this);
  }
}
