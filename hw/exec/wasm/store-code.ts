/**
 * Stores of bytes that have passed every test: what they overwrite goes to the undo log first
 * (core/undo-log.ts). On a path from a commit on the entries' numbers are known when it is compiled; the log's
 * length is set where the path is left.
 */
import type { Op } from '../step/step-molecule.js';
import type { MoleculeCode } from './molecule-code.js';
import { writeUndoEntry } from './undo-entry.js';
import type { Surroundings } from './unit-machine.js';
import { storeOf } from './widths.js';

export class StoreCode {
  constructor(
    private readonly molecule: MoleculeCode,
    private readonly around: Surroundings,
  ) {}

  /** The log's entry for the host address in a local. `entry`: its number. */
  log(op: Op, host: number, entry: number): void {
    const { code } = this.molecule;
    writeUndoEntry(code, this.around.area, host, op.bytes, (scale) => code.const32(scale * entry));
  }

  put(op: Op, host: number): void {
    const { code } = this.molecule;
    code.get(host);
    this.molecule.push(op.b);
    code.access(storeOf(op.bytes), 0);
  }
}
