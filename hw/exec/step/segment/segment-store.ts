/**
 * The compiled segments of a stepper: when they are made, and what happens behind them.
 */
import { divide } from '../../../atom/divide.js';
import { MEANING_FUNCTIONS } from '../../../atom/emit-js.js';
import type { CoreState } from '../../../core/core-state.js';
import type { GuestAccess } from '../../../core/guest-access.js';
import type { HostOptions } from '../../../options.js';
import { type CycleAccount, NOW } from '../../../timing/cycle-account.js';
import type { HostTlb } from '../../../timing/host-tlb.js';
import type { MemoryHierarchy } from '../../../timing/memory-hierarchy.js';
import type { Scoreboard } from '../../../timing/scoreboard.js';
import type { BranchUnit } from '../branch-unit.js';
import type { MoleculeStore } from '../molecule-store.js';
import type { StepMolecule } from '../step-molecule.js';
import { Segment, type SegmentExit, type SegmentFunction } from './segment.js';
import { segmentFunctions } from './segment-functions.js';
import { type SegmentCosts, SegmentWriter } from './segment-writer.js';

/** A path that began an eighth as often as a hot one is compiled together with those that lead to it. */
const WARM_SHIFT = 3;

export interface SegmentParts {
  readonly core: CoreState;
  readonly access: GuestAccess;
  readonly account: CycleAccount;
  readonly scoreboard: Scoreboard;
  readonly hierarchy: MemoryHierarchy;
  readonly hostTlb: HostTlb;
  readonly branches: BranchUnit;
  readonly code: MoleculeStore;
  readonly options: HostOptions;
}

export class SegmentStore {
  /** Times that a path begins before it is compiled; 0: none is. */
  hot = 500;
  /** Functions compiled so far. */
  compiled = 0;
  private readonly costs: SegmentCosts;
  private readonly names: readonly string[];
  private readonly values: readonly unknown[];
  private running: Segment[] = [];
  private readonly code;

  constructor(private readonly parts: SegmentParts) {
    const { options, hierarchy, hostTlb, code, core } = parts;
    this.costs = {
      takenCycles: options.branch.takenCycles,
      leaveCycles: options.branch.takenCycles,
      commitCycles: options.commitCycles,
      storeBufferEntries: options.storeBufferEntries,
      dataShift: hierarchy.dataShift,
      l1iIsLru: hierarchy.l1i.isLru,
      l1dIsLru: hierarchy.l1d.isLru,
      tlbIsLru: hostTlb.tags.isLru,
    };
    this.code = {
      at: (hostPc: number) => code.at(hostPc),
      warmHead: (hostPc: number) => {
        const head = code.known(hostPc);
        return head !== undefined &&
          head.segment === undefined &&
          head.heat >= this.hot >>> WARM_SHIFT
          ? head
          : undefined;
      },
      varies: (hostPc: number) => core.retires.varies(hostPc),
    };
    const surroundings = this.surroundings();
    this.names = Object.keys(surroundings);
    this.values = Object.values(surroundings);
  }

  /** A path begins at a molecule that is in no segment: true if it is in one now. */
  began(m: StepMolecule): boolean {
    return ++m.heat === this.hot && this.compile(m);
  }

  /** A segment is about to run. */
  runs(segment: Segment): void {
    if (segment.ran) return;
    segment.ran = true;
    this.running.push(segment);
  }

  /** Accounts for the commits in segments since the last time. */
  settle(): void {
    const { running } = this;
    for (let i = 0; i < running.length; i++) this.settleSegment(running[i]);
    running.length = 0;
  }

  /** What is pending where a segment was left inside a path. */
  resume(exit: SegmentExit): void {
    const { core, account, scoreboard } = this.parts;
    const { time } = exit;
    if (time === undefined) return;
    scoreboard.load(time.outstanding, account.cells[NOW]);
    account.add(time.cells);
    core.undo.resume(exit.stores);
    if (exit.protectedLoads) core.alias.written();
  }

  private settleSegment(segment: Segment): void {
    const { core, account } = this.parts;
    const { sites, counts } = segment;
    segment.ran = false;
    for (let i = 0; i < sites.length; i++) {
      const times = counts[i];
      if (times === 0) continue;
      counts[i] = 0;
      const { hostPc, counted, cycles, varies } = sites[i];
      account.settleCounted(counted, times);
      if (!varies) core.retires.countTimes(hostPc, cycles, times);
    }
  }

  private compile(head: StepMolecule): boolean {
    const writer = new SegmentWriter(this.code, this.costs);
    const text = writer.write(head);
    if (text === undefined) return false;
    const { sites, exits, heads, members, empty } = writer;
    const counts = new Int32Array(sites.length + 1);
    counts[sites.length] = -1;
    const { core, access, account, scoreboard } = this.parts;
    const pending = (site: number): void => {
      const { hostPc, time } = sites[site];
      account.add(time.cells);
      core.retires.count(hostPc, account.pending);
      core.alias.written();
      core.commit();
      access.committed();
      scoreboard.clear();
      account.settle();
    };
    const varying = (site: number): void => {
      core.retires.count(sites[site].hostPc, sites[site].cycles);
    };
    const make = new Function(
      ...this.names,
      'counts',
      'pending',
      'varying',
      `'use strict';\n${text}`,
    );
    const run = make(...this.values, counts, pending, varying) as SegmentFunction;
    new Segment({ run, exits, sites, heads, members, empty, counts });
    this.compiled++;
    return head.segment !== undefined;
  }

  /** What the text of segments refers to. */
  private surroundings(): Readonly<Record<string, unknown>> {
    const { core, account, hierarchy, hostTlb, branches } = this.parts;
    const { memory, area } = core;
    return {
      w: area.working,
      s: memory.state,
      cells: account.cells,
      view: memory.view,
      bytes: memory.bytes,
      alias: area.alias,
      lineTags: hierarchy.l1i.tags,
      lineHints: hierarchy.l1i.hints,
      l1i: hierarchy.l1i,
      l1d: hierarchy.l1d,
      hostTlb: hostTlb.tags,
      branches,
      returns: core.returns,
      divide,
      quotient: new Int32Array(2),
      ...segmentFunctions(core, account, hierarchy, hostTlb),
      ...MEANING_FUNCTIONS,
    };
  }
}
