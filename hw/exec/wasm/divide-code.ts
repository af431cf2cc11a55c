/**
 * Divisions (atom/divide.ts) by 64-bit arithmetic. A division error, which traps, is found before the
 * molecule changes anything: quotient and remainder wait in locals until every test has passed.
 */
import { MQ } from '../../atom/registers.js';
import type { Op } from '../step/step-molecule.js';
import { W } from './binary.js';
import { WIDE } from './function-code.js';
import type { MoleculeCode } from './molecule-code.js';

const DIVIDEND = WIDE;
const DIVISOR = WIDE + 1;
const QUOTIENT = WIDE + 2;

interface Results {
  readonly quotient: number;
  readonly remainder: number;
}

/** What it takes of an operation. */
export type Division = Pick<Op, 'a' | 'b' | 'd' | 'bytes' | 'signed'>;

export class DivideCode {
  /** By operation of the molecule: locals of what it has computed. */
  private readonly results: Results[] = [];

  constructor(private readonly molecule: MoleculeCode) {}

  test(op: Division, index: number): void {
    const { molecule } = this;
    const { code } = molecule;
    this.pushDividend(op);
    code.set(DIVIDEND);
    molecule.push(op.b);
    this.narrow(op);
    code.tee(DIVISOR);
    code.op(W.eqz64);
    molecule.failIf();
    if (op.signed && op.bytes === 4) this.failIfOverflow();
    const quotient = code.temporary();
    const remainder = code.temporary();
    this.results[index] = { quotient, remainder };
    code.get(DIVIDEND);
    this.pushQuotient(op);
    this.quotientFits(op);
    code.get(DIVISOR);
    code.op(W.mul64);
    code.op(W.sub64);
    code.op(W.wrap);
    code.set(remainder);
    this.pushQuotient(op);
    code.op(W.wrap);
    code.set(quotient);
  }

  execute(op: Division, index: number): void {
    const { molecule } = this;
    const { quotient, remainder } = this.results[index];
    molecule.code.get(quotient);
    molecule.pop(op.d);
    molecule.code.get(remainder);
    molecule.pop(MQ);
  }

  /** The dividend of an operation as 64 bits. */
  private pushDividend({ bytes, signed, a }: Division): void {
    const { molecule } = this;
    const { code } = molecule;
    const extend = signed ? W.extendS : W.extendU;
    if (bytes === 1) {
      molecule.push(a);
      if (signed) code.op(W.extend16);
      else {
        code.const32(0xffff);
        code.op(W.and);
      }
      code.op(extend);
    } else if (bytes === 2) {
      molecule.push(MQ);
      code.const32(16);
      code.op(W.shl);
      molecule.push(a);
      code.const32(0xffff);
      code.op(W.and);
      code.op(W.or);
      code.op(extend);
    } else {
      molecule.push(MQ);
      code.op(W.extendU);
      code.const64(32);
      code.op(W.shl64);
      molecule.push(a);
      code.op(W.extendU);
      code.op(W.or64);
    }
  }

  /** The divisor on the stack as 64 bits. */
  private narrow({ bytes, signed }: Division): void {
    const { code } = this.molecule;
    if (bytes < 4 && signed) code.op(bytes === 1 ? W.extend8 : W.extend16);
    else if (bytes < 4) {
      code.const32(bytes === 1 ? 0xff : 0xffff);
      code.op(W.and);
    }
    code.op(signed ? W.extendS : W.extendU);
  }

  private pushQuotient({ signed }: Division): void {
    const { code } = this.molecule;
    code.get(DIVIDEND);
    code.get(DIVISOR);
    code.op(signed ? W.divS64 : W.divU64);
  }

  /** -2^63 / -1, which WebAssembly itself refuses. */
  private failIfOverflow(): void {
    const { code } = this.molecule;
    code.get(DIVISOR);
    code.const64(-1);
    code.op(W.eq64);
    code.get(DIVIDEND);
    code.const64(1);
    code.const64(63);
    code.op(W.shl64);
    code.op(W.eq64);
    code.op(W.and);
    this.molecule.failIf();
  }

  /** Fails unless the quotient on the stack has the width of the operation; it stays there. */
  private quotientFits({ bytes, signed }: Division): void {
    const { code } = this.molecule;
    const bits = 8 * bytes;
    code.set(QUOTIENT);
    code.get(QUOTIENT);
    if (signed) {
      code.const64(1);
      code.const64(bits - 1);
      code.op(W.shl64);
      code.op(W.add64);
    }
    code.const64(bits);
    code.op(W.shrU64);
    code.op(W.eqz64);
    code.op(W.eqz);
    this.molecule.failIf();
    code.get(QUOTIENT);
  }
}
