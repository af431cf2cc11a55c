/**
 * Writes the timed code of a unit: its molecules one by one, with the cycles counted as they come, for
 * what follows an access that missed. It does to the scoreboard, the cells and the tags what the stepper does
 * (step/stepper.ts, step/load-store-unit.ts), molecule by molecule; the registers lie in the working file
 * between molecules. It stops in front of a molecule that is in trouble or that only the stepper
 * can do, and behind one that commits, whose commit is the stepper's.
 */
import { UNDO_STORES } from '../../core/undo-log.js';
import { CPI } from '../../timing/cpi.js';
import { ATOMS, FETCHED_LINE, NOW } from '../../timing/cycle-account.js';
import { LAST, PENDING0, PENDING1 } from '../../timing/scoreboard.js';
import { OP, type StepMolecule } from '../step/step-molecule.js';
import { AtomCode } from './atom-code.js';
import { type ByteWriter, W } from './binary.js';
import { Entries } from './entries.js';
import { ExitCode } from './exit-code.js';
import { FunctionCode, wordAt } from './function-code.js';
import { canCompile, storesOf, transferOf } from './molecules.js';
import { PathLocals } from './path-locals.js';
import { noHistory } from './path-state.js';
import { type Unit, WAY } from './unit.js';
import { RUNTIME_FUNCTIONS, SLOW_FUNCTIONS } from './unit-imports.js';
import type { UnitCode, UnitMachine } from './unit-machine.js';

export class TimedWriter {
  /** By host pc: number of the part. */
  readonly parts: ReadonlyMap<number, number>;
  private readonly code = new FunctionCode(1);
  private readonly entries = new Entries(this.code);
  private readonly locals: PathLocals;
  private readonly atoms: AtomCode;
  private readonly exits: ExitCode;
  private readonly molecules: readonly StepMolecule[];
  /** Here the core keeps what has been done. */
  private readonly history = noHistory();

  constructor(
    unit: Unit,
    around: UnitCode,
    private readonly machine: UnitMachine,
  ) {
    this.locals = new PathLocals(this.code, machine.area.working.byteOffset);
    this.atoms = new AtomCode(this.code, this.locals, machine, 'time');
    this.exits = new ExitCode(this.code, unit, around, machine);
    this.molecules = [...unit.members]
      .filter((m) => canCompile(m) && !m.jumps)
      .sort((a, b) => a.hostPc - b.hostPc);
    this.parts = new Map(this.molecules.map(({ hostPc }, i) => [hostPc, i]));
  }

  write(): ByteWriter | undefined {
    if (this.molecules.length === 0) return undefined;
    for (const m of this.molecules) {
      this.entries.begin();
      this.molecule(m);
    }
    return this.entries.body();
  }

  private molecule(m: StepMolecule): void {
    const { atoms } = this;
    this.locals.begin();
    atoms.begin(m.ops, m.accountBase);
    this.tests(m);
    this.fetch(m);
    this.await(m);
    atoms.execute(m.ops, this.history, 0);
    this.issue(m);
    atoms.accesses.issued();
    this.transfer(m);
  }

  /** What only the stepper can do; nothing has changed yet. */
  private tests(m: StepMolecule): void {
    const { code, machine } = this;
    const { molecule } = this.atoms;
    code.block();
    const passed = code.depth;
    code.block();
    molecule.fail = code.depth;
    const stores = storesOf(m);
    if (stores > 0) {
      code.word(wordAt(machine.area.undo, UNDO_STORES));
      code.const32(machine.costs.storeBufferEntries - stores);
      code.op(W.gtS);
      molecule.failIf();
    }
    this.atoms.test(m.ops, this.history);
    code.branch(W.br, passed);
    code.end();
    this.exits.leave({ kind: WAY.stopped, toPc: m.hostPc, molecule: undefined });
    code.end();
  }

  private fetch(m: StepMolecule): void {
    const { code } = this;
    code.word(this.cell(FETCHED_LINE));
    code.const32(m.firstLine);
    code.op(W.ne);
    code.if();
    this.fetchLine(m, m.firstLine);
    code.end();
    if (m.lastLine !== m.firstLine) this.fetchLine(m, m.lastLine);
    this.exits.noteLine(m.lastLine);
  }

  private fetchLine(m: StepMolecule, line: number): void {
    const { code } = this;
    const fetch = (): void => {
      code.if();
      code.const32(line);
      code.const32(m.accountBase);
      code.call(SLOW_FUNCTIONS.fetchLine.number);
      code.end();
    };
    if (this.machine.l1i.isLru) {
      code.const32(1);
      fetch();
    } else this.atoms.accesses.tags.fetched(line, fetch);
  }

  private await(m: StepMolecule): void {
    if ((m.wait0 | m.wait1) === 0) return;
    const { code } = this;
    code.word(this.ready(PENDING0));
    code.const32(m.wait0);
    code.op(W.and);
    code.word(this.ready(PENDING1));
    code.const32(m.wait1);
    code.op(W.and);
    code.op(W.or);
    code.if();
    code.const32(m.wait0);
    code.const32(m.wait1);
    code.const32(m.accountBase);
    code.call(RUNTIME_FUNCTIONS.await.number);
    code.end();
  }

  private issue(m: StepMolecule): void {
    const { code } = this;
    if (m.latestCycles !== 0) this.note(m);
    code.addToWord(this.cell(NOW), 1);
    code.addToWord(this.cell(m.accountBase + CPI.issue), 1);
    if (m.atoms > 0) code.addToWord(this.cell(m.accountBase + ATOMS), m.atoms);
  }

  /** Scoreboard.note: results that are not ready for the next molecule. */
  private note(m: StepMolecule): void {
    const { code } = this;
    m.lateRegisters.forEach((r, i) => {
      code.setWord(this.ready(r), () => this.pushTime(m.lateCycles[i]));
    });
    const pending = [m.late0, m.late1];
    [PENDING0, PENDING1].forEach((word, i) => {
      if (pending[i] === 0) return;
      code.setWord(this.ready(word), () => {
        code.word(this.ready(word));
        code.const32(pending[i]);
        code.op(W.or);
      });
    });
    const last = code.temporary();
    this.pushTime(m.latestCycles);
    code.tee(last);
    code.word(this.ready(LAST));
    code.op(W.gtS);
    code.if();
    code.setWord(this.ready(LAST), () => code.get(last));
    code.end();
  }

  /** Pushes a time of the scoreboard, so many cycles from now on. */
  private pushTime(cycles: number): void {
    const { code } = this;
    code.word(this.cell(NOW));
    code.const32(cycles);
    code.op(W.add);
    code.const32(2);
    code.op(W.shl);
  }

  private transfer(m: StepMolecule): void {
    const { code } = this;
    const { takenCycles, leaveCycles } = this.machine.costs;
    const at = transferOf(m.ops);
    if (at >= 0) {
      const { kind, imm } = m.ops[at];
      if (kind === OP.branch) {
        this.direction(m, imm, takenCycles);
        return;
      }
      code.get(this.atoms.result(at));
      code.if();
      this.direction(m, imm, takenCycles);
      code.end();
    }
    this.direction(m, m.nextPc, m.leave >= 0 ? leaveCycles : 0);
  }

  private direction(m: StepMolecule, toPc: number, cycles: number): void {
    const { code, entries } = this;
    if (cycles !== 0) {
      code.addToWord(this.cell(m.accountBase + CPI.branch), cycles);
      code.addToWord(this.cell(NOW), cycles);
    }
    if (m.commit) {
      this.exits.leave({ kind: WAY.issued, toPc, molecule: m });
      return;
    }
    const part = this.parts.get(toPc);
    if (part === undefined) this.exits.leave({ kind: WAY.stopped, toPc, molecule: undefined });
    // The next part follows.
    else if (part !== entries.current + 1 || code.depth > 0) entries.jumpTo(part);
  }

  private cell(number: number): number {
    return wordAt(this.machine.area.cells, number);
  }

  private ready(number: number): number {
    return wordAt(this.machine.area.ready, number);
  }
}
