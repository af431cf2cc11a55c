/**
 * Cold code: molecules that have not run often enough to be compiled, interpreted by a WebAssembly function
 * (cold-code.ts) from records (records.ts). It agrees with the stepper in everything.
 */
import { CPI } from '../../../timing/cpi.js';
import type { CycleAccount } from '../../../timing/cycle-account.js';
import { ATOMS } from '../../../timing/cycle-account.js';
import type { StepperParts } from '../../step/compiled-paths.js';
import { instantiate } from '../instantiate.js';
import type { Runtime } from '../runtime/runtime.js';
import { TYPES, typeOf, UNIT_IMPORTS, UNIT_TYPE, type UnitFunctions } from '../unit-imports.js';
import type { UnitMachine } from '../unit-machine.js';
import { CELL, MOST_SITES } from '../unit-tables.js';
import { ColdCode } from './cold-code.js';
import { ColdTables, coldTableBytes } from './cold-tables.js';
import { LazyRecords } from './lazy-records.js';
import { pendingCommit } from './pending-commit.js';

/** Chosen: ways out and sites with higher numbers are always TypeScript's. */
const MOST_WAYS = 1 << 18;
const LAZY_BYTES = 4 << 20;

/** Bytes that a machine has to reserve. */
export const coldCoreBytes = (cmsBytes: number): number =>
  coldTableBytes(cmsBytes) +
  LazyRecords.bytes(MOST_WAYS, LAZY_BYTES) +
  LazyRecords.bytes(MOST_SITES, LAZY_BYTES);

export class ColdCore {
  readonly tables: ColdTables;
  /** What is pending at ways out (pending-records.ts), and at commits' sites. */
  readonly ways: LazyRecords;
  readonly sites: LazyRecords;
  /** From an entry on (`entryAt`). The result is one of LEFT, or -1 - number of a way out. */
  readonly run: (entry: number) => number;
  /** What units call for commits that settle cycles from before their paths. */
  readonly commitPending: (site: number) => undefined;
  private readonly account: CycleAccount;
  private readonly settled: Uint32Array;
  /** Functional model: steps that were completed, its cycles. */
  private readonly steps: Uint32Array | undefined;

  /** `hot`: beginnings of a path after which it is left to be compiled. */
  constructor(
    { core, account }: StepperParts,
    machine: UnitMachine,
    offset: number,
    imports: UnitFunctions & Pick<Runtime, 'run'>,
    hot: number,
  ) {
    const { memory, retires } = core;
    const { memory: shared, cmsBytes } = memory;
    const waysAt = offset + coldTableBytes(cmsBytes);
    const sitesAt = waysAt + LazyRecords.bytes(MOST_WAYS, LAZY_BYTES);
    this.tables = new ColdTables(memory, offset, retires);
    this.ways = new LazyRecords(memory, waysAt, MOST_WAYS, LAZY_BYTES);
    this.sites = new LazyRecords(memory, sitesAt, MOST_SITES, LAZY_BYTES);
    this.account = account;
    const wide = (cell: number, count: number): Uint32Array =>
      new Uint32Array(shared.buffer, machine.tables.cell(cell), 2 * count);
    this.settled = wide(CELL.settled, ATOMS + 1);
    this.steps = machine.timing === 'functional' ? wide(CELL.coldSteps, 1) : undefined;
    const recordOf = this.tables.recordOf.byteOffset;
    const cold = new ColdCode(machine, recordOf, this.ways, hot).write().body();
    const commit = pendingCommit(machine, recordOf, this.sites).body();
    const module = {
      types: TYPES,
      imports: [...UNIT_IMPORTS, { name: 'run', type: UNIT_TYPE }],
      functions: [
        { type: UNIT_TYPE, body: cold, exportedAs: 'cold' },
        { type: typeOf(1, 0), body: commit, exportedAs: 'commitPending' },
      ],
      memoryPages: shared.buffer.byteLength >>> 16,
      usesTable: false,
    };
    const exports = instantiate(module, { memory: shared, ...imports });
    this.run = exports.cold as ColdCore['run'];
    this.commitPending = exports.commitPending as unknown as ColdCore['commitPending'];
  }

  /** The account takes over what was settled. */
  settle(): void {
    const { settled, account, steps } = this;
    account.molecules += wideAt(settled, CPI.issue);
    account.atoms += wideAt(settled, ATOMS);
    for (let slot = 0; slot < ATOMS; slot++) {
      // The functional model's cycles are its steps.
      const cycles = steps && slot === CPI.issue ? wideAt(steps, 0) : wideAt(settled, slot);
      account.cpi[slot] += cycles;
      account.settled += cycles;
    }
    settled.fill(0);
    steps?.fill(0);
  }
}

const wideAt = (words: Uint32Array, index: number): number =>
  words[2 * index] + words[2 * index + 1] * 2 ** 32;
