/**
 * Protected loads and the stores that must not overlap them (core/alias-registers.ts). On a path from a
 * commit on the registers lie in locals: which of them hold something, and how much, is known when the
 * path is compiled, so a store compares with those that it names. Where a path is left they go to the core.
 */
import { ALIAS_WORDS, MAX_ALIAS_REGISTERS } from '../../core/core-area.js';
import { RAM_OFFSET } from '../../memory/layout.js';
import type { Op } from '../step/step-molecule.js';
import { W } from './binary.js';
import { wordAt } from './function-code.js';
import type { MoleculeCode } from './molecule-code.js';
import type { PathHistory } from './path-state.js';

export class AliasCode {
  /** Locals of the alias registers: guest physical addresses. */
  private readonly locals = new Int32Array(MAX_ALIAS_REGISTERS).fill(-1);

  constructor(
    private readonly molecule: MoleculeCode,
    /** Words of the alias registers. */
    private readonly words: Int32Array,
  ) {}

  /** A store to the host address in a local overlaps nothing that it must not. */
  test(op: Op, host: number, { aliases }: PathHistory): void {
    aliases.forEach((bytes, register) => {
      if (bytes !== 0 && ((op.imm >>> register) & 1) !== 0) this.testOne(op, host, register, bytes);
    });
  }

  /** A load from the host address in a local is recorded. */
  protect(op: Op, host: number, { aliases }: PathHistory): void {
    const { code } = this.molecule;
    if (this.locals[op.imm] < 0) this.locals[op.imm] = code.local();
    this.pushPhysical(host);
    code.set(this.locals[op.imm]);
    aliases[op.imm] = op.bytes;
  }

  /** Writes the alias registers of a path to the core's. */
  storeAll({ aliases }: PathHistory): void {
    aliases.forEach((bytes, register) => {
      if (bytes !== 0)
        this.store(register, bytes, () => this.molecule.code.get(this.locals[register]));
    });
  }

  /** Guest physical address of the host address in a local. */
  pushPhysical(host: number): void {
    const { code } = this.molecule;
    code.get(host);
    code.const32(RAM_OFFSET);
    code.op(W.sub);
  }

  /** They overlap where store - load + (op.bytes - 1) < bytes + op.bytes - 1, unsigned. */
  private testOne(op: Op, host: number, register: number, bytes: number): void {
    const { code } = this.molecule;
    code.get(host);
    code.const32(RAM_OFFSET - (op.bytes - 1));
    code.op(W.sub);
    code.get(this.locals[register]);
    code.op(W.sub);
    code.const32(bytes + op.bytes - 1);
    code.op(W.ltU);
    this.molecule.failIf();
  }

  /** AliasRegisters.record: the second range is empty, since no access of compiled code crosses a line. */
  private store(register: number, bytes: number, pushPhysical: () => void): void {
    const { code } = this.molecule;
    const at = ALIAS_WORDS * register;
    code.setWord(wordAt(this.words, at), pushPhysical);
    code.setWord(wordAt(this.words, at + 1), () => {
      pushPhysical();
      code.const32(bytes);
      code.op(W.add);
    });
    for (const word of [at + 2, at + 3])
      code.setWord(wordAt(this.words, word), () => code.const32(0));
  }
}
