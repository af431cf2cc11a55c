/**
 * A segment: paths of molecules, each from a commit to the next one, compiled to one JavaScript
 * function that jumps among them. It does what the stepper does as long as every access hits; before a
 * molecule for which that may not be so, it goes back to the stepper, which finds everything as if it
 * had executed the molecules itself. So the stepper stays the only definition.
 *
 * Paths begin where nothing is outstanding, so their time is known when they are compiled.
 */
import type { CountedCycles } from '../../../timing/cycle-account.js';
import type { StepMolecule } from '../step-molecule.js';
import type { PathTime } from './hit-timing.js';

/** How a segment was left. */
export const LEFT = {
  /** Behind a commit, at a known place. */
  committed: 0,
  /** Between two molecules of a path. */
  between: 1,
  /** Behind an indirect jump in a path. */
  jumped: 2,
  /** At a commit: the countdown is used up. */
  event: 3,
  /** At a commit with an `exit` or `assist` atom. */
  exit: 4,
} as const;

/** The line of L1I fetched last is what it was. */
export const SAME_LINE = -2;

export interface SegmentExitParts {
  readonly kind: number;
  /** Where execution goes on (jumped: not known). */
  readonly toPc: number;
  /** The molecule that left; of `between` and `jumped` the first of the path. */
  readonly fromPc: number;
  readonly line: number;
  /** between, jumped: what is pending, and what was done since the path began. */
  readonly time?: PathTime;
  readonly stores?: number;
  readonly protectedLoads?: boolean;
  /** exit, event: number of the host exit; jumped: where the branch is charged. */
  readonly code?: number;
  /** exit: its index. */
  readonly index?: number;
}

export class SegmentExit {
  /** What goes on at `toPc`, as found last. */
  next: StepMolecule | undefined = undefined;
  readonly kind: number;
  readonly toPc: number;
  readonly fromPc: number;
  readonly line: number;
  readonly time: PathTime | undefined;
  readonly stores: number;
  readonly protectedLoads: boolean;
  readonly code: number;
  readonly index: number;

  constructor(parts: SegmentExitParts) {
    this.kind = parts.kind;
    this.toPc = parts.toPc;
    this.fromPc = parts.fromPc;
    this.line = parts.line;
    this.time = parts.time;
    this.stores = parts.stores ?? 0;
    this.protectedLoads = parts.protectedLoads ?? false;
    this.code = parts.code ?? 0;
    this.index = parts.index ?? 0;
  }
}

/** A molecule of a segment that commits, in one direction of its branch. */
export interface CommitSite {
  readonly hostPc: number;
  /** Pending at the commit since the path began. */
  readonly time: PathTime;
  readonly counted: CountedCycles;
  /** Of these the cycles of translations. */
  readonly cycles: number;
  /** What it completes is counted each time. */
  readonly varies: boolean;
}

/** Executes from path `entry` on; number of the exit. */
export type SegmentFunction = (entry: number) => number;

export interface SegmentParts {
  readonly run: SegmentFunction;
  readonly exits: readonly SegmentExit[];
  readonly sites: readonly CommitSite[];
  readonly heads: readonly StepMolecule[];
  readonly members: ReadonlySet<StepMolecule>;
  readonly empty: ReadonlySet<StepMolecule>;
  /** Commits by site that are not accounted for yet; behind them the site of the last one, or -1. */
  readonly counts: Int32Array;
}

export class Segment {
  readonly run: SegmentFunction;
  readonly exits: readonly SegmentExit[];
  readonly sites: readonly CommitSite[];
  readonly counts: Int32Array;
  /** It ran since its commits were accounted for. */
  ran = false;
  private readonly heads: readonly StepMolecule[];
  private readonly members: ReadonlySet<StepMolecule>;

  constructor(parts: SegmentParts) {
    this.run = parts.run;
    this.exits = parts.exits;
    this.sites = parts.sites;
    this.counts = parts.counts;
    this.heads = parts.heads;
    this.members = parts.members;
    this.heads.forEach((head, i) => {
      if (parts.empty.has(head)) return;
      head.segment = this;
      head.path = i;
    });
    for (const m of this.members) m.segments = [...m.segments, this];
  }

  /** Where it has committed last since it was asked, or -1. */
  lastSite(): number {
    const at = this.sites.length;
    const site = this.counts[at];
    this.counts[at] = -1;
    return site;
  }

  /** One of its molecules is gone: paths that are still wanted have to become hot again. */
  dissolve(): void {
    for (const head of this.heads) {
      head.segment = undefined;
      head.heat = 0;
    }
    for (const m of this.members) m.segments = m.segments.filter((s) => s !== this);
  }
}
