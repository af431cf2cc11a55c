/**
 * What the atoms of a molecule do, as WebAssembly. Whatever must hold so that nothing unusual happens
 * (hits everywhere, no trap, no alias) is tested before the molecule changes anything: its sources are all
 * read before it writes, so addresses and conditions are known then. A test that fails leaves the unit
 * in front of the molecule, and the stepper does what is unusual; what has only missed may be counted.
 */
import { secondIsImmediate } from '../../atom/forms.js';
import type { MeaningSource } from '../../atom/meaning.js';
import { CC_CARRY, CC_RESULT, MQ } from '../../atom/registers.js';
import { NOW, PREPARED_AT, PREPARED_TARGET } from '../../timing/cycle-account.js';
import { OP, type Op } from '../step/step-molecule.js';
import { AccessCode } from './access-code.js';
import { W } from './binary.js';
import { DivideCode } from './divide-code.js';
import { type FunctionCode, wordAt } from './function-code.js';
import { CONDITION_MEANINGS, MeaningCode } from './meaning-code.js';
import { MoleculeCode } from './molecule-code.js';
import type { PathLocals } from './path-locals.js';
import type { PathHistory } from './path-state.js';
import { RUNTIME_FUNCTIONS } from './unit-imports.js';
import type { Misses, Surroundings } from './unit-machine.js';

export class AtomCode {
  readonly molecule: MoleculeCode;
  readonly accesses: AccessCode;
  private readonly divisions: DivideCode;
  private readonly meanings: MeaningCode;
  /** By operation of the molecule: local of a branch's condition or a jump's target. */
  private readonly results: number[] = [];

  constructor(
    private readonly code: FunctionCode,
    locals: PathLocals,
    private readonly around: Surroundings,
    misses: Misses,
  ) {
    this.molecule = new MoleculeCode(code, locals);
    this.accesses = new AccessCode(this.molecule, around, misses);
    this.divisions = new DivideCode(this.molecule);
    this.meanings = new MeaningCode(code);
  }

  /** A molecule begins. `base`: cells that it is charged to. */
  begin(ops: readonly Op[], base: number): void {
    this.molecule.begin(base);
    this.accesses.begin();
    this.results.length = 0;
    for (const op of ops) if (op.kind === OP.latch) this.molecule.latch(op);
  }

  /** Writes the tests of all operations; a failure branches to `molecule.fail`. Nothing but locals changes. */
  test(ops: readonly Op[], history: PathHistory): void {
    ops.forEach((op, i) => {
      this.testOne(op, i, history);
    });
  }

  /** Writes what they do once every test has passed. `cycle`: in which they do so, since the path began. */
  execute(ops: readonly Op[], history: PathHistory, cycle: number): void {
    this.accesses.beginActions(ops);
    ops.forEach((op, i) => {
      this.executeOne(op, i, history, cycle);
    });
  }

  /** Local of a branch's condition, a jump's target, a return's guest address. */
  result(index: number): number {
    return this.results[index];
  }

  private testOne(op: Op, index: number, history: PathHistory): void {
    switch (op.kind) {
      case OP.load:
      case OP.store:
        this.accesses.testGuest(op, index, history);
        break;
      case OP.loadPhysical:
      case OP.storePhysical:
        this.accesses.testPhysical(op, index);
        break;
      case OP.checkPage:
        this.accesses.testPage(op, index);
        break;
      case OP.divide:
        this.divisions.test(op, index);
        break;
      case OP.trap:
        this.molecule.failed();
        break;
      case OP.trapCondition:
      case OP.trapNonZero:
      case OP.trapZero:
        this.pushCondition(op);
        this.molecule.failIf();
        break;
    }
  }

  private executeOne(op: Op, index: number, history: PathHistory, cycle: number): void {
    switch (op.kind) {
      case OP.compute:
        this.compute(op);
        break;
      case OP.load:
      case OP.loadPhysical:
        this.accesses.load(op, index, history);
        break;
      case OP.store:
        this.accesses.store(op, index, history);
        break;
      case OP.storePhysical:
        this.accesses.storePhysical(op, index);
        break;
      case OP.checkPage:
        this.accesses.checkPage(index);
        break;
      case OP.divide:
        this.divisions.execute(op, index);
        break;
      default:
        this.transfer(op, index, cycle);
    }
  }

  private transfer(op: Op, index: number, cycle: number): void {
    switch (op.kind) {
      case OP.prepare:
        this.prepare(op, cycle);
        break;
      case OP.returnPush:
        this.molecule.push(op.a);
        this.code.const32(op.imm);
        this.code.call(RUNTIME_FUNCTIONS.pushReturn.number);
        break;
      case OP.branchCondition:
      case OP.branchNonZero:
      case OP.branchZero:
        this.keep(index, () => this.pushCondition(op));
        break;
      case OP.jumpRegister:
      case OP.returnPop:
        this.keep(index, () => this.molecule.push(op.a));
        break;
    }
  }

  /** A value that the molecule's branch will need when all atoms have been executed. */
  private keep(index: number, push: () => void): void {
    this.results[index] = this.code.temporary();
    push();
    this.code.set(this.results[index]);
  }

  private compute({ row, d, a, b, imm }: Op): void {
    const meaning = row?.meaning;
    if (row === undefined || meaning === undefined) return;
    const immediate = secondIsImmediate(row);
    this.meanings.push(meaning, (source) => {
      if (source === 'b' && immediate) this.code.const32(imm);
      else this.molecule.push(placeOf(source, d, a, b));
    });
    for (const { target } of meaning.writes.toReversed())
      this.molecule.pop(placeOf(target, d, a, b));
  }

  /** Pushes 0 or not 0. */
  private pushCondition(op: Op): void {
    const { molecule } = this;
    switch (op.kind) {
      case OP.branchCondition:
      case OP.trapCondition:
        this.meanings.push(CONDITION_MEANINGS[op.code], (s) => molecule.push(placeOf(s, 0, 0, 0)));
        break;
      case OP.branchZero:
      case OP.trapZero:
        molecule.push(op.a);
        this.code.op(W.eqz);
        break;
      default:
        molecule.push(op.a);
    }
  }

  /** BranchUnit.prepare. */
  private prepare(op: Op, cycle: number): void {
    const { code } = this;
    const { cells } = this.around.area;
    code.setWord(wordAt(cells, PREPARED_TARGET), () => this.molecule.push(op.a));
    code.setWord(wordAt(cells, PREPARED_AT), () => {
      code.word(wordAt(cells, NOW));
      code.const32(cycle);
      code.op(W.add);
    });
  }
}

function placeOf(name: MeaningSource, d: number, a: number, b: number): number {
  switch (name) {
    case 'a':
      return a;
    case 'b':
      return b;
    case 'd':
      return d;
    case 'result':
      return CC_RESULT;
    case 'carry':
      return CC_CARRY;
    case 'mq':
      return MQ;
  }
}
