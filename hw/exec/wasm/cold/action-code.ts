/**
 * What the operations of a record do, once every test has passed. What accesses wait for is counted as it
 * comes (in the functional model nothing waits); where a branch leads and what it costs waits in locals
 * until the molecule has issued.
 */
import { secondIsImmediate } from '../../../atom/forms.js';
import type { MeaningSource } from '../../../atom/meaning.js';
import { CC_CARRY, CC_RESULT, MQ } from '../../../atom/registers.js';
import { ALIAS_USED } from '../../../core/alias-registers.js';
import { RAM_OFFSET } from '../../../memory/layout.js';
import { NOW, PREPARED_AT, PREPARED_TARGET } from '../../../timing/cycle-account.js';
import { W } from '../binary.js';
import { DivideCode } from '../divide-code.js';
import { type FunctionCode, wordAt } from '../function-code.js';
import { CONDITION_MEANINGS, MeaningCode } from '../meaning-code.js';
import { MoleculeCode } from '../molecule-code.js';
import { TagTests } from '../tag-tests.js';
import { MISS_FUNCTIONS, RUNTIME_FUNCTIONS } from '../unit-imports.js';
import type { UnitMachine } from '../unit-machine.js';
import { CELL } from '../unit-tables.js';
import { loadOf, storeOf } from '../widths.js';
import { ACTIONS, type ActionKind } from './codes.js';
import { FieldRegisters, field } from './fields.js';
import { DO, DO_BYTES, PLACE } from './records.js';
import { switchOn } from './switch.js';
import { UndoCode } from './undo-code.js';

/** Locals that actions share with the code around them. */
export interface ActionLocals {
  /** Host addresses of the action at hand and behind the last one. */
  readonly at: number;
  readonly end: number;
  /** Cells that the molecule is charged to: number of the first one. */
  readonly base: number;
  /** Where the molecule branches to (0: nowhere), and what that costs. */
  readonly target: number;
  readonly cycles: number;
  /** 1 once a load has missed. */
  readonly missed: number;
}

const FAILED_BEFORE = -1;

export class ActionCode {
  private readonly registers: FieldRegisters;
  private readonly molecule: MoleculeCode;
  private readonly meanings: MeaningCode;
  private readonly tags: TagTests;
  private readonly undo: UndoCode;
  private readonly host: number;
  private readonly linear: number;

  constructor(
    private readonly code: FunctionCode,
    private readonly locals: ActionLocals,
    private readonly machine: UnitMachine,
  ) {
    this.registers = new FieldRegisters(code, locals.at, machine.area.working.byteOffset);
    this.molecule = new MoleculeCode(code, this.registers);
    this.meanings = new MeaningCode(code);
    this.tags = new TagTests(code, machine);
    this.undo = new UndoCode(code, machine.area);
    this.host = code.local();
    this.linear = code.local();
  }

  /** Runs the actions. */
  write(): void {
    switchOn(this.code, this.locals, DO_BYTES, ACTIONS.length, (i) => {
      this.code.releaseScratch();
      this.one(ACTIONS[i]);
    });
  }

  private one(kind: ActionKind): void {
    switch (kind.is) {
      case 'compute':
        this.compute(kind);
        return;
      case 'load':
        this.load(kind);
        return;
      case 'store':
        this.store(kind);
        return;
      case 'checkPage':
        this.walk();
        return;
      case 'divide':
        this.divide(kind.bytes, kind.signed);
        return;
      default:
        this.transfer(kind);
    }
  }

  private compute({ row, meaning }: ActionKind & { is: 'compute' }): void {
    const { registers } = this;
    const immediate = secondIsImmediate(row);
    const push = (): void =>
      this.meanings.push(meaning, (source) => {
        if (source === 'b' && immediate) registers.word(DO.number);
        else registers.push(placeOf(source));
      });
    const [first, ...others] = meaning.writes;
    if (others.length === 0) {
      registers.put(placeOf(first.target), push);
      return;
    }
    push();
    for (const { target } of meaning.writes.toReversed()) registers.pop(placeOf(target));
  }

  /** Its tests have passed, so it does not fail; what they worked out is worked out again. */
  private divide(bytes: number, signed: boolean): void {
    const op = {
      a: field(DO.a),
      b: field(DO.b),
      d: field(DO.d),
      bytes,
      signed,
    };
    const division = new DivideCode(this.molecule);
    this.code.block();
    this.molecule.fail = this.code.depth;
    division.test(op, 0);
    division.execute(op, 0);
    this.code.end();
    this.molecule.fail = FAILED_BEFORE;
  }

  // --- memory

  private load({ bytes, signed, access }: ActionKind & { is: 'load' }): void {
    const { code, registers } = this;
    this.kept(PLACE.host, this.host);
    if (access === 'recorded') this.record(bytes);
    if (access !== 'physical') this.walk();
    this.inData(() => {
      code.get(this.host);
      registers.half(DO.d);
      code.const32(2);
      code.op(W.shrU);
      code.get(this.locals.base);
      code.call(MISS_FUNCTIONS.load.number);
      code.const32(1);
      code.set(this.locals.missed);
    });
    registers.put(field(DO.d), () => {
      code.get(this.host);
      code.access(loadOf(bytes, signed), 0);
    });
  }

  private store({ bytes, access }: ActionKind & { is: 'store' }): void {
    const { code, registers } = this;
    this.kept(PLACE.host, this.host);
    if (access === 'guest') {
      this.undo.log(this.host, bytes);
      this.walk();
    }
    this.inData(() => {
      code.get(this.host);
      code.get(this.locals.base);
      code.call(MISS_FUNCTIONS.store.number);
    });
    code.get(this.host);
    registers.push(field(DO.b));
    code.access(storeOf(bytes), 0);
  }

  /** The host TLB: a miss is walked for at once. */
  private walk(): void {
    const { code, machine } = this;
    if (machine.timing === 'functional') return;
    this.kept(PLACE.linear, this.linear);
    this.tags.walked(this.linear, () => {
      code.if();
      code.get(this.linear);
      code.get(this.locals.base);
      code.call(MISS_FUNCTIONS.walk.number);
      code.end();
    });
  }

  /** The line of the host address: `miss` where it is not in L1D, or wherever its use is to be noted. */
  private inData(miss: () => void): void {
    const { code, machine } = this;
    if (machine.timing === 'functional') return;
    const act = (): void => {
      code.if();
      miss();
      code.end();
    };
    if (machine.l1d.isLru) {
      code.const32(1);
      act();
    } else this.tags.inData(this.host, act);
  }

  /** AliasRegisters.record: no access of cold code crosses a line, so the second range is empty. */
  private record(bytes: number): void {
    const { code, registers } = this;
    const { alias } = this.machine.area;
    const set = (index: number, value: () => void): void => {
      registers.word(DO.number);
      value();
      code.access(W.store32, wordAt(alias, index));
    };
    const physical = (beyond: number): void => {
      code.get(this.host);
      code.const32(RAM_OFFSET - beyond);
      code.op(W.sub);
    };
    set(0, () => physical(0));
    set(1, () => physical(bytes));
    set(2, () => code.const32(0));
    set(3, () => code.const32(0));
    code.setWord(wordAt(alias, ALIAS_USED), () => code.const32(1));
  }

  private kept(which: number, local: number): void {
    this.registers.half(DO.a);
    this.code.access(W.load32, this.machine.tables.cell(CELL.accesses) + which);
    this.code.set(local);
  }

  // --- branches

  private transfer(kind: ActionKind): void {
    const { code, registers } = this;
    const { cells } = this.machine.area;
    switch (kind.is) {
      case 'prepare':
        code.setWord(wordAt(cells, PREPARED_TARGET), () => registers.push(field(DO.a)));
        code.setWord(wordAt(cells, PREPARED_AT), () => code.word(wordAt(cells, NOW)));
        return;
      case 'returnPush':
        registers.push(field(DO.a));
        registers.word(DO.number);
        code.call(RUNTIME_FUNCTIONS.pushReturn.number);
        return;
      case 'returnPop':
        this.returnPop();
        return;
      case 'jumpRegister':
        this.jump();
        return;
      case 'branch':
        this.take();
        return;
      default:
        this.condition(kind);
        code.if();
        this.take();
        code.end();
    }
  }

  private condition(kind: ActionKind): void {
    if (kind.is === 'branchCondition') {
      this.meanings.push(CONDITION_MEANINGS[kind.code], (s) =>
        this.registers.push(statusRegister(s)),
      );
      return;
    }
    this.registers.push(field(DO.a));
    if (kind.is === 'branchZero') this.code.op(W.eqz);
  }

  private take(): void {
    const { code, locals } = this;
    this.registers.word(DO.number);
    code.set(locals.target);
    code.const32(this.machine.costs.takenCycles);
    code.set(locals.cycles);
  }

  private jump(): void {
    const { code, locals } = this;
    this.registers.push(field(DO.a));
    code.tee(locals.target);
    code.word(wordAt(this.machine.area.cells, NOW));
    code.call(RUNTIME_FUNCTIONS.jump.number);
    code.set(locals.cycles);
  }

  private returnPop(): void {
    const { code, locals } = this;
    this.registers.push(field(DO.a));
    code.call(RUNTIME_FUNCTIONS.popReturn.number);
    code.tee(locals.target);
    code.if();
    code.const32(this.machine.costs.preparedCycles);
    code.set(locals.cycles);
    code.end();
  }
}

/** The register of a condition's source. */
export function statusRegister(source: MeaningSource): number {
  switch (source) {
    case 'result':
      return CC_RESULT;
    case 'carry':
      return CC_CARRY;
    default:
      return MQ;
  }
}

function placeOf(source: MeaningSource): number {
  switch (source) {
    case 'a':
      return field(DO.a);
    case 'b':
      return field(DO.b);
    case 'd':
      return field(DO.d);
    default:
      return statusRegister(source);
  }
}
