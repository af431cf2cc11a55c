/**
 * Fields of the record at hand (records.ts), and the cells where its molecule is charged.
 */
import { W } from '../binary.js';
import { type FunctionCode, wordAt } from '../function-code.js';
import { HEAD } from './records.js';

export class RecordHead {
  constructor(
    private readonly code: FunctionCode,
    /** Local with the host address of the record. */
    readonly record: number,
    private readonly cells: Int32Array,
  ) {}

  /** Pushes a word, half word or byte of the head. */
  word(offset: number): void {
    this.push(W.load32, offset);
  }

  half(offset: number): void {
    this.push(W.load16u, offset);
  }

  byte(offset: number): void {
    this.push(W.load8u, offset);
  }

  /** Pushes the flags of a mask. */
  flag(mask: number): void {
    this.byte(HEAD.flags);
    this.code.const32(mask);
    this.code.op(W.and);
  }

  /** Adds to a word of the head. */
  add(offset: number, value: () => void): void {
    const { code } = this;
    code.get(this.record);
    this.word(offset);
    value();
    code.op(W.add);
    code.access(W.store32, offset);
  }

  /** Adds to a cell where the molecule is charged. */
  charge(slot: number, value: () => void): void {
    const { code } = this;
    const at = wordAt(this.cells, slot);
    this.byte(HEAD.base);
    this.byte(HEAD.base);
    code.access(W.load32, at);
    value();
    code.op(W.add);
    code.access(W.store32, at);
  }

  private push(opcode: number, offset: number): void {
    this.code.get(this.record);
    this.code.access(opcode, offset);
  }
}
