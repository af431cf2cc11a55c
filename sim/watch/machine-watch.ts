/**
 * What somebody who watches a machine may see of its host while it runs: plain data, and no way to
 * change anything. Watching costs wall-clock time and no cycle; it never changes what a run computes.
 */

/** A translation as lists name it. */
export interface TranslationLine {
  readonly id: number;
  readonly gear: 'block' | 'superblock';
  readonly entryEip: number;
  readonly user: boolean;
  readonly state: 'live' | 'asleep' | 'dead';
  /** Of the guest. */
  readonly instructions: number;
  readonly executions: number;
  readonly cycles: number;
  /** Of all cycles of the run: 0 to 1. */
  readonly shareOfCycles: number;
  readonly rollbacks: number;
}

/** Cycles that a molecule waited, and for what (a slot of the CPI stack). */
export interface Stall {
  readonly slot: string;
  readonly cycles: number;
}

/** What the machine did, in order, as it was recorded. */
export type TraceEntry =
  | {
      readonly kind: 'molecule';
      readonly hostPc: number;
      /** Cycle of issue. */
      readonly cycle: number;
      readonly stalls: readonly Stall[];
    }
  /** A commit made guest instructions and stores final. */
  | { readonly kind: 'commit'; readonly instructions: number; readonly eip: number }
  /** The interpreter executed an instruction (or an iteration of a repeated one). */
  | { readonly kind: 'interpreted'; readonly eip: number; readonly text: () => string }
  /** Something was taken between two instructions. */
  | { readonly kind: 'delivered'; readonly what: string };

/** Which translation a host address belongs to. */
export interface MoleculeOwner {
  readonly id: number;
  readonly gear: 'block' | 'superblock';
  readonly entryEip: number;
  readonly offset: number;
}

/** A molecule as it lies in memory. */
export interface MoleculeText {
  readonly hostPc: number;
  readonly lengthBytes: number;
  readonly commit: boolean;
  /** By number of the host's unit; empty: nothing for it to do. */
  readonly atoms: readonly string[];
  /** Undefined: a routine of the software, or code that is gone. */
  readonly owner: MoleculeOwner | undefined;
}

export interface MachineWatch {
  /** Names of the host's units, in the order of `MoleculeText.atoms`. */
  readonly units: readonly string[];
  readonly tcacheBytes: number;
  /** Translations with the most cycles first. */
  hottest(count: number): readonly TranslationLine[];
  /** Records so many entries from now on, and stops by itself. */
  sample(entries: number): void;
  /** Records everything until `rest`; the last entries are kept. */
  follow(): void;
  rest(): void;
  /** What was recorded since the last `sample` or `follow`, the oldest first, and how many entries are no longer kept. */
  trace(): { readonly entries: readonly TraceEntry[]; readonly dropped: number };
  /** The molecule at a host address; undefined where none can be decoded. */
  moleculeAt(hostPc: number): MoleculeText | undefined;
}
