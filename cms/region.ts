/**
 * A region: the guest instructions of one translation in the order of the path that was recorded
 * or decoded, and why it ended there.
 */
import type { Insn } from '../guest-isa/decode/insn.js';
import type { Context } from './context.js';
import type { TranslationPolicy } from './policy.js';

export interface RegionInstruction {
  readonly insn: Insn;
  readonly eip: number;
  /** Guest physical address of the first byte; bytes of the encoding. */
  readonly physical: number;
  readonly bytes: Uint8Array;
  /** Physical page of the last byte where it lies in another page than the first, else -1. */
  readonly tailPhysicalPage: number;
  /** Where the path goes on: eip of the next instruction of the region, or of the first one behind it. */
  readonly nextEip: number;
  /** A branch whose short side (the following `ifConverted` instructions of the region) becomes selects. */
  readonly ifConverted: number;
}

/** Why a region ends where it does: a closed list. */
export const REGION_ENDS = {
  branch: 'a branch, the shape being a block',
  jump: 'a jump, the shape being a block',
  indirect: 'an indirect jump, call or return',
  call: 'a call that the shape does not follow',
  loop: 'the path came back to its start, or to a place on it',
  interpretOnly: 'an instruction that only the interpreter executes',
  instructionLimit: 'the limit of instructions',
  branchLimit: 'the limit of branches',
  storeLimit: 'the gated store buffer is full',
  page: 'a page that is not mapped',
  translated: 'a loop that has a superblock',
  policy: 'an instruction that made trouble before',
} as const;
export type RegionEnd = keyof typeof REGION_ENDS;

export interface GuestRegion {
  readonly entryEip: number;
  readonly context: Context;
  readonly gear: 'block' | 'superblock';
  readonly instructions: readonly RegionInstruction[];
  readonly end: RegionEnd;
  /** Copies of a loop's body that `instructions` holds. */
  readonly unrolled: number;
  readonly policy: TranslationPolicy;
}
