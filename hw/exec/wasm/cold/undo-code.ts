/**
 * The undo log (core/undo-log.ts) as cold code writes it: one entry for a store that is about to be done.
 */
import type { CoreArea } from '../../../core/core-area.js';
import { UNDO_COUNT, UNDO_STORES } from '../../../core/undo-log.js';
import { W } from '../binary.js';
import { type FunctionCode, wordAt } from '../function-code.js';
import { writeUndoEntry } from '../undo-entry.js';

export class UndoCode {
  constructor(
    private readonly code: FunctionCode,
    private readonly area: CoreArea,
  ) {}

  /** Of the bytes at the host address in a local. */
  log(host: number, bytes: number): void {
    const { code } = this;
    const { undo } = this.area;
    const entry = code.temporary();
    code.word(wordAt(undo, UNDO_COUNT));
    code.set(entry);
    for (const word of [UNDO_COUNT, UNDO_STORES]) code.addToWord(wordAt(undo, word), 1);
    writeUndoEntry(code, this.area, host, bytes, (scale) => {
      code.get(entry);
      code.const32(Math.log2(scale));
      code.op(W.shl);
    });
  }
}
