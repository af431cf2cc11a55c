/**
 * What compiled units and TypeScript share beside the core's own state, in the linear memory behind the
 * tags of the caches:
 *
 *   cells     a few words (CELL)
 *   entryOf   by place of host code (8 bytes): number in the function table, path (PATH_BITS); 0: none
 *   counts    commits by site that are not accounted for yet
 */
import { SimulatorBug } from '../../../base/errors.js';
import type { LinearMemory } from '../../memory/layout.js';

/** Commit sites that can be in compiled code at a time. */
export const MOST_SITES = 1 << 18;
/** Places of host code are so far apart (logarithm). */
export const LOG_PLACE_BYTES = 3;
/** Width of a path's number in an entry. */
export const PATH_BITS = 8;

export const CELL = {
  /** Steps and instructions that units have completed since they were taken over: one 64-bit word. */
  steps: 0,
  instructions: 1,
  /** Site of the last commit, or -1. */
  lastSite: 2,
  /** A commit that leaves the countdown no greater than this leaves the unit. */
  eventLimit: 3,
  /** Where execution goes on after a rollback, while cycles are pending. */
  resumePc: 4,
  /** Of an indirect jump that leaves: where to, and what it costs. */
  target: 5,
  targetCycles: 6,
  /** Host pc of the last commit if it was one of cold code, or 0. */
  lastPc: 7,
  /** The guest's memory was asked for something since the last commit, so the commit is TypeScript's to tell. */
  asked: 8,
  /** Paths without a unit that may begin until TypeScript wants to know. */
  patience: 9,
  /** Cold code was left at this place; whether a path begins there. */
  place: 10,
  begins: 11,
  /** Functional model: molecules and atoms from before the paths that committed them; steps of cold code. */
  molecules: 12,
  atoms: 13,
  coldSteps: 14,
  /** Cycles that cold code has settled, by slot of the CPI stack, and atoms behind them (cycle-account.ts): 64-bit words. */
  settled: 16,
  /** Addresses of the accesses of the molecule under way (cold/records.ts). */
  accesses: 48,
  /** Loads of the molecule under way that have missed (runtime/miss-functions.ts), and how many bytes that makes. */
  misses: 96,
  missBytes: 144,
} as const;
const CELLS = 148;
const WASM_PAGE = 0x1_0000;

export class UnitTables {
  readonly cells: Int32Array;
  readonly entryOf: Int32Array;
  readonly counts: Int32Array;
  /** One past the last byte. */
  readonly end: number;

  constructor(
    readonly memory: LinearMemory,
    offset: number,
  ) {
    const places = memory.cmsBytes >>> LOG_PLACE_BYTES;
    this.cells = memory.words(offset, CELLS);
    this.entryOf = memory.words(offset + 4 * CELLS, places);
    this.counts = memory.words(offset + 4 * (CELLS + places), MOST_SITES);
    this.end = offset + unitTableBytes(memory.cmsBytes);
    if (this.end > memory.tablesOffset + memory.tableBytes)
      throw new SimulatorBug('the machine has no memory for compiled code');
    this.cells[CELL.lastSite] = -1;
    this.cells[CELL.lastPc] = 0;
  }

  /** Host address of a cell. */
  cell(number: number): number {
    return this.cells.byteOffset + 4 * number;
  }

  place(hostPc: number): number {
    return (hostPc - this.memory.cmsOffset) >>> LOG_PLACE_BYTES;
  }

  hostPc(place: number): number {
    return this.memory.cmsOffset + (place << LOG_PLACE_BYTES);
  }
}

/** Bytes that a machine has to reserve; memory of the software comes in whole pages of WebAssembly. */
export function unitTableBytes(cmsBytes: number): number {
  const reserved = Math.ceil(cmsBytes / WASM_PAGE) * WASM_PAGE;
  return 4 * (CELLS + (reserved >>> LOG_PLACE_BYTES) + MOST_SITES);
}
