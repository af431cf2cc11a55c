/**
 * If-conversion: a forward branch over a few instructions becomes selects over the registers that
 * they write. Which sides may be converted, and the joining of the two register states.
 *
 * A side may be converted if it only computes in registers: no access that could fault, no exit, no
 * interpreter. Flags are one chain in the representation, so a side that sets them may only be
 * converted where the instruction behind it overwrites all six without a look at them.
 * The taken path completes fewer instructions; exits behind carry that number as a value.
 */
import type { Insn } from '../../guest-isa/decode/insn.js';
import type { AluOp, Statement } from '../../guest-isa/sem/template.js';
import type { Context } from '../context.js';
import type { IrCondition } from '../ir/ir-builder.js';
import { aluWritesFlags, isDivision } from '../ir/ir-ops.js';
import { type LiftRules, repeats } from './lift-rules.js';
import type { RegionState } from './region-state.js';

/** ALU operations that overwrite all six flags whatever they were. */
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
  return !setsFlags(rules, side, context) || overwritesFlags(rules, behind, context);
}

/** Does one of the instructions write arithmetic flags? */
export function setsFlags(rules: LiftRules, side: readonly Insn[], context: Context): boolean {
  const writes = (st: Statement): boolean => st.kind === 'alu' && aluWritesFlags(st.op);
  return side.some((insn) => liftedStatements(rules, insn, context)?.some(writes) === true);
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

function overwritesFlags(rules: LiftRules, insn: Insn | undefined, context: Context): boolean {
  const statements = insn && liftedStatements(rules, insn, context);
  // The first statement that has to do with flags decides.
  const first = statements?.find((st) =>
    ['alu', 'fixedAlu', 'condition', 'if', 'exceptWhen'].includes(st.kind),
  );
  return first?.kind === 'alu' && OVERWRITES_FLAGS.has(first.op);
}

/** A converted branch whose side is being lifted. */
export class ConvertedSide {
  private readonly before: Int32Array;
  private readonly taken: IrCondition;

  /** `length`: instructions of the side; `flagsChange`: they overwrite what the condition reads. */
  constructor(
    private readonly state: RegionState,
    condition: IrCondition,
    length: number,
    flagsChange: boolean,
  ) {
    const { b, registers } = state;
    this.taken =
      'code' in condition && flagsChange ? { value: b.condition(condition.code) } : condition;
    this.before = registers.fork();
    const skips = b.select(this.taken, b.constant(length), b.constant(0));
    state.skipped = state.skipped < 0 ? skips : b.binary('add', state.skipped, skips);
  }

  /** Where both paths meet. */
  join(): void {
    this.state.registers.merge(this.taken, this.before);
  }
}
