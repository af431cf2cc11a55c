/**
 * The path of a region as it grows, one guest instruction after the other, whoever finds the next
 * one: decoding ahead (block-former.ts) or executing (recorder.ts).
 * Here stand the rules where a path ends; the shapes are those of the literature: a block ends at its
 * first transfer, a superblock (one entry, side exits; Hwu et al. 1993) follows branches and
 * direct jumps, a trace (Dynamo's) calls, returns and indirect jumps as well.
 *
 * An instruction that cannot be in the region ends it before; one that ends it for any other
 * reason is its last. Eips of a region are unsigned. A path that comes back to itself ends there; if to its entry, its body is
 * unrolled as far as the limits let.
 */
import type { Fetch, PeekedInsn } from '../../guest-isa/interp/fetch.js';
import type { Context } from '../context.js';
import type { Lifter } from '../lift/lift-region.js';
import { type LiftRules, repeats, type Treatment } from '../lift/lift-rules.js';
import type { CmsOptions, RegionShape } from '../options.js';
import type { TranslationPolicy } from '../policy.js';
import type { GuestRegion, RegionEnd, RegionInstruction } from '../region.js';
import type { EdgeProfile } from './edge-profile.js';
import { IfConverter } from './if-conversion.js';
import { eipBehind, isIn, storesOf, type Transfer, transferOf } from './instruction-facts.js';

export interface RegionLimits {
  readonly maxInstructions: number;
  /** Branches that the path may follow. */
  readonly maxBranches: number;
  /** Stores between two commits. */
  readonly maxStores: number;
  /** Copies of a loop's body at most. */
  readonly unroll: number;
}

/** What all who form regions share: how to look at code, the configured limits, the rules. */
export interface RegionParts {
  readonly fetch: Pick<Fetch, 'peek'>;
  readonly shape: RegionShape;
  readonly limits: RegionLimits;
  readonly rules: Pick<LiftRules, 'treatment' | 'template'>;
  /** Undefined: branches stay branches. */
  readonly ifConverter: IfConverter | undefined;
}

/** Parts as configured; `storeBufferEntries` is the host's, `edges` the ways of branches. */
export function regionParts(
  fetch: Pick<Fetch, 'peek'>,
  region: CmsOptions['region'],
  storeBufferEntries: number,
  lifter: Pick<Lifter, 'rules' | 'mayIfConvert'>,
  edges: EdgeProfile,
): RegionParts {
  const { shape, maxInstructions, maxBranches, unroll, ifConversion: longest } = region;
  const { rules } = lifter;
  const limits = { maxInstructions, maxBranches, maxStores: storeBufferEntries, unroll };
  const ifConverter = longest > 0 ? new IfConverter(fetch, { longest, edges, lifter }) : undefined;
  return { fetch, shape, limits, rules, ifConverter };
}

export interface PathStart {
  readonly entryEip: number;
  readonly context: Context;
  readonly policy: TranslationPolicy;
  readonly gear: 'block' | 'superblock';
  readonly shape: RegionShape;
}

export class RegionPath {
  readonly instructions: RegionInstruction[] = [];
  private readonly visited = new Set<number>();
  private branches = 0;
  private stores = 0;
  /** Stores since the last commit inside the region. */
  private openStores = 0;
  private assists = 0;
  private lifted = 0;
  private readonly maxInstructions: number;

  constructor(
    readonly start: PathStart,
    private readonly parts: RegionParts,
  ) {
    this.maxInstructions = Math.min(parts.limits.maxInstructions, start.policy.maxInstructions);
  }

  /**
   * The path goes through an instruction on to `nextEip` (undefined: an indirect transfer, nobody
   * knows where to). Gives the reason if that ends it.
   */
  add(seen: PeekedInsn, eip: number, nextEip: number | undefined): RegionEnd | undefined {
    const { rules } = this.parts;
    const treatment = rules.treatment(seen.insn, this.start.context);
    const stores = storesOf(rules, seen.insn);
    const refused = this.refuses(eip, treatment, stores);
    if (refused) return refused;
    this.take(seen, eip, nextEip ?? eipBehind(seen.insn, eip));
    this.account(treatment, stores);
    const transfer = transferOf(seen.insn);
    const end = transfer === 'none' ? undefined : endsAt(transfer, this.start.shape);
    if (end) return end;
    // A repeated string instruction is a loop of its own.
    if (repeats(seen.insn)) return 'loop';
    if (nextEip === undefined) return 'indirect';
    if (nextEip === this.start.entryEip || this.visited.has(nextEip)) return 'loop';
    if (leavesExit(transfer) && ++this.branches > this.parts.limits.maxBranches)
      return 'branchLimit';
    return this.instructions.length >= this.maxInstructions ? 'instructionLimit' : undefined;
  }

  /** The region of the path so far; undefined if it holds nothing to translate. */
  finish(end: RegionEnd): GuestRegion | undefined {
    const { start } = this;
    if (this.lifted === 0) return undefined;
    const instructions = this.converted();
    const unrolled = end === 'loop' ? this.copiesThatFit(instructions) : 1;
    const { entryEip, context, gear, policy } = start;
    const all = unrolled === 1 ? instructions : new Array(unrolled).fill(instructions).flat();
    return { entryEip, context, gear, instructions: all, end, unrolled, policy };
  }

  private refuses(eip: number, treatment: Treatment, stores: number): RegionEnd | undefined {
    if (isIn(this.start.policy.interpretAt, eip)) return 'policy';
    if (treatment === 'interpret') return 'interpretOnly';
    return this.openStores + stores > this.parts.limits.maxStores ? 'storeLimit' : undefined;
  }

  private take(seen: PeekedInsn, eip: number, nextEip: number): void {
    const { insn, physical, bytes, tailPhysicalPage } = seen;
    this.instructions.push({
      insn,
      eip,
      physical,
      bytes,
      tailPhysicalPage,
      nextEip,
      ifConverted: 0,
    });
    this.visited.add(eip);
  }

  private account(treatment: Treatment, stores: number): void {
    this.stores += stores;
    this.openStores += stores;
    if (treatment !== 'assist') {
      this.lifted++;
      return;
    }
    // A call of the interpreter leaves nothing uncommitted behind it.
    this.openStores = 0;
    this.assists++;
  }

  /** The path, with short sides of its branches made part of it. */
  private converted(): readonly RegionInstruction[] {
    const { instructions, start, parts } = this;
    if (start.gear === 'block' || !parts.ifConverter) return instructions;
    return parts.ifConverter.convert(
      instructions,
      start,
      this.maxInstructions - instructions.length,
    );
  }

  /** Copies of the whole path that limits allow, if it is a loop through the entry. */
  private copiesThatFit(instructions: readonly RegionInstruction[]): number {
    const { limits } = this.parts;
    const last = instructions[instructions.length - 1];
    if (last.nextEip !== this.start.entryEip || this.assists > 0) return 1;
    const fits = (each: number, most: number): number =>
      each === 0 ? Infinity : Math.floor(most / each);
    return Math.max(
      1,
      Math.min(
        limits.unroll,
        fits(instructions.length, this.maxInstructions),
        fits(exitsOf(instructions), limits.maxBranches),
        fits(this.stores, limits.maxStores),
      ),
    );
  }
}

/** Exits at the side of a body, that of the branch which closes the loop included. */
const exitsOf = (body: readonly RegionInstruction[]): number =>
  body.filter(({ insn, ifConverted }) => ifConverted === 0 && leavesExit(transferOf(insn))).length;

/** Does a path that goes on behind this transfer have an exit at its side there? */
function leavesExit(transfer: Transfer): boolean {
  return transfer !== 'none' && transfer !== 'jump' && transfer !== 'call';
}

/** The end that a transfer makes of a path of this shape, if it does. */
function endsAt(transfer: Transfer, shape: RegionShape): RegionEnd | undefined {
  switch (transfer) {
    case 'none':
      return undefined;
    case 'branch':
      return shape === 'block' ? 'branch' : undefined;
    case 'jump':
      return shape === 'block' ? 'jump' : undefined;
    case 'call':
      return shape === 'trace' ? undefined : 'call';
    case 'indirectJump':
    case 'indirectCall':
    case 'return':
      return shape === 'trace' ? undefined : 'indirect';
    case 'other':
      return 'interpretOnly';
  }
}
