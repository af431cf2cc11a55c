/**
 * The body of a WebAssembly function as it is written: instructions, locals, and how deep the
 * instruction at hand is nested, so that a branch to the outermost loop finds its label.
 */
import { ByteWriter, EMPTY, I32, I64, W } from './binary.js';

/** Locals 1 to 3 are 64 bits wide; those of 32 bits follow. */
export const WIDE = 1;
const WIDE_LOCALS = 3;
const LOG_WORD_BYTES = 2;

/** Address of an element of an array of words. */
export const wordAt = (words: Int32Array, index: number): number => words.byteOffset + 4 * index;

export class FunctionCode {
  readonly out = new ByteWriter();
  /** Blocks around the instruction at hand, inside the text's own outermost one. */
  depth = 0;
  private locals: number;
  private readonly firstLocal: number;
  private readonly scratch: number[] = [];
  private scratchUsed = 0;

  constructor(parameters: number) {
    this.firstLocal = parameters + WIDE_LOCALS;
    this.locals = this.firstLocal;
  }

  /** A 32-bit local of its own. */
  local(): number {
    return this.locals++;
  }

  /** A 32-bit local until `releaseScratch`. */
  temporary(): number {
    if (this.scratchUsed === this.scratch.length) this.scratch.push(this.local());
    return this.scratch[this.scratchUsed++];
  }

  releaseScratch(): void {
    this.scratchUsed = 0;
  }

  op(opcode: number): void {
    this.out.u8(opcode);
  }

  const32(value: number): void {
    this.out.u8(W.const32);
    this.out.signed(value);
  }

  /** A 64-bit constant that fits in 32 signed bits. */
  const64(value: number): void {
    this.out.u8(W.const64);
    this.out.signed(value);
  }

  get(local: number): void {
    this.out.u8(W.localGet);
    this.out.unsigned(local);
  }

  set(local: number): void {
    this.out.u8(W.localSet);
    this.out.unsigned(local);
  }

  tee(local: number): void {
    this.out.u8(W.localTee);
    this.out.unsigned(local);
  }

  call(number: number): void {
    this.out.u8(W.call);
    this.out.unsigned(number);
  }

  /** Calls the function of a type whose number in the table is on the stack, above its arguments. */
  callIndirect(type: number): void {
    this.out.u8(W.callIndirect);
    this.out.unsigned(type);
    this.out.unsigned(0);
  }

  /** A load or store of any width; the address on the stack plus `offset`. Alignment is a hint only: none. */
  access(opcode: number, offset: number): void {
    this.out.u8(opcode);
    this.out.u8(0);
    this.out.unsigned(offset);
  }

  /** The word at a fixed address. */
  word(address: number): void {
    this.const32(0);
    this.access(W.load32, address);
  }

  /** Writes the word at a fixed address: `value` pushes it. */
  setWord(address: number, value: () => void): void {
    this.const32(0);
    value();
    this.access(W.store32, address);
  }

  /** Adds a constant to the word at a fixed address. */
  addToWord(address: number, constant: number): void {
    this.setWord(address, () => {
      this.word(address);
      this.const32(constant);
      this.op(W.add);
    });
  }

  /** The element whose number is on the stack, of an array of words. */
  element(array: number): void {
    this.wordOffset();
    this.access(W.load32, array);
  }

  /** Writes the element of an array of words: `number` and `value` push what they are called. */
  setElement(array: number, number: () => void, value: () => void): void {
    number();
    this.wordOffset();
    value();
    this.access(W.store32, array);
  }

  if(): void {
    this.out.u8(W.if);
    this.out.u8(EMPTY);
    this.depth++;
  }

  /** Same, where the condition seldom holds: what follows is kept out of the way. */
  ifSeldom(): void {
    this.out.seldom.push(this.out.length);
    this.if();
  }

  else(): void {
    this.out.u8(W.else);
  }

  block(): void {
    this.out.u8(W.block);
    this.out.u8(EMPTY);
    this.depth++;
  }

  /** A block whose label lies at its beginning. */
  loop(): void {
    this.out.u8(W.loop);
    this.out.u8(EMPTY);
    this.depth++;
  }

  /** Once for each bit of the mask in a local, which ends up empty, from the lowest on: its number is on the stack. */
  eachBit(mask: number, body: () => void): void {
    this.block();
    const done = this.depth;
    this.loop();
    const again = this.depth;
    this.get(mask);
    this.op(W.eqz);
    this.branch(W.brIf, done);
    this.get(mask);
    this.op(W.ctz);
    body();
    this.get(mask);
    this.get(mask);
    this.const32(1);
    this.op(W.sub);
    this.op(W.and);
    this.set(mask);
    this.branch(W.br, again);
    this.end();
    this.end();
  }

  /** Branches (`br` or `br_if`) behind the end of the block at a depth, or to the beginning of the loop there. */
  branch(opcode: number, toDepth: number): void {
    this.out.u8(opcode);
    this.out.unsigned(this.depth - toDepth);
  }

  /** Branches like `br_if`, where that seldom happens. */
  branchSeldom(toDepth: number): void {
    this.out.seldom.push(this.out.length);
    this.branch(W.brIf, toDepth);
  }

  /** Branches to the place among `toDepths` whose number is on the stack, the last one if there is none. */
  branchTable(toDepths: readonly number[]): void {
    this.out.u8(W.brTable);
    this.out.unsigned(toDepths.length - 1);
    for (const toDepth of toDepths) this.out.unsigned(this.depth - toDepth);
  }

  end(): void {
    this.out.u8(W.end);
    this.depth--;
  }

  return(): void {
    this.out.u8(W.return);
  }

  /** The body of a function: what was written, behind the declarations of its locals. */
  body(): ByteWriter {
    this.out.u8(W.end);
    return this.declared(this.out);
  }

  /** Instructions behind the declarations of the locals. */
  declared(instructions: ByteWriter): ByteWriter {
    const body = new ByteWriter();
    body.unsigned(2);
    body.unsigned(WIDE_LOCALS);
    body.u8(I64);
    body.unsigned(this.locals - this.firstLocal);
    body.u8(I32);
    body.append(instructions);
    return body;
  }

  private wordOffset(): void {
    this.const32(LOG_WORD_BYTES);
    this.op(W.shl);
  }
}
