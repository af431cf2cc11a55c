/**
 * Writes the function of a unit. A path is followed from its head to its commits, straight through
 * direct branches and into the sides of conditional ones that were taken before; where it commits,
 * the function goes on with the path that begins there if it has one, or returns the place.
 *
 * Cycles that are pending already when a path begins (behind an indirect jump; behind a commit there are
 * none), and waits for code and page walks where nothing is outstanding, lie in the core's cells; the
 * commit then settles them, too (cold/pending-commit.ts).
 */
import { OP, type Op, type StepMolecule } from '../step/step-molecule.js';
import { AtomCode } from './atom-code.js';
import { type ByteWriter, W } from './binary.js';
import { SEEN } from './cold/records.js';
import { CommitCode } from './commit-code.js';
import { Entries } from './entries.js';
import { ExitCode } from './exit-code.js';
import { FetchCode } from './fetch-code.js';
import { FunctionCode } from './function-code.js';
import { HitTiming } from './hit-timing.js';
import { JumpCode } from './jump-code.js';
import { LateCode } from './late-code.js';
import { canCompile, isTested, storesOf, transferOf } from './molecules.js';
import { type LocalsState, PathLocals } from './path-locals.js';
import { PathState } from './path-state.js';
import { type Unit, WAY } from './unit.js';
import { RUNTIME_FUNCTIONS } from './unit-imports.js';
import type { UnitCode, UnitMachine } from './unit-machine.js';

/** Chosen: longer functions take V8's optimizing compiler long. */
const MOST_MOLECULES = 400;
/** Beyond a third of that no further paths are taken in. */
const MOST_BEFORE_LAST_PATH = MOST_MOLECULES / 3;
/** Paths, and rests of paths behind misses: numbers of parts have to fit in an entry (unit-tables.ts). */
const MOST_HEADS = 48;
const MOST_RESTS = 100;
/** Molecules of rests: further ones of paths that are compiled already. */
const MOST_IN_RESTS = 400;
/** Of a path beyond a side that is seldom taken. */
const MOST_IN_SIDE = 40;

/** A path from a molecule on of which something has missed. */
interface LateRest {
  readonly from: StepMolecule;
  readonly path: PathState;
  readonly locals: LocalsState;
}

export class UnitWriter {
  private readonly code = new FunctionCode(1);
  private readonly entries = new Entries(this.code);
  private readonly timing = new HitTiming();
  private readonly locals: PathLocals;
  private readonly atoms: AtomCode;
  private readonly exits: ExitCode;
  private readonly fetches: FetchCode;
  private readonly jumps: JumpCode;
  private readonly commits: CommitCode;
  private readonly late: LateCode;
  /** By part: the rest of a path, unless it is a path. */
  private readonly rests: (LateRest | undefined)[] = [];
  /** The rest of a path is being written. */
  private isLate = false;
  /** Molecules so far, and those in rests of paths. */
  private molecules = 0;
  private lateMolecules = 0;
  /** Paths and rests of paths so far. */
  private pathCount = 0;
  private restCount = 0;
  private path!: PathState;

  constructor(
    private readonly unit: Unit,
    private readonly around: UnitCode,
    private readonly machine: UnitMachine,
  ) {
    const { code, timing } = this;
    this.locals = new PathLocals(code, machine.area.working.byteOffset);
    this.atoms = new AtomCode(
      code,
      this.locals,
      machine,
      machine.timing === 'full' ? 'leave' : 'none',
    );
    this.exits = new ExitCode(code, unit, around, machine);
    this.fetches = new FetchCode(code, this.atoms, timing, this.exits, machine);
    this.jumps = new JumpCode(code, timing, this.exits, machine);
    this.commits = new CommitCode(code, this.locals, timing, unit, around, machine);
    this.late = new LateCode(code, this.atoms, this.exits, machine);
    this.atoms.accesses.beforeWait = () => this.exits.noteBeginning(this.path);
  }

  /** The body of the function; undefined where not even the first molecule can be compiled. */
  write(head: StepMolecule): ByteWriter | undefined {
    const { heads, empty } = this.unit;
    this.addPath(head);
    for (let i = 0; i < heads.length; i++) {
      this.entries.begin();
      const from = heads[i];
      if (from === undefined) {
        this.rest(this.rests[i] as LateRest);
        continue;
      }
      const before = this.molecules;
      this.path = new PathState(from);
      this.timing.begin();
      this.locals.begin();
      this.follow(from, MOST_MOLECULES);
      if (this.molecules === before) empty.add(from);
      if (this.molecules === 0) return undefined;
    }
    return this.entries.body();
  }

  private addPath(head: StepMolecule): number {
    this.pathCount++;
    return this.unit.heads.push(head) - 1;
  }

  private rest({ from, path, locals }: LateRest): void {
    const { accesses } = this.atoms;
    this.path = path;
    this.locals.restore(locals);
    this.isLate = true;
    accesses.misses = 'count';
    this.follow(from, MOST_MOLECULES);
    accesses.misses = 'leave';
    this.isLate = false;
  }

  /** From a molecule to commits; every way through it ends with a jump. */
  private follow(from: StepMolecule, most: number): void {
    let m: StepMolecule | undefined = from;
    for (let n = 0; m !== undefined; n++) {
      if (this.isLate && this.goesOnIn(m)) return;
      if (n === most || this.isFull || !this.supports(m)) {
        this.leaveBetween(m.hostPc);
        return;
      }
      m = this.isLate ? this.lateMolecule(m) : this.molecule(m);
    }
  }

  /** Jumps to the part that goes on from a molecule on behind a miss, if there is one. */
  private goesOnIn(m: StepMolecule): boolean {
    const { late } = this.path.node.at(m.hostPc);
    if (late < 0 || late === this.entries.current) return false;
    this.entries.jumpTo(late);
    return true;
  }

  private get isFull(): boolean {
    return this.isLate ? this.lateMolecules >= MOST_IN_RESTS : this.molecules >= MOST_MOLECULES;
  }

  private supports(m: StepMolecule): boolean {
    const { storeBufferEntries } = this.machine.costs;
    if (this.isLate && m.jumps) return false;
    return canCompile(m) && this.path.stores + storesOf(m) <= storeBufferEntries;
  }

  /** Writes a molecule; the one that follows on the path, if the path goes on. */
  private molecule(m: StepMolecule): StepMolecule | undefined {
    const { atoms, path, timing } = this;
    this.molecules++;
    this.unit.members.add(m);
    const late = this.lateFrom(m);
    atoms.begin(m.ops, m.accountBase);
    this.tests(m, late);
    const cycle = timing.await(m);
    this.fetches.use(m, path);
    atoms.execute(m.ops, path, cycle);
    timing.issue(m);
    path.step(m);
    return this.transfer(m);
  }

  /** Same in the rest of a path behind a miss. */
  private lateMolecule(m: StepMolecule): StepMolecule | undefined {
    const { atoms, path, late } = this;
    this.lateMolecules++;
    this.unit.members.add(m);
    atoms.begin(m.ops, m.accountBase);
    this.lateTests(m);
    late.fetch(m, path);
    late.await(m);
    atoms.execute(m.ops, path, 0);
    late.issue(m);
    path.step(m);
    return this.transfer(m);
  }

  /** Tests of a molecule in the rest of a path: whatever misses is counted. */
  private lateTests(m: StepMolecule): void {
    const { code, atoms } = this;
    if (!isTested(m)) return;
    code.block();
    const passed = code.depth;
    code.block();
    atoms.molecule.fail = code.depth;
    atoms.test(m.ops, this.path);
    code.branch(W.br, passed);
    code.end();
    this.leaveBetween(m.hostPc);
    code.end();
  }

  /** The part that goes on from a molecule behind a miss, with the path as it is now; -1: none. */
  private lateFrom(m: StepMolecule): number {
    const { path, rests } = this;
    if (!m.mayMiss || this.isFunctional || this.restCount >= MOST_RESTS) return -1;
    this.restCount++;
    const part = this.unit.heads.push(undefined) - 1;
    rests[part] = { from: m, path: path.copy(), locals: this.locals.save() };
    path.node.at(m.hostPc).late = part;
    return part;
  }

  private get isFunctional(): boolean {
    return this.machine.timing === 'functional';
  }

  /** Tests of a molecule; where one fails the unit is left in front of it, with everything as it was. */
  private tests(m: StepMolecule, late: number): void {
    const { code, atoms, path } = this;
    if (this.fetches.lines(m, path).length === 0 && !isTested(m)) return;
    code.block();
    const passed = code.depth;
    code.block();
    atoms.molecule.miss = code.depth;
    atoms.molecule.mayMiss = false;
    code.block();
    atoms.molecule.fail = code.depth;
    this.fetches.test(m, path);
    // One walk at most: if a later test fails, the stepper must find its page still in the TLB.
    atoms.accesses.walks = path.steps === undefined && m.ops.filter(walks).length === 1;
    atoms.test(m.ops, path);
    code.branch(W.br, passed);
    code.end();
    this.leaveBetween(m.hostPc);
    code.end();
    if (late >= 0) {
      this.late.enter(path, this.timing.save());
      this.entries.jumpTo(late);
    } else if (atoms.molecule.mayMiss) {
      // Once is enough: if there was no room for it there will be none.
      this.leaveBetween(m.hostPc, undefined, !m.mayMiss);
    }
    code.end();
  }

  /** Where a molecule leads; the molecule that follows in the same stretch of code, if any. */
  private transfer(m: StepMolecule): StepMolecule | undefined {
    const at = transferOf(m.ops);
    if (at < 0) return this.straightOn(m);
    const op = m.ops[at];
    const { takenCycles } = this.machine.costs;
    const result = this.atoms.result(at);
    switch (op.kind) {
      case OP.branch:
        return this.direction(m, op.imm, takenCycles, this.around.hasGone(m, SEEN.taken));
      case OP.jumpRegister:
        this.jumps.write(m, result, false, this.path);
        return undefined;
      case OP.returnPop:
        return this.returnPop(m, result);
      default:
        return this.conditional(m, op, result);
    }
  }

  private conditional(m: StepMolecule, { imm }: Op, condition: number): StepMolecule | undefined {
    const hasGone = this.around.hasGone(m, SEEN.taken);
    this.code.get(condition);
    this.aside(!hasGone, () => {
      const next = this.direction(m, imm, this.machine.costs.takenCycles, hasGone);
      if (next !== undefined) this.follow(next, MOST_IN_SIDE);
    });
    return this.straightOn(m);
  }

  /** A return goes on behind it where the stack does not know the address in a local. */
  private returnPop(m: StepMolecule, address: number): StepMolecule | undefined {
    const { code } = this;
    code.get(address);
    code.call(RUNTIME_FUNCTIONS.popReturn.number);
    code.tee(address);
    this.aside(true, () => this.jumps.write(m, address, true, this.path));
    return this.direction(m, m.nextPc, 0, true);
  }

  /** What happens if the value on the stack is not zero: it ends with a jump. */
  private aside(isSeldom: boolean, write: () => void): void {
    const { path } = this;
    const locals = this.locals.save();
    const time = this.timing.save();
    this.path = path.copy();
    if (isSeldom) this.code.ifSeldom();
    else this.code.if();
    write();
    this.code.end();
    this.path = path;
    this.locals.restore(locals);
    this.timing.restore(time);
  }

  private straightOn(m: StepMolecule): StepMolecule | undefined {
    return this.direction(m, m.nextPc, 0, this.around.hasGone(m, SEEN.following));
  }

  /** One direction of a molecule's branch; `hasGone`: it went there when it was executed. */
  private direction(
    m: StepMolecule,
    toPc: number,
    branchCycles: number,
    hasGone: boolean,
  ): StepMolecule | undefined {
    const cycles = m.leave >= 0 ? this.machine.costs.leaveCycles : branchCycles;
    if (this.isLate) this.late.branch(m, cycles);
    else {
      this.timing.branch(cycles);
      this.path.branched(cycles);
    }
    if (m.commit) this.commit(m, toPc);
    else if (!hasGone) this.leaveBetween(toPc, m);
    else return this.around.at(toPc);
    return undefined;
  }

  private commit(m: StepMolecule, toPc: number): void {
    const { code, exits, path } = this;
    exits.noteLine(m.lastLine);
    if (this.isLate) {
      this.late.drain(m);
      this.commits.writeLate(m);
    } else this.commits.write(m);
    if (m.leave >= 0) {
      exits.leavePath(path, { kind: WAY.exit, toPc, molecule: m });
      return;
    }
    this.commits.pushEvent();
    code.ifSeldom();
    exits.leavePath(path, { kind: WAY.event, toPc, molecule: m });
    code.end();
    const next = this.pathAt(toPc);
    if (next >= 0) this.entries.jumpTo(next);
    else {
      code.const32(this.machine.tables.place(toPc));
      code.return();
    }
  }

  /** The unit's path that begins at a place, or -1. */
  private pathAt(toPc: number): number {
    const { heads } = this.unit;
    const known = heads.findIndex((head) => head?.hostPc === toPc);
    if (known >= 0 || this.molecules >= MOST_BEFORE_LAST_PATH || this.pathCount >= MOST_HEADS)
      return known;
    const head = this.around.warmHead(toPc);
    return head === undefined ? -1 : this.addPath(head);
  }

  /** In front of a molecule. `surprised`: the one whose branch had never gone there; `hasMissed`: something has. */
  private leaveBetween(toPc: number, surprised?: StepMolecule, hasMissed = false): void {
    const { exits, path } = this;
    if (this.isLate) {
      this.late.leave(path, toPc, surprised);
      return;
    }
    const remake = surprised ? 'surprise' : hasMissed ? 'miss' : undefined;
    exits.leaveBetween(path, this.atoms.accesses.aliases, { toPc, molecule: surprised, remake });
  }
}

/** Accesses that look a page up in the TLB. */
const walks = ({ kind }: Op): boolean =>
  kind === OP.load || kind === OP.store || kind === OP.checkPage;
