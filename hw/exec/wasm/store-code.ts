/**
 * Stores of bytes that have passed every test: what they overwrite goes to the undo log first
 * (core/undo-log.ts). On a path from a commit on the entries' numbers are known when it is compiled, and
 * TypeScript sets the log's length where the path is left; timed code counts them as it goes.
 */
import { UNDO_COUNT, UNDO_STORES } from '../../core/undo-log.js';
import type { Op } from '../step/step-molecule.js';
import type { AliasCode } from './alias-code.js';
import { W } from './binary.js';
import { wordAt } from './function-code.js';
import type { MoleculeCode } from './molecule-code.js';
import type { Misses, Surroundings } from './unit-machine.js';

const STORES: Readonly<Record<number, number>> = { 1: W.store8, 2: W.store16, 4: W.store32 };
export const UNSIGNED_LOADS: Readonly<Record<number, number>> = {
  1: W.load8u,
  2: W.load16u,
  4: W.load32,
};

export class StoreCode {
  constructor(
    private readonly molecule: MoleculeCode,
    private readonly aliases: AliasCode,
    private readonly around: Surroundings,
    private readonly misses: Misses,
  ) {}

  /** The log's entry for the host address in a local: address, old value, width. `entry`: its number, if static. */
  log(op: Op, host: number, entry: number): void {
    const { code } = this.molecule;
    const { undoAddresses, undoValues, undoWidths } = this.around.area;
    const pushOffset = this.misses === 'time' ? this.nextEntry() : this.staticEntry(entry);
    pushOffset(4);
    this.aliases.pushPhysical(host);
    code.access(W.store32, undoAddresses.byteOffset);
    pushOffset(4);
    code.get(host);
    code.access(UNSIGNED_LOADS[op.bytes], 0);
    code.access(W.store32, undoValues.byteOffset);
    pushOffset(1);
    code.const32(op.bytes);
    code.access(W.store8, undoWidths.byteOffset);
  }

  put(op: Op, host: number): void {
    const { code } = this.molecule;
    code.get(host);
    this.molecule.push(op.b);
    code.access(STORES[op.bytes], 0);
  }

  /** Pushes the offset of an entry, by its number and the size of what it is an offset in. */
  private staticEntry(entry: number): (scale: number) => void {
    return (scale) => this.molecule.code.const32(scale * entry);
  }

  /** Same, of the log's next entry, which is taken. */
  private nextEntry(): (scale: number) => void {
    const { code } = this.molecule;
    const { undo } = this.around.area;
    const number = code.temporary();
    code.word(wordAt(undo, UNDO_COUNT));
    code.set(number);
    for (const word of [UNDO_COUNT, UNDO_STORES]) code.addToWord(wordAt(undo, word), 1);
    return (scale) => {
      code.get(number);
      code.const32(scale);
      code.op(W.mul);
    };
  }
}
