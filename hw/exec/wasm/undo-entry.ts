/**
 * An entry of the undo log (core/undo-log.ts), as all compiled code writes it: address, old value, width.
 */
import type { CoreArea } from '../../core/core-area.js';
import { RAM_OFFSET } from '../../memory/layout.js';
import { W } from './binary.js';
import type { FunctionCode } from './function-code.js';
import { loadOf } from './widths.js';

/**
 * Of the bytes at the host address in a local, before a store overwrites them. `pushOffset` pushes the
 * entry's number times the size of what the number is an offset in.
 */
export function writeUndoEntry(
  code: FunctionCode,
  { undoAddresses, undoValues, undoWidths }: CoreArea,
  host: number,
  bytes: number,
  pushOffset: (scale: 1 | 4) => void,
): void {
  pushOffset(4);
  code.get(host);
  code.const32(RAM_OFFSET);
  code.op(W.sub);
  code.access(W.store32, undoAddresses.byteOffset);
  pushOffset(4);
  code.get(host);
  code.access(loadOf(bytes), 0);
  code.access(W.store32, undoValues.byteOffset);
  pushOffset(1);
  code.const32(bytes);
  code.access(W.store8, undoWidths.byteOffset);
}
