/**
 * Writes the function of a unit. A path is followed from its head to its commits, straight through
 * direct branches and into the sides of conditional ones that were taken before; where it commits,
 * the function goes on with the path that begins there if it has one, or returns the place.
 *
 *   loop
 *     block ... block  br_table (path)
 *     end  path 0:  tests, atoms, ..., commit, path = 1, br loop
 *     end  path 1:  ...
 *
 * Cycles that are pending already when a path begins (behind an indirect jump; behind a commit there are
 * none), and waits for code and page walks where nothing is outstanding, lie in the core's cells; the
 * commit then is TypeScript's to settle.
 */
import { R_SKIPPED, SHADOWED } from '../../atom/registers.js';
import { REMAINING } from '../../core/guest-words.js';
import { CPI } from '../../timing/cpi.js';
import {
  countedCycles,
  FETCHED_LINE,
  NOW,
  PORT_FREE,
  PREPARED_TARGET,
} from '../../timing/cycle-account.js';
import { isLoad, OP, type Op, type StepMolecule } from '../step/step-molecule.js';
import { AtomCode, type Surroundings } from './atom-code.js';
import { type ByteWriter, W } from './binary.js';
import { type Again, entries, jumpTo } from './entries.js';
import { FunctionCode } from './function-code.js';
import { HitTiming } from './hit-timing.js';
import { type LocalsState, PathLocals } from './path-locals.js';
import { RUNTIME_FUNCTIONS, SLOW_FUNCTIONS } from './runtime.js';
import { type CommitSite, type PathStep, type Unit, WAY, type WayOut } from './unit.js';
import { CELL, type UnitTables } from './unit-tables.js';

/** What the writer asks of the code around it. */
export interface UnitCode {
  at(hostPc: number): StepMolecule;
  /** The molecule of a path that is worth going on with in the same unit. */
  warmHead(hostPc: number): StepMolecule | undefined;
  /** Steps and instructions that a commit completes, and whether a register says how many it has skipped. */
  completes(hostPc: number): { steps: number; instructions: number; skips: boolean };
  takeSite(): number;
  takeWayOut(way: WayOut): number;
}

export interface UnitCosts {
  readonly takenCycles: number;
  readonly leaveCycles: number;
  readonly commitCycles: number;
  readonly preparedCycles: number;
  readonly storeBufferEntries: number;
}

export interface UnitMachine extends Surroundings {
  readonly tables: UnitTables;
  /** Host address of the state block. */
  readonly state: number;
  readonly costs: UnitCosts;
}

/** Chosen: longer functions take V8's optimizing compiler long. */
const MOST_MOLECULES = 400;
const MOST_HEADS = 48;
/** Of a path beyond a side that is seldom taken. */
const MOST_IN_SIDE = 40;
const SHADOW_MASK = SHADOWED.reduce<number>((mask, r) => mask | (1 << r), 0);
/** Nothing is known of the line of L1I that was fetched last. */
const ANY_LINE = -2;

interface PathState {
  locals: LocalsState;
  steps: PathStep | undefined;
  line: number;
  stores: number;
  aliases: Uint8Array;
}

export class UnitWriter {
  private readonly code = new FunctionCode(1);
  private readonly locals: PathLocals;
  private readonly atoms: AtomCode;
  private readonly timing = new HitTiming();
  /** Where each path's code begins, and branches to the loop: place of their label, path, depth. */
  private readonly starts: number[] = [];
  private readonly again: Again[] = [];
  private molecules = 0;
  private head!: StepMolecule;
  private number = 0;
  private steps: PathStep | undefined;
  private line = ANY_LINE;
  /** PathHistory. */
  stores = 0;
  aliases: Uint8Array = new Uint8Array(8);

  constructor(
    private readonly unit: Unit,
    private readonly around: UnitCode,
    private readonly machine: UnitMachine,
  ) {
    this.locals = new PathLocals(this.code, machine.area.working.byteOffset);
    this.atoms = new AtomCode(this.code, this.locals, machine, 'leave');
    this.atoms.beforeWait = () => this.noteBeginning();
  }

  /** The body of the function; undefined where not even the first molecule can be compiled. */
  write(head: StepMolecule): ByteWriter | undefined {
    const { heads, empty } = this.unit;
    heads.push(head);
    for (let i = 0; i < heads.length; i++) {
      this.starts.push(this.code.out.length);
      const before = this.molecules;
      this.number = i;
      this.path(heads[i]);
      if (this.molecules === before) empty.add(heads[i]);
      if (this.molecules === 0) return undefined;
    }
    return entries(this.code, this.starts, this.again);
  }

  private path(head: StepMolecule): void {
    this.head = head;
    this.timing.begin();
    this.locals.begin();
    this.steps = undefined;
    this.line = ANY_LINE;
    this.stores = 0;
    this.aliases = new Uint8Array(8);
    this.follow(head, MOST_MOLECULES);
  }

  private save(): PathState {
    const { steps, line, stores, aliases } = this;
    return { locals: this.locals.save(), steps, line, stores, aliases: aliases.slice() };
  }

  private restore(state: PathState): void {
    this.locals.restore(state.locals);
    this.steps = state.steps;
    this.line = state.line;
    this.stores = state.stores;
    this.aliases = state.aliases;
  }

  /** From a molecule to commits; every way through it ends with a jump. */
  private follow(from: StepMolecule, most: number): void {
    let m: StepMolecule | undefined = from;
    for (let n = 0; m !== undefined; n++) {
      if (n === most || this.molecules >= MOST_MOLECULES || !this.supports(m)) {
        this.between(m.hostPc);
        return;
      }
      m = this.molecule(m);
    }
  }

  private supports(m: StepMolecule): boolean {
    return canCompile(m) && this.stores + storesOf(m) <= this.machine.costs.storeBufferEntries;
  }

  /** Writes a molecule; the one that follows on the path, if the path goes on. */
  private molecule(m: StepMolecule): StepMolecule | undefined {
    this.molecules++;
    this.unit.members.add(m);
    this.atoms.begin(m.accountBase);
    const { ops } = m;
    const before = this.steps;
    for (const op of ops) if (op.kind === OP.latch) this.atoms.latch(op);
    this.tests(m);
    const cycle = this.timing.await(m);
    this.useLines(m);
    ops.forEach((op, i) => {
      if (op.kind !== OP.latch) this.atoms.execute(op, i, this, cycle);
    });
    this.timing.issue(m);
    this.line = m.lastLine;
    return this.transfer(m, before);
  }

  /** Tests of a molecule; where one fails the unit is left in front of it, with everything as it was. */
  private tests(m: StepMolecule): void {
    const { code, atoms } = this;
    const lines = this.linesToFetch(m);
    if (lines.length === 0 && !m.ops.some(isTested)) return;
    code.block();
    const passed = code.depth;
    code.block();
    atoms.fail = code.depth;
    for (const line of lines) atoms.fetched(line, () => this.lineAbsent(m, line));
    atoms.walks = this.steps === undefined;
    m.ops.forEach((op, i) => {
      atoms.test(op, i, this);
    });
    code.branch(W.br, passed);
    code.end();
    this.between(m.hostPc);
    code.end();
  }

  /** While nothing is outstanding a wait for code only moves what follows. */
  private lineAbsent(m: StepMolecule, line: number): void {
    const { code } = this;
    if (this.machine.l1i.isLru || !this.timing.idleIn(0)) {
      this.atoms.failIf();
      return;
    }
    code.if();
    this.noteBeginning();
    code.const32(line);
    code.const32(m.accountBase);
    code.call(SLOW_FUNCTIONS.fetchLine.number);
    code.end();
  }

  private linesToFetch(m: StepMolecule): number[] {
    const lines = m.firstLine === this.line ? [] : [m.firstLine];
    if (m.lastLine !== m.firstLine) lines.push(m.lastLine);
    return lines;
  }

  /** LRU: lines that are fetched are the latest of their sets. */
  private useLines(m: StepMolecule): void {
    const { code, machine } = this;
    if (!machine.l1i.isLru) return;
    for (const line of this.linesToFetch(m)) {
      const doubtful = this.line === ANY_LINE && line === m.firstLine;
      if (doubtful) {
        code.word(this.cell(FETCHED_LINE));
        code.const32(line);
        code.op(W.ne);
        code.if();
      }
      code.const32(line);
      code.call(RUNTIME_FUNCTIONS.useLine.number);
      if (doubtful) code.end();
    }
  }

  /** Where a molecule leads; the molecule that follows in the same stretch of code, if any. */
  private transfer(m: StepMolecule, before: PathStep | undefined): StepMolecule | undefined {
    const { code } = this;
    const at = m.ops.findIndex(
      (op) => op.kind >= OP.branch && op.kind <= OP.returnPop && isTransfer(op),
    );
    const branch = m.ops[at];
    this.steps = { molecule: m, branchCycles: 0, before };
    if (branch === undefined) return this.direction(m, m.nextPc, 0, m.following);
    const { takenCycles } = this.machine.costs;
    switch (branch.kind) {
      case OP.branch:
        return this.direction(m, branch.imm, takenCycles, m.taken);
      case OP.jumpRegister:
        this.jump(m, this.atoms.result(at), true);
        return undefined;
      case OP.returnPop: {
        const target = this.atoms.result(at);
        code.get(target);
        code.call(RUNTIME_FUNCTIONS.popReturn.number);
        code.tee(target);
        this.aside(() => this.jump(m, target, false));
        return this.direction(m, m.nextPc, 0, m.following ?? m);
      }
      default:
        code.get(this.atoms.result(at));
        this.aside(() => {
          const next = this.direction(m, branch.imm, takenCycles, m.taken);
          if (next !== undefined) this.follow(next, MOST_IN_SIDE);
        });
        return this.direction(m, m.nextPc, 0, m.following);
    }
  }

  /** What happens if the value on the stack is not zero: it ends with a jump. */
  private aside(write: () => void): void {
    const state = this.save();
    const time = this.timing.save();
    this.code.if();
    write();
    this.code.end();
    this.restore(state);
    this.timing.restore(time);
  }

  /** One direction of a molecule's branch; `seen`: what was found there when it was executed. */
  private direction(
    m: StepMolecule,
    toPc: number,
    branchCycles: number,
    seen: StepMolecule | undefined,
  ): StepMolecule | undefined {
    const cycles = m.leave >= 0 ? this.machine.costs.leaveCycles : branchCycles;
    this.timing.branch(cycles);
    if (cycles !== 0) this.steps = { ...(this.steps as PathStep), branchCycles: cycles };
    if (m.commit) {
      this.commit(m, toPc);
      return undefined;
    }
    if (seen !== undefined) return this.around.at(toPc);
    this.between(toPc, m);
    return undefined;
  }

  private commit(m: StepMolecule, toPc: number): void {
    const { code, machine, timing } = this;
    const { tables } = machine;
    timing.commit(machine.costs.commitCycles);
    const site = this.site(m);
    const elapsed = timing.cells[NOW];
    code.setWord(this.cell(FETCHED_LINE), () => code.const32(m.lastLine));
    code.word(this.cell(NOW));
    code.if();
    code.const32(site.number);
    code.call(SLOW_FUNCTIONS.commitPending.number);
    code.else();
    this.locals.publish(SHADOW_MASK, machine.state);
    code.addToWord(tables.counts.byteOffset + 4 * site.number, 1);
    this.retire(site);
    this.pass(elapsed);
    code.end();
    code.setWord(tables.cell(CELL.lastSite), () => code.const32(site.number));
    if (m.leave >= 0) {
      this.leave({ kind: WAY.exit, toPc, molecule: m, site });
      return;
    }
    code.word(machine.state + 4 * REMAINING);
    code.word(tables.cell(CELL.eventLimit));
    code.op(W.leS);
    code.if();
    this.leave({ kind: WAY.event, toPc, molecule: m, site });
    code.end();
    this.goOn(toPc);
  }

  private site(m: StepMolecule): CommitSite {
    const { timing, around, unit } = this;
    const completes = around.completes(m.hostPc);
    const site: CommitSite = {
      number: around.takeSite(),
      skipsNumber: completes.skips ? around.takeSite() : -1,
      hostPc: m.hostPc,
      time: timing.save(),
      counted: countedCycles(timing.cells),
      cycles: timing.pending,
      steps: completes.steps,
      instructions: completes.instructions,
      stores: this.stores,
    };
    unit.sites.push(site);
    return site;
  }

  /** Adds what the commit completes to the steps and instructions (two words, as one of 64 bits). */
  private retire(site: CommitSite): void {
    const { code, machine } = this;
    const { tables } = machine;
    const at = tables.cell(CELL.steps);
    code.const32(0);
    code.const32(0);
    code.access(W.load64, at);
    code.const32(site.instructions);
    code.op(W.extendU);
    code.const64(32);
    code.op(W.shl64);
    code.const32(site.steps);
    code.op(W.extendU);
    code.op(W.or64);
    code.op(W.add64);
    code.access(W.store64, at);
    if (site.skipsNumber < 0) return;
    const skipped = tables.counts.byteOffset + 4 * site.skipsNumber;
    for (const word of [tables.cell(CELL.steps), tables.cell(CELL.instructions)])
      code.setWord(word, () => {
        code.word(word);
        this.locals.push(R_SKIPPED);
        code.op(W.sub);
      });
    code.setWord(skipped, () => {
      code.word(skipped);
      this.locals.push(R_SKIPPED);
      code.op(W.add);
    });
  }

  /** Time passes that a commit settles. */
  private pass(elapsed: number): void {
    const { code, machine } = this;
    code.addToWord(machine.state + 4 * REMAINING, -elapsed);
    code.word(this.cell(PORT_FREE));
    code.word(this.cell(PREPARED_TARGET));
    code.op(W.or);
    code.if();
    code.const32(elapsed);
    code.call(RUNTIME_FUNCTIONS.pass.number);
    code.end();
  }

  /** Behind a commit. */
  private goOn(toPc: number): void {
    const { code } = this;
    const path = this.pathAt(toPc);
    if (path < 0) {
      code.const32(this.machine.tables.place(toPc));
      code.op(W.return);
      return;
    }
    jumpTo(code, path, this.again, this.number);
  }

  private pathAt(toPc: number): number {
    const { heads } = this.unit;
    const known = heads.findIndex((head) => head.hostPc === toPc);
    if (known >= 0 || this.molecules >= MOST_MOLECULES / 3 || heads.length >= MOST_HEADS)
      return known;
    const head = this.around.warmHead(toPc);
    return head === undefined ? -1 : heads.push(head) - 1;
  }

  /** An indirect jump to the address in a local; `asks`: its cost depends on `brprep`. */
  private jump(m: StepMolecule, target: number, asks: boolean): void {
    const { code, timing, machine } = this;
    const { tables, costs } = machine;
    const cycles = code.temporary();
    if (asks) {
      code.get(target);
      code.word(this.cell(NOW));
      code.const32(timing.cells[NOW] - 1);
      code.op(W.add);
      code.call(RUNTIME_FUNCTIONS.jump.number);
    } else code.const32(costs.preparedCycles);
    code.set(cycles);
    if (this.stores > 0 || this.aliases.some((bytes) => bytes > 0) || !timing.idleIn(0)) {
      code.setWord(tables.cell(CELL.target), () => code.get(target));
      code.setWord(tables.cell(CELL.targetCycles), () => code.get(cycles));
      code.setWord(this.cell(FETCHED_LINE), () => code.const32(m.lastLine));
      this.leave({ kind: WAY.jumped, toPc: 0, molecule: m, site: undefined });
      return;
    }
    code.setWord(this.cell(FETCHED_LINE), () => code.const32(m.lastLine));
    this.noteBeginning();
    for (let i = 0; i <= NOW; i++)
      if (timing.cells[i] !== 0) code.addToWord(this.cell(i), timing.cells[i]);
    for (const cell of [NOW, m.accountBase + CPI.branch])
      code.setWord(this.cell(cell), () => {
        code.word(this.cell(cell));
        code.get(cycles);
        code.op(W.add);
      });
    code.get(target);
    code.const32(tables.memory.cmsOffset);
    code.op(W.sub);
    code.const32(3);
    code.op(W.shrU);
    code.op(W.return);
  }

  /** Cycles are about to be pending: where execution goes on after a rollback, unless that is known. */
  private noteBeginning(): void {
    const { code } = this;
    code.word(this.cell(NOW));
    code.op(W.eqz);
    code.if();
    code.setWord(this.machine.tables.cell(CELL.resumePc), () => code.const32(this.head.hostPc));
    code.end();
  }

  /** Leaves in front of a molecule; `surprised`: its branch had never gone there. */
  private between(toPc: number, surprised?: StepMolecule): void {
    const { line } = this;
    if (line !== ANY_LINE)
      this.code.setWord(this.cell(FETCHED_LINE), () => this.code.const32(line));
    this.atoms.storeAliases(this);
    this.leave({ kind: WAY.between, toPc, molecule: surprised, site: undefined });
  }

  private leave(parts: Pick<WayOut, 'kind' | 'toPc' | 'molecule' | 'site'>): void {
    const { code, unit, steps, stores } = this;
    const number = this.around.takeWayOut({
      ...parts,
      unit,
      headPc: this.head.hostPc,
      steps,
      stores,
      protectedLoads: this.aliases.some((bytes) => bytes > 0),
      surprises: parts.kind === WAY.between && parts.molecule ? 0 : -1,
      time: undefined,
      next: undefined,
    });
    unit.waysOut.push(number);
    code.const32(-1 - number);
    code.op(W.return);
  }

  private cell(number: number): number {
    return this.machine.area.cells.byteOffset + 4 * number;
  }
}

export const storesOf = ({ ops }: StepMolecule): number =>
  ops.filter((op) => op.kind === OP.store).length;

/** Whether a molecule can be part of compiled code at all. */
export function canCompile(m: StepMolecule): boolean {
  const { ops } = m;
  if ((m.leave >= 0 && !m.commit) || (m.jumps && m.commit)) return false;
  if (ops.some((op) => op.kind === OP.trap)) return false;
  const stores = ops.filter((op) => op.kind === OP.store);
  const recorded = ops.filter((op) => isLoad(op) && op.isProtected);
  return !recorded.some((load) => stores.some((store) => (store.imm >>> load.imm) & 1));
}

const TESTED: readonly number[] = [
  OP.load,
  OP.loadPhysical,
  OP.store,
  OP.storePhysical,
  OP.checkPage,
  OP.divide,
  OP.trapCondition,
  OP.trapNonZero,
  OP.trapZero,
];
export const isTested = (op: Op): boolean => TESTED.includes(op.kind);
export const isTransfer = (op: Op): boolean => op.kind !== OP.prepare && op.kind !== OP.returnPush;
