/**
 * Counts accesses that nobody answers (open bus), per address, for the run's report. Bounded: past
 * the limit, addresses not seen before are added up in one number, so that a guest that sweeps an
 * address space costs no memory.
 */

export interface UnclaimedAccess {
  readonly address: number;
  readonly reads: number;
  readonly writes: number;
}

export interface TallyState {
  entries: [number, number, number][];
  others: number;
}

export class AccessTally {
  private readonly counts = new Map<number, { reads: number; writes: number }>();
  /** Accesses to addresses beyond the limit. */
  others = 0;

  constructor(private readonly limit = 256) {}

  read(address: number): void {
    const entry = this.entry(address);
    if (entry) entry.reads++;
  }

  write(address: number): void {
    const entry = this.entry(address);
    if (entry) entry.writes++;
  }

  /** In ascending order of address. */
  list(): UnclaimedAccess[] {
    return [...this.counts]
      .map(([address, { reads, writes }]) => ({ address, reads, writes }))
      .sort((a, b) => a.address - b.address);
  }

  save(): TallyState {
    return { entries: this.list().map((e) => [e.address, e.reads, e.writes]), others: this.others };
  }

  restore(state: TallyState): void {
    this.counts.clear();
    for (const [address, reads, writes] of state.entries)
      this.counts.set(address, { reads, writes });
    this.others = state.others;
  }

  private entry(address: number): { reads: number; writes: number } | undefined {
    const known = this.counts.get(address);
    if (known) return known;
    if (this.counts.size >= this.limit) {
      this.others++;
      return undefined;
    }
    const fresh = { reads: 0, writes: 0 };
    this.counts.set(address, fresh);
    return fresh;
  }
}
