/**
 * Stores of bytes that have passed every test: what they overwrite goes to the undo log first
 * (core/undo-log.ts). On a path from a commit on the entries' numbers are known when it is compiled; the log's
 * length is set where the path is left.
 */
import type { Op } from '../step/step-molecule.js';
import type { AliasCode } from './alias-code.js';
import { W } from './binary.js';
import type { MoleculeCode } from './molecule-code.js';
import type { Surroundings } from './unit-machine.js';

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
  ) {}

  /** The log's entry for the host address in a local: address, old value, width. `entry`: its number. */
  log(op: Op, host: number, entry: number): void {
    const { code } = this.molecule;
    const { undoAddresses, undoValues, undoWidths } = this.around.area;
    const pushOffset = (scale: number): void => code.const32(scale * entry);
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
}
