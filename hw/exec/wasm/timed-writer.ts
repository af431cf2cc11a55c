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
import { type Again, entries, jumpTo } from './entries.js';
import { FunctionCode } from './function-code.js';
import { PathLocals } from './path-locals.js';
import { RUNTIME_FUNCTIONS, SLOW_FUNCTIONS } from './runtime.js';
import { type Unit, WAY } from './unit.js';
import {
  canCompile,
  isTransfer,
  storesOf,
  type UnitCode,
  type UnitMachine,
} from './unit-writer.js';

export class TimedWriter {
  private readonly code = new FunctionCode(1);
  private readonly locals: PathLocals;
  private readonly atoms: AtomCode;
  private readonly starts: number[] = [];
  private readonly again: Again[] = [];
  private readonly molecules: readonly StepMolecule[];
  /** By host pc: number of the part. */
  readonly parts: ReadonlyMap<number, number>;
  private number = 0;
  /** PathHistory; here the core keeps both. */
  stores = 0;
  readonly aliases = new Uint8Array(8);

  constructor(
    private readonly unit: Unit,
    private readonly around: UnitCode,
    private readonly machine: UnitMachine,
  ) {
    this.locals = new PathLocals(this.code, machine.area.working.byteOffset);
    this.atoms = new AtomCode(this.code, this.locals, machine, 'time');
    this.molecules = [...unit.members]
      .filter((m) => canCompile(m) && !m.jumps)
      .sort((a, b) => a.hostPc - b.hostPc);
    this.parts = new Map(this.molecules.map(({ hostPc }, i) => [hostPc, i]));
  }

  write(): ByteWriter | undefined {
    if (this.molecules.length === 0) return undefined;
    this.molecules.forEach((m, i) => {
      this.starts.push(this.code.out.length);
      this.number = i;
      this.molecule(m);
    });
    return entries(this.code, this.starts, this.again);
  }

  private molecule(m: StepMolecule): void {
    const { code, atoms } = this;
    this.locals.begin();
    atoms.begin(m.accountBase);
    const mayMiss = m.ops.some((op) => op.kind === OP.load || op.kind === OP.loadPhysical);
    if (mayMiss) {
      atoms.missed = code.temporary();
      code.const32(0);
      code.set(atoms.missed);
    }
    for (const op of m.ops) if (op.kind === OP.latch) atoms.latch(op);
    this.tests(m);
    this.fetch(m);
    this.await(m);
    m.ops.forEach((op, i) => {
      if (op.kind !== OP.latch) atoms.execute(op, i, this, 0);
    });
    this.issue(m);
    if (mayMiss) {
      code.get(atoms.missed);
      code.if();
      code.call(SLOW_FUNCTIONS.noteMisses.number);
      code.end();
    }
    this.transfer(m);
  }

  /** What only the stepper can do; nothing has changed yet. */
  private tests(m: StepMolecule): void {
    const { code, atoms, machine } = this;
    code.block();
    const passed = code.depth;
    code.block();
    atoms.fail = code.depth;
    const stores = storesOf(m);
    if (stores > 0) {
      code.word(machine.area.undo.byteOffset + 4 * UNDO_STORES);
      code.const32(machine.costs.storeBufferEntries - stores);
      code.op(W.gtS);
      atoms.failIf();
    }
    m.ops.forEach((op, i) => {
      atoms.test(op, i, this);
    });
    code.branch(W.br, passed);
    code.end();
    this.leave(WAY.stopped, m.hostPc, undefined);
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
    code.setWord(this.cell(FETCHED_LINE), () => code.const32(m.lastLine));
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
    } else this.atoms.fetched(line, fetch);
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
    const time = (cycles: number): void => {
      code.word(this.cell(NOW));
      code.const32(cycles);
      code.op(W.add);
      code.const32(2);
      code.op(W.shl);
    };
    m.lateRegisters.forEach((r, i) => {
      code.setWord(this.ready(r), () => time(m.lateCycles[i]));
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
    time(m.latestCycles);
    code.tee(last);
    code.word(this.ready(LAST));
    code.op(W.gtS);
    code.if();
    code.setWord(this.ready(LAST), () => code.get(last));
    code.end();
  }

  private transfer(m: StepMolecule): void {
    const { code } = this;
    const at = m.ops.findIndex(
      (op) => op.kind >= OP.branch && op.kind <= OP.returnPop && isTransfer(op),
    );
    const branch = m.ops[at];
    const { takenCycles, leaveCycles } = this.machine.costs;
    if (branch?.kind === OP.branch) {
      this.direction(m, branch.imm, takenCycles);
      return;
    }
    if (branch !== undefined) {
      code.get(this.atoms.result(at));
      code.if();
      this.direction(m, branch.imm, takenCycles);
      code.end();
    }
    this.direction(m, m.nextPc, m.leave >= 0 ? leaveCycles : 0);
  }

  private direction(m: StepMolecule, toPc: number, cycles: number): void {
    const { code, number } = this;
    if (cycles !== 0) {
      code.addToWord(this.cell(m.accountBase + CPI.branch), cycles);
      code.addToWord(this.cell(NOW), cycles);
    }
    if (m.commit) {
      this.leave(WAY.issued, toPc, m);
      return;
    }
    const part = this.parts.get(toPc);
    if (part === undefined) this.leave(WAY.stopped, toPc, undefined);
    // The next part follows.
    else if (part !== number + 1 || code.depth > 0) jumpTo(code, part, this.again, number);
  }

  private leave(kind: number, toPc: number, molecule: StepMolecule | undefined): void {
    const { code, unit } = this;
    const number = this.around.takeWayOut({
      kind,
      unit,
      toPc,
      molecule,
      headPc: 0,
      site: undefined,
      steps: undefined,
      stores: 0,
      protectedLoads: false,
      surprises: -1,
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

  private ready(number: number): number {
    return this.machine.area.ready.byteOffset + 4 * number;
  }
}
