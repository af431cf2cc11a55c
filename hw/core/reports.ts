/**
 * What those who watch are shown at commits and molecules: one object of each kind, filled anew each
 * time, so that watching allocates nothing.
 */
import { CPI, CPI_SLOTS } from '../timing/cpi.js';
import { NOW, ROUTINE } from '../timing/cycle-account.js';
import { UNDO_CAPACITY } from './core-area.js';
import type { CommitView, MoleculeView } from './host-core.js';
import { instructionsOf, stepsOf } from './retire-table.js';
import type { UndoLog } from './undo-log.js';

export class CommitReport implements CommitView {
  hostPc = 0;
  resumePc = 0;
  steps = 0;
  instructions = 0;
  storeCount = 0;
  readonly storeAddresses = new Int32Array(UNDO_CAPACITY);
  readonly storeBytes = new Uint8Array(UNDO_CAPACITY);

  /** Before the log is cleared. */
  fill(hostPc: number, resumePc: number, retires: number, log: UndoLog): this {
    this.hostPc = hostPc;
    this.resumePc = resumePc;
    this.steps = stepsOf(retires);
    this.instructions = instructionsOf(retires);
    this.storeCount = log.copyStores(this.storeAddresses, this.storeBytes);
    return this;
  }
}

export class MoleculeReport implements MoleculeView {
  hostPc = 0;
  cycle = 0;
  readonly stalls: number[] = [];
  private readonly before = new Int32Array(2 * ROUTINE);

  /** A molecule is about to run. */
  begin(cells: Int32Array): void {
    this.before.set(cells.subarray(0, 2 * ROUTINE));
  }

  /** It has issued, in the cycle before NOW. */
  issued(hostPc: number, base: number, settled: number, cells: Int32Array): this {
    this.hostPc = hostPc;
    this.cycle = settled + cells[NOW] - 1;
    this.stalls.length = 0;
    for (let slot = 0; slot < CPI_SLOTS.length; slot++) {
      const cycles = cells[base + slot] - this.before[base + slot];
      if (slot !== CPI.issue && cycles > 0) this.stalls.push(slot, cycles);
    }
    return this;
  }
}
