/**
 * What meanings share that set condition codes (guest-isa/sem/alu.ts has the same three ways):
 * a result with CF and OF; CF and OF alone; CF alone. CF and OF are values of 0 or 1.
 */
import type { MeaningNode, MeaningRecorder } from './meaning.js';

export const WIDTHS = [8, 16, 32] as const;
export type Width = (typeof WIDTHS)[number];

/** CF in bit 31, CF xor OF in bit 30. */
export function carryWord(
  m: MeaningRecorder,
  carry: MeaningNode,
  overflow: MeaningNode,
): MeaningNode {
  return m.or(m.shl(carry, 31), m.shl(m.xor(carry, overflow), 30));
}

/** The carry word with CF and OF replaced. */
export function keptCarryWord(
  m: MeaningRecorder,
  carry: MeaningNode,
  overflow: MeaningNode,
): MeaningNode {
  return m.or(m.and(m.carry, 0x3fffffff), carryWord(m, carry, overflow));
}

/** Sets CF only: OF, which is stored relative to CF, keeps its value. */
export function keepCarryOnly(m: MeaningRecorder, carry: MeaningNode): void {
  const overflow = m.shr(m.xor(m.carry, m.shl(m.carry, 1)), 31);
  m.set('carry', keptCarryWord(m, carry, overflow));
}
