/**
 * What functions for accesses that may miss (miss-functions.ts, walk-functions.ts) have in common.
 */
import type { LinearMemory } from '../../../memory/layout.js';
import type { HostOptions } from '../../../options.js';
import { CPI } from '../../../timing/cpi.js';
import { NOW } from '../../../timing/cycle-account.js';
import { W } from '../binary.js';
import { type FunctionCode, wordAt } from '../function-code.js';
import type { UnitTables } from '../unit-tables.js';

export interface MissParts {
  readonly memory: LinearMemory;
  readonly tables: UnitTables;
  readonly cells: Int32Array;
  readonly ready: Int32Array;
  readonly options: HostOptions;
  readonly fetchShift: number;
  readonly dataShift: number;
  readonly l2Shift: number;
  /** Functions of the module by number: TagArray.touch of each structure. */
  readonly touchLine: number;
  readonly touchData: number;
  readonly touchSecond: number;
  readonly touchPage: number;
}

export class MissPieces {
  constructor(private readonly parts: MissParts) {}

  /** What is done where the line of a host address is not in L1D. */
  ifMissed(code: FunctionCode, host: number, body: () => void): void {
    const { dataShift, touchData } = this.parts;
    code.get(host);
    code.const32(dataShift);
    code.op(W.shrU);
    code.call(touchData);
    code.op(W.eqz);
    code.if();
    body();
    code.end();
  }

  /** MemoryHierarchy.below of the address on the stack: cycles and slot go to locals. */
  below(code: FunctionCode, cycles: number, slot: number): void {
    const { options, l2Shift, touchSecond } = this.parts;
    const either = (hit: number, miss: number, local: number): void => {
      code.const32(hit);
      code.const32(miss);
      code.get(slot);
      code.op(W.select);
      code.set(local);
    };
    code.const32(l2Shift);
    code.op(W.shrU);
    code.call(touchSecond);
    code.set(slot);
    either(options.l2.latencyCycles, options.memoryLatencyCycles, cycles);
    either(CPI.l1d, CPI.memory, slot);
  }

  /** CycleAccount.stall: all in locals. */
  stall(code: FunctionCode, base: number, slot: number, cycles: number): void {
    const { cells } = this.parts;
    const number = (): void => {
      code.get(base);
      code.get(slot);
      code.op(W.add);
    };
    code.setElement(cells.byteOffset, number, () => {
      number();
      code.element(cells.byteOffset);
      code.get(cycles);
      code.op(W.add);
    });
    code.setWord(wordAt(cells, NOW), () => {
      code.word(wordAt(cells, NOW));
      code.get(cycles);
      code.op(W.add);
    });
  }
}
