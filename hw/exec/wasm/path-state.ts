/**
 * What is known of a path at the place up to which it is written.
 */
import { MAX_ALIAS_REGISTERS } from '../../core/core-area.js';
import type { StepMolecule } from '../step/step-molecule.js';
import type { PathStep } from './unit.js';

/** What atoms have to know, and add to. */
export interface PathHistory {
  stores: number;
  /** By alias register: width of the protected load that it holds, 0: none. */
  readonly aliases: Uint8Array;
}

export const noHistory = (): PathHistory => ({
  stores: 0,
  aliases: new Uint8Array(MAX_ALIAS_REGISTERS),
});

/** Nothing is known of the line of L1I that was fetched last. */
export const ANY_LINE = -2;

/** A molecule of a path, told apart by how the path came to it. */
export class PathNode {
  /** Part of the function that goes on from here behind a miss, or -1. */
  late = -1;
  private readonly next = new Map<number, PathNode>();

  /** The molecule at a host pc that follows. */
  at(hostPc: number): PathNode {
    const known = this.next.get(hostPc);
    if (known !== undefined) return known;
    const node = new PathNode();
    this.next.set(hostPc, node);
    return node;
  }
}

export class PathState implements PathHistory {
  readonly aliases: Uint8Array;
  stores: number;
  /** The molecules so far. */
  steps: PathStep | undefined = undefined;
  /** The last one of them. */
  node = new PathNode();
  /** Line of L1I that was fetched last. */
  line = ANY_LINE;

  constructor(readonly head: StepMolecule) {
    const { stores, aliases } = noHistory();
    this.stores = stores;
    this.aliases = aliases;
  }

  /** The same, for a way that goes on from here apart. */
  copy(): PathState {
    const copy = new PathState(this.head);
    copy.aliases.set(this.aliases);
    copy.stores = this.stores;
    copy.steps = this.steps;
    copy.node = this.node;
    copy.line = this.line;
    return copy;
  }

  /** A molecule has executed; cycles of its branch are not known yet. */
  step(molecule: StepMolecule): void {
    this.steps = { molecule, branchCycles: 0, before: this.steps };
    this.node = this.node.at(molecule.hostPc);
    this.line = molecule.lastLine;
  }

  /** Cycles of the last molecule's branch. */
  branched(branchCycles: number): void {
    if (branchCycles !== 0) this.steps = { ...(this.steps as PathStep), branchCycles };
  }

  get hasProtectedLoads(): boolean {
    return this.aliases.some((bytes) => bytes > 0);
  }
}
