/** A board with an x87 unit after FNINIT, and short ways to run code and to look at the result. */
import { CR0, EIP, FPU_CW, FPU_SW } from '../../../guest-isa/state/layout.js';
import { type Board, execute, makeBoard } from '../../board.js';

export const CODE = 0x1000;
export const DATA = 0x2000;

export const PE = 0x1;
export const MP = 0x2;
export const EM = 0x4;
export const TS = 0x8;
export const NE = 0x20;

/** Divides 1 by 0 with everything unmasked: an exception is pending then. */
export const MAKE_PENDING = [0xd9, 0xe8, 0xd9, 0xee, 0xde, 0xf9];
export const UNMASKED = 0x340;

export class UnitBoard {
  readonly board: Board = makeBoard(1 << 18);
  readonly s = this.board.cpu.s;
  readonly data = new DataView(this.board.memory.ram.buffer, DATA);

  constructor(cr0 = PE | MP | NE) {
    this.board.cpu.fpu.initialize();
    this.s[CR0] = cr0;
  }

  /** Runs instructions; gives the vector of the fault that stopped them, or -1. */
  run(code: readonly number[], instructions = 1): number {
    this.board.faults.length = 0;
    execute(this.board, code, CODE, instructions);
    return this.board.faults[0]?.vector ?? -1;
  }

  /** Leaves an unmasked division by zero behind. */
  makePending(): void {
    this.s[FPU_CW] = UNMASKED;
    const vector = this.run(MAKE_PENDING, 3);
    if (vector !== -1 || (this.s[FPU_SW] & 0x80) === 0) throw new Error('no exception pending');
  }

  get eip(): number {
    return this.s[EIP];
  }
}
