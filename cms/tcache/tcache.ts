/**
 * The translation cache: puts compiled regions into the memory of the code morphing software, finds
 * them by guest address, links them (links.ts), and takes them out again.
 *
 * Life of a translation: live (found, entered, linked) - asleep (unreachable, its code still there;
 * cms/smc wakes it after comparing its bytes) - dead. Invariant: a translation that is not live can never be
 * entered. No exit, inline compare, table line or return-target entry leads to it, look-ups do not find it,
 * resume points in it are not given out; and where a dead one lay there are zeros, which no
 * machine decodes as a molecule, so that a broken link stops the simulator instead of running stale code.
 */
import type { HostIsa } from '../../hw/atom/host-isa.js';
import type { CommitTally } from '../../hw/core/commit-tallies.js';
import type { HostCore } from '../../hw/core/host-core.js';
import type { CompiledExit, CompiledRegion } from '../backend/compiled.js';
import type { Context } from '../context.js';
import type { CmsOptions } from '../options.js';
import { type CodeSpace, codeSpace } from './allocator.js';
import type { CmsMemoryLayout } from './cms-memory.js';
import { CodeMap, type ResumePlace } from './code-map.js';
import { ExitNumbers } from './exit-numbers.js';
import { HotCounters } from './hot-counters.js';
import { IndirectTable } from './indirect-table.js';
import { Links } from './links.js';
import { installRoutines, type Routines } from './routines.js';
import { type Death, zeroTcacheCounts } from './tcache-counters.js';
import { type MadeTranslation, NO_PLACE, TcacheEntry, TcacheExit } from './tcache-entry.js';
import { TranslationTable } from './translation-table.js';

export interface TcacheCore extends Pick<HostCore, 'codeChanged' | 'clearReturnStack' | 'tallyAt'> {
  /** As the host core's. */
  setRetires(hostPc: number, steps: number, instructions: number, skips: boolean): void;
}

export interface TcacheParts {
  readonly options: Pick<CmsOptions, 'chaining' | 'indirect' | 'tcache'>;
  readonly layout: CmsMemoryLayout;
  /** The machine's linear memory; index = host physical address / 4. */
  readonly words: Uint32Array;
  readonly core: TcacheCore;
  readonly isa: HostIsa;
}

export class Tcache {
  readonly counts = zeroTcacheCounts();
  readonly table: IndirectTable;
  readonly counters: HotCounters;
  readonly routines: Routines;
  /** Told of each death; the translation's links are gone by then, its fields still stand. */
  readonly deathListeners: ((translation: TcacheEntry, why: Death) => void)[] = [];
  private readonly links: Links;
  private readonly space: CodeSpace<TcacheEntry>;
  private readonly map: CodeMap<TcacheEntry>;
  private readonly numbers = new ExitNumbers<TcacheExit>();
  private readonly live = new TranslationTable<TcacheEntry>();
  private readonly inRoutine: ResumePlace = { translation: undefined, eip: -1 };
  private made = 0;

  constructor(private readonly parts: TcacheParts) {
    const { options, layout, words, core, isa } = parts;
    this.table = new IndirectTable(words, layout.indirectTable, this.counts);
    this.counters = new HotCounters(words, layout.counters);
    this.routines = installRoutines(isa, words, layout);
    const lookupPc = this.routines.lookupPc;
    const { counts, table } = this;
    this.links = new Links({ options, words, core, table, lookupPc, counts });
    this.space = codeSpace<TcacheEntry>(options.tcache, layout.tcache);
    this.map = new CodeMap<TcacheEntry>(layout.tcache);
  }

  /**
   * Takes a translation in and makes it live; what lies in its way is evicted, one of the same address
   * is replaced and its incoming links go to the new one. Undefined: it is too large.
   */
  install(made: MadeTranslation): TcacheEntry | undefined {
    const sizeBytes = made.compiled.words.length * 4;
    const exits = made.compiled.exits.length * 2;
    const start = this.numbers.room(exits) ? this.space.allocate(sizeBytes, this.evict) : -1;
    if (start < 0) {
      this.counts.refused++;
      if (made.counterAddress !== 0) this.counters.release(made.counterAddress);
      return undefined;
    }
    const translation = new TcacheEntry(++this.made, start, made);
    this.space.placed(translation);
    this.write(translation);
    this.counts.installed++;
    this.counts.usedBytes += sizeBytes;
    this.counts.mostUsedBytes = Math.max(this.counts.mostUsedBytes, this.counts.usedBytes);
    this.replace(translation);
    return translation;
  }

  /** The live translation of an address; `physical`: where the mapping of now puts its first byte. */
  lookup(eip: number, context: Context, physical: number): TcacheEntry | undefined {
    return this.live.find(eip, context, physical);
  }

  /** The exit that left with this number; undefined: a reserved one. */
  exitNumbered(number: number): TcacheExit | undefined {
    return this.numbers.exit(number);
  }

  /** The translation whose code lies at a host pc, whatever its state. */
  translationAt(hostPc: number): TcacheEntry | undefined {
    return this.map.translationAt(hostPc);
  }

  /** All that are not dead. */
  translations(): IterableIterator<TcacheEntry> {
    return this.map.all();
  }

  /** What the commits of a translation have added up to, by retirement. */
  talliesOf({ state, compiled, startPc, finalTallies }: TcacheEntry): readonly CommitTally[] {
    if (state === 'dead') return finalTallies;
    return compiled.retirements.map(({ offset }) => this.parts.core.tallyAt(startPc + offset));
  }

  /**
   * Where the guest stands when the host would go on at `hostPc`; undefined when nothing may go on
   * there. To be asked at once after a host exit: what is done for the guest may end the translation.
   */
  resumeAt(hostPc: number): ResumePlace | undefined {
    const place = this.map.placeAt(hostPc);
    if (place === undefined) return this.isRoutine(hostPc) ? this.inRoutine : undefined;
    return place.translation?.state === 'live' ? place : undefined;
  }

  /** Does a commit there leave the guest between two iterations of a repeated string instruction? To be asked at once, too. */
  endsMidRepeat(commitPc: number): boolean {
    return this.map.translationAt(commitPc)?.midRepeatPcs.includes(commitPc) ?? false;
  }

  /** Patches an exit to branch to the translation behind it; false where that cannot be. */
  chain(exit: TcacheExit, target: TcacheEntry): boolean {
    return this.links.chain(exit, target);
  }

  unchain(exit: TcacheExit): void {
    this.links.unchain(exit);
  }

  /** An indirect exit has come to the dispatcher, which has found `target`. */
  linkIndirect(exit: TcacheExit, target: TcacheEntry): void {
    this.links.linkIndirect(exit, target);
  }

  /** The look-up routine has missed, and the dispatcher found `target`. */
  fillTable(target: TcacheEntry): void {
    if (target.state === 'live') this.table.enter(target);
  }

  kill(translation: TcacheEntry, why: Death): void {
    if (translation.state === 'dead') return;
    this.leaveLive(translation);
    if (translation.state === 'asleep') this.counts.asleep--;
    translation.finalTallies = this.talliesOf(translation);
    translation.state = 'dead';
    this.links.forget(translation);
    for (const exit of translation.exits) this.numbers.release(exit);
    if (translation.counterAddress !== 0) this.counters.release(translation.counterAddress);
    this.erase(translation);
    this.counts[why]++;
    this.counts.usedBytes -= translation.endPc - translation.startPc;
    for (const listener of this.deathListeners) listener(translation, why);
  }

  /** Makes a live translation unreachable; its code stays. */
  sleep(translation: TcacheEntry): void {
    if (translation.state !== 'live') return;
    this.leaveLive(translation);
    translation.state = 'asleep';
    this.counts.asleep++;
    this.counts.slept++;
  }

  /** Makes a sleeping translation live again, in place of one of the same address. */
  wake(translation: TcacheEntry): void {
    if (translation.state !== 'asleep') return;
    translation.state = 'live';
    this.counts.asleep--;
    this.counts.woken++;
    this.replace(translation);
  }

  /** Empties the tcache; what is put into it next lies where it would in a new machine. */
  flush(): void {
    this.space.clear((translation) => this.kill(translation, 'flushed'));
    this.counters.clear();
    this.numbers.clear();
    this.table.clear();
    this.parts.core.clearReturnStack();
  }

  private readonly evict = (translation: TcacheEntry): void => {
    this.kill(translation, 'evicted');
  };

  private isRoutine(hostPc: number): boolean {
    const { start, end } = this.parts.layout.routines;
    return hostPc >= start && hostPc < end;
  }

  /** Enters a translation into the look-up, and ends the one that was there. */
  private replace(translation: TcacheEntry): void {
    const old = this.live.find(translation.entryEip, translation.context, translation.physical);
    this.live.add(translation);
    this.counts.live++;
    if (old === undefined) return;
    const incoming = [...old.incoming];
    const inline = old.isInlineTarget ? [...old.inlineIncoming] : [];
    const inTable = this.table.leadsTo(old);
    this.kill(old, 'replaced');
    for (const exit of incoming) this.chain(exit, translation);
    for (const exit of inline) this.linkIndirect(exit, translation);
    if (inTable) this.table.enter(translation);
  }

  private leaveLive(translation: TcacheEntry): void {
    if (translation.state !== 'live') return;
    this.links.cutOff(translation);
    this.live.remove(translation);
    this.counts.live--;
  }

  private write(translation: TcacheEntry): void {
    const { words, core } = this.parts;
    const { compiled, startPc, endPc } = translation;
    words.set(compiled.words, startPc >>> 2);
    this.map.add(translation);
    for (let index = 0; index < compiled.exits.length; index++) this.addExits(translation, index);
    core.codeChanged(startPc, endPc);
    for (const { offset, steps, instructions, skippedRegister } of compiled.retirements)
      core.setRetires(startPc + offset, steps, instructions, skippedRegister >= 0);
    this.addPlaces(translation);
  }

  private addPlaces(translation: TcacheEntry): void {
    const { compiled, startPc, entryEip } = translation;
    for (const { offset, eip } of compiled.resumePoints)
      this.map.addPlace(startPc + offset, { translation, eip });
    // A chained branch commits and goes on here.
    const entry = { translation, eip: entryEip };
    this.map.addPlace(translation.entryPc, entry);
    this.map.addPlace(translation.checkedEntryPc, entry);
    for (const { isLanding, moleculePc, eip } of translation.exits)
      if (isLanding) this.map.addPlace(moleculePc, { translation, eip });
  }

  /** The exit of that index, and the landing of its return. */
  private addExits(translation: TcacheEntry, index: number): void {
    const exit = translation.compiled.exits[index];
    if (exit.slotOffset >= 0) this.addExit(this.exitOf(translation, index, exit));
    if (exit.landingSlotOffset >= 0) this.addExit(this.landingOf(translation, index, exit));
  }

  private addExit(exit: TcacheExit): void {
    exit.translation.exits.push(exit);
    this.numbers.assign(exit);
    this.links.number(exit);
  }

  private exitOf(translation: TcacheEntry, index: number, exit: CompiledExit): TcacheExit {
    const { compiled, startPc } = translation;
    const { eip, inlineBranchOffset } = exit;
    const hasInline = inlineBranchOffset >= 0;
    return new TcacheExit(translation, {
      number: this.numbers.take(),
      index,
      kind: exit.kind,
      eip: eip === -1 ? -1 : eip >>> 0,
      isLanding: false,
      slotPc: startPc + exit.slotOffset,
      moleculePc: startPc + exit.moleculeOffset,
      inlineTargetPc: hasInline ? startPc + exit.inlineTargetOffset : NO_PLACE,
      inlineBranchPc: hasInline ? startPc + inlineBranchOffset : NO_PLACE,
      inlineMoleculePc: hasInline
        ? startPc + this.moleculeOf(compiled, inlineBranchOffset)
        : NO_PLACE,
      pushPc: NO_PLACE,
      pushMoleculePc: NO_PLACE,
    });
  }

  private landingOf(translation: TcacheEntry, index: number, exit: CompiledExit): TcacheExit {
    const { compiled, startPc } = translation;
    const { landingSlotOffset: slot, pushSlotOffset: push } = exit;
    return new TcacheExit(translation, {
      number: this.numbers.take(),
      index,
      kind: 'jump',
      eip: exit.returnEip === -1 ? -1 : exit.returnEip >>> 0,
      isLanding: true,
      slotPc: startPc + slot,
      moleculePc: startPc + this.moleculeOf(compiled, slot),
      inlineTargetPc: NO_PLACE,
      inlineBranchPc: NO_PLACE,
      inlineMoleculePc: NO_PLACE,
      pushPc: push < 0 ? NO_PLACE : startPc + push,
      pushMoleculePc: push < 0 ? NO_PLACE : startPc + this.moleculeOf(compiled, push),
    });
  }

  /** Offset of the molecule that a slot belongs to. */
  private moleculeOf({ words }: CompiledRegion, slotOffset: number): number {
    let offset = 0;
    for (;;) {
      const next = offset + this.parts.isa.formats[words[offset >>> 2] >>> 29].lengthBytes;
      if (slotOffset < next) return offset;
      offset = next;
    }
  }

  private erase(translation: TcacheEntry): void {
    const { words, core } = this.parts;
    const { startPc, endPc, compiled } = translation;
    words.fill(0, startPc >>> 2, endPc >>> 2);
    core.codeChanged(startPc, endPc);
    for (const { offset } of compiled.retirements) core.setRetires(startPc + offset, 0, 0, false);
    this.map.remove(translation);
  }
}
