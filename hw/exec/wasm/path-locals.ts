/**
 * The registers of the working file along a path: WebAssembly locals that are read from the file when
 * the path first needs them. Which of them the file does not hold yet is known at each place, so that
 * a way out of the path can bring it up to date.
 */
import { R_ZERO } from '../../atom/registers.js';
import { W } from './binary.js';
import type { FunctionCode } from './function-code.js';

/** Which registers (two words of bits) have their values in locals, and which only there. */
export interface LocalsState {
  readonly known0: number;
  readonly known1: number;
  readonly unstored0: number;
  readonly unstored1: number;
}

export class PathLocals {
  private known0 = 0;
  private known1 = 0;
  private unstored0 = 0;
  private unstored1 = 0;
  private readonly locals = new Int32Array(64).fill(-1);

  constructor(
    private readonly code: FunctionCode,
    /** Host address of the working file. */
    private readonly file: number,
  ) {}

  /** A path begins: the file holds everything. */
  begin(): void {
    this.known0 = this.known1 = this.unstored0 = this.unstored1 = 0;
  }

  save(): LocalsState {
    const { known0, known1, unstored0, unstored1 } = this;
    return { known0, known1, unstored0, unstored1 };
  }

  restore(state: LocalsState): void {
    this.known0 = state.known0;
    this.known1 = state.known1;
    this.unstored0 = state.unstored0;
    this.unstored1 = state.unstored1;
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
    const bit = 1 << (r & 31);
    this.code.set(this.localOf(r));
    if (r < 32) {
      this.known0 |= bit;
      this.unstored0 |= bit;
    } else {
      this.known1 |= bit;
      this.unstored1 |= bit;
    }
  }

  /** Brings the file up to date; changes no state. */
  store(state: LocalsState): void {
    this.each(state.unstored0, 0, this.file);
    this.each(state.unstored1, 32, this.file);
  }

  /** Writes those registers of a mask (r0-r31) that the path has changed to another file. */
  publish(mask: number, file: number): void {
    this.each(this.unstored0 & mask, 0, file);
  }

  private each(mask: number, first: number, file: number): void {
    for (let left = mask; left !== 0; left &= left - 1) {
      const r = first + 31 - Math.clz32(left & -left);
      this.code.setWord(file + 4 * r, () => this.code.get(this.localOf(r)));
    }
  }

  private localOf(r: number): number {
    if (this.locals[r] < 0) this.locals[r] = this.code.local();
    return this.locals[r];
  }
}
