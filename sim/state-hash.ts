/** A hash of all that a guest can see: the processor's registers, RAM, the board. */
import { createHash } from 'node:crypto';
import { encode } from '@msgpack/msgpack';
import { readEflags } from '../guest-isa/state/flags.js';
import { AUX, FLAG_CARRY, FLAG_RESULT, REMAINING, START_EIP } from '../guest-isa/state/layout.js';

/** One update takes less than 2 GB. */
const PIECE = 1 << 28;

export function stateHash(state: Int32Array, ram: Uint8Array, platform: unknown): string {
  const hash = createHash('sha256');
  hash.update(visibleState(state));
  for (let at = 0; at < ram.length; at += PIECE) hash.update(ram.subarray(at, at + PIECE));
  hash.update(encode(platform));
  return hash.digest('hex').slice(0, 16);
}

/** The state block with everything taken out that only says how flags or time are kept. */
function visibleState(state: Int32Array): Int32Array {
  const words = state.slice();
  words[FLAG_RESULT] = readEflags(state);
  for (const word of [FLAG_CARRY, START_EIP, REMAINING, AUX]) words[word] = 0;
  return words;
}
