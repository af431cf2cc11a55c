/**
 * Marks branches whose short side becomes selects (if-conversion: Allen et al. 1983; hyperblocks:
 * Mahlke et al. 1992): forward branches over a few instructions that the lifter can make
 * conditional, when they were seen to go both ways often enough (edge-profile.ts). Such a branch costs its
 * side's atoms each time, but leaves no exit that half of all executions would take.
 *
 * Where the recorded path runs through the side, that is marked; where it jumped over it, the side is
 * decoded ahead and put in. Either way the path goes on where both meet, which is in the region.
 */
import type { Fetch } from '../../guest-isa/interp/fetch.js';
import type { Context } from '../context.js';
import type { Lifter } from '../lift/lift-region.js';
import type { TranslationPolicy } from '../policy.js';
import type { RegionInstruction } from '../region.js';
import type { BranchSides, EdgeProfile } from './edge-profile.js';
import { directTarget, eipBehind, isIn, transferOf } from './instruction-facts.js';

export interface IfConversion {
  /** Longest side, in instructions. */
  readonly longest: number;
  readonly edges: EdgeProfile;
  readonly lifter: Pick<Lifter, 'mayIfConvert'>;
}

/** What paths are formed for, as far as it matters here. */
interface PathOf {
  readonly context: Context;
  readonly policy: TranslationPolicy;
}

/** Executions of a branch before its bias counts. */
const ENOUGH = 8;
/** ASSUMED: the rarer way is taken at least once in so many executions. */
const RARE = 8;

export class IfConverter {
  constructor(
    private readonly fetch: Pick<Fetch, 'peek'>,
    private readonly options: IfConversion,
  ) {}

  /** The path with its convertible branches marked and their sides filled in; at most `room` instructions longer. */
  convert(path: readonly RegionInstruction[], start: PathOf, room: number): RegionInstruction[] {
    const result: RegionInstruction[] = [];
    let left = room;
    for (let i = 0; i < path.length; i++) {
      const instruction = path[i];
      const side = this.sideOf(path, i, start);
      if (!side || (!side.onPath && side.instructions.length > left)) {
        result.push(instruction);
        continue;
      }
      const { instructions } = side;
      const nextEip = eipBehind(instruction.insn, instruction.eip);
      result.push({ ...instruction, nextEip, ifConverted: instructions.length }, ...instructions);
      if (side.onPath) i += instructions.length;
      else left -= instructions.length;
    }
    return result;
  }

  /** The side of a branch on the path that may become selects. */
  private sideOf(
    path: readonly RegionInstruction[],
    at: number,
    start: PathOf,
  ): { readonly instructions: readonly RegionInstruction[]; readonly onPath: boolean } | undefined {
    const { insn, eip, nextEip } = path[at];
    if (transferOf(insn) !== 'branch') return undefined;
    const first = eipBehind(insn, eip);
    const join = directTarget(insn, eip);
    const sides = { eip, taken: join, notTaken: first };
    if (join <= first || !this.goesBothWays(sides, start.context)) return undefined;
    const onPath = nextEip === first;
    const instructions = onPath
      ? this.sideOnPath(path, at + 1, join)
      : this.sideAhead(first, join, start.policy);
    const behind = path[at + 1 + (onPath ? (instructions?.length ?? 0) : 0)];
    if (!instructions || behind?.eip !== join) return undefined;
    const side = instructions.map((instruction) => instruction.insn);
    const may = this.options.lifter.mayIfConvert(side, behind.insn, start.context);
    return may ? { instructions, onPath } : undefined;
  }

  private goesBothWays(sides: BranchSides, context: Context): boolean {
    const { taken, notTaken } = this.options.edges.bias(sides, context);
    const all = taken + notTaken;
    return all >= ENOUGH && Math.min(taken, notTaken) * RARE >= all;
  }

  private sideOnPath(
    path: readonly RegionInstruction[],
    from: number,
    join: number,
  ): RegionInstruction[] | undefined {
    const side: RegionInstruction[] = [];
    for (const instruction of path.slice(from, from + this.options.longest)) {
      if (transferOf(instruction.insn) !== 'none') return undefined;
      side.push(instruction);
      if (instruction.nextEip === join) return side;
    }
    return undefined;
  }

  private sideAhead(
    first: number,
    join: number,
    policy: TranslationPolicy,
  ): RegionInstruction[] | undefined {
    const side: RegionInstruction[] = [];
    for (let eip = first; eip < join && side.length < this.options.longest; ) {
      const seen = this.fetch.peek(eip);
      if (!seen || transferOf(seen.insn) !== 'none' || isIn(policy.interpretAt, eip))
        return undefined;
      const nextEip = eipBehind(seen.insn, eip);
      side.push({ ...seen, eip, nextEip, ifConverted: 0 });
      if (nextEip === join) return side;
      eip = nextEip;
    }
    return undefined;
  }
}
