/**
 * The x87 tag word (Intel SDM vol. 1, 8.1.7). The processor keeps one bit for each physical
 * register, whether it is in use; the two-bit tags of the memory images are worked out from the
 * contents, and of a loaded tag word only "empty" counts.
 */
import { FPU_HI, FPU_LO, FPU_SE, FPU_TAGS } from '../state/layout.js';
import { TAG_EMPTY, TAG_SPECIAL, TAG_VALID, TAG_ZERO } from './words.js';

/** The full tag word: R0 in bits 0-1. */
export function tagWord(s: Int32Array): number {
  let word = 0;
  for (let p = 0; p < 8; p++) word |= tagOf(s, p) << (2 * p);
  return word;
}

function tagOf(s: Int32Array, p: number): number {
  if (((s[FPU_TAGS] >>> p) & 1) === 0) return TAG_EMPTY;
  const exponent = s[FPU_SE + p] & 0x7fff;
  if (exponent === 0) return (s[FPU_HI + p] | s[FPU_LO + p]) === 0 ? TAG_ZERO : TAG_SPECIAL;
  return exponent === 0x7fff || s[FPU_HI + p] >= 0 ? TAG_SPECIAL : TAG_VALID;
}

/** The abridged tags of a full tag word. */
export function tagsOf(word: number): number {
  let tags = 0;
  for (let p = 0; p < 8; p++) if (((word >>> (2 * p)) & 3) !== TAG_EMPTY) tags |= 1 << p;
  return tags;
}
