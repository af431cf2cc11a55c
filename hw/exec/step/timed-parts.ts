/**
 * The parts of a stepper that depend on how time passes (docs/timing-model.md). They are made when the
 * core is, and again where the functional model gives way to the full one; what they work on, the
 * core's state and the tags, stays.
 */
import type { HostIsa } from '../../atom/host-isa.js';
import type { CoreState } from '../../core/core-state.js';
import type { GuestAccess } from '../../core/guest-access.js';
import type { TimingModel } from '../../core/timing-model.js';
import { CycleAccount } from '../../timing/cycle-account.js';
import { FunctionalAccount } from '../../timing/functional-account.js';
import type { HostTlb } from '../../timing/host-tlb.js';
import type { MemoryHierarchy } from '../../timing/memory-hierarchy.js';
import { Scoreboard } from '../../timing/scoreboard.js';
import { BranchUnit } from './branch-unit.js';
import { FunctionalLoadStore } from './functional-load-store.js';
import { LoadStoreUnit } from './load-store-unit.js';
import { MoleculeStore } from './molecule-store.js';
import { Predecoder } from './predecode.js';

export interface UntimedParts {
  readonly core: CoreState;
  readonly access: GuestAccess;
  readonly hierarchy: MemoryHierarchy;
  readonly hostTlb: HostTlb;
}

export interface TimedParts {
  readonly account: CycleAccount;
  readonly scoreboard: Scoreboard;
  readonly lsu: LoadStoreUnit;
  readonly branches: BranchUnit;
  readonly predecoder: Predecoder;
  readonly code: MoleculeStore;
}

export function timedParts(isa: HostIsa, untimed: UntimedParts, timing: TimingModel): TimedParts {
  const { core, access, hierarchy, hostTlb } = untimed;
  const { area, memory } = core;
  const { options } = isa;
  const isFull = timing === 'full';
  const Account = isFull ? CycleAccount : FunctionalAccount;
  const account = new Account(area.cells, memory.state);
  const scoreboard = new Scoreboard(area.ready, account);
  const LoadStore = isFull ? LoadStoreUnit : FunctionalLoadStore;
  const lsu = new LoadStore(core, access, hierarchy, hostTlb, account, scoreboard, options);
  const branches = new BranchUnit(core.working, core.returns, account, options);
  const predecoder = new Predecoder(isa, memory, hierarchy.fetchShift, timing);
  const code = new MoleculeStore(memory, predecoder);
  return { account, scoreboard, lsu, branches, predecoder, code };
}
