/**
 * Regions of the first translating gear: the basic block at an address, decoded ahead without
 * executing it, up to its first transfer, what only the interpreter does, or a limit.
 */
import type { Context } from '../context.js';
import { BOLDEST, type TranslationPolicy } from '../policy.js';
import type { GuestRegion } from '../region.js';
import { directTarget, eipBehind, transferOf } from './instruction-facts.js';
import { type RegionParts, RegionPath } from './region-path.js';

export class BlockFormer {
  constructor(private readonly parts: RegionParts) {}

  /** The block at an eip of the processor's present mode; undefined if there is nothing to translate. */
  form(
    entryEip: number,
    context: Context,
    policy: TranslationPolicy = BOLDEST,
  ): GuestRegion | undefined {
    const start = {
      entryEip: entryEip >>> 0,
      context,
      policy,
      gear: 'block',
      shape: 'block',
    } as const;
    const path = new RegionPath(start, this.parts);
    for (let eip = start.entryEip; ; ) {
      const seen = this.parts.fetch.peek(eip);
      if (!seen) return path.finish('page');
      const transfer = transferOf(seen.insn);
      const jumps = transfer === 'jump' || transfer === 'call';
      const nextEip = jumps ? directTarget(seen.insn, eip) : eipBehind(seen.insn, eip);
      const end = path.add(seen, eip, nextEip);
      if (end) return path.finish(end);
      eip = nextEip;
    }
  }
}
