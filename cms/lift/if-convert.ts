/**
 * If-conversion: a forward branch over a few instructions becomes selects over the registers that
 * they write. Which sides may be converted, and the joining of the two register states.
 *
 * A side may be converted if it only computes in registers: no access that could fault, no exit, no
 * interpreter. Flags are one chain in the representation, so a side that sets them may only be
 * converted where the instruction behind it overwrites them without a look at them. inc and dec keep the
 * carry: where both paths do not have the same by themselves, it is joined. Where nobody would see the
 * side's flags it sets none, and the selects look at those that the branch looked at.
 * The taken path completes fewer instructions; exits behind carry that number as a value.
 */
import type { Insn } from '../../guest-isa/decode/insn.js';
import type { AluOp, Statement } from '../../guest-isa/sem/template.js';
import { CF } from '../../guest-isa/state/flags.js';
import type { Context } from '../context.js';
import type { IrOp, ValueId } from '../ir/ir.js';
import type { IrCondition } from '../ir/ir-builder.js';
import { aluReadsFlags, aluWritesFlags, flagsWritten, isDivision } from '../ir/ir-ops.js';
import { type LiftRules, repeats } from './lift-rules.js';
import type { RegionState } from './region-state.js';

/** x86 condition codes. */
const CARRY = 2;
const NO_CARRY = 3;

/** Kinds of statements that look at flags or write them (what leaves the region looks at all). */
const FLAG_STATEMENTS: ReadonlySet<Statement['kind']> = new Set([
  'alu',
  'fixedAlu',
  'condition',
  'if',
  'exceptWhen',
]);

/** ALU operations that overwrite all six flags whatever they were; and those that clear the carry. */
const OVERWRITES_FLAGS: ReadonlySet<AluOp> = new Set([
  'add',
  'sub',
  'and',
  'or',
  'xor',
  'neg',
  'mul',
  'imul',
]);

const CLEARS_CARRY: ReadonlySet<AluOp> = new Set(['and', 'or', 'xor']);

/** What a side does with the flags, and what is seen of it. */
export interface SideFlags {
  readonly writes: boolean;
  readonly reads: boolean;
  /** The carry behind it: overwritten by the next instruction, clear, or whatever the side made of it. */
  readonly carry: 'overwritten' | 'clear' | 'changed';
}

/**
 * May the branch over `side` be converted? `behind` is the instruction where both paths meet, if it
 * is in the region.
 */
export function mayIfConvert(
  rules: LiftRules,
  side: readonly Insn[],
  behind: Insn | undefined,
  context: Context,
): boolean {
  const computes = (insn: Insn): boolean =>
    liftedStatements(rules, insn, context)?.every(onlyComputes) === true;
  if (side.length === 0 || !side.every(computes)) return false;
  return sideFlags(rules, side, behind, context) !== undefined;
}

/** What becomes of the flags; undefined: both paths cannot be joined. */
export function sideFlags(
  rules: LiftRules,
  side: readonly Insn[],
  behind: Insn | undefined,
  context: Context,
): SideFlags | undefined {
  const statements = side.flatMap((insn) => liftedStatements(rules, insn, context) ?? []);
  const operations = statements.flatMap((st) => (st.kind === 'alu' ? [st.op] : []));
  const reads =
    statements.some(({ kind }) => kind === 'condition') || operations.some(aluReadsFlags);
  const last = operations.filter(aluWritesFlags).pop();
  if (last === undefined) return { writes: false, reads, carry: 'changed' };
  const next = firstFlagWriter(rules, behind, context);
  if (next === undefined) return undefined;
  if (OVERWRITES_FLAGS.has(next)) return { writes: true, reads, carry: 'overwritten' };
  if (next !== 'inc' && next !== 'dec') return undefined;
  return { writes: true, reads, carry: CLEARS_CARRY.has(last) ? 'clear' : 'changed' };
}

function liftedStatements(
  rules: LiftRules,
  insn: Insn,
  context: Context,
): readonly Statement[] | undefined {
  if (insn.row?.flow !== 'next' || repeats(insn)) return undefined;
  if (rules.treatment(insn, context) !== 'lift') return undefined;
  return rules.template(insn.row, insn).template;
}

function onlyComputes(st: Statement): boolean {
  switch (st.kind) {
    case 'constant':
    case 'immediate':
    case 'pure':
    case 'aux':
    case 'condition':
    case 'getRegister':
    case 'setRegister':
    case 'effectiveAddress':
    case 'maskAddress':
      return true;
    case 'alu':
      return !isDivision(st.op);
    default:
      return false;
  }
}

/** The operation of the first statement that has to do with flags, if it is one of the ALU's. */
function firstFlagWriter(
  rules: LiftRules,
  insn: Insn | undefined,
  context: Context,
): AluOp | undefined {
  const statements = insn && liftedStatements(rules, insn, context);
  const first = statements?.find((st) => FLAG_STATEMENTS.has(st.kind));
  return first?.kind === 'alu' ? first.op : undefined;
}

/** A converted branch whose side is being lifted. */
export class ConvertedSide {
  private readonly before: Int32Array;
  private readonly taken: IrCondition;
  /** Where the side's operations begin, if their flags are not wanted; else -1. */
  private readonly silentFrom: number;
  /** The carry of the taken path, where it has to be joined; else -1. */
  private readonly carry: ValueId;

  /** `length`: instructions of the side. */
  constructor(
    private readonly state: RegionState,
    condition: IrCondition,
    length: number,
    flags: SideFlags,
  ) {
    const { b, registers } = state;
    const { writes, carry } = flags;
    const isSilent = !flags.reads && (carry === 'overwritten' || bothClear(flags, b.result.ops));
    // jnc leaves the carry that the side makes.
    const isSame = carry === 'clear' && 'code' in condition && condition.code === NO_CARRY;
    const joins = writes && !isSilent && carry !== 'overwritten' && !isSame;
    this.carry = joins ? b.condition(CARRY) : -1;
    const isLost = writes && !isSilent && 'code' in condition;
    this.taken = isLost ? { value: b.condition(condition.code) } : condition;
    this.before = registers.fork();
    const skips = b.select(this.taken, b.constant(length), b.constant(0));
    state.skipped = state.skipped < 0 ? skips : b.binary('add', state.skipped, skips);
    this.silentFrom = writes && isSilent ? b.result.ops.length : -1;
  }

  /** Where both paths meet. */
  join(): void {
    const { b, registers } = this.state;
    if (this.silentFrom >= 0)
      for (const op of b.result.ops.slice(this.silentFrom))
        if (op.op === 'alu') op.setsFlags = false;
    registers.merge(this.taken, this.before);
    if (this.carry < 0) return;
    const joined = b.select(this.taken, this.carry, b.condition(CARRY));
    // Carry becomes bit 0, other flags stay.
    b.alu('bt', 32, [joined, b.constant(0)]);
  }
}

/** Is the carry clear behind the side as it is in front of it? */
function bothClear({ carry }: SideFlags, ops: readonly IrOp[]): boolean {
  if (carry !== 'clear') return false;
  const last = ops.findLast((op) => (flagsWritten(op) & CF) !== 0);
  return last?.op === 'alu' && CLEARS_CARRY.has(last.alu);
}
