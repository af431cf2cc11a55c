/**
 * The registers of the working file along a path: WebAssembly locals that are read from the file when
 * the path first needs them. What is written goes to the file at once as well, so that a path can be left
 * anywhere without more ado: that keeps the many ways out short.
 */
import { R_ZERO } from '../../atom/registers.js';
import { W } from './binary.js';
import type { FunctionCode } from './function-code.js';

const REGISTERS = R_ZERO + 1;

/** Which registers (two words of bits) have their values in locals, and which of r0-r31 were written. */
export interface LocalsState {
  readonly known0: number;
  readonly known1: number;
  readonly written0: number;
}

export class PathLocals {
  private known0 = 0;
  private known1 = 0;
  private written0 = 0;
  private readonly locals = new Int32Array(REGISTERS).fill(-1);

  constructor(
    private readonly code: FunctionCode,
    /** Host address of the working file. */
    private readonly file: number,
  ) {}

  /** A path begins: the file holds everything. */
  begin(): void {
    this.known0 = this.known1 = this.written0 = 0;
  }

  save(): LocalsState {
    const { known0, known1, written0 } = this;
    return { known0, known1, written0 };
  }

  restore(state: LocalsState): void {
    this.known0 = state.known0;
    this.known1 = state.known1;
    this.written0 = state.written0;
  }

  push(r: number): void {
    const { code } = this;
    if (r === R_ZERO) {
      code.const32(0);
      return;
    }
    const local = this.localOf(r);
    const bit = 1 << (r & 31);
    if (((r < 32 ? this.known0 : this.known1) & bit) === 0) {
      code.word(this.file + 4 * r);
      code.tee(local);
      if (r < 32) this.known0 |= bit;
      else this.known1 |= bit;
    } else code.get(local);
  }

  /** Takes the register's new value from the stack. */
  pop(r: number): void {
    if (r === R_ZERO) {
      this.code.op(W.drop);
      return;
    }
    const local = this.localOf(r);
    this.code.set(local);
    this.code.setWord(this.file + 4 * r, () => this.code.get(local));
    const bit = 1 << (r & 31);
    if (r < 32) {
      this.known0 |= bit;
      this.written0 |= bit;
    } else this.known1 |= bit;
  }

  /** Writes those registers of a mask (r0-r31) that the path has changed to another file. */
  publish(mask: number, file: number): void {
    for (let left = this.written0 & mask; left !== 0; left &= left - 1) {
      const r = 31 - Math.clz32(left & -left);
      this.code.setWord(file + 4 * r, () => this.code.get(this.localOf(r)));
    }
  }

  private localOf(r: number): number {
    if (this.locals[r] < 0) this.locals[r] = this.code.local();
    return this.locals[r];
  }
}
