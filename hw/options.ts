/**
 * What can be configured of the host processor; the configuration's section `host` has this shape
 * (sim/config/host-schema.ts, where each key has its default, range, unit and source).
 */

/** What kinds of atoms a unit executes; each atom row names its class. */
export const ATOM_CLASSES = [
  'alu',
  'shift',
  'multiply',
  'divide',
  'memory',
  'branch',
  'control',
] as const;
export type AtomClass = (typeof ATOM_CLASSES)[number];

/** Cycles from issue to the first molecule that may use the result. */
export type LatencyClass = 'alu' | 'shift' | 'multiply' | 'divide' | 'load';

export interface UnitOptions {
  readonly name: string;
  readonly classes: readonly AtomClass[];
}

/** A level-1 cache: an instruction hit costs nothing, a data hit latencyCycles.load. */
export interface FirstLevelOptions {
  readonly sizeKB: number;
  readonly ways: number;
  readonly lineBytes: number;
  /** fifo needs no update on a hit; lru does. */
  readonly replacement: 'lru' | 'fifo';
}

export interface CacheOptions extends FirstLevelOptions {
  /** Cycles that an access waits that misses the level above and hits here. */
  readonly latencyCycles: number;
}

export interface HostOptions {
  readonly clockMHz: number;
  readonly units: readonly UnitOptions[];
  /**
   * Molecule formats, at most 8: each a list of slots, separated by blanks, each slot a unit's name or
   * `imm` (a 32-bit literal for one atom of the molecule). A slot takes 32 bits; at least two slots,
   * an even number.
   */
  readonly formats: readonly string[];
  /** Integer registers, r62 (sink) and r63 (zero) not counted; 35 (hw/atom/host-parts.ts) to 62. */
  readonly integerRegisters: number;
  readonly latencyCycles: Readonly<Record<LatencyClass, number>>;
  readonly branch: {
    /** Further cycles of a taken direct branch. */
    readonly takenCycles: number;
    /** Further cycles of an indirect branch, and of one whose target was prepared long enough before. */
    readonly indirectCycles: number;
    readonly preparedCycles: number;
    /** Entries of the return-target stack; 0: none. */
    readonly returnStackEntries: number;
  };
  /** Alias registers, 0 to 8. */
  readonly aliasRegisters: number;
  /** Stores that the gated store buffer holds between two commits. */
  readonly storeBufferEntries: number;
  /** Further cycles of a molecule that commits. */
  readonly commitCycles: number;
  /** Cycles that a rollback takes, beside the work it throws away. */
  readonly rollbackCycles: number;
  /** use: a load that misses stalls its first user; load: it stalls at once. */
  readonly missStalls: 'use' | 'load';
  readonly l1i: FirstLevelOptions;
  readonly l1d: FirstLevelOptions;
  readonly l2: CacheOptions;
  readonly memoryLatencyCycles: number;
  readonly tlb: {
    readonly entries: number;
    readonly ways: number;
    /** Fixed cycles of a walk, beside its two reads through L1D. */
    readonly walkCycles: number;
  };
  /** Bytes that one sub-page T-bit covers (128 to 4096; 4096: page only). */
  readonly tBitGranuleBytes: number;
}
