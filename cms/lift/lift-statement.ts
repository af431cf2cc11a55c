/**
 * One guest instruction: its template's statements, one after the other, as operations on the
 * region's state. The outcome is the transfer of control that the instruction makes, if any; exits
 * for it are the region's business (lift-region.ts).
 *
 * An `if` with a jump in it is a conditional transfer; any other becomes selects over the registers
 * that its arms leave different.
 */
import { SimulatorBug } from '../../base/errors.js';
import type {
  Bytes,
  PureOp,
  RegisterPlace,
  SegmentPlace,
  Statement,
  Template,
  Value,
} from '../../guest-isa/sem/template.js';
import { DF } from '../../guest-isa/state/flags.js';
import { ESP, FLAGS_SYSTEM, ZERO } from '../../guest-isa/state/layout.js';
import type { IrBinary, IrUnary, ValueId } from '../ir/ir.js';
import type { IrCondition } from '../ir/ir-builder.js';
import { evaluateBinary, evaluateUnary } from '../ir/ir-ops.js';
import type { RegionInstruction } from '../region.js';
import { AluLifter } from './lift-alu.js';
import { MemoryLifter } from './lift-memory.js';
import type { RegionState } from './region-state.js';
import { stylizedField } from './source-check.js';
import { constantValue, plainValue, type TemplateValue, ValueMaker } from './template-value.js';

/** Where an instruction goes other than to the next one. */
export interface Transfer {
  /** Always taken where undefined. */
  condition: IrCondition | undefined;
  /** Guest address, where it is known now; else `value` holds it. */
  readonly eip: number | undefined;
  readonly value: ValueId;
  readonly kind: 'jump' | 'call' | 'return';
}

export class StatementLifter {
  private readonly memory: MemoryLifter;
  private readonly values: ValueMaker;
  private readonly alu: AluLifter;
  /** Of the instruction under way. */
  private table: TemplateValue[] = [];
  private instruction!: RegionInstruction;
  private transfer: Transfer | undefined;

  constructor(private readonly state: RegionState) {
    this.memory = new MemoryLifter(state);
    this.values = new ValueMaker(state.b);
    this.alu = new AluLifter(state.b, this.values);
  }

  lift(instruction: RegionInstruction, template: Template): Transfer | undefined {
    this.instruction = instruction;
    this.table = [];
    this.transfer = undefined;
    this.block(template);
    return this.transfer;
  }

  private block(template: Template): void {
    for (const statement of template) this.statement(statement);
  }

  private set(result: Value, value: TemplateValue): void {
    this.table[result] = value;
  }

  private whole(value: Value): ValueId {
    return this.values.whole(this.table[value]);
  }

  private low(value: Value, bytes: Bytes): ValueId {
    return this.values.low(this.table[value], bytes);
  }

  private statement(st: Statement): void {
    switch (st.kind) {
      case 'constant':
        this.set(st.result, constantValue(st.value));
        return;
      case 'immediate':
        this.set(st.result, this.immediate(st.which));
        return;
      case 'pure':
        this.set(st.result, this.pure(st.op, st.args));
        return;
      case 'alu':
        this.set(st.result, this.alu.lift(st.op, st.bits, this.arguments(st.args)));
        return;
      case 'fixedAlu':
        if (st.op === 'cld') this.state.registers.setDirection('up');
        else if (st.op === 'std') this.state.registers.setDirection('down');
        else this.set(st.result, this.alu.fixed(st.op, this.arguments(st.args)));
        return;
      case 'aux':
        this.set(st.result, this.alu.aux());
        return;
      case 'condition':
        this.set(st.result, this.values.condition(st.code));
        return;
      case 'getRegister':
        this.set(st.result, this.getRegister(st.place, st.bytes));
        return;
      case 'setRegister':
        this.setRegister(st.place, st.bytes, st.value);
        return;
      case 'stateWord':
        this.set(st.result, plainValue(this.state.b.loadState(st.word)));
        return;
      case 'exceptWhen':
        this.state.b.exitIf(
          { value: this.whole(st.condition) },
          this.state.exitBefore('interpret', this.instruction.eip),
        );
        return;
      case 'holdInterrupts':
        // Where the region commits is the lifter of regions' business.
        return;
      case 'if':
        this.choice(st.condition, st.consequent, st.alternative);
        return;
      default:
        this.addressStatement(st);
    }
  }

  private arguments(args: readonly Value[]): TemplateValue[] {
    return args.map((arg) => this.table[arg]);
  }

  private addressStatement(st: Statement): void {
    const { registers } = this.state;
    switch (st.kind) {
      case 'getIndex':
        this.set(st.result, this.index(st.register));
        return;
      case 'setIndex':
        this.setIndex(st.register, this.whole(st.value));
        return;
      case 'advance':
        this.setIndex(
          st.register,
          this.state.b.binary('add', registers.read(st.register), this.step(st.bytes)),
        );
        return;
      case 'effectiveAddress':
        this.set(st.result, this.effectiveAddress(st.released));
        return;
      case 'maskAddress':
        this.set(st.result, this.mask(this.whole(st.address)));
        return;
      case 'load':
        this.set(
          st.result,
          plainValue(this.memory.load(st.bytes, this.segment(st.segment), this.whole(st.address))),
        );
        return;
      case 'probeWrite':
        // The stores behind it fault where it would; the interpreter then finds out which fault it is.
        return;
      case 'store':
        this.memory.store(
          st.bytes,
          this.segment(st.segment),
          this.whole(st.address),
          this.low(st.value, st.bytes),
        );
        return;
      default:
        this.stackOrFlow(st);
    }
  }

  private stackOrFlow(st: Statement): void {
    const { memory } = this;
    const { insn, eip } = this.instruction;
    const next = (eip + insn.length) | 0;
    switch (st.kind) {
      case 'push':
        memory.push(st.bytes, this.low(st.value, st.bytes));
        return;
      case 'pop':
        this.set(st.result, plainValue(memory.pop(st.bytes)));
        return;
      case 'stackLoad':
        this.set(st.result, plainValue(memory.stackLoad(st.bytes, this.whole(st.address))));
        return;
      case 'stackStore':
        memory.stackStore(st.bytes, this.whole(st.address), this.low(st.value, st.bytes));
        return;
      case 'setStackPointer':
        memory.setStackPointer(this.whole(st.value));
        return;
      case 'nextEip':
        this.set(st.result, constantValue(next));
        return;
      case 'jump':
        this.go('jump', this.table[st.target]);
        return;
      case 'call':
        this.go('call', this.table[st.target]);
        memory.push(st.bytes, this.state.b.constant(next));
        return;
      case 'return':
        this.return(st.bytes, this.table[st.release]);
        return;
      default:
        throw new SimulatorBug(`a statement of kind ${st.kind} is not lifted`);
    }
  }

  /** `immediate`: as the decoder extended it, or loaded from the code bytes where they change. */
  private immediate(which: 'imm' | 'imm2'): TemplateValue {
    const { insn } = this.instruction;
    const loaded = stylizedField(this.state, this.instruction, 'immediate');
    return loaded === undefined ? constantValue(insn[which]) : plainValue(loaded);
  }

  private pure(op: PureOp, args: readonly Value[]): TemplateValue {
    const { b } = this.state;
    const operands = this.arguments(args);
    if (op === 'select') {
      const [condition, then, otherwise] = operands;
      const a = this.values.whole(then);
      const c = this.values.whole(otherwise);
      return plainValue(b.select(this.values.asCondition(condition), a, c));
    }
    if (op === 'not') return plainValue(b.binaryConst('xor', this.whole(args[0]), -1));
    if (op === 'sx8' || op === 'sx16' || op === 'zx8' || op === 'zx16')
      return this.extend(op, operands[0]);
    return this.binary(op, operands[0], operands[1]);
  }

  private binary(op: IrBinary, left: TemplateValue, right: TemplateValue): TemplateValue {
    if (left.kind === 'constant' && right.kind === 'constant')
      return constantValue(evaluateBinary(op, left.value, right.value));
    const a = this.values.whole(left);
    return plainValue(this.state.b.binary(op, a, this.values.whole(right)));
  }

  private extend(op: IrUnary & ('sx8' | 'sx16' | 'zx8' | 'zx16'), v: TemplateValue): TemplateValue {
    if (v.kind === 'constant') return constantValue(evaluateUnary(op, v.value));
    const bytes = op === 'sx8' || op === 'zx8' ? 1 : 2;
    const last = this.state.b.lastOp;
    // A load that is only made to be extended: the loaded value has no other user.
    if (
      op[0] === 's' &&
      v.kind === 'value' &&
      last?.op === 'load' &&
      last.id === v.id &&
      last.bytes === bytes
    ) {
      last.signed = true;
      return v;
    }
    return plainValue(this.state.b.unary(op, this.values.low(v, bytes)));
  }

  private segment(place: SegmentPlace): number {
    return place === 'operand' ? this.instruction.insn.seg : place;
  }

  /** Number of the register and the byte in it where the place begins. */
  private place(place: RegisterPlace, bytes: Bytes): { register: number; high: boolean } {
    if (place.at === 'fixed') return { register: place.index, high: false };
    const scaled = this.instruction.insn[place.field];
    if (bytes === 4) return { register: scaled, high: false };
    if (bytes === 2) return { register: scaled >> 1, high: false };
    return { register: scaled >> 2, high: (scaled & 3) !== 0 };
  }

  private getRegister(place: RegisterPlace, bytes: Bytes): TemplateValue {
    const { register, high } = this.place(place, bytes);
    const whole = this.state.registers.read(register);
    if (bytes === 4) return plainValue(whole);
    if (high) return plainValue(this.state.b.unary('ext8h', whole));
    return { kind: 'part', whole, bytes, id: -1 };
  }

  private setRegister(place: RegisterPlace, bytes: Bytes, value: Value): void {
    const { b, registers } = this.state;
    const { register, high } = this.place(place, bytes);
    if (bytes === 4) {
      registers.write(register, this.whole(value));
      return;
    }
    const insert = bytes === 2 ? 'ins16' : high ? 'ins8h' : 'ins8';
    const old = registers.read(register);
    registers.write(register, b.binary(insert, old, this.low(value, bytes)));
  }

  private get address16(): boolean {
    return this.instruction.insn.addrMask !== -1;
  }

  private mask(address: ValueId): TemplateValue {
    return plainValue(this.address16 ? this.state.b.unary('zx16', address) : address);
  }

  private index(register: number): TemplateValue {
    return this.mask(this.state.registers.read(register));
  }

  private setIndex(register: number, value: ValueId): void {
    const { b, registers } = this.state;
    registers.write(
      register,
      this.address16 ? b.binary('ins16', registers.read(register), value) : value,
    );
  }

  /** By how much a string instruction moves its index registers: plus or minus an element. */
  private step(bytes: Bytes): ValueId {
    const { b, registers } = this.state;
    if (registers.direction !== 'unknown')
      return b.constant(registers.direction === 'up' ? bytes : -bytes);
    // bytes less twice as many where DF, bit 10, is set.
    const flag = b.binaryConst('and', registers.read(FLAGS_SYSTEM), DF);
    const back = b.binaryConst('shr', flag, 9 - (bytes >> 1));
    return b.binary('sub', b.constant(bytes), back);
  }

  /** The base of an address behind a pop of `released` bytes. */
  private base(register: number, released: number): ValueId {
    const { b, registers, context } = this.state;
    const value = registers.read(register);
    if (released === 0 || register !== ESP) return value;
    const popped = b.binaryConst('add', value, released);
    return context.stack32 ? popped : b.binary('ins16', value, popped);
  }

  private effectiveAddress(released: number): TemplateValue {
    const { b, registers } = this.state;
    const { base, index, scale, disp } = this.instruction.insn;
    const displacement =
      stylizedField(this.state, this.instruction, 'displacement') ?? constantValue(disp);
    let sum: ValueId = base === ZERO ? -1 : this.base(base, released);
    if (index !== ZERO) {
      const scaled =
        scale === 0 ? registers.read(index) : b.binaryConst('shl', registers.read(index), scale);
      sum = sum < 0 ? scaled : b.binary('add', sum, scaled);
    }
    if (typeof displacement === 'number')
      sum = sum < 0 ? displacement : b.binary('add', sum, displacement);
    else if (sum < 0) return this.address16 ? constantValue(disp & 0xffff) : displacement;
    else if (disp !== 0) sum = b.binaryConst('add', sum, disp);
    return this.mask(sum);
  }

  private go(kind: Transfer['kind'], target: TemplateValue): void {
    const known = target.kind === 'constant';
    const value = known ? -1 : this.values.whole(target);
    this.transfer = { condition: undefined, eip: known ? target.value : undefined, value, kind };
  }

  private return(bytes: 2 | 4, release: TemplateValue): void {
    if (release.kind !== 'constant')
      throw new SimulatorBug('the bytes that a return releases are known');
    this.go('return', plainValue(this.memory.pop(bytes, release.value)));
  }

  private choice(condition: Value, consequent: Template, alternative: Template): void {
    const { registers } = this.state;
    const decided = this.values.asCondition(this.table[condition]);
    const before = registers.fork();
    this.block(consequent);
    if (this.transfer) {
      this.transfer.condition = decided;
      return;
    }
    const then = registers.fork();
    registers.restore(before);
    this.block(alternative);
    registers.merge(decided, then);
  }
}
