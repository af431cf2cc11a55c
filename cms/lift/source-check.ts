/**
 * Translations that check their own source (CMS: self-checking translations, for pages that mix
 * code and data that changes): the bytes of all instructions are compared before anything else
 * happens, by words through the guest's own mapping; and each store is checked not to hit
 * the translated bytes themselves.
 *
 * Of stylized instructions (smc/stylized.ts) the field that changes is not compared; its value is
 * loaded from the code bytes.
 *
 * Left out: stores that reach the translated bytes by another linear address than that of the code.
 * Software that does this has to execute a serializing instruction before it may expect to see
 * them (SDM vol. 3, 8.1.3), and those end a region or are assisted; then all is compared again.
 */
import { PAGE_MASK } from '../../guest-isa/mmu/tlb-entry.js';
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
  for (const { address, bytes, value } of sourceWords(state)) {
    const differs = b.binaryConst('xor', b.load(bytes, b.constant(address)), value);
    difference = difference < 0 ? differs : b.binary('or', difference, differs);
  }
  b.trap('sourceChanged', { value: difference });
}

interface SourceWord {
  /** Linear. */
  readonly address: number;
  readonly bytes: 1 | 2 | 4;
  readonly value: number;
}

/**
 * Words that hold the source's bytes and no others, so that nothing is masked: the last one of a
 * stretch overlaps the one before.
 */
function sourceWords(state: RegionState): SourceWord[] {
  const source = sourceBytes(state);
  const words: SourceWord[] = [];
  for (const [first, length] of stretches(source.keys()))
    for (let at = 0; at < length; ) {
      const bytes = length >= 4 ? 4 : length - at >= 2 ? 2 : 1;
      const address = (first + Math.min(at, length - bytes)) | 0;
      let value = 0;
      for (let i = 0; i < bytes; i++) value |= (source.get((address + i) | 0) ?? 0) << (8 * i);
      words.push({ address, bytes, value });
      at += bytes;
    }
  return words;
}

/** The bytes that count, by linear address. */
function sourceBytes(state: RegionState): Map<number, number> {
  const source = new Map<number, number>();
  for (const instruction of state.region.instructions) {
    const fields = loadedFields([instruction], state.region.policy.stylizedAt);
    instruction.bytes.forEach((byte, i) => {
      const physical = instruction.physical + i;
      if (!insideFields(fields, physical, physical + 1))
        source.set(state.linear(instruction.eip + i), byte);
    });
  }
  return source;
}

/** Stretches of consecutive addresses, inside of pages. */
function stretches(addresses: Iterable<number>): [first: number, length: number][] {
  const found: [number, number][] = [];
  for (const address of [...addresses].sort((a, b) => a - b)) {
    const last = found[found.length - 1];
    const goesOn = last !== undefined && last[0] + last[1] === address;
    if (goesOn && (address & ~PAGE_MASK) !== 0) last[1]++;
    else found.push([address, 1]);
  }
  return found;
}

/**
 * In a region that checks itself: traps where a store changed translated bytes. Fields that are loaded
 * when they are used may change, by the region's own stores as well.
 */
export function guardOwnCode(state: RegionState, linear: ValueId, bytes: number): void {
  const { region, b } = state;
  if (!region.policy.selfCheck) return;
  for (const [first, size] of stretches(sourceBytes(state).keys())) {
    const distance = b.binaryConst('sub', linear, (first - (bytes - 1)) | 0);
    b.trap('sourceChanged', { value: b.binaryConst('ltu', distance, size + bytes - 1) });
  }
}
