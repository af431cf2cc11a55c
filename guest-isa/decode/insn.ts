/**
 * A decoded instruction: what the handlers read. One shape for all instructions, so that V8 keeps
 * every access monomorphic. Registers that an operand names are stored as the index into the view
 * of its width: words for 32 bits, halfwords for 16, bytes for 8 (ah is byte 1).
 */

import type { InsnRow } from '../insn/row.js';
import type { Cpu } from '../interp/cpu.js';

export type Exec = (cpu: Cpu, op: Insn) => void;

export class Insn {
  // What register instructions need comes first, then the memory operand, then the rest: one or two
  // cache lines of an object of four.
  exec!: Exec;
  /** Bytes, prefixes included. */
  length = 0;
  /** Register of the reg field (or of the segment, control or x87 register it names), scaled for its width. */
  reg = 0;
  /** Register of the r/m field or of the opcode's low bits, scaled for its width; x87 stack index. */
  rm = 0;
  /** Immediate, sign- or zero-extended as its operand code says. */
  imm = 0;

  /** Word index of base and index register; ZERO when absent. */
  base = 8;
  index = 8;
  scale = 0;
  disp = 0;
  /** -1 or 0xffff: mask of effective addresses. */
  addrMask = -1;
  /** Segment of the memory operand, overrides applied (ES = 0 ... GS = 5). */
  seg = 3;
  /** 2 or 4: width of v operands. */
  opSize: 2 | 4 = 4;

  /** Undefined for an encoding that no row has: it raises #UD. */
  row: InsnRow | undefined = undefined;
  /** Has the modrm byte's r/m named memory? */
  isMem = false;
  /** True when a segment override prefix was given. */
  override = false;
  lock = false;
  /** 0 none, 2 repne (f2), 3 rep/repe (f3). */
  repeat: 0 | 2 | 3 = 0;
  /** Second immediate (enter), selector of a far pointer. */
  imm2 = 0;
  /** Of an instruction that crosses a page: the tail's page frame, and its generation when decoded. */
  tailFrame = -1;
  tailGeneration = 0;
}
