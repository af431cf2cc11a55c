/**
 * Forms superblocks and traces without executing them: follows the way that each branch went more
 * often in the interpreter, and where nothing is known, backward branches as taken and forward ones
 * as not taken (Smith 1981). Indirect jumps end the path; a return goes to the call on the path.
 * The recorder is the default (see there); this is for who must not or cannot wait for the next
 * execution.
 */
import type { Insn } from '../../guest-isa/decode/insn.js';
import type { Context } from '../context.js';
import { BOLDEST, type TranslationPolicy } from '../policy.js';
import type { GuestRegion } from '../region.js';
import { directTarget, eipBehind, transferOf } from './instruction-facts.js';
import type { BranchProfile } from './profile.js';
import type { IsSuperblockEntry } from './recorder.js';
import { type RegionParts, RegionPath } from './region-path.js';

export class Predictor {
  /** Return addresses of the calls on the path. */
  private readonly returns: number[] = [];

  constructor(
    private readonly parts: RegionParts,
    private readonly branches: BranchProfile,
    private readonly isSuperblockEntry: IsSuperblockEntry,
  ) {}

  /** The likely path from an eip of the processor's present mode; undefined if there is nothing to translate. */
  predict(
    entryEip: number,
    context: Context,
    policy: TranslationPolicy = BOLDEST,
  ): GuestRegion | undefined {
    const { shape, fetch } = this.parts;
    const entry = entryEip >>> 0;
    const path = new RegionPath(
      { entryEip: entry, context, policy, gear: 'superblock', shape },
      this.parts,
    );
    this.returns.length = 0;
    for (let eip = entry; ; ) {
      const seen = fetch.peek(eip);
      if (!seen) return path.finish('page');
      const nextEip = this.next(seen.insn, eip, context.id);
      const end = path.add(seen, eip, nextEip);
      if (end || nextEip === undefined) return path.finish(end ?? 'indirect');
      if (this.isSuperblockEntry(nextEip, context)) return path.finish('translated');
      eip = nextEip;
    }
  }

  /** Where the path goes on; undefined if that is not known. */
  private next(insn: Insn, eip: number, contextId: number): number | undefined {
    const behind = eipBehind(insn, eip);
    switch (transferOf(insn)) {
      case 'none':
        return behind;
      case 'branch': {
        const target = directTarget(insn, eip);
        return this.likelyTaken(eip, target, contextId) ? target : behind;
      }
      case 'jump':
        return directTarget(insn, eip);
      case 'call':
        this.returns.push(behind);
        return directTarget(insn, eip);
      case 'return':
        return this.returns.pop();
      default:
        return undefined;
    }
  }

  private likelyTaken(eip: number, target: number, contextId: number): boolean {
    const { taken, notTaken } = this.branches.bias(eip, contextId);
    if (taken + notTaken === 0) return target <= eip;
    return taken > notTaken;
  }
}
