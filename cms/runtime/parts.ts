/**
 * What the runtime needs from its neighbours and from those who watch it: ports that are small
 * enough to be replaced in a test.
 */
import type { Insn } from '../../guest-isa/decode/insn.js';
import type { Delivery } from '../../guest-isa/interp/executor.js';
import type { CommitView } from '../../hw/core/host-core.js';

/** Who decides whether a store of translated code may change RAM (the T-bits). */
export interface StoreGuard {
  /** A negative number if it may, else the host exit to take. */
  mayStore(physical: number, sizeBytes: number): number;
}

/** What the interpreter gear costs on the host (cms/interp). */
export interface StepCost {
  /** Charges fetch, decoding, dispatch and the instruction's own molecules, before it is executed. */
  step(insn: Insn, eip: number): void;
  /** Cycles of a further iteration of a repeated string instruction. */
  readonly cyclesPerIteration: number;
  /** Cycles of one that cannot be fetched, beside the delivery of the fault. */
  readonly unfetchedCycles: number;
}

/**
 * Follows what the guest has completed, in order: a second machine can be driven by it. `steps` are
 * those of the interpreter alone: instructions, and further iterations of repeated ones.
 */
export interface GuestObserver {
  /** The interpreter executed (or faulted and delivered the fault). */
  interpreted(steps: number): void;
  /** Translated code committed; the guest stands at `eip` then. */
  committed(commit: CommitView, eip: number): void;
  /** Something was taken between two instructions. */
  delivered(what: Delivery): void;
}
