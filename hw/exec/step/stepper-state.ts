/**
 * What a snapshot keeps of the core: cycles, tags, registers. Taken between two runs with nothing
 * uncommitted; host code and what it retires are the software's to put back.
 */
import type { CoreState } from '../../core/core-state.js';
import type { CycleAccount } from '../../timing/cycle-account.js';
import type { HostTlb } from '../../timing/host-tlb.js';
import type { MemoryHierarchy } from '../../timing/memory-hierarchy.js';

export interface StepperState {
  cpi: Float64Array;
  settled: number;
  /** Steps, instructions. */
  retired: [number, number];
  cells: Int32Array;
  working: Int32Array;
  tables: Uint8Array;
  /** Of L1I, L1D, L2, TLB. */
  misses: number[];
}

export interface StatefulParts {
  readonly core: CoreState;
  readonly account: CycleAccount;
  readonly hierarchy: MemoryHierarchy;
  readonly hostTlb: HostTlb;
}

const arrays = ({ hierarchy, hostTlb }: StatefulParts) =>
  [hierarchy.l1i, hierarchy.l1d, hierarchy.l2, hostTlb.tags] as const;

/** `tagBytes`: of the tags of caches and host TLB. Everything that was counted has been settled. */
export function saveState(parts: StatefulParts, tagBytes: number): StepperState {
  const { core, account } = parts;
  const { retires, area, memory } = core;
  return {
    cpi: account.cpi.slice(),
    retired: [retires.steps, retires.instructions],
    cells: area.cells.slice(),
    working: area.working.slice(),
    tables: memory.bytes.slice(memory.tablesOffset, memory.tablesOffset + tagBytes),
    misses: arrays(parts).map((array) => array.misses),
    settled: account.settled,
  };
}

/** The return stack begins empty. */
export function restoreState(parts: StatefulParts, state: StepperState): void {
  const { core, account } = parts;
  const { memory } = core;
  account.cpi.set(state.cpi);
  [core.retires.steps, core.retires.instructions] = state.retired;
  core.area.cells.set(state.cells);
  core.area.working.set(state.working);
  memory.bytes.set(state.tables, memory.tablesOffset);
  arrays(parts).forEach((array, i) => {
    array.misses = state.misses[i];
  });
  account.settled = state.settled;
  core.returns.clear();
}
