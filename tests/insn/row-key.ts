/** Names of rows, and the fixture file that holds a row's vectors. */
import type { InsnRow } from '../../guest-isa/insn/row.js';

export const rowKey = (row: InsnRow): string =>
  `${row.mnemonic} ${row.opcodeText} ${row.operands.join(',')}`.trim();

/** By opcode, so that a new row disturbs one file only. */
export function fixtureGroup(row: InsnRow): string {
  const [first, second] = row.opcode.bytes;
  if (row.feature === 'mmx') return 'mmx';
  if (first >= 0xd8 && first <= 0xdf) return `x87-${first.toString(16)}`;
  if (first === 0x0f) return `0f-${(second >> 6).toString(16)}`;
  return `one-byte-${(first >> 6).toString(16)}`;
}

/** Seed of a row's cases: depends on its name only (FNV-1a). */
export function rowSeed(key: string): number {
  let hash = 0x811c9dc5;
  for (const character of key) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  return hash >>> 0;
}
