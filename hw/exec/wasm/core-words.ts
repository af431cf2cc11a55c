/**
 * Words of the core that code counts time in: cells of the cycle account, times of the scoreboard.
 */
import type { CoreArea } from '../../core/core-area.js';
import { NOW } from '../../timing/cycle-account.js';
import { W } from './binary.js';
import { type FunctionCode, wordAt } from './function-code.js';

export class CoreWords {
  constructor(
    private readonly code: FunctionCode,
    private readonly area: CoreArea,
  ) {}

  /** Host address of a cell. */
  cell(number: number): number {
    return wordAt(this.area.cells, number);
  }

  /** Host address of a register's time, or of what lies behind the registers (timing/scoreboard.ts). */
  ready(number: number): number {
    return wordAt(this.area.ready, number);
  }

  /** Pushes a time of the scoreboard, so many cycles from now on. */
  pushTime(cycles: () => void): void {
    const { code } = this;
    code.word(this.cell(NOW));
    cycles();
    code.op(W.add);
    code.const32(2);
    code.op(W.shl);
  }
}
