/**
 * Operands of cold code: a register stands in a record as its offset in the working file. The writers of
 * compiled code that name registers by number (../molecule-code.ts) name the fields of a record here.
 */
import { W } from '../binary.js';
import type { FunctionCode } from '../function-code.js';
import type { RegisterFile } from '../molecule-code.js';

/** Numbers from here on name a half word of the record at hand: the register whose offset it holds. */
const FIELD = 1000;

export const field = (offset: number): number => FIELD + offset;

export class FieldRegisters implements RegisterFile {
  constructor(
    private readonly code: FunctionCode,
    /** Local with the host address of the test or action. */
    private readonly at: number,
    /** Host address of the working file. */
    private readonly file: number,
  ) {}

  push(r: number): void {
    this.pushOffset(r);
    this.code.access(W.load32, this.base(r));
  }

  pop(r: number): void {
    const { code } = this;
    const value = code.temporary();
    code.set(value);
    this.pushOffset(r);
    code.get(value);
    code.access(W.store32, this.base(r));
  }

  /** Writes what `value` pushes. */
  put(r: number, value: () => void): void {
    this.pushOffset(r);
    value();
    this.code.access(W.store32, this.base(r));
  }

  /** Pushes the half word of a field. */
  half(offset: number): void {
    this.code.get(this.at);
    this.code.access(W.load16u, offset);
  }

  /** Pushes the word of a field. */
  word(offset: number): void {
    this.code.get(this.at);
    this.code.access(W.load32, offset);
  }

  private pushOffset(r: number): void {
    if (r >= FIELD) this.half(r - FIELD);
    else this.code.const32(0);
  }

  private base(r: number): number {
    return r >= FIELD ? this.file : this.file + 4 * r;
  }
}
