/**
 * Stylized code: code that is written over again and again, but only in the immediate or displacement
 * of some instructions, is translated so that these are loaded from the code bytes when it runs
 * (CMS paper). This file says which bytes of an instruction that concerns; the lifter loads exactly
 * these, and protection and self-checks leave exactly these out.
 *
 * Only fields of 32 bits count, of instructions that are translated and lie in one page. The field
 * of a jump is none: where a translation goes is fixed.
 */
import { prefixLength } from '../../guest-isa/decode/decode.js';
import type { Insn } from '../../guest-isa/decode/insn.js';
import type { RegionInstruction } from '../region.js';
import type { SourceRange, Translation } from '../tcache/translation.js';

export const STYLIZED_FIELD_BYTES = 4;

/** Offsets of the 32-bit fields from an instruction's first byte; -1: there is none. */
export interface StylizedFields {
  readonly immediate: number;
  readonly displacement: number;
}

const NO_FIELDS: StylizedFields = { immediate: -1, displacement: -1 };

export function stylizedFields(instruction: RegionInstruction): StylizedFields {
  const { insn, bytes } = instruction;
  if (insn.row?.meaning === undefined || instruction.tailPhysicalPage !== -1) return NO_FIELDS;
  if (insn.row.repeat !== 'none' && insn.repeat !== 0) return NO_FIELDS;
  return {
    immediate: hasLongImmediate(insn) ? insn.length - STYLIZED_FIELD_BYTES : -1,
    displacement: displacementOffset(insn, bytes),
  };
}

function hasLongImmediate(insn: Insn): boolean {
  const immediates = insn.row?.operands.filter((code) => code[0] === 'I') ?? [];
  if (immediates.length !== 1) return false;
  return insn.opSize === 4 && (immediates[0] === 'Iz' || immediates[0] === 'Iv');
}

/** SDM vol. 2, table 2-2 and 2-3: mod 2 has a displacement of 32 bits, mod 0 where there is no base. */
function displacementOffset(insn: Insn, bytes: Uint8Array): number {
  if (!insn.isMem || insn.addrMask !== -1 || insn.row === undefined) return -1;
  const at = prefixLength(bytes) + insn.row.opcode.bytes.length;
  if (!insn.row.opcode.hasModrm) return insn.row.operands.some((code) => code[0] === 'O') ? at : -1;
  const mod = bytes[at] >> 6;
  const hasSib = (bytes[at] & 7) === 4;
  const base = bytes[hasSib ? at + 1 : at] & 7;
  if (mod !== 2 && !(mod === 0 && base === 5)) return -1;
  return at + (hasSib ? 2 : 1);
}

/** Guest physical addresses of the fields that a translation loads when it runs. */
export function loadedFields(instructions: readonly RegionInstruction[], at: ReadonlySet<number>) {
  const addresses: number[] = [];
  if (at.size === 0) return addresses;
  for (const instruction of instructions) {
    if (!at.has(instruction.eip)) continue;
    const { immediate, displacement } = stylizedFields(instruction);
    if (immediate >= 0) addresses.push(instruction.physical + immediate);
    if (displacement >= 0) addresses.push(instruction.physical + displacement);
  }
  return addresses;
}

/** True if all of the bytes from..to lie in fields. */
export function insideFields(fields: readonly number[], from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    if (!fields.some((field) => at >= field && at < field + STYLIZED_FIELD_BYTES)) return false;
  }
  return true;
}

/**
 * Where the code of a translation changed only in such fields: the instructions concerned. Undefined
 * where it changed in other bytes as well. Fields that are loaded already do not count as changed.
 */
export function changedFields(
  translation: Translation,
  ram: Uint8Array,
): readonly number[] | undefined {
  const { instructions, policy } = translation.region;
  const eips = new Set<number>();
  const loaded = loadedFields(instructions, policy.stylizedAt);
  for (const source of translation.sources) {
    for (const physical of changedBytes(source, ram)) {
      if (insideFields(loaded, physical, physical + 1)) continue;
      const owner = instructions.find((instruction) => {
        const fields = loadedFields([instruction], new Set([instruction.eip]));
        return insideFields(fields, physical, physical + 1);
      });
      if (owner === undefined) return undefined;
      eips.add(owner.eip);
    }
  }
  return [...eips];
}

function changedBytes({ physical, bytes }: SourceRange, ram: Uint8Array): readonly number[] {
  const changed: number[] = [];
  for (let i = 0; i < bytes.length; i++)
    if (ram[physical + i] !== bytes[i]) changed.push(physical + i);
  return changed;
}
