/**
 * What region forming has to know of an instruction beside its decoding: how it moves control, and
 * how many stores it can add to the gated store buffer. Taken from its row and recorded meaning.
 */
import type { Insn } from '../../guest-isa/decode/insn.js';
import { ITERATIONS_IN_A_PASS } from '../lift/lift-repeat.js';
import { type LiftRules, repeats } from '../lift/lift-rules.js';

/** How an instruction goes on; `direct`: its target stands in the instruction. */
export type Transfer =
  | 'none'
  | 'branch'
  | 'jump'
  | 'call'
  | 'indirectJump'
  | 'indirectCall'
  | 'return'
  | 'other';

export function transferOf(insn: Insn): Transfer {
  const { row } = insn;
  if (!row) return 'other';
  const direct = row.operands[0]?.[0] === 'J';
  switch (row.flow) {
    case 'next':
      return 'none';
    case 'branch':
      return 'branch';
    case 'jump':
      return direct ? 'jump' : 'indirectJump';
    case 'call':
      return direct ? 'call' : 'indirectCall';
    case 'return':
      return 'return';
    case 'far':
    case 'trap':
    case 'halt':
      return 'other';
  }
}

/** Where a direct transfer goes when it is taken. */
export function directTarget(insn: Insn, eip: number): number {
  const target = eip + insn.length + insn.imm;
  return insn.opSize === 2 ? target & 0xffff : target >>> 0;
}

/** The address behind an instruction. */
export const eipBehind = (insn: Insn, eip: number): number => (eip + insn.length) >>> 0;

/** Eips of a policy come from the processor's state, where they are signed, or from exits. */
export const isIn = (eips: ReadonlySet<number>, eip: number): boolean =>
  eips.has(eip) || eips.has(eip | 0);

/** Stores that a translation of an instruction makes at most before it commits. */
export function storesOf(rules: Pick<LiftRules, 'template'>, insn: Insn): number {
  const { row } = insn;
  if (!row?.meaning && !row?.level0) return 0;
  return rules.template(row, insn).stores * (repeats(insn) ? ITERATIONS_IN_A_PASS : 1);
}
