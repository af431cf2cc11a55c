/**
 * One row for each operation of the intermediate representation: arguments, result, effects, and
 * which flags it reads, writes and surely overwrites; and the values of the pure ones. Optimizer,
 * backend and checker all look here.
 *
 * Flags are masks of EFLAGS bits. "Killed" are those written whatever happens; a shift by a count
 * that may be zero writes six flags and kills none. Of the ALU operations the lifter makes all but
 * neg, rcl, rcr, bts, btr, btc, bswap and the 16-bit double shifts, which it expresses by others.
 * A result is garbage above the operation's width, except that products of 8 bits have 16.
 */
import type { AluOp } from '../../guest-isa/sem/template.js';
import { AF, ARITHMETIC, CF, OF, PF, SF, ZF } from '../../guest-isa/state/flags.js';
import type { FlagOp, IrBinary, IrExit, IrOp, IrOpName, IrRegion, IrUnary } from './ir.js';

export interface IrOpRow {
  /** Number of arguments: least and most. */
  readonly least: number;
  readonly most: number;
  /** Others may use its value. */
  readonly hasResult: boolean;
  /** Its value depends on its arguments alone (and on flags, see `flagsRead`): equal ones may be merged. */
  readonly pure: boolean;
  /** Has to stay though nobody uses its value. Loads are among them: they may fault. */
  readonly hasEffect: boolean;
  /** May roll back to the last commit (divisions do too: `mayRollBack`). */
  readonly rollsBack: boolean;
}

const pure = (arguments_: number): IrOpRow => ({
  least: arguments_,
  most: arguments_,
  hasResult: true,
  pure: true,
  hasEffect: false,
  rollsBack: false,
});
const effect = (least: number, most: number, rollsBack: boolean, hasResult = false): IrOpRow => ({
  least,
  most,
  hasResult,
  pure: false,
  hasEffect: true,
  rollsBack,
});

export const IR_OPS: Readonly<Record<IrOpName, IrOpRow>> = {
  add: pure(2),
  sub: pure(2),
  and: pure(2),
  or: pure(2),
  xor: pure(2),
  andn: pure(2),
  shl: pure(2),
  shr: pure(2),
  sar: pure(2),
  rol: pure(2),
  ror: pure(2),
  mul: pure(2),
  eq: pure(2),
  ne: pure(2),
  ltu: pure(2),
  lts: pure(2),
  ins8: pure(2),
  ins8h: pure(2),
  ins16: pure(2),
  sx8: pure(1),
  sx16: pure(1),
  zx8: pure(1),
  zx16: pure(1),
  ext8h: pure(1),
  bswap: pure(1),
  const: pure(0),
  reg: pure(0),
  select: pure(3),
  selcc: pure(2),
  cond: pure(0),
  mq: pure(1),
  alu: { ...pure(1), most: 3 },
  flag: { ...pure(0), most: 1 },
  /** Changes only behind a barrier: may be merged between them. */
  loadState: { ...pure(0), pure: false },
  load: effect(1, 1, true, true),
  store: effect(2, 2, true),
  chkpage: effect(0, 0, true),
  trap: effect(0, 1, true),
  exitIf: effect(0, 1, false),
  exit: effect(0, 0, false),
  commit: effect(0, 0, false),
  assist: effect(0, 0, false),
};

export const isDivision = (alu: AluOp): boolean => alu === 'div' || alu === 'idiv';

/** Does the operation leave a second result for `mq`? */
export const writesMq = (op: IrOp): boolean =>
  op.op === 'alu' &&
  (isDivision(op.alu) || ((op.alu === 'mul' || op.alu === 'imul') && op.bits > 8));

export function mayRollBack(op: IrOp): boolean {
  return IR_OPS[op.op].rollsBack || (op.op === 'alu' && isDivision(op.alu));
}

/** May it be dropped when nobody uses its value or the flags that it sets? */
export function isRemovable(op: IrOp): boolean {
  if (IR_OPS[op.op].hasEffect || mayRollBack(op)) return false;
  return !((op.op === 'alu' || op.op === 'flag') && op.setsFlags);
}

/** The exit that an operation names, if any. */
export function exitOf(region: IrRegion, op: IrOp): IrExit | undefined {
  switch (op.op) {
    case 'exitIf':
    case 'exit':
    case 'commit':
    case 'assist':
      return region.exits[op.exit];
    default:
      return undefined;
  }
}

/** Flags that each pair of x86 condition codes reads. */
const CONDITION_READS = [OF, CF, ZF, CF | ZF, SF, PF, SF | OF, ZF | SF | OF] as const;

interface AluFlags {
  readonly reads: number;
  readonly writes: number;
  /** Writes nothing when its count (the last argument) is zero. */
  readonly counted: boolean;
}

const writesAll: AluFlags = { reads: 0, writes: ARITHMETIC, counted: false };
const withCarry: AluFlags = { reads: CF, writes: ARITHMETIC, counted: false };
const keepsCarry: AluFlags = { reads: 0, writes: ARITHMETIC & ~CF, counted: false };
const shift: AluFlags = { reads: 0, writes: ARITHMETIC, counted: true };
const rotate: AluFlags = { reads: 0, writes: CF | OF, counted: true };
const rotateCarry: AluFlags = { reads: CF, writes: CF | OF, counted: true };
const carryOnly: AluFlags = { reads: 0, writes: CF, counted: false };
const zeroOnly: AluFlags = { reads: 0, writes: ZF, counted: false };
const none: AluFlags = { reads: 0, writes: 0, counted: false };

/** Flags of ALU operations as the interpreter's functions (guest-isa/sem) treat them, undefined ones included. */
const ALU_FLAGS: Readonly<Record<AluOp, AluFlags>> = {
  add: writesAll,
  adc: withCarry,
  sub: writesAll,
  sbb: withCarry,
  and: writesAll,
  or: writesAll,
  xor: writesAll,
  inc: keepsCarry,
  dec: keepsCarry,
  neg: writesAll,
  shl: shift,
  shr: shift,
  sar: shift,
  shld: shift,
  shrd: shift,
  rol: rotate,
  ror: rotate,
  rcl: rotateCarry,
  rcr: rotateCarry,
  mul: writesAll,
  imul: writesAll,
  div: none,
  idiv: none,
  bt: carryOnly,
  bts: carryOnly,
  btr: carryOnly,
  btc: carryOnly,
  bsf: zeroOnly,
  bsr: zeroOnly,
  bswap: none,
};

const FLAG_OP_FLAGS: Readonly<Record<FlagOp, { readonly reads: number; readonly writes: number }>> =
  {
    cmc: { reads: CF, writes: CF },
    stc: { reads: 0, writes: CF },
    clc: { reads: 0, writes: CF },
    sahf: { reads: 0, writes: CF | PF | AF | ZF | SF },
    lahf: { reads: CF | PF | AF | ZF | SF, writes: 0 },
    keepzero: { reads: 0, writes: ZF },
  };

/** Flags that the operation looks at. Exits look at all six: the guest sees them. */
export function flagsRead(op: IrOp): number {
  switch (op.op) {
    case 'alu':
      return ALU_FLAGS[op.alu].reads;
    case 'flag':
      return FLAG_OP_FLAGS[op.flag].reads;
    case 'selcc':
    case 'cond':
      return CONDITION_READS[op.code >> 1];
    case 'trap':
      return op.code < 0 ? 0 : CONDITION_READS[op.code >> 1];
    case 'exitIf':
    case 'exit':
    case 'commit':
    case 'assist':
      return ARITHMETIC;
    default:
      return 0;
  }
}

/** Flags that it may change. */
export function flagsWritten(op: IrOp): number {
  if (op.op === 'alu') return op.setsFlags ? ALU_FLAGS[op.alu].writes : 0;
  if (op.op === 'flag') return op.setsFlags ? FLAG_OP_FLAGS[op.flag].writes : 0;
  return op.op === 'assist' ? ARITHMETIC : 0;
}

/** Flags that it overwrites for sure. `count`: value of a shift's count where it is known. */
export function flagsKilled(op: IrOp, count?: number | undefined): number {
  if (op.op === 'alu' && ALU_FLAGS[op.alu].counted && (count === undefined || (count & 31) === 0))
    return 0;
  return flagsWritten(op);
}

/** Can the ALU operation write flags at all? */
export const aluWritesFlags = (alu: AluOp): boolean => ALU_FLAGS[alu].writes !== 0;
/** Does it look at flags? */
export const aluReadsFlags = (alu: AluOp): boolean => ALU_FLAGS[alu].reads !== 0;

const BINARY: Readonly<Record<IrBinary, (a: number, b: number) => number>> = {
  add: (a, b) => (a + b) | 0,
  sub: (a, b) => (a - b) | 0,
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  andn: (a, b) => a & ~b,
  shl: (a, b) => a << b,
  shr: (a, b) => (a >>> b) | 0,
  sar: (a, b) => a >> b,
  rol: (a, b) => (a << b) | (a >>> (-b & 31)),
  ror: (a, b) => (a >>> b) | (a << (-b & 31)),
  mul: (a, b) => Math.imul(a, b),
  eq: (a, b) => ((a | 0) === (b | 0) ? 1 : 0),
  ne: (a, b) => ((a | 0) !== (b | 0) ? 1 : 0),
  ltu: (a, b) => (a >>> 0 < b >>> 0 ? 1 : 0),
  lts: (a, b) => ((a | 0) < (b | 0) ? 1 : 0),
  ins8: (a, b) => (a & ~0xff) | (b & 0xff),
  ins8h: (a, b) => (a & ~0xff00) | ((b & 0xff) << 8),
  ins16: (a, b) => (a & ~0xffff) | (b & 0xffff),
};

const UNARY: Readonly<Record<IrUnary, (a: number) => number>> = {
  sx8: (a) => (a << 24) >> 24,
  sx16: (a) => (a << 16) >> 16,
  zx8: (a) => a & 0xff,
  zx16: (a) => a & 0xffff,
  ext8h: (a) => (a >>> 8) & 0xff,
  bswap: (a) => (a << 24) | ((a & 0xff00) << 8) | ((a >>> 8) & 0xff00) | (a >>> 24),
};

export const isBinary = (op: IrOpName): op is IrBinary => op in BINARY;
export const isUnary = (op: IrOpName): op is IrUnary => op in UNARY;

export const evaluateBinary = (op: IrBinary, a: number, b: number): number => BINARY[op](a, b);
export const evaluateUnary = (op: IrUnary, a: number): number => UNARY[op](a);

/**
 * The binary operation with the same low `bits` of result as an ALU operation whose flags nobody
 * wants; undefined where there is none (widths of shifts to the right matter, divisions trap).
 */
export function flaglessForm(alu: AluOp, bits: 8 | 16 | 32): IrBinary | undefined {
  switch (alu) {
    case 'add':
    case 'sub':
    case 'and':
    case 'or':
    case 'xor':
      return alu;
    case 'shl':
    case 'shr':
    case 'sar':
    case 'rol':
    case 'ror':
      return bits === 32 ? alu : undefined;
    default:
      return undefined;
  }
}
