/**
 * The abstract machine of the meanings, in the form that matters: a recorder. A meaning is run
 * once for each variant of its row and leaves a template (template.ts). What a meaning may ask is
 * what this class offers.
 *
 * `Operand` hides where an operand lies; `Sem` is everything else. The recorder refuses meanings
 * that could not be restarted: a load, store or raise after a register or the flags were written.
 */
import { ESP } from '../state/layout.js';
import type {
  AluOp,
  Bytes,
  FixedAluOp,
  PureOp,
  RegisterPlace,
  SegmentPlace,
  Statement,
  Template,
  Value,
} from './template.js';

export type { Template, Value } from './template.js';

/** Where an operand lies; `memory` addresses come from the modrm byte, `string` ones from esi or edi. */
export type OperandPlace =
  | { readonly kind: 'register'; readonly place: RegisterPlace }
  | { readonly kind: 'memory' }
  | { readonly kind: 'string'; readonly register: number; readonly segment: SegmentPlace }
  | { readonly kind: 'immediate'; readonly which: 'imm' | 'imm2' }
  | { readonly kind: 'constant'; readonly value: number };

export class Operand {
  private loaded: { modify: boolean } | undefined;
  private memoryAddress: Value | undefined;

  constructor(
    private readonly m: Sem,
    /** Width in bytes. */
    readonly bytes: Bytes,
    private readonly place: OperandPlace,
  ) {}

  get bits(): 8 | 16 | 32 {
    return (this.bytes * 8) as 8 | 16 | 32;
  }

  get isMemory(): boolean {
    return this.place.kind === 'memory' || this.place.kind === 'string';
  }

  /** Effective address (offset in the segment) of a memory operand. */
  address(): Value {
    this.memoryAddress ??=
      this.place.kind === 'string' ? this.m.index(this.place.register) : this.m.effectiveAddress();
    return this.memoryAddress;
  }

  /** The value, zero-extended (immediates: as extended by the decoder). */
  read(): Value {
    const p = this.place;
    switch (p.kind) {
      case 'register':
        return this.m.getRegister(p.place, this.bytes);
      case 'immediate':
        return this.m.immediate(p.which);
      case 'constant':
        return this.m.constant(p.value);
      case 'memory':
      case 'string': {
        const load = this.m.loadStatement(this.bytes, this.segment(), this.address());
        this.loaded = load;
        return load.result;
      }
    }
  }

  /** Writes the low bits of a value. After a read of the same memory operand it cannot fault. */
  write(value: Value): void {
    const p = this.place;
    if (p.kind === 'register') this.m.setRegister(p.place, this.bytes, value);
    else if (p.kind === 'memory' || p.kind === 'string') {
      if (this.loaded) this.loaded.modify = true;
      this.m.store(this.bytes, this.segment(), this.address(), value, this.loaded !== undefined);
    } else throw new Error(`operand of kind ${p.kind} cannot be written`);
  }

  /** The memory operand that lies `offset` bytes further (the address wraps at the address size). */
  displaced(offset: Value): Operand {
    const address = this.m.maskAddress(this.m.pure('add', this.address(), offset));
    const other = new Operand(this.m, this.bytes, this.place);
    other.memoryAddress = address;
    return other;
  }

  /** Moves the index register of a string operand by one element. */
  advance(): void {
    if (this.place.kind !== 'string') throw new Error('only string operands advance');
    this.m.advance(this.place.register, this.bytes);
  }

  private segment(): SegmentPlace {
    return this.place.kind === 'string' ? this.place.segment : 'operand';
  }
}

export class Sem {
  private statements: Statement[] = [];
  private values = 0;
  private wroteRegister = false;

  constructor(
    /** Width of v operands in bytes. */
    readonly operandBytes: 2 | 4,
  ) {}

  get operandBits(): 16 | 32 {
    return this.operandBytes === 2 ? 16 : 32;
  }

  finish(): Template {
    return this.statements;
  }

  private fresh(): Value {
    return this.values++ as Value;
  }

  private emit(statement: Statement): void {
    this.statements.push(statement);
  }

  private mayFault(what: string): void {
    if (this.wroteRegister)
      throw new Error(`${what} after a register write: the instruction could not be restarted`);
  }

  constant(value: number): Value {
    const result = this.fresh();
    this.emit({ kind: 'constant', result, value: value | 0 });
    return result;
  }

  immediate(which: 'imm' | 'imm2'): Value {
    const result = this.fresh();
    this.emit({ kind: 'immediate', result, which });
    return result;
  }

  pure(op: PureOp, ...args: Value[]): Value {
    const result = this.fresh();
    this.emit({ kind: 'pure', result, op, args });
    return result;
  }

  /** An ALU operation that writes flags as its x86 namesake does. */
  alu(op: AluOp, bits: 8 | 16 | 32, ...args: Value[]): Value {
    const result = this.fresh();
    if (op === 'div' || op === 'idiv') this.mayFault(op);
    this.wroteRegister = true;
    this.emit({ kind: 'alu', result, op, bits, args });
    return result;
  }

  fixedAlu(op: FixedAluOp, ...args: Value[]): Value {
    const result = this.fresh();
    if (op === 'aam') this.mayFault(op);
    if (op !== 'lahf') this.wroteRegister = true;
    this.emit({ kind: 'fixedAlu', result, op, args });
    return result;
  }

  aux(): Value {
    const result = this.fresh();
    this.emit({ kind: 'aux', result });
    return result;
  }

  /** 0 or 1: condition code 0-15 as encoded in jcc. */
  condition(code: number): Value {
    const result = this.fresh();
    this.emit({ kind: 'condition', result, code });
    return result;
  }

  getRegister(place: RegisterPlace, bytes: Bytes): Value {
    const result = this.fresh();
    this.emit({ kind: 'getRegister', result, place, bytes });
    return result;
  }

  setRegister(place: RegisterPlace, bytes: Bytes, value: Value): void {
    this.wroteRegister = true;
    this.emit({ kind: 'setRegister', place, bytes, value });
  }

  /** A register by its number. */
  register(index: number, bytes: Bytes): Value {
    return this.getRegister({ at: 'fixed', index }, bytes);
  }

  writeRegister(index: number, bytes: Bytes, value: Value): void {
    this.setRegister({ at: 'fixed', index }, bytes, value);
  }

  index(register: number): Value {
    const result = this.fresh();
    this.emit({ kind: 'getIndex', result, register });
    return result;
  }

  setIndex(register: number, value: Value): void {
    this.wroteRegister = true;
    this.emit({ kind: 'setIndex', register, value });
  }

  advance(register: number, bytes: Bytes): void {
    this.wroteRegister = true;
    this.emit({ kind: 'advance', register, bytes });
  }

  stateWord(word: number): Value {
    const result = this.fresh();
    this.emit({ kind: 'stateWord', result, word });
    return result;
  }

  /** In a meaning for level 0: leaves the instruction to the interpreter where the value is not zero. */
  exceptWhen(condition: Value): void {
    this.mayFault('exception');
    this.emit({ kind: 'exceptWhen', condition });
  }

  /** Interrupts wait until the next instruction is done. */
  holdInterrupts(): void {
    this.emit({ kind: 'holdInterrupts' });
  }

  /** `released`: as if so many bytes were popped already. */
  effectiveAddress(released = 0): Value {
    const result = this.fresh();
    this.emit({ kind: 'effectiveAddress', result, released });
    return result;
  }

  load(bytes: Bytes, segment: SegmentPlace, address: Value): Value {
    return this.loadStatement(bytes, segment, address).result;
  }

  loadStatement(
    bytes: Bytes,
    segment: SegmentPlace,
    address: Value,
  ): { readonly result: Value; modify: boolean } {
    this.mayFault('load');
    const statement = {
      kind: 'load' as const,
      result: this.fresh(),
      bytes,
      segment,
      address,
      modify: false,
    };
    this.emit(statement);
    return statement;
  }

  store(bytes: Bytes, segment: SegmentPlace, address: Value, value: Value, modify = false): void {
    if (!modify) this.mayFault('store');
    this.emit({ kind: 'store', bytes, segment, address, value, modify });
  }

  /** Raises now what a write of `sizeBytes` would raise. */
  probeWrite(sizeBytes: number, segment: SegmentPlace, address: Value): void {
    this.mayFault('probe');
    this.emit({ kind: 'probeWrite', sizeBytes, segment, address });
  }

  /** Cuts an address to the instruction's address size. */
  maskAddress(address: Value): Value {
    const result = this.fresh();
    this.emit({ kind: 'maskAddress', result, address });
    return result;
  }

  push(bytes: 2 | 4, value: Value): void {
    this.mayFault('push');
    this.wroteRegister = true;
    this.emit({ kind: 'push', bytes, value });
  }

  pop(bytes: 2 | 4): Value {
    this.mayFault('pop');
    this.wroteRegister = true;
    const result = this.fresh();
    this.emit({ kind: 'pop', result, bytes });
    return result;
  }

  stackPointer(): Value {
    return this.register(ESP, 4);
  }

  stackLoad(bytes: 2 | 4, address: Value): Value {
    this.mayFault('stackLoad');
    const result = this.fresh();
    this.emit({ kind: 'stackLoad', result, bytes, address });
    return result;
  }

  stackStore(bytes: 2 | 4, address: Value, value: Value): void {
    this.mayFault('stackStore');
    this.emit({ kind: 'stackStore', bytes, address, value });
  }

  setStackPointer(value: Value): void {
    this.wroteRegister = true;
    this.emit({ kind: 'setStackPointer', value });
  }

  /** EIP of the following instruction. */
  nextEip(): Value {
    const result = this.fresh();
    this.emit({ kind: 'nextEip', result });
    return result;
  }

  /** Target of a relative transfer: next EIP plus displacement, cut to the operand size. */
  relativeTarget(displacement: Value): Value {
    const target = this.pure('add', this.nextEip(), displacement);
    return this.operandBytes === 2 ? this.pure('zx16', target) : target;
  }

  jump(target: Value): void {
    this.emit({ kind: 'jump', target });
  }

  call(target: Value): void {
    this.mayFault('call');
    this.emit({ kind: 'call', target, bytes: this.operandBytes });
  }

  /** Near return that releases further bytes of the stack. */
  return(release: Value): void {
    this.mayFault('return');
    this.emit({ kind: 'return', bytes: this.operandBytes, release });
  }

  raise(vector: number, errorCode = -1): void {
    this.mayFault('raise');
    this.emit({ kind: 'raise', vector, errorCode });
  }

  if(condition: Value, then: () => void, otherwise: () => void = () => {}): void {
    const before = this.wroteRegister;
    const branch = (body: () => void): { body: Statement[]; wrote: boolean } => {
      const outer = this.statements;
      this.statements = [];
      this.wroteRegister = before;
      body();
      const recorded = { body: this.statements, wrote: this.wroteRegister };
      this.statements = outer;
      return recorded;
    };
    const a = branch(then);
    const b = branch(otherwise);
    this.wroteRegister = a.wrote || b.wrote;
    this.emit({ kind: 'if', condition, consequent: a.body, alternative: b.body });
  }
}
