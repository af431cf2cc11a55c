/**
 * Links between translations: exits patched to branch to their target (chaining), inline targets of
 * indirect exits, indirect exits that go to the look-up routine. Each link is known at both ends, so
 * that a translation that dies or falls asleep can be cut off from everything that leads to it:
 * afterwards no code, table line or return-target entry holds an address inside it.
 *
 * Links only join translations of one context: the mode never changes in translated code. A chained
 * branch enters behind the target's page check only from code whose own run has proved the mapping
 * of that very page; everybody else enters at the check.
 */
import type { HostCore } from '../../hw/core/host-core.js';
import type { CmsOptions } from '../options.js';
import { ExitSlots, type SlotPlace } from './exit-slots.js';
import type { IndirectTable } from './indirect-table.js';
import type { TcacheCounts } from './tcache-counters.js';
import type { TcacheEntry, TcacheExit } from './tcache-entry.js';

export type LinkCore = Pick<HostCore, 'codeChanged' | 'clearReturnStack'>;

export interface LinkParts {
  readonly options: Pick<CmsOptions, 'chaining' | 'indirect'>;
  readonly words: Uint32Array;
  readonly core: LinkCore;
  readonly table: IndirectTable;
  /** Host pc of the look-up routine, -1: there is none. */
  readonly lookupPc: number;
  readonly counts: TcacheCounts;
}

export class Links {
  private readonly slots: ExitSlots;

  constructor(private readonly parts: LinkParts) {
    this.slots = new ExitSlots(parts.words);
  }

  /** The exits of fresh code get their numbers. */
  number(exit: TcacheExit): void {
    this.slots.setExit(exit, exit.number);
    if (exit.inlineBranchPc >= 0) this.restoreInline(exit);
  }

  chain(exit: TcacheExit, target: TcacheEntry): boolean {
    if (exit.chainedTo === target) return true;
    if (!this.parts.options.chaining || !mayChain(exit, target)) return false;
    this.unchain(exit);
    const entry = mappingProved(exit, target) ? target.entryPc : target.checkedEntryPc;
    if (!this.patch(exit, entry)) return false;
    exit.chainedTo = target;
    target.incoming.add(exit);
    this.parts.counts.chained++;
    if (exit.pushPc >= 0) this.pushTarget(exit, target);
    return true;
  }

  unchain(exit: TcacheExit): void {
    if (exit.chainedTo === undefined) return;
    exit.chainedTo.incoming.delete(exit);
    exit.chainedTo = undefined;
    this.restoreSlot(exit);
    if (exit.pushesTarget) this.pushLanding(exit);
    this.parts.counts.unchained++;
  }

  /** Returns of this call go straight to the target, if that is in reach, and not by the landing. */
  private pushTarget(exit: TcacheExit, target: TcacheEntry): void {
    exit.pushesTarget = this.slots.setBranch(pushPlace(exit), target.checkedEntryPc);
    if (exit.pushesTarget) this.pushChanged(exit);
  }

  /** The return stack may still hold the target. */
  private pushLanding(exit: TcacheExit): void {
    const { startPc, compiled } = exit.translation;
    exit.pushesTarget = false;
    const word = compiled.words[(exit.pushPc - startPc) >>> 2];
    this.slots.restore(pushPlace(exit), word, exit.number);
    this.pushChanged(exit);
    this.parts.core.clearReturnStack();
  }

  private pushChanged(exit: TcacheExit): void {
    this.parts.core.codeChanged(exit.pushMoleculePc, exit.pushPc + 4);
  }

  /**
   * An indirect exit has left to `target`: its inline compare and the table lead there from now on, and
   * its slot goes to the look-up routine. Without a table each miss comes back here.
   */
  linkIndirect(exit: TcacheExit, target: TcacheEntry): void {
    if (exit.translation.state !== 'live' || target.state !== 'live') return;
    if (exit.translation.context !== target.context) return;
    this.setInline(exit, target);
    this.parts.table.enter(target);
    if (this.parts.lookupPc < 0 || exit.usesTable) return;
    exit.usesTable = this.patch(exit, this.parts.lookupPc);
  }

  /** Nothing leads to the translation any more. */
  cutOff(translation: TcacheEntry): void {
    for (const exit of [...translation.incoming]) this.unchain(exit);
    if (translation.isInlineTarget)
      for (const exit of [...translation.inlineIncoming]) {
        this.clearInline(exit);
        this.leaveTable(exit);
      }
    this.parts.table.remove(translation);
    if (translation.exits.some((exit) => exit.isLanding)) this.parts.core.clearReturnStack();
  }

  /** The translation dies: its own links are taken out of their targets' lists. */
  forget(translation: TcacheEntry): void {
    for (const exit of translation.exits) {
      exit.chainedTo?.incoming.delete(exit);
      exit.inlineTo?.inlineIncoming.delete(exit);
      exit.chainedTo = undefined;
      exit.inlineTo = undefined;
      exit.usesTable = false;
    }
  }

  private setInline(exit: TcacheExit, target: TcacheEntry): void {
    if (!this.parts.options.indirect.inlineTarget || exit.inlineTargetPc < 0) return;
    if (exit.inlineTo === target) return;
    this.clearInline(exit);
    if (!this.slots.setBranch(inlinePlace(exit), target.checkedEntryPc)) {
      this.parts.counts.outOfReach++;
      return;
    }
    this.slots.setLiteral(exit.inlineTargetPc, target.entryEip);
    this.inlineChanged(exit);
    exit.inlineTo = target;
    target.inlineIncoming.add(exit);
    this.parts.counts.inlineTargets++;
  }

  private clearInline(exit: TcacheExit): void {
    if (exit.inlineTo === undefined) return;
    exit.inlineTo.inlineIncoming.delete(exit);
    exit.inlineTo = undefined;
    this.restoreInline(exit);
    this.inlineChanged(exit);
  }

  /** Back to what was compiled: no guest address passes the compare. */
  private restoreInline(exit: TcacheExit): void {
    const { translation } = exit;
    const compiled = (pc: number): number =>
      translation.compiled.words[(pc - translation.startPc) >>> 2];
    this.slots.setLiteral(exit.inlineTargetPc, compiled(exit.inlineTargetPc));
    this.slots.restore(inlinePlace(exit), compiled(exit.inlineBranchPc), exit.number);
  }

  private inlineChanged(exit: TcacheExit): void {
    const from = Math.min(exit.inlineTargetPc, exit.inlineMoleculePc);
    const to = Math.max(exit.inlineTargetPc, exit.inlineBranchPc) + 4;
    this.parts.core.codeChanged(from - (from % 8), to);
  }

  /** The exit comes to the dispatcher again, which will learn a new inline target. */
  private leaveTable(exit: TcacheExit): void {
    if (!exit.usesTable) return;
    exit.usesTable = false;
    this.restoreSlot(exit);
  }

  private restoreSlot(exit: TcacheExit): void {
    this.slots.setExit(exit, exit.number);
    this.parts.core.codeChanged(exit.moleculePc, exit.slotPc + 4);
  }

  private patch(exit: TcacheExit, targetPc: number): boolean {
    if (!this.slots.setBranch(exit, targetPc)) {
      this.parts.counts.outOfReach++;
      return false;
    }
    this.parts.core.codeChanged(exit.moleculePc, exit.slotPc + 4);
    return true;
  }
}

function inlinePlace(exit: TcacheExit): SlotPlace {
  return { slotPc: exit.inlineBranchPc, moleculePc: exit.inlineMoleculePc };
}

function pushPlace(exit: TcacheExit): SlotPlace {
  return { slotPc: exit.pushPc, moleculePc: exit.pushMoleculePc };
}

function mayChain(exit: TcacheExit, target: TcacheEntry): boolean {
  const { translation } = exit;
  return (
    exit.kind === 'jump' &&
    exit.eip === target.entryEip &&
    translation.context === target.context &&
    translation.state === 'live' &&
    target.state === 'live'
  );
}

/** The run that comes to this exit has fetched from the target's page through the same mapping. */
function mappingProved(exit: TcacheExit, target: TcacheEntry): boolean {
  if (exit.isLanding) return false;
  const { translation } = exit;
  const frame = target.physical >>> 12;
  return translation.linearPage === target.linearPage && translation.physical >>> 12 === frame;
}
