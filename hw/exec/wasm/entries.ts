/**
 * A function with several entries: its parameter says where it begins, and its parts jump to each other.
 *
 *   loop
 *     block ... block  br_table (entry)
 *     end  part 0:  ..., entry = 1, br loop
 *     end  part 1:  ...
 */
import { ByteWriter, EMPTY, W } from './binary.js';
import type { FunctionCode } from './function-code.js';

/** Local 0: the entry. */
export const ENTRY = 0;
const UNREACHABLE = 0x00;

/** A branch to the loop: place of its label (two bytes), the part that it lies in, its depth there. */
export interface Again {
  readonly at: number;
  readonly entry: number;
  readonly depth: number;
}

/** Writes a jump to the part with a number. */
export function jumpTo(code: FunctionCode, part: number, again: Again[], from: number): void {
  code.const32(part);
  code.set(ENTRY);
  code.op(W.br);
  again.push({ at: code.out.length, entry: from, depth: code.depth });
  code.out.u8(0);
  code.out.u8(0);
}

/** The body around parts that were written one behind the other, from `starts` on. */
export function entries(
  code: FunctionCode,
  starts: readonly number[],
  again: readonly Again[],
): ByteWriter {
  const { out } = code;
  const count = starts.length;
  for (const { at, entry, depth } of again) {
    const label = depth + count - 1 - entry;
    out.bytes[at] = (label & 0x7f) | 0x80;
    out.bytes[at + 1] = label >>> 7;
  }
  const body = new ByteWriter();
  body.u8(W.loop);
  body.u8(EMPTY);
  for (let i = 0; i < count; i++) {
    body.u8(W.block);
    body.u8(EMPTY);
  }
  body.u8(W.localGet);
  body.unsigned(ENTRY);
  body.u8(W.brTable);
  body.unsigned(count - 1);
  for (let i = 0; i < count; i++) body.unsigned(i);
  for (let i = 0; i < count; i++) {
    body.u8(W.end);
    body.copy(out, starts[i], i + 1 < count ? starts[i + 1] : out.length);
  }
  body.u8(W.end);
  body.u8(UNREACHABLE);
  body.u8(W.end);
  return code.declared(body);
}
