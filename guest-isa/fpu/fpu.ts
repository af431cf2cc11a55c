/**
 * The x87 unit of one processor: register stack, tags, status and control word on the guest state
 * (state/layout.ts), and the rules by which exceptions are reported (Intel SDM vol. 1 ch. 8).
 * The arithmetic is base/f80; what single instructions do is in insn/x87-*.ts.
 *
 * Order of an instruction: `blocked` (#NM, #MF), memory operand, `note`, operation, `settle`,
 * destination, stack. Nothing of the state changes before the memory operand has been reached.
 *
 * An unmasked exception sets ES; the next waiting instruction raises #MF if CR0.NE is set.
 * Otherwise that instruction drives FERR# (`errorLine`) and waits, executed again and again, for
 * the interrupt; IGNNE# lets it pass.
 * ASSUMED: without an error line IGNNE# is tied active, so that pending exceptions are ignored.
 */

import { F80Unit, IE, INDEFINITE_HI, INDEFINITE_SE } from '../../base/f80/index.js';
import type { Insn } from '../decode/insn.js';
import type { Cpu } from '../interp/cpu.js';
import { CR0_EM, CR0_NE, CR0_TS } from '../state/control-bits.js';
import { MF, NM } from '../state/exceptions.js';
import {
  CR0,
  CS,
  EIP,
  FPU_CS,
  FPU_CW,
  FPU_DP,
  FPU_DS,
  FPU_HI,
  FPU_IP,
  FPU_LO,
  FPU_OPCODE,
  FPU_SE,
  FPU_SW,
  FPU_TAGS,
  SEG_BASE,
  SEG_SELECTOR,
  START_EIP,
} from '../state/layout.js';
import {
  CW_INITIAL,
  EXCEPTIONS,
  SW_C1,
  SW_ES,
  SW_PENDING,
  SW_SF,
  SW_TOP,
  SW_TOP_SHIFT,
} from './words.js';

/** FERR# and IGNNE#: on a PC, interrupt 13 and port F0h. */
export interface NumericErrorLine {
  /** Level of FERR#. */
  signal(active: boolean): void;
  /** Level of IGNNE#. */
  readonly ignored: boolean;
}

/** Marks `op.imm`, which x87 instructions do not use otherwise, as holding the opcode for FOP. */
const OPCODE_KNOWN = 0x10000;

export class Fpu {
  readonly unit = new F80Unit();
  errorLine: NumericErrorLine | undefined = undefined;
  /** Control word that the unit is set to. */
  private controlSeen = -1;

  constructor(private readonly s: Int32Array) {}

  /** Start of every waiting instruction: #NM, #MF. True if it must not execute now (CR0.NE = 0). */
  blocked(cpu: Cpu): boolean {
    const s = this.s;
    if ((s[CR0] & (CR0_EM | CR0_TS)) !== 0) cpu.raise(NM);
    return (s[FPU_SW] & SW_ES) !== 0 && this.errorPending(cpu);
  }

  /** An unmasked exception is pending: reports it. */
  errorPending(cpu: Cpu): boolean {
    const s = this.s;
    if ((s[CR0] & CR0_NE) !== 0) cpu.raise(MF);
    const line = this.errorLine;
    if (line === undefined || line.ignored) return false;
    line.signal(true);
    s[EIP] = s[START_EIP];
    return true;
  }

  /** Notes a non-control instruction in the instruction pointer and opcode registers. */
  note(cpu: Cpu, op: Insn): void {
    const s = this.s;
    s[FPU_IP] = s[START_EIP];
    s[FPU_CS] = s[SEG_SELECTOR + CS];
    s[FPU_OPCODE] = (op.imm !== 0 ? op.imm : findOpcode(cpu, op)) & 0x7ff;
    this.prepare();
  }

  /** The unit, set to the control word. */
  prepare(): F80Unit {
    const control = this.s[FPU_CW];
    if (control !== this.controlSeen) {
      this.controlSeen = control;
      this.unit.setControl(control);
    }
    return this.unit;
  }

  /** The same with a memory operand. */
  noteMemory(cpu: Cpu, op: Insn, offset: number): void {
    this.note(cpu, op);
    this.s[FPU_DP] = offset;
    this.s[FPU_DS] = this.s[SEG_SELECTOR + op.seg];
  }

  /** Physical register of ST(i). */
  index(i: number): number {
    return ((this.s[FPU_SW] >>> SW_TOP_SHIFT) + i) & 7;
  }

  isEmpty(i: number): boolean {
    return ((this.s[FPU_TAGS] >>> this.index(i)) & 1) === 0;
  }

  /** Writes the unit's result to ST(i). */
  put(i: number): void {
    const u = this.unit;
    this.set(i, u.se, u.hi, u.lo);
  }

  set(i: number, se: number, hi: number, lo: number): void {
    const s = this.s;
    const p = this.index(i);
    s[FPU_SE + p] = se;
    s[FPU_HI + p] = hi;
    s[FPU_LO + p] = lo;
    s[FPU_TAGS] |= 1 << p;
  }

  setIndefinite(i: number): void {
    this.set(i, INDEFINITE_SE, INDEFINITE_HI, 0);
  }

  /** Moves TOP down; the caller writes the new ST0. */
  push(): void {
    const s = this.s;
    s[FPU_SW] = (s[FPU_SW] & ~SW_TOP) | ((s[FPU_SW] - (1 << SW_TOP_SHIFT)) & SW_TOP);
  }

  pop(): void {
    const s = this.s;
    const sw = s[FPU_SW];
    s[FPU_TAGS] &= ~(1 << ((sw >>> SW_TOP_SHIFT) & 7));
    s[FPU_SW] = (sw & ~SW_TOP) | ((sw + (1 << SW_TOP_SHIFT)) & SW_TOP);
  }

  /** Reports exceptions and C1 of the unit's last operation. True if its result goes to the destination. */
  settle(): boolean {
    const u = this.unit;
    let sw = (this.s[FPU_SW] & ~SW_C1) | u.flags | (u.roundedUp ? SW_C1 : 0);
    if ((u.flags & ~u.masks) !== 0) sw |= SW_PENDING;
    this.s[FPU_SW] = sw;
    return u.stored;
  }

  clearC1(): void {
    this.s[FPU_SW] &= ~SW_C1;
  }

  /** Replaces condition code bits. */
  setCondition(mask: number, bits: number): void {
    this.s[FPU_SW] = (this.s[FPU_SW] & ~mask) | bits;
  }

  /** Reports a stack fault. True if it is masked, so that the indefinite goes to the destination. */
  private stackFault(c1: number): boolean {
    const masked = (this.s[FPU_CW] & IE) !== 0;
    this.s[FPU_SW] = (this.s[FPU_SW] & ~SW_C1) | c1 | SW_SF | IE | (masked ? 0 : SW_PENDING);
    return masked;
  }

  underflow(): boolean {
    return this.stackFault(0);
  }

  overflow(): boolean {
    return this.stackFault(SW_C1);
  }

  /** Pushes the unit's result, or reports that there is no room. */
  pushResult(): void {
    if (!this.isEmpty(7)) {
      this.pushOverflow();
      return;
    }
    if (!this.settle()) return;
    this.push();
    this.put(0);
  }

  pushOverflow(): void {
    if (!this.overflow()) return;
    this.push();
    this.setIndefinite(0);
  }

  /** Sets ES and B from flags and masks, after either was loaded. */
  summarize(): void {
    const s = this.s;
    const pending = (s[FPU_SW] & ~s[FPU_CW] & EXCEPTIONS) !== 0;
    s[FPU_SW] = pending ? s[FPU_SW] | SW_PENDING : s[FPU_SW] & ~SW_PENDING;
    if (!pending) this.errorLine?.signal(false);
  }

  /** FNINIT. Registers keep their contents. */
  initialize(): void {
    const s = this.s;
    s[FPU_CW] = CW_INITIAL;
    s[FPU_SW] = 0;
    s[FPU_TAGS] = 0;
    s[FPU_OPCODE] = 0;
    s[FPU_IP] = 0;
    s[FPU_CS] = 0;
    s[FPU_DP] = 0;
    s[FPU_DS] = 0;
    this.errorLine?.signal(false);
  }
}

/** Opcode and modrm byte as FOP holds them; read from the instruction's bytes once, then kept with it. */
export function findOpcode(cpu: Cpu, op: Insn): number {
  const s = cpu.s;
  let at = (s[START_EIP] + s[SEG_BASE + CS]) | 0;
  let byte = cpu.systemRead(at, 1);
  // Prefixes lie outside of d8-df.
  for (let i = 1; i < op.length && (byte & 0xf8) !== 0xd8; i++) byte = cpu.systemRead(++at, 1);
  op.imm = OPCODE_KNOWN | ((byte & 7) << 8) | cpu.systemRead(at + 1, 1);
  return op.imm;
}
