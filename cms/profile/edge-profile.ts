/**
 * How often each way of a conditional branch was taken, for whoever forms regions. Two sources, neither
 * of which costs anything of its own: the interpreter notes its branches (profile.ts), but with blocks
 * translated at their second execution it sees few; then each basic block counts its own
 * entries, and the blocks on both sides of a branch have counted its ways.
 *
 * Left out: a block's other predecessors count as well. Who chooses by this can lose time, nothing else.
 */
import type { Context } from '../context.js';
import type { BranchBias, BranchProfile } from './profile.js';

/** How often the block that begins at an eip (unsigned) has counted itself entered; 0: there is none. */
export type BlockEntries = (eip: number, context: Context) => number;

/** A conditional branch with the addresses of its sides (unsigned). */
export interface BranchSides {
  readonly eip: number;
  readonly taken: number;
  readonly notTaken: number;
}

export class EdgeProfile {
  constructor(
    private readonly branches: Pick<BranchProfile, 'bias'>,
    private readonly entries: BlockEntries,
  ) {}

  bias({ eip, taken, notTaken }: BranchSides, context: Context): BranchBias {
    const interpreted = this.branches.bias(eip, context.id);
    return {
      taken: interpreted.taken + this.entries(taken, context),
      notTaken: interpreted.notTaken + this.entries(notTaken, context),
    };
  }
}
