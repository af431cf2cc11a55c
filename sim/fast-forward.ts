/**
 * Fast-forwarding: the first part of a run goes by in the functional timing model, up to a count of guest
 * instructions or until somebody ends it; then time passes in full, and the host's counters begin.
 *
 * Both models run the same translations, which the second part finds made. It is ended between two runs
 * of the loop, where nothing is uncommitted, at the first commit behind the count: the same one however
 * the run is sliced, since in the functional model no instruction takes less than a cycle.
 */
import type { MachineConfig } from './config/schema.js';
import type { FastForwardStatus } from './machine-api.js';
import type { Host } from './processor.js';

export interface MachineTotals {
  readonly instructions: number;
  readonly cycles: number;
  readonly idleCycles: number;
}

const NOTHING: MachineTotals = { instructions: 0, cycles: 0, idleCycles: 0 };

/** Whether a run begins in the functional model. */
export function beginsFunctional({ simulation }: MachineConfig): boolean {
  const { timing, fastForward } = simulation;
  return timing === 'functional' || isFastForwarded(fastForward);
}

function isFastForwarded({ instructions, until }: MachineConfig['simulation']['fastForward']) {
  return instructions !== null || until !== null;
}

/** Absent where the configuration does not ask for it, or has no host. */
export function fastForwardOf(
  { simulation }: MachineConfig,
  host: Host | undefined,
  machine: MachineTotals,
): FastForward | undefined {
  const { fastForward } = simulation;
  if (host === undefined || !isFastForwarded(fastForward)) return undefined;
  return new FastForward(host, machine, fastForward.instructions ?? Infinity);
}

export class FastForward {
  private start = NOTHING;
  /** Where it ended. */
  private end: MachineTotals | undefined;
  private wanted = false;

  constructor(
    private readonly host: Host,
    private readonly machine: MachineTotals,
    private readonly length: number,
  ) {}

  /** The machine's state was replaced: it is counted from here on. */
  restart(): void {
    this.start = totalsOf(this.machine);
  }

  /** Guest instructions at which it ends. */
  get limit(): number {
    return this.end === undefined ? this.start.instructions + this.length : Infinity;
  }

  /** It is to end as soon as nothing runs; false where it has. */
  want(): boolean {
    this.wanted = true;
    return this.end === undefined;
  }

  /** Nothing runs: ends it if it is time. True if it has ended now. */
  endIfDue(): boolean {
    const { host, machine } = this;
    if (this.end !== undefined) return false;
    if (!this.wanted && machine.instructions < this.limit) return false;
    this.end = totalsOf(machine);
    host.core.beginFullTiming();
    host.software.timingChanged();
    return true;
  }

  status(): FastForwardStatus {
    const { start, end } = this;
    const now = end ?? this.machine;
    return {
      isOver: end !== undefined,
      instructions: now.instructions - start.instructions,
      cycles: now.cycles - start.cycles,
      idleCycles: now.idleCycles - start.idleCycles,
    };
  }
}

const totalsOf = ({ instructions, cycles, idleCycles }: MachineTotals): MachineTotals => ({
  instructions,
  cycles,
  idleCycles,
});
