/**
 * The undo log (core/undo-log.ts) as cold code writes it: one entry for a store that is about to be done.
 */
import type { CoreArea } from '../../../core/core-area.js';
import { UNDO_COUNT, UNDO_STORES } from '../../../core/undo-log.js';
import { RAM_OFFSET } from '../../../memory/layout.js';
import { W } from '../binary.js';
import { type FunctionCode, wordAt } from '../function-code.js';

export class UndoCode {
  constructor(
    private readonly code: FunctionCode,
    private readonly area: CoreArea,
  ) {}

  /** Of the bytes at the host address in a local. */
  log(host: number, bytes: number): void {
    const { code } = this;
    const { undo, undoAddresses, undoValues, undoWidths } = this.area;
    const entry = code.temporary();
    code.word(wordAt(undo, UNDO_COUNT));
    code.set(entry);
    for (const word of [UNDO_COUNT, UNDO_STORES]) code.addToWord(wordAt(undo, word), 1);
    this.offset(entry);
    code.get(host);
    code.const32(RAM_OFFSET);
    code.op(W.sub);
    code.access(W.store32, undoAddresses.byteOffset);
    this.offset(entry);
    code.get(host);
    code.access(bytes === 4 ? W.load32 : bytes === 2 ? W.load16u : W.load8u, 0);
    code.access(W.store32, undoValues.byteOffset);
    code.get(entry);
    code.const32(bytes);
    code.access(W.store8, undoWidths.byteOffset);
  }

  private offset(entry: number): void {
    this.code.get(entry);
    this.code.const32(2);
    this.code.op(W.shl);
  }
}
