/**
 * The stepper: runs host code molecule by molecule, cycle by cycle. It is the definition of what a
 * molecule does and costs (docs/timing-model.md); the WebAssembly engine has to agree with it.
 *
 * A molecule is fetched, waits for its operands, executes its atoms, issues; then come its branch and
 * its commit. Trouble in an atom rolls back to the last commit. Between commits nothing but the working
 * registers, RAM (with its undo log) and timing state changes, so a rollback is complete.
 *
 * Hot file: `run` is one loop with its common cases written out.
 */
import type { HostIsa } from '../../atom/host-isa.js';
import { R_ZERO } from '../../atom/registers.js';
import type { CommitTally } from '../../core/commit-tallies.js';
import { CoreState } from '../../core/core-state.js';
import { EXIT } from '../../core/exits.js';
import { GuestAccess } from '../../core/guest-access.js';
import { REMAINING } from '../../core/guest-words.js';
import type {
  CommitView,
  ExitDetails,
  GuestMemoryLog,
  GuestMemoryPort,
  HostCore,
  MoleculeView,
} from '../../core/host-core.js';
import { CommitReport, MoleculeReport } from '../../core/reports.js';
import type { TimingModel } from '../../core/timing-model.js';
import type { LinearMemory } from '../../memory/layout.js';
import { CPI } from '../../timing/cpi.js';
import {
  ATOMS,
  type CycleAccount,
  FETCHED_LINE,
  NO_LINE,
  NOW,
} from '../../timing/cycle-account.js';
import { HostTlb } from '../../timing/host-tlb.js';
import { MemoryHierarchy } from '../../timing/memory-hierarchy.js';
import type { Scoreboard } from '../../timing/scoreboard.js';
import { timingTableBytes, timingTables } from '../../timing/timing-tables.js';
import type { BranchUnit } from './branch-unit.js';
import type { CompiledPaths, StepperParts } from './compiled-paths.js';
import { ExecutionUnit } from './execution-unit.js';
import { fetchMolecule } from './fetch-unit.js';
import type { LoadStoreUnit } from './load-store-unit.js';
import type { MoleculeStore } from './molecule-store.js';
import type { Predecoder } from './predecode.js';
import { OP, type StepMolecule } from './step-molecule.js';
import { restoreState, type StatefulParts, type StepperState, saveState } from './stepper-state.js';
import { timedParts } from './timed-parts.js';

export class Stepper implements HostCore {
  readonly exit: ExitDetails = {
    index: 0,
    hostPc: 0,
    resumePc: 0,
    commitPc: 0,
    address: 0,
    sizeBytes: 0,
    wastedCycles: 0,
  };
  readonly working: Int32Array;
  onCommit: ((commit: CommitView) => void) | undefined = undefined;
  onMolecule: ((seen: MoleculeView) => void) | undefined = undefined;
  readonly hierarchy: MemoryHierarchy;
  readonly hostTlb: HostTlb;
  /** Where the guest memory port reports what it writes to RAM. */
  readonly log: GuestMemoryLog;
  private readonly core: CoreState;
  private readonly access: GuestAccess;
  // What depends on the timing model (timed-parts.ts).
  private account!: CycleAccount;
  private scoreboard!: Scoreboard;
  private lsu!: LoadStoreUnit;
  private branches!: BranchUnit;
  private execution!: ExecutionUnit;
  private predecoder!: Predecoder;
  private code!: MoleculeStore;
  private compiled: CompiledPaths | undefined;
  private readonly commitReport = new CommitReport();
  private readonly moleculeReport = new MoleculeReport();
  private readonly commitCycles: number;
  private readonly rollbackCycles: number;
  private readonly leaveCycles: number;

  constructor(
    private readonly isa: HostIsa,
    readonly memory: LinearMemory,
    port?: GuestMemoryPort,
    /** Makes what compiles hot paths; absent: every molecule is stepped. */
    private readonly compiler?: (parts: StepperParts) => CompiledPaths,
    public timing: TimingModel = 'full',
  ) {
    const { options } = isa;
    this.core = new CoreState(memory, options);
    this.working = this.core.working;
    this.log = this.core.undo;
    const tables = timingTables(options, memory);
    this.hierarchy = new MemoryHierarchy(options, tables, this.core.area.cells);
    this.hostTlb = new HostTlb(tables.tlb, this.hierarchy, memory, options.tlb.walkCycles);
    this.access = new GuestAccess(this.core.undo);
    this.makeTimedParts();
    this.commitCycles = options.commitCycles;
    this.rollbackCycles = options.rollbackCycles;
    this.leaveCycles = options.branch.takenCycles;
    if (port) this.connect(port);
  }

  private makeTimedParts(): void {
    const { isa, timing, core, access, hierarchy, hostTlb, exit } = this;
    const untimed = { core, access, hierarchy, hostTlb };
    const timed = timedParts(isa, untimed, timing);
    this.account = timed.account;
    this.scoreboard = timed.scoreboard;
    this.lsu = timed.lsu;
    this.branches = timed.branches;
    this.execution = new ExecutionUnit(core.working, timed.lsu, timed.branches);
    this.predecoder = timed.predecoder;
    this.code = timed.code;
    this.compiled = this.compiler?.({
      ...untimed,
      ...timed,
      options: isa.options,
      timing,
      exit,
      noteCommit: (hostPc, nextPc) => this.noteCommit(hostPc, nextPc),
      finish: (m, nextPc) => {
        if (m.commit && this.commit(m, nextPc)) return EXIT.event;
        return m.leave >= 0 ? this.leave(m) : -1;
      },
      tellCommit: () => this.onCommit?.(this.commitReport),
    });
    this.account.cells[FETCHED_LINE] = NO_LINE;
  }

  /**
   * From the functional to the full model, between two runs. What is compiled and predecoded for the
   * one goes; caches and host TLB, which it has left alone, and the return stack are empty; cycles and
   * tallies begin at 0. Steps and instructions go on.
   */
  beginFullTiming(): void {
    const { core, memory, predecoder } = this;
    this.compiled?.settle();
    this.dropCode(memory.cmsOffset, memory.tablesOffset);
    core.area.cells.fill(0);
    core.returns.clear();
    core.retires.tallies.clear();
    this.timing = 'full';
    this.makeTimedParts();
    this.setRoutineRange(predecoder.routineFrom, predecoder.routineTo);
  }

  /** Guest memory behind the fast path; to be connected before anything runs. */
  connect(port: GuestMemoryPort): void {
    this.access.connect(port);
  }

  get cpi(): Float64Array {
    this.compiled?.settle();
    return this.account.cpi;
  }

  get retiredSteps(): number {
    return this.core.retires.steps;
  }

  get retiredInstructions(): number {
    return this.core.retires.instructions;
  }

  enter(): void {
    this.core.enter();
    this.core.retires.tallies.entered();
    this.working[R_ZERO] = 0;
  }

  codeChanged(fromPc: number, toPc: number): void {
    this.dropCode(fromPc, toPc);
    if (this.timing === 'functional') return;
    const { l1i, fetchShift } = this.hierarchy;
    for (let line = fromPc >>> fetchShift; line <= (toPc - 1) >>> fetchShift; line++)
      l1i.forget(line);
    this.account.cells[FETCHED_LINE] = NO_LINE;
  }

  private dropCode(fromPc: number, toPc: number): void {
    this.compiled?.changed(fromPc, toPc);
    this.code.drop(fromPc, toPc);
  }

  clearReturnStack(): void {
    this.core.returns.clear();
  }

  setRetires(hostPc: number, steps: number, instructions: number, skips = false): void {
    this.core.retires.set(hostPc, steps, instructions, skips);
  }

  tallyAt(hostPc: number): CommitTally {
    this.compiled?.settleAt(hostPc);
    return this.core.retires.tallyAt(hostPc);
  }

  get molecules(): number {
    this.compiled?.settle();
    return this.account.molecules;
  }

  get atoms(): number {
    this.compiled?.settle();
    return this.account.atoms;
  }

  setRoutineRange(fromPc: number, toPc: number): void {
    this.predecoder.routineFrom = fromPc;
    this.predecoder.routineTo = toPc;
    this.dropCode(this.memory.cmsOffset, this.memory.tablesOffset);
  }

  // --- costs of the code morphing software

  charge(slot: number, cycles: number, steps?: number): void {
    this.account.charge(slot, cycles, steps);
  }

  dataAccess(address: number, _write: boolean): number {
    if (this.timing === 'functional') return 0;
    return this.hierarchy.blockingAccess(address);
  }

  codeFetch(fromPc: number, toPc: number): number {
    if (this.timing === 'functional') return 0;
    this.account.cells[FETCHED_LINE] = NO_LINE;
    return this.hierarchy.fetchLines(fromPc, toPc);
  }

  guestAccess(linear: number, physical: number, _write: boolean): number {
    if (this.timing === 'functional') return 0;
    const walked = this.hostTlb.access(linear >>> 12);
    return walked + this.hierarchy.blockingAccess(physical, walked);
  }

  flushTlb(linearPage?: number): void {
    if (this.timing === 'functional') return;
    if (linearPage === undefined) this.hostTlb.tags.clear();
    else this.hostTlb.tags.forget(linearPage);
  }

  // --- snapshots, taken between two runs with nothing uncommitted

  save(): StepperState {
    this.compiled?.settle();
    return saveState(this.stateful, timingTableBytes(this.isa.options));
  }

  restore(state: StepperState): void {
    const { memory, account } = this;
    this.compiled?.settle();
    this.dropCode(memory.cmsOffset, memory.tablesOffset);
    restoreState(this.stateful, state);
    this.scoreboard.clear();
    account.cells[FETCHED_LINE] = NO_LINE;
  }

  private get stateful(): StatefulParts {
    const { core, account, hierarchy, hostTlb } = this;
    return { core, account, hierarchy, hostTlb };
  }

  // --- running

  run(hostPc: number): number {
    const { working, scoreboard, account, branches, lsu, execution, hierarchy } = this;
    const { cells } = account;
    this.exit.resumePc = hostPc;
    this.exit.commitPc = 0;
    const { compiled } = this;
    const isWatched = this.onCommit !== undefined;
    const fast = compiled !== undefined && this.onMolecule === undefined;
    // Who watches molecules is told in which cycle they issue.
    if (!fast) compiled?.settle();
    let m = this.code.at(hostPc);
    // Code that left without a commit may have left something behind.
    let begins = fast && !this.access.asked && this.isFresh();
    for (;;) {
      if (fast && compiled !== undefined) {
        const stopped = compiled.from(m, isWatched, begins);
        if (stopped === undefined) return this.left(compiled.exitCode);
        m = stopped;
      }
      account.base = m.accountBase;
      const seen = this.onMolecule;
      if (seen !== undefined) this.moleculeReport.begin(cells);
      if (m.firstLine !== cells[FETCHED_LINE] || m.lastLine !== m.firstLine)
        fetchMolecule(m, hierarchy, account);
      if (((m.wait0 & scoreboard.pending0) | (m.wait1 & scoreboard.pending1)) !== 0)
        scoreboard.await(m.wait0, m.wait1);
      branches.target = 0;
      const { ops } = m;
      for (let i = 0; i < ops.length; i++) {
        const op = ops[i];
        if (op.kind === OP.compute) op.fn(working, op.d, op.a, op.b, op.imm);
        else {
          const trouble = execution.execute(op);
          if (trouble < 0) return this.left(this.rollBack(m, -1 - trouble));
        }
      }
      const issued = cells[NOW];
      cells[NOW] = issued + 1;
      cells[m.accountBase + CPI.issue]++;
      cells[m.accountBase + ATOMS] += m.atoms;
      if (m.latestCycles !== 0) scoreboard.note(m, issued);
      if (lsu.missCount !== 0) lsu.noteMisses();
      if (seen !== undefined)
        seen(this.moleculeReport.issued(m.hostPc, m.accountBase, account.settled, cells));

      const { target } = branches;
      if (target !== 0) {
        if (branches.cycles !== 0) account.stall(CPI.branch, branches.cycles);
      } else if (m.leave >= 0) account.stall(CPI.branch, this.leaveCycles);
      const nextPc = target === 0 ? m.nextPc : target;
      if (m.commit && this.commit(m, nextPc)) return this.left(EXIT.event);
      if (m.leave >= 0) return this.left(this.leave(m));
      let next = target === 0 ? m.following : m.taken;
      if (next === undefined || !next.alive || next.hostPc !== nextPc) {
        next = this.code.at(nextPc);
        if (target === 0) m.following = next;
        else m.taken = next;
      }
      begins = fast && (m.commit || (target !== 0 && m.jumps && this.isFresh()));
      m = next;
    }
  }

  /** Nothing is outstanding, no store is logged: a compiled path may begin. */
  private isFresh(): boolean {
    const { core } = this;
    return this.scoreboard.idle && core.undo.count === 0 && core.alias.isEmpty;
  }

  /** The core has been left. */
  private left(code: number): number {
    this.compiled?.left();
    return code;
  }

  /** A molecule with the commit bit has done its work. True: the countdown is used up. */
  private commit(m: StepMolecule, nextPc: number): boolean {
    const { core, account } = this;
    this.scoreboard.drain(CPI.commit);
    if (this.commitCycles !== 0) account.stall(CPI.commit, this.commitCycles);
    const { retires } = core;
    retires.count(m.hostPc, account);
    this.exit.resumePc = nextPc;
    this.exit.commitPc = m.hostPc;
    const seen = this.onCommit;
    if (seen !== undefined) this.noteCommit(m.hostPc, nextPc);
    core.commit();
    this.access.committed();
    if (m.leave < 0) account.settle();
    if (seen !== undefined) seen(this.commitReport);
    if (this.memory.state[REMAINING] > 0 || m.leave >= 0) return false;
    this.exit.hostPc = m.hostPc;
    return true;
  }

  private noteCommit(hostPc: number, nextPc: number): void {
    const { retires, undo } = this.core;
    this.commitReport.fill(hostPc, nextPc, retires.at(hostPc), undo);
  }

  /** An `exit` or `assist` atom. */
  private leave(m: StepMolecule): number {
    const { account, exit } = this;
    if (!m.commit) {
      this.scoreboard.drain(CPI.commit);
      this.core.retires.tallies.left(account.pending);
    }
    account.settle();
    exit.index = m.leaveIndex;
    exit.hostPc = m.hostPc;
    return m.leave;
  }

  private rollBack(m: StepMolecule, code: number): number {
    const { exit, access } = this;
    this.account.cells[NOW]++;
    exit.wastedCycles = this.account.waste(this.rollbackCycles);
    this.scoreboard.clear();
    this.lsu.missCount = 0;
    this.core.rollBack();
    access.rolledBack();
    exit.index =
      code === EXIT.alias ? this.lsu.aliasHit : code === EXIT.trap ? this.execution.trapped : 0;
    exit.hostPc = m.hostPc;
    exit.address = access.address;
    exit.sizeBytes = access.sizeBytes;
    return code;
  }
}
