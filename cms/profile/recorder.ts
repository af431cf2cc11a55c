/**
 * Records the region of a hot address as it executes: the *next executing tail* (Duesterwald & Bala,
 * ASPLOS 2000). When an address has become hot, what runs next from there is likely to be what
 * mostly runs; so the interpreter executes it once more, and the path that it takes is the region.
 * It needs no counters in translated blocks (branch counts of the
 * interpreter end with the first translation of a block), and it sees
 * through returns and indirect jumps, which no bias does.
 *
 * While it records, the runtime interprets and enters no translation, so paths go through code that
 * is translated already. They end where the superblock of a loop begins, which is chained to
 * instead of copied: it does not come back soon. Other superblocks are copied: the tail of a hot path
 * is hot before what leads to it, and would cut that into crumbs.
 */
import type { Insn } from '../../guest-isa/decode/insn.js';
import type { Context } from '../context.js';
import { repeats } from '../lift/lift-rules.js';
import { BOLDEST, type TranslationPolicy } from '../policy.js';
import type { GuestRegion } from '../region.js';
import { eipBehind } from './instruction-facts.js';
import { type RegionParts, RegionPath } from './region-path.js';

/** Does the superblock of a loop begin at this eip (unsigned) in this context? */
export type IsLoopEntry = (eip: number, context: Context) => boolean;

/** nothing: recording is over without a region. */
export type RecorderOutcome = 'more' | 'nothing' | GuestRegion;

export class Recorder {
  private path: RegionPath | undefined;
  private expectedEip = 0;

  constructor(
    private readonly parts: RegionParts,
    private readonly isLoopEntry: IsLoopEntry,
  ) {}

  get recording(): boolean {
    return this.path !== undefined;
  }

  /** The next instruction to be interpreted is the first of a region. */
  begin(entryEip: number, context: Context, policy: TranslationPolicy = BOLDEST): void {
    const { shape } = this.parts;
    this.path = new RegionPath(
      { entryEip: entryEip >>> 0, context, policy, gear: 'superblock', shape },
      this.parts,
    );
    this.expectedEip = entryEip | 0;
  }

  /** Recording ends without a region: a fault, an interrupt or a change of mode came between. */
  abandon(): void {
    this.path = undefined;
  }

  /** An instruction was interpreted without a fault: what became of the recording. */
  step(insn: Insn, eipBefore: number, eipAfter: number): RecorderOutcome {
    const { path } = this;
    if (!path) return 'nothing';
    if ((eipBefore | 0) !== this.expectedEip) return this.close(undefined);
    const seen = this.parts.fetch.peek(eipBefore);
    // Its page is gone, or it has overwritten itself.
    if (!seen || seen.insn !== insn) return this.close(path.finish('page'));
    // A repeated string instruction may have given way between two iterations.
    const nextEip = repeats(insn) ? eipBehind(insn, eipBefore) : eipAfter >>> 0;
    const end = path.add(seen, eipBefore >>> 0, nextEip);
    if (end) return this.close(path.finish(end));
    if (this.isLoopEntry(nextEip, path.start.context)) return this.close(path.finish('translated'));
    this.expectedEip = nextEip | 0;
    return 'more';
  }

  private close(region: GuestRegion | undefined): RecorderOutcome {
    this.path = undefined;
    return region ?? 'nothing';
  }
}
