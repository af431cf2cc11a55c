/**
 * The host core as the code morphing software sees it, and what the core needs from others.
 * Both engines (exec/step, exec/wasm) implement `HostCore` over the same state.
 *
 * Address space: a *host physical address* is a byte offset in the machine's linear memory
 * (hw/memory/layout.ts): the processor's state block, guest RAM and the memory of the code morphing
 * software lie in it. Host code runs untranslated, so a `hostPc` is such an address too (8-byte aligned).
 */

import type { CommitTally } from './commit-tallies.js';
import type { TimingModel } from './timing-model.js';

/** Details of the last host exit; which of them mean something depends on the exit (exits.ts). */
export interface ExitDetails {
  index: number;
  /** Molecule that exited. */
  hostPc: number;
  /** Molecule that follows the last commit: where execution would go on. */
  resumePc: number;
  /** Molecule of the last commit of this run; 0: nothing was committed. */
  commitPc: number;
  /** Guest linear (tBit: guest physical) address of the access. */
  address: number;
  sizeBytes: number;
  /** Of a rollback: cycles since the last commit, and those that undoing took. */
  wastedCycles: number;
}

export interface HostCore {
  /** Runs from a host pc to a host exit; the number of the exit (exits.ts EXIT). */
  run(hostPc: number): number;
  readonly exit: ExitDetails;
  /** Takes the guest's registers over from the state block: to be called before `run` unless it resumes. */
  enter(): void;
  /** Working registers r0-r63. */
  readonly working: Int32Array;
  /**
   * Code in the memory of the code morphing software changed: predecoded molecules there are dropped.
   * To be called before `setRetires` says what the new code completes.
   */
  codeChanged(fromPc: number, toPc: number): void;
  /** Empties the return-target stack. */
  clearReturnStack(): void;
  /**
   * Metadata of the simulator, not of the machine: what a molecule with the commit bit completes.
   * steps: interpreter steps (instructions, and further iterations of repeated ones); instructions: of them.
   * skips: those are upper bounds, and register R_SKIPPED holds how many the path has jumped over.
   */
  setRetires(hostPc: number, steps: number, instructions: number, skips?: boolean): void;
  /** Completed since power-on by translated code. */
  readonly retiredSteps: number;
  readonly retiredInstructions: number;
  /** What the commits of a molecule have added up to since its `setRetires`. */
  tallyAt(hostPc: number): CommitTally;
  /** Molecules of translations that issued and were not rolled back, and their atoms (no no-ops, no literals). */
  readonly molecules: number;
  readonly atoms: number;
  readonly timing: TimingModel;
  /**
   * Charges cycles of the code morphing software to a slot of the CPI stack, and to the clock. `steps`: what
   * the functional model counts instead; 0 where it is not given.
   */
  charge(slot: number, cycles: number, steps?: number): void;
  /** Cycles by slot of the CPI stack (timing/cpi.ts), committed and charged. */
  readonly cpi: Float64Array;
  /** Data access of the code morphing software through L1D: cycles that it waits (0 on a hit). Host physical address. */
  dataAccess(address: number, write: boolean): number;
  /** Instruction fetch of the code morphing software's own code, up to an address: cycles that its lines wait. */
  codeFetch(fromPc: number, toPc: number): number;
  /** Guest access of the interpreter: TLB and L1D; cycles that it waits. Linear and host physical address. */
  guestAccess(linear: number, physical: number, write: boolean): number;
  /** Called at each commit with what it completed; for the lockstep checker. */
  onCommit: ((commit: CommitView) => void) | undefined;
  /** Called for each molecule as it issues; for those who watch. */
  onMolecule: ((seen: MoleculeView) => void) | undefined;
  /** Cycles of molecules in this range of host addresses (routines of the software) count as `dispatch`. */
  setRoutineRange(fromPc: number, toPc: number): void;
  /** The host TLB forgets a linear page (invlpg) or everything. */
  flushTlb(linearPage?: number): void;
}

/** What a commit completed. Arrays are only valid during the call. */
export interface CommitView {
  readonly hostPc: number;
  readonly resumePc: number;
  readonly steps: number;
  readonly instructions: number;
  /** Stores since the commit before: guest physical addresses and widths, `storeCount` of them. */
  readonly storeCount: number;
  readonly storeAddresses: Int32Array;
  readonly storeBytes: Uint8Array;
}

export interface MoleculeView {
  readonly hostPc: number;
  /** Cycle of issue, counted from the machine's power-on. */
  readonly cycle: number;
  /** Cycles that it waited, by slot of the CPI stack, in pairs (slot, cycles); only valid during the call. */
  readonly stalls: readonly number[];
}

/**
 * Guest memory behind the fast path, as the core asks for it: page walks, T-bits, pages off RAM.
 * Whatever it changes (accessed and dirty bits, entries of the translation table) must be undone
 * when the core rolls back, so it reports changes through `GuestMemoryLog`.
 */
export interface GuestMemoryPort {
  /**
   * Physical address of a linear one for an access that stays inside its page, or a negative number
   * -1 - EXIT.x for the exit to take. `walk` false: entries that are not in the translation table
   * are not walked for (speculation).
   */
  translate(linear: number, write: boolean, user: boolean, walk: boolean): number;
  /** Same for an instruction fetch: physical address, or -1 when it cannot be fetched without a walk. */
  translateFetch(linear: number, user: boolean): number;
  /** A store inside a page is about to change RAM: -1 when it may, else the number of the exit to take (tBit). */
  mayStore(physical: number, sizeBytes: number): number;
  /** The core rolls back: entries of the translation table made since the last commit are taken out. */
  rolledBack(): void;
  committed(): void;
}

/** Where the port writes to RAM on behalf of the core (accessed and dirty bits). */
export interface GuestMemoryLog {
  /** Remembers the four bytes at a guest physical address before they change. */
  logWord(physical: number): void;
}
