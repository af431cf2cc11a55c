/**
 * A translation in the tcache: its code, its exits and what it was made from.
 */
import type { CompiledRegion } from '../backend/compiled.js';
import type { Context } from '../context.js';
import type { IrExitKind } from '../ir/ir.js';
import type { GuestRegion } from '../region.js';

/** Bytes that a translation was made from, inside one physical page. */
export interface SourceRange {
  /** Guest physical address. */
  readonly physical: number;
  readonly bytes: Uint8Array;
}

export interface TranslationExit {
  /** Number in the `exit n` atom: unique in the machine while the translation lives. */
  readonly number: number;
  /** Index in the compiled exits; the landing of a return has the index of its call. */
  readonly index: number;
  readonly translation: Translation;
  readonly kind: IrExitKind | 'hot';
  /** Guest address behind it, -1: in r9. */
  readonly eip: number;
  /** Host address of the branch slot that chaining patches. */
  readonly slotPc: number;
  readonly moleculePc: number;
  readonly inlineTargetPc: number;
  readonly inlineBranchPc: number;
  chainedTo: Translation | undefined;
  /** Of an indirect exit: the translation that its inline compare goes to. */
  inlineTo: Translation | undefined;
  /** Of an indirect exit: its slot branches to the look-up routine. */
  usesTable: boolean;
  taken: number;
}

export interface Translation {
  /** Number in order of making; never used again. */
  readonly id: number;
  readonly gear: 'block' | 'superblock';
  readonly entryEip: number;
  readonly context: Context;
  /** Guest physical address of the first byte. */
  readonly physical: number;
  readonly linearPage: number;
  readonly entryPc: number;
  readonly checkedEntryPc: number;
  readonly startPc: number;
  readonly endPc: number;
  readonly sources: readonly SourceRange[];
  readonly exits: readonly TranslationExit[];
  readonly region: GuestRegion;
  readonly compiled: CompiledRegion;
  /** Exits of other translations that were patched to come here. */
  readonly incoming: Set<TranslationExit>;
  /** Indirect exits whose inline compare comes here. */
  readonly inlineIncoming: Set<TranslationExit>;
  /** Counter of entries in the memory of the code morphing software, 0: none. It goes with the translation. */
  readonly counterAddress: number;
  /** live: may be entered; asleep: unreachable and unprotected until its bytes were compared; dead. */
  state: 'live' | 'asleep' | 'dead';
  /** Host exits by kind (hw/core/exits.ts), for the ladder and for reports. */
  readonly trouble: Uint32Array;
  /** Simulated cycles that making it cost. */
  readonly costCycles: number;
}
