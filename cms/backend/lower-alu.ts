/**
 * Lowering of x86 arithmetic. An operation whose flags somebody reads becomes its namesake with
 * `.c`. One whose flags nobody wants becomes a plain atom where there is one with the same low bits;
 * else the atom with flags, around which they are saved if they are still needed.
 */
import { R_SINK, R_ZERO } from '../../hw/atom/registers.js';
import type { IrOp } from '../ir/ir.js';
import { CannotCompile } from './compiled.js';
import type { Lowering } from './lower.js';
import {
  BINARY,
  BIT_TEST,
  DIVIDE,
  DOUBLE_SHIFT,
  FLAG,
  FLAGGED,
  SCAN,
  SETCC,
  SETMQ,
  STEP,
  UNARY,
  widthIndex,
} from './opcodes.js';

type AluOperation = Extract<IrOp, { op: 'alu' }>;
type FlagOperation = Extract<IrOp, { op: 'flag' }>;

export function lowerAlu(l: Lowering, op: AluOperation): void {
  if (DIVIDE[op.alu]) lowerDivision(l, op);
  else if (op.setsFlags) lowerFlagged(l, op);
  else if (!lowerPlain(l, op)) withFlagsKept(l, () => lowerFlagged(l, op));
}

/** No flags: true when a plain atom serves. */
function lowerPlain(l: Lowering, op: AluOperation): boolean {
  const { alu, bits, args } = op;
  switch (alu) {
    case 'add':
    case 'sub':
    case 'and':
    case 'or':
    case 'xor':
    case 'shl':
      l.binary(BINARY[alu], l.resultOf(op.id), args[0], args[1]);
      return true;
    case 'inc':
    case 'dec':
      l.emit(alu === 'inc' ? BINARY.add.imm8 : BINARY.sub.imm8, op.id, l.read(args[0]), 0, 1);
      return true;
    case 'neg':
      l.emit(BINARY.sub.register, op.id, R_ZERO, l.read(args[0]), 0);
      return true;
    case 'shr':
    case 'sar':
      lowerPlainShift(l, op);
      return true;
    case 'rol':
    case 'ror':
      if (bits !== 32) return false;
      l.binary(BINARY[alu], l.resultOf(op.id), args[0], args[1]);
      return true;
    case 'mul':
    case 'imul':
      if (bits === 8 || l.wantsSecondResult(op.id)) return false;
      l.binary(BINARY.mul, l.resultOf(op.id), args[0], args[1]);
      return true;
    case 'bswap':
      l.emit(UNARY.bswap, op.id, l.read(args[0]), 0, 0);
      return true;
    default:
      return false;
  }
}

/** A shift to the right of a narrow operand: what comes in from above is made first. */
function lowerPlainShift(l: Lowering, op: AluOperation): void {
  const { bits, args } = op;
  const left = op.alu === 'shr';
  const shift = left ? BINARY.shr : BINARY.sar;
  let a = l.read(args[0]);
  if (bits !== 32) {
    const wide = l.values.fresh();
    const extend = left
      ? bits === 8
        ? UNARY.zx8
        : UNARY.zx16
      : bits === 8
        ? UNARY.sx8
        : UNARY.sx16;
    l.atoms.push(extend, wide, a, 0, 0, l.guest);
    a = wide;
  }
  if (l.values.known(args[1])) l.emit(shift.imm8, op.id, a, 0, l.values.constantOf(args[1]) & 31);
  else l.emit(shift.register, op.id, a, l.read(args[1]), 0);
}

function lowerFlagged(l: Lowering, op: AluOperation): void {
  const { alu, bits, args } = op;
  const width = widthIndex(bits);
  const twoSource = FLAGGED[alu];
  if (twoSource) {
    l.binary(twoSource[width], l.resultOf(op.id), args[0], args[1]);
    l.takeSecondResult(op.id);
    return;
  }
  if (STEP[alu]) l.emit(STEP[alu][width], op.id, l.read(args[0]), 0, 0);
  else if (alu === 'neg') l.emit(FLAGGED.sub![width].register, op.id, R_ZERO, l.read(args[0]), 0);
  else lowerRare(l, op);
}

function lowerRare(l: Lowering, op: AluOperation): void {
  const { alu, bits } = op;
  if (alu === 'bt' && bits !== 8) lowerBitTest(l, op);
  else if (SCAN[alu] !== undefined && bits !== 8) lowerScan(l, op, SCAN[alu]);
  else if (DOUBLE_SHIFT[alu] && bits === 32) lowerDoubleShift(l, op, DOUBLE_SHIFT[alu]);
  // Other forms the lifter expresses by others (ir-ops.ts).
  else throw new CannotCompile('noUnit');
}

/** Its value is the number of the bit (guest-isa/sem/alu-bits.ts); what matters is CF. */
function lowerBitTest(l: Lowering, op: AluOperation): void {
  const [value, bit] = op.args;
  const [byRegister, byNumber] = BIT_TEST[op.bits === 16 ? 0 : 1];
  const a = l.read(value);
  if (l.values.known(bit))
    l.atoms.push(byNumber, 0, a, 0, l.values.constantOf(bit) & (op.bits - 1), l.guest);
  else l.atoms.push(byRegister, 0, a, l.read(bit), 0, l.guest);
  if (l.values.uses[op.id] > 0) l.emit(BINARY.and.imm8, op.id, l.read(bit), 0, op.bits - 1);
}

/** args: source, old destination (kept when the source is zero). */
function lowerScan(l: Lowering, op: AluOperation, opcode: number): void {
  const [source, old] = op.args;
  let a = l.read(source);
  if (op.bits === 16) {
    const narrow = l.values.fresh();
    l.atoms.push(UNARY.zx16, narrow, a, 0, 0, l.guest);
    a = narrow;
  }
  const d = l.tied(old);
  l.atoms.push(opcode, d, a, 0, 0, l.guest);
  l.values.define(op.id, d);
}

/** args: destination, what fills it, count. */
function lowerDoubleShift(
  l: Lowering,
  op: AluOperation,
  [byRegister, byNumber]: readonly [number, number],
): void {
  const [value, fill, count] = op.args;
  const a = l.read(fill);
  const known = l.values.known(count);
  const b = known ? 0 : l.read(count);
  const d = l.tied(value);
  if (known) l.atoms.push(byNumber, d, a, 0, l.values.constantOf(count) & 31, l.guest);
  else l.atoms.push(byRegister, d, a, b, 0, l.guest);
  l.values.define(op.id, d);
}

/** args: high, low, divisor. */
function lowerDivision(l: Lowering, op: AluOperation): void {
  const [high, low, divisor] = op.args;
  if (op.bits !== 8) l.atoms.push(SETMQ, 0, l.read(high), 0, 0, l.guest);
  const a = l.read(low);
  const b = l.read(divisor);
  l.emit(DIVIDE[op.alu]![widthIndex(op.bits)], op.id, a, b, 0);
  l.takeSecondResult(op.id);
}

export function lowerFlag(l: Lowering, op: FlagOperation): void {
  const { flag, args } = op;
  if (flag === 'lahf') {
    l.emit(FLAG.lahf, op.id, 0, 0, 0);
    return;
  }
  l.values.define(op.id, R_ZERO);
  if (!op.setsFlags) return;
  l.atoms.push(FLAG[flag], 0, args.length > 0 ? l.read(args[0]) : 0, 0, 0, l.guest);
}

/**
 * Emits atoms that write flags which nobody wants. Flags that are still needed are saved around
 * them: OF as a number, the other five by lahf; 1 + 127 overflows in 8 bits, and sahf keeps OF.
 */
function withFlagsKept(l: Lowering, emit: () => void): void {
  if (l.flagsDead()) {
    emit();
    return;
  }
  const overflow = l.values.fresh();
  const others = l.values.fresh();
  l.atoms.push(SETCC, overflow, 0, 0, 0, l.guest);
  l.atoms.push(FLAG.lahf, others, 0, 0, 0, l.guest);
  emit();
  l.atoms.push(FLAGGED.add![0].imm8, R_SINK, overflow, 0, 127, l.guest);
  l.atoms.push(FLAG.sahf, 0, others, 0, 0, l.guest);
}
