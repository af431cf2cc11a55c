/**
 * A translation as the tcache keeps it: what translation.ts promises to all, and what only the tcache
 * needs to know of the places of its atoms.
 */
import type { CommitTally } from '../../hw/core/commit-tallies.js';
import { HOST_EXITS } from '../../hw/core/exits.js';
import type { CompiledExit, CompiledRegion } from '../backend/compiled.js';
import type { Context } from '../context.js';
import type { IrExitKind } from '../ir/ir.js';
import type { GuestRegion } from '../region.js';
import { sourceRanges } from './source-ranges.js';
import type { SourceRange, Translation, TranslationExit } from './translation.js';
import type { Listed } from './translation-table.js';

export const NO_PLACE = -1;

export interface ExitPlace {
  readonly number: number;
  readonly index: number;
  readonly kind: IrExitKind | 'hot';
  readonly eip: number;
  readonly isLanding: boolean;
  readonly slotPc: number;
  readonly moleculePc: number;
  readonly inlineTargetPc: number;
  readonly inlineBranchPc: number;
  readonly inlineMoleculePc: number;
  readonly pushPc: number;
  readonly pushMoleculePc: number;
}

export class TcacheExit implements TranslationExit {
  readonly number: number;
  readonly index: number;
  readonly kind: IrExitKind | 'hot';
  readonly eip: number;
  /** Where a return lands that was predicted: it may come from anywhere. */
  readonly isLanding: boolean;
  readonly slotPc: number;
  readonly moleculePc: number;
  readonly inlineTargetPc: number;
  readonly inlineBranchPc: number;
  readonly inlineMoleculePc: number;
  /** Of a landing: the `rspush` that leads here, or straight to what is chained (`pushesTarget`). */
  readonly pushPc: number;
  readonly pushMoleculePc: number;
  pushesTarget = false;
  chainedTo: TcacheEntry | undefined = undefined;
  inlineTo: TcacheEntry | undefined = undefined;
  usesTable = false;
  taken = 0;

  constructor(
    readonly translation: TcacheEntry,
    place: ExitPlace,
  ) {
    this.number = place.number;
    this.index = place.index;
    this.kind = place.kind;
    this.eip = place.eip;
    this.isLanding = place.isLanding;
    this.slotPc = place.slotPc;
    this.moleculePc = place.moleculePc;
    this.inlineTargetPc = place.inlineTargetPc;
    this.inlineBranchPc = place.inlineBranchPc;
    this.inlineMoleculePc = place.inlineMoleculePc;
    this.pushPc = place.pushPc;
    this.pushMoleculePc = place.pushMoleculePc;
  }

  get compiled(): CompiledExit {
    return this.translation.compiled.exits[this.index];
  }
}

/** What the maker of a translation says of it. */
export interface MadeTranslation {
  readonly compiled: CompiledRegion;
  readonly region: GuestRegion;
  readonly costCycles: number;
  /** Its counter of entries (hot-counters.ts), 0: none. Belongs to the translation from now on. */
  readonly counterAddress: number;
}

export class TcacheEntry implements Translation, Listed {
  readonly gear: 'block' | 'superblock';
  readonly entryEip: number;
  readonly context: Context;
  readonly physical: number;
  readonly linearPage: number;
  readonly entryPc: number;
  readonly checkedEntryPc: number;
  readonly endPc: number;
  readonly sources: readonly SourceRange[];
  readonly exits: TcacheExit[] = [];
  readonly region: GuestRegion;
  readonly compiled: CompiledRegion;
  readonly incoming = new Set<TcacheExit>();
  readonly counterAddress: number;
  state: 'live' | 'asleep' | 'dead' = 'live';
  readonly costCycles: number;
  /** Host pcs of commits between two iterations of a repeated string instruction. */
  readonly midRepeatPcs: readonly number[];
  /** Rollbacks, and the cycles that they took. */
  timesRolledBack = 0;
  wastedCycles = 0;
  /** Of a dead one: what its commits had added up to, by retirement. */
  finalTallies: readonly CommitTally[] = [];
  nextInBucket: Listed | undefined = undefined;
  // Most translations never need these.
  private inlineIncomingMade: Set<TcacheExit> | undefined = undefined;
  private troubleMade: Uint32Array | undefined = undefined;
  private rollbacksMade: Uint32Array | undefined = undefined;

  constructor(
    readonly id: number,
    readonly startPc: number,
    made: MadeTranslation,
  ) {
    const { region, compiled } = made;
    this.region = region;
    this.compiled = compiled;
    this.gear = region.gear;
    this.entryEip = region.entryEip >>> 0;
    this.context = region.context;
    this.physical = region.instructions[0].physical >>> 0;
    this.linearPage = ((this.entryEip + region.context.csBase) >>> 0) >>> 12;
    this.entryPc = startPc + compiled.entryOffset;
    this.checkedEntryPc = startPc + compiled.checkedEntryOffset;
    this.endPc = startPc + compiled.words.length * 4;
    this.sources = sourceRanges(region.instructions);
    this.counterAddress = made.counterAddress;
    this.costCycles = made.costCycles;
    this.midRepeatPcs = midRepeatPcs(startPc, compiled);
  }

  get inlineIncoming(): Set<TcacheExit> {
    this.inlineIncomingMade ??= new Set();
    return this.inlineIncomingMade;
  }

  /** Does an inline compare come here? */
  get isInlineTarget(): boolean {
    return this.inlineIncomingMade !== undefined && this.inlineIncomingMade.size > 0;
  }

  get trouble(): Uint32Array {
    this.troubleMade ??= new Uint32Array(HOST_EXITS.length);
    return this.troubleMade;
  }

  /** By kind of host exit (hw/core/exits.ts). */
  get rollbacks(): Uint32Array {
    this.rollbacksMade ??= new Uint32Array(HOST_EXITS.length);
    return this.rollbacksMade;
  }

  /** `kind`: number of the host exit. */
  noteRollback(kind: number, cycles: number): void {
    this.timesRolledBack++;
    this.rollbacks[kind]++;
    this.wastedCycles += cycles;
  }
}

const NO_PCS: readonly number[] = [];

/** Asked at each host exit, and nearly always none. */
function midRepeatPcs(startPc: number, { retirements }: CompiledRegion): readonly number[] {
  if (!retirements.some(({ midRepeat }) => midRepeat)) return NO_PCS;
  return retirements.flatMap(({ midRepeat, offset }) => (midRepeat ? [startPc + offset] : []));
}
