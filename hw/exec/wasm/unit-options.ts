/** When paths are compiled, and when their units are made anew: no result depends on it. */
export interface UnitOptions {
  /** Times that a path begins before it is compiled. */
  readonly hot: number;
  /** Units of a module, and beginnings of paths without a unit after which fewer are compiled. */
  readonly batch: number;
  readonly patience: number;
  /** Times that a branch goes where it never had before its unit is made anew. */
  readonly surprises: number;
  /** Times that something misses at a place before the unit is made anew, with code for what follows. */
  readonly misses: number;
}

export const UNIT_OPTIONS: UnitOptions = {
  hot: 8000,
  batch: 32,
  patience: 20_000,
  surprises: 50,
  misses: 2000,
};
