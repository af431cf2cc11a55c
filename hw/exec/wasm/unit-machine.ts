/**
 * What the writers of units know of the machine, and what they ask of the code around a unit.
 */
import type { CoreArea } from '../../core/core-area.js';
import type { TimingModel } from '../../core/timing-model.js';
import type { TagArray } from '../../timing/tag-array.js';
import type { StepperParts } from '../step/compiled-paths.js';
import type { StepMolecule } from '../step/step-molecule.js';
import type { WayOut } from './unit.js';
import type { UnitTables } from './unit-tables.js';

/**
 * How an access that does not hit is met: the test fails; what it takes is counted as it comes; or there
 * is no such thing (the functional model).
 */
export type Misses = 'leave' | 'count' | 'none';

/** What the code of atoms depends on: where things lie, shapes of the caches. */
export interface Surroundings {
  readonly area: CoreArea;
  readonly tlbOffset: number;
  readonly l1i: TagArray;
  readonly l1d: TagArray;
  /** FIFO, so that hits leave it as it is. */
  readonly hostTlb: TagArray;
  readonly dataShift: number;
}

export interface UnitCosts {
  readonly takenCycles: number;
  readonly leaveCycles: number;
  readonly commitCycles: number;
  readonly indirectCycles: number;
  readonly preparedCycles: number;
  readonly storeBufferEntries: number;
}

export interface UnitMachine extends Surroundings {
  readonly tables: UnitTables;
  /** Host address of the state block. */
  readonly state: number;
  readonly costs: UnitCosts;
  readonly timing: TimingModel;
}

/** What a writer asks of the code around the unit. */
export interface UnitCode {
  at(hostPc: number): StepMolecule;
  /** The molecule of a path that is worth going on with in the same unit. */
  warmHead(hostPc: number): StepMolecule | undefined;
  /** A molecule was seen to go on in a direction (SEEN). */
  hasGone(m: StepMolecule, direction: number): boolean;
  /** Steps and instructions that a commit completes, and whether a register says how many it has skipped. */
  completes(hostPc: number): { steps: number; instructions: number; skips: boolean };
  takeSite(): number;
  takeWayOut(way: WayOut): number;
}

export function unitMachine(parts: StepperParts, tables: UnitTables): UnitMachine {
  const { core, hierarchy, hostTlb, timing } = parts;
  const { memory, area } = core;
  return {
    area,
    tables,
    tlbOffset: memory.tlb.byteOffset,
    state: memory.state.byteOffset,
    l1i: hierarchy.l1i,
    l1d: hierarchy.l1d,
    hostTlb: hostTlb.tags,
    dataShift: hierarchy.dataShift,
    costs: unitCosts(parts),
    timing,
  };
}

function unitCosts({ options, timing }: StepperParts): UnitCosts {
  const { storeBufferEntries, commitCycles, branch } = options;
  const { takenCycles, indirectCycles, preparedCycles } = branch;
  const leaveCycles = takenCycles;
  const cycles = { takenCycles, leaveCycles, commitCycles, indirectCycles, preparedCycles };
  return { storeBufferEntries, ...(timing === 'full' ? cycles : NO_CYCLES) };
}

const NO_CYCLES = {
  takenCycles: 0,
  leaveCycles: 0,
  commitCycles: 0,
  indirectCycles: 0,
  preparedCycles: 0,
} as const;
