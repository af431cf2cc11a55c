/**
 * How carefully an address is translated: the ladder that retranslation climbs when a translation
 * keeps coming back with the same kind of host exit (CMS paper: smaller region, more commit points,
 * no reordering, interpret this instruction). Kept per entry, so that a new translation remembers.
 */
export interface TranslationPolicy {
  /** Loads may move above stores (guarded by alias registers) and above branches. */
  readonly reorderMemory: boolean;
  readonly speculateBranches: boolean;
  /** Region limits, or Infinity. */
  readonly maxInstructions: number;
  /** Guest eips that end a region and are interpreted (I/O, faults that recur). */
  readonly interpretAt: ReadonlySet<number>;
  /** Compare the source bytes in the translation itself, before anything is committed. */
  readonly selfCheck: boolean;
  /** Guest eips whose immediate or displacement is loaded from the code bytes, since it changes. */
  readonly stylizedAt: ReadonlySet<number>;
}

export const BOLDEST: TranslationPolicy = {
  reorderMemory: true,
  speculateBranches: true,
  maxInstructions: Infinity,
  interpretAt: new Set(),
  selfCheck: false,
  stylizedAt: new Set(),
};
