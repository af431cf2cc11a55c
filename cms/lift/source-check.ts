/**
 * Translations that check their own source (CMS: self-checking translations, for pages that mix
 * code and data that changes): the bytes of all instructions are compared before anything else
 * happens, by aligned words through the guest's own mapping; and each store is checked not to hit
 * the translated bytes themselves.
 *
 * "Stylized" instructions keep their immediate or displacement out of the comparison; its value is
 * loaded from the code bytes (numbers.md: stylized code).
 *
 * ASSUMED: a store that reaches the translated bytes by another linear address than the one they
 * are executed from is left to the protection of the page.
 */
import { operandClass } from '../../guest-isa/insn/operand-codes.js';
import type { ValueId } from '../ir/ir.js';
import type { RegionInstruction } from '../region.js';
import type { RegionState } from './region-state.js';

/** A field of the encoding: distance from the instruction's first byte, width. */
export interface Field {
  readonly at: number;
  readonly bytes: 0 | 1 | 2 | 4;
}

export interface EncodingFields {
  readonly displacement: Field;
  readonly immediate: Field;
}

const NO_FIELD: Field = { at: 0, bytes: 0 };
const NO_FIELDS: EncodingFields = { displacement: NO_FIELD, immediate: NO_FIELD };
const PREFIXES = new Set([0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3]);

/** Where the immediate and the displacement of an instruction stand; transfers of control have none. */
export function encodingFields({ insn, bytes }: RegionInstruction): EncodingFields {
  const { row } = insn;
  const immediates = row?.operands.filter((code) => operandClass(code) === 'immediate') ?? [];
  // Where control goes is decided when the region is made.
  if (row?.flow !== 'next' || immediates.length > 1) return NO_FIELDS;
  const code = immediates[0] ?? '';
  const isOffset = code[0] === 'O';
  const size = immediateBytes(code, insn.opSize, insn.addrMask === -1 ? 4 : 2);
  const immediate: Field = { at: insn.length - size, bytes: size };
  if (isOffset) return { displacement: immediate, immediate: NO_FIELD };
  return { displacement: displacementField(bytes, row.opcode.bytes.length, insn), immediate };
}

function immediateBytes(code: string, opSize: 2 | 4, addrSize: 2 | 4): 0 | 1 | 2 | 4 {
  if (code === '') return 0;
  if (code[0] === 'O') return addrSize;
  if (code === 'Iw') return 2;
  return code[1] === 'b' ? 1 : opSize;
}

/** SDM vol. 2, tables 2-1 to 2-3. */
function displacementField(
  bytes: Uint8Array,
  opcodeBytes: number,
  insn: RegionInstruction['insn'],
): Field {
  if (!insn.isMem || !insn.row?.opcode.hasModrm) return NO_FIELD;
  let at = 0;
  while (PREFIXES.has(bytes[at])) at++;
  at += opcodeBytes;
  const mod = bytes[at] >> 6;
  const rm = bytes[at] & 7;
  const wide = insn.addrMask === -1;
  const hasSib = wide && rm === 4;
  const noBase = mod === 0 && (wide ? (hasSib ? bytes[at + 1] & 7 : rm) === 5 : rm === 6);
  const size = mod === 1 ? 1 : mod === 2 || noBase ? (wide ? 4 : 2) : 0;
  return { at: at + (hasSib ? 2 : 1), bytes: size };
}

const isStylized = (state: RegionState, instruction: RegionInstruction): boolean =>
  state.region.policy.stylizedAt.has(instruction.eip >>> 0) ||
  state.region.policy.stylizedAt.has(instruction.eip | 0);

/** The field's value, loaded from the code bytes, of an instruction whose field changes; else undefined. */
export function stylizedField(
  state: RegionState,
  instruction: RegionInstruction,
  which: keyof EncodingFields,
): ValueId | undefined {
  if (!isStylized(state, instruction)) return undefined;
  const field = encodingFields(instruction)[which];
  if (field.bytes === 0) return undefined;
  const { b } = state;
  const signed =
    field.bytes === 1 &&
    (which === 'displacement' || instruction.insn.row?.operands.includes('Ibs'));
  const address = b.constant(state.linear(instruction.eip + field.at));
  return b.load(field.bytes, address, signed === true);
}

/** Compares the source bytes of the whole region. */
export function checkSource(state: RegionState): void {
  if (!state.region.policy.selfCheck) return;
  const { b } = state;
  let difference: ValueId = -1;
  for (const [address, word] of sourceWords(state)) {
    const loaded = b.load(4, b.constant(address));
    const masked = word.mask === -1 ? loaded : b.binaryConst('and', loaded, word.mask);
    const differs = b.binaryConst('xor', masked, word.value);
    difference = difference < 0 ? differs : b.binary('or', difference, differs);
  }
  b.trap('sourceChanged', { value: difference });
}

/** Aligned words of the source by linear address, in the order met: bytes that count, and their values. */
function sourceWords(state: RegionState): Map<number, { mask: number; value: number }> {
  const words = new Map<number, { mask: number; value: number }>();
  for (const instruction of state.region.instructions) {
    const left = isStylized(state, instruction) ? Object.values(encodingFields(instruction)) : [];
    instruction.bytes.forEach((byte, i) => {
      if (left.some((field) => i >= field.at && i < field.at + field.bytes)) return;
      const linear = state.linear(instruction.eip + i);
      const word = words.get(linear & ~3) ?? { mask: 0, value: 0 };
      const shift = (linear & 3) * 8;
      word.mask |= 0xff << shift;
      word.value |= byte << shift;
      words.set(linear & ~3, word);
    });
  }
  return words;
}

/** In a region that checks itself: traps where a store changed translated bytes. */
export function guardOwnCode(state: RegionState, linear: ValueId, bytes: number): void {
  const { region, b } = state;
  if (!region.policy.selfCheck) return;
  for (const [first, size] of codeRanges(state)) {
    const distance = b.binaryConst('sub', linear, (first - (bytes - 1)) | 0);
    b.trap('sourceChanged', { value: b.binaryConst('ltu', distance, size + bytes - 1) });
  }
}

/** Linear stretches that the region's instructions cover: first byte and length. */
function codeRanges(state: RegionState): [number, number][] {
  const ranges: [number, number][] = [];
  for (const { eip, insn } of state.region.instructions) {
    const first = state.linear(eip);
    const last = ranges[ranges.length - 1];
    if (last && ((last[0] + last[1]) | 0) === first) last[1] += insn.length;
    else if (!ranges.some(([at, size]) => (first - at) >>> 0 < size))
      ranges.push([first, insn.length]);
  }
  return ranges;
}
