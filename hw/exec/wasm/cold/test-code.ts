/**
 * Tests of a record: what must hold so that a molecule does nothing unusual. Addresses of accesses are
 * worked out here and kept for what the molecule does. Where a test fails nothing but latches has changed, and
 * the stepper executes the molecule.
 */
import { PAGE_MASK } from '../../../core/guest-words.js';
import { RAM_OFFSET } from '../../../memory/layout.js';
import { W } from '../binary.js';
import { DivideCode } from '../divide-code.js';
import type { FunctionCode } from '../function-code.js';
import { CONDITION_MEANINGS, MeaningCode } from '../meaning-code.js';
import { MoleculeCode } from '../molecule-code.js';
import { PAGE_SHIFT } from '../tag-tests.js';
import { RUNTIME_FUNCTIONS } from '../unit-imports.js';
import type { UnitMachine } from '../unit-machine.js';
import { CELL } from '../unit-tables.js';
import { statusRegister } from './action-code.js';
import { TESTS, type TestKind } from './codes.js';
import { FieldRegisters, field } from './fields.js';
import { PLACE, TEST, TEST_BYTES } from './records.js';
import { switchOn } from './switch.js';

const PAGE_OFFSET = (1 << PAGE_SHIFT) - 1;

export class TestCode {
  private readonly registers: FieldRegisters;
  private readonly molecule: MoleculeCode;
  private readonly meanings: MeaningCode;
  private readonly linear: number;
  private readonly entry: number;
  /** Depth of the block behind whose end a failed test goes on. */
  private fail = 0;

  constructor(
    private readonly code: FunctionCode,
    /** Locals with the host addresses of the test at hand and behind the last one. */
    private readonly span: { readonly at: number; readonly end: number },
    private readonly machine: UnitMachine,
  ) {
    this.registers = new FieldRegisters(code, span.at, machine.area.working.byteOffset);
    this.molecule = new MoleculeCode(code, this.registers);
    this.meanings = new MeaningCode(code);
    this.linear = code.local();
    this.entry = code.local();
  }

  /** Runs the tests; a failure branches to depth `fail`. */
  write(fail: number): void {
    this.fail = this.molecule.fail = fail;
    switchOn(this.code, this.span, TEST_BYTES, TESTS.length, (i) => {
      this.code.releaseScratch();
      this.one(TESTS[i]);
    });
  }

  private one(kind: TestKind): void {
    const { code, registers } = this;
    switch (kind.is) {
      case 'latch':
        registers.put(field(TEST.place), () => registers.push(field(TEST.a)));
        return;
      case 'load':
        this.guest();
        return;
      case 'store':
        this.guest();
        this.aliases();
        return;
      case 'physical':
        registers.push(field(TEST.a));
        code.set(this.linear);
        this.crossing();
        this.keep(PLACE.host, () => code.get(this.linear));
        return;
      case 'checkPage':
        this.page();
        return;
      case 'refuse':
        this.molecule.failed();
        return;
      case 'divide':
        new DivideCode(this.molecule).test(
          { ...kind, a: field(TEST.a), b: field(TEST.bytes), d: 0 },
          0,
        );
        return;
      default:
        this.trap(kind);
        this.molecule.failIf();
    }
  }

  private trap(kind: TestKind): void {
    if (kind.is === 'trapCondition')
      this.meanings.push(CONDITION_MEANINGS[kind.code], (s) =>
        this.registers.push(statusRegister(s)),
      );
    else {
      this.registers.push(field(TEST.a));
      if (kind.is === 'trapZero') this.code.op(W.eqz);
    }
  }

  /** An access by a linear address: the guest's translation table lets it pass, it stays in a line. */
  private guest(): void {
    const { code } = this;
    this.barred();
    this.molecule.failIf();
    this.crossing();
    this.keep(PLACE.linear, () => code.get(this.linear));
    this.keep(PLACE.host, () => {
      code.get(this.entry);
      code.const32(PAGE_MASK);
      code.op(W.and);
      code.get(this.linear);
      code.const32(PAGE_OFFSET);
      code.op(W.and);
      code.op(W.or);
      code.const32(RAM_OFFSET);
      code.op(W.add);
    });
  }

  /** Pushes 1 if the table bars the access. */
  private barred(): void {
    const { code, registers } = this;
    registers.push(field(TEST.a));
    code.tee(this.linear);
    code.const32(PAGE_SHIFT);
    code.op(W.shrU);
    code.element(this.machine.tlbOffset);
    code.tee(this.entry);
    registers.word(TEST.fastBits);
    code.op(W.and);
    code.op(W.eqz);
  }

  /** All bytes of an access at the address in the local lie in one line; in the functional model: page. */
  private crossing(): void {
    const { code, registers, machine } = this;
    const lineBytes = 1 << (machine.timing === 'full' ? machine.dataShift : PAGE_SHIFT);
    code.get(this.linear);
    code.const32(lineBytes - 1);
    code.op(W.and);
    registers.half(TEST.bytes);
    code.op(W.add);
    code.const32(lineBytes);
    code.op(W.gtU);
    this.molecule.failIf();
  }

  /** A store overlaps none of the alias registers that it names. */
  private aliases(): void {
    const { code, registers } = this;
    registers.word(TEST.number);
    code.if();
    registers.word(TEST.number);
    this.kept(PLACE.host);
    code.const32(RAM_OFFSET);
    code.op(W.sub);
    registers.half(TEST.bytes);
    code.call(RUNTIME_FUNCTIONS.aliased.number);
    this.molecule.failIf();
    code.end();
  }

  /** `chkpage`: the page is mapped where it was when the code was translated. */
  private page(): void {
    const { code, registers } = this;
    this.barred();
    code.get(this.entry);
    registers.word(TEST.number);
    code.op(W.xor);
    code.const32(PAGE_MASK);
    code.op(W.and);
    code.op(W.or);
    code.branchSeldom(this.fail);
    this.keep(PLACE.linear, () => code.get(this.linear));
  }

  private keep(which: number, value: () => void): void {
    this.registers.half(TEST.place);
    value();
    this.code.access(W.store32, this.accesses + which);
  }

  private kept(which: number): void {
    this.registers.half(TEST.place);
    this.code.access(W.load32, this.accesses + which);
  }

  private get accesses(): number {
    return this.machine.tables.cell(CELL.accesses);
  }
}
