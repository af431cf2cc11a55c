/**
 * Translations that check their own source (CMS: self-checking translations, for pages that mix
 * code and data that changes): the bytes of all instructions are compared before anything else
 * happens, by aligned words through the guest's own mapping; and each store is checked not to hit
 * the translated bytes themselves.
 *
 * Of stylized instructions (smc/stylized.ts) the field that changes is not compared; its value is
 * loaded from the code bytes.
 *
 * Left out: stores that reach the translated bytes by another linear address than that of the code.
 * Software that does this has to execute a serializing instruction before it may expect to see
 * them (SDM vol. 3, 8.1.3), and those end a region or are assisted; then all is compared again.
 */
import type { ValueId } from '../ir/ir.js';
import type { RegionInstruction } from '../region.js';
import {
  insideFields,
  loadedFields,
  STYLIZED_FIELD_BYTES,
  type StylizedFields,
  stylizedFields,
} from '../smc/stylized.js';
import type { RegionState } from './region-state.js';

/** The field's value, loaded from the code bytes, of an instruction whose field changes; else undefined. */
export function stylizedField(
  state: RegionState,
  instruction: RegionInstruction,
  which: keyof StylizedFields,
): ValueId | undefined {
  if (!state.region.policy.stylizedAt.has(instruction.eip)) return undefined;
  const at = stylizedFields(instruction)[which];
  if (at < 0) return undefined;
  const { b } = state;
  return b.load(STYLIZED_FIELD_BYTES, b.constant(state.linear(instruction.eip + at)));
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
    const fields = loadedFields([instruction], state.region.policy.stylizedAt);
    instruction.bytes.forEach((byte, i) => {
      const physical = instruction.physical + i;
      if (insideFields(fields, physical, physical + 1)) return;
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

/**
 * In a region that checks itself: traps where a store changed translated bytes. Fields that are loaded
 * when they are used may change, by the region's own stores as well.
 */
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
  for (const instruction of state.region.instructions) {
    for (const [first, length] of comparedRanges(state, instruction)) {
      const last = ranges[ranges.length - 1];
      if (last && ((last[0] + last[1]) | 0) === first) last[1] += length;
      else if (!ranges.some(([at, size]) => (first - at) >>> 0 < size))
        ranges.push([first, length]);
    }
  }
  return ranges;
}

/** Stretches of an instruction outside of the fields that it loads. */
function comparedRanges(
  state: RegionState,
  instruction: RegionInstruction,
): readonly [first: number, length: number][] {
  const { eip, insn, physical } = instruction;
  const ranges: [number, number][] = [];
  let from = 0;
  const fields = loadedFields([instruction], state.region.policy.stylizedAt).map(
    (field) => field - physical,
  );
  for (const field of [...fields.sort((a, b) => a - b), insn.length]) {
    if (field > from) ranges.push([state.linear(eip + from), field - from]);
    from = field + STYLIZED_FIELD_BYTES;
  }
  return ranges;
}
