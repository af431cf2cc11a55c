/**
 * Cold code: molecules that have not run often enough to be compiled, interpreted by a WebAssembly function
 * (cold-code.ts) from records (records.ts). It agrees with the stepper in everything.
 */

import { CPI } from '../../../timing/cpi.js';
import type { CycleAccount } from '../../../timing/cycle-account.js';
import { ATOMS } from '../../../timing/cycle-account.js';
import type { StepperParts } from '../../step/compiled-paths.js';
import { moduleBytes } from '../binary.js';
import type { Runtime } from '../runtime/runtime.js';
import { type SlowFunctions, TYPES, UNIT_IMPORTS, UNIT_TYPE } from '../unit-imports.js';
import type { UnitMachine } from '../unit-machine.js';
import { CELL } from '../unit-tables.js';
import { ColdCode } from './cold-code.js';
import { ColdTables } from './cold-tables.js';

export class ColdCore {
  readonly tables: ColdTables;
  /** From an entry on (`entryAt`). The result is one of LEFT, or -1 - number of a way out. */
  readonly run: (entry: number) => number;
  private readonly account: CycleAccount;
  private readonly settled: Uint32Array;
  /** Functional model: steps that were completed, its cycles. */
  private readonly steps: Uint32Array | undefined;

  /** `hot`: beginnings of a path after which it is left to be compiled. */
  constructor(
    parts: StepperParts,
    machine: UnitMachine,
    offset: number,
    runtime: Runtime,
    slow: SlowFunctions,
    hot: number,
  ) {
    const { memory } = parts.core;
    this.tables = new ColdTables(memory, offset, parts.core.retires);
    this.account = parts.account;
    const { cells } = machine.tables;
    const first = cells.byteOffset + 4 * CELL.settled;
    this.settled = new Uint32Array(cells.buffer, first, ATOMS + 1);
    const steps = new Uint32Array(cells.buffer, machine.tables.cell(CELL.coldSteps), 1);
    this.steps = machine.timing === 'functional' ? steps : undefined;
    const body = new ColdCode(machine, this.tables.recordOf.byteOffset, hot).write().body();
    const bytes = moduleBytes({
      types: TYPES,
      imports: [...UNIT_IMPORTS, { name: 'run', type: UNIT_TYPE }],
      functions: [{ type: UNIT_TYPE, body, exportedAs: 'cold' }],
      memoryPages: memory.memory.buffer.byteLength >>> 16,
      usesTable: false,
    });
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
      e: { memory: memory.memory, ...runtime, ...slow },
    });
    this.run = exports.cold as (entry: number) => number;
  }

  /** The account takes over what was settled. */
  settle(): void {
    const { settled, account, steps } = this;
    account.molecules += settled[CPI.issue];
    account.atoms += settled[ATOMS];
    if (steps) settled[CPI.issue] = steps[0];
    steps?.fill(0);
    for (let slot = 0; slot < ATOMS; slot++) {
      account.cpi[slot] += settled[slot];
      account.settled += settled[slot];
    }
    settled.fill(0);
  }
}
