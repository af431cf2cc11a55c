/**
 * What compiles hot paths for the stepper and runs them in its place: the WebAssembly engine. It agrees
 * with the stepper at every commit in everything: the guest's state, cycles, counters, tags.
 */
import type { CoreState } from '../../core/core-state.js';
import type { GuestAccess } from '../../core/guest-access.js';
import type { ExitDetails } from '../../core/host-core.js';
import type { TimingModel } from '../../core/timing-model.js';
import type { HostOptions } from '../../options.js';
import type { CycleAccount } from '../../timing/cycle-account.js';
import type { HostTlb } from '../../timing/host-tlb.js';
import type { MemoryHierarchy } from '../../timing/memory-hierarchy.js';
import type { Scoreboard } from '../../timing/scoreboard.js';
import type { MoleculeStore } from './molecule-store.js';
import type { StepMolecule } from './step-molecule.js';

/** The parts of a stepper that compiled paths share with it. */
export interface StepperParts {
  readonly core: CoreState;
  readonly access: GuestAccess;
  readonly account: CycleAccount;
  readonly scoreboard: Scoreboard;
  readonly hierarchy: MemoryHierarchy;
  readonly hostTlb: HostTlb;
  readonly code: MoleculeStore;
  readonly options: HostOptions;
  readonly timing: TimingModel;
  readonly exit: ExitDetails;
  /** A molecule commits: notes what it completes for who watches, while its stores are still logged. */
  readonly noteCommit: (hostPc: number, nextPc: number) => void;
  /** It has committed. */
  readonly tellCommit: () => void;
  /** A molecule that commits or leaves has issued and branched: the rest. The host exit that follows, or -1. */
  readonly finish: (m: StepMolecule, nextPc: number) => number;
}

export interface CompiledPaths {
  /** Of the host exit by which the core was left. */
  exitCode: number;
  /**
   * Runs from a molecule on (`begins`: a path begins there, with nothing outstanding), as far as it can: the
   * molecule that the stepper has to execute, or undefined where the core was left.
   */
  from(m: StepMolecule, isWatched: boolean, begins: boolean): StepMolecule | undefined;
  /** Host code in this range has changed. */
  changed(fromPc: number, toPc: number): void;
  /** The core was left, by whomever: what was completed is counted. */
  left(): void;
  /** Somebody wants to read totals. */
  settle(): void;
  /** Same, of the molecule that commits at a host pc. */
  settleAt(hostPc: number): void;
}
