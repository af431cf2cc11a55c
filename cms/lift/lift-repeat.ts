/**
 * Repeated string instructions, as the interpreter executes them (interp/emit-handler.ts): a count
 * of zero finishes at once, each iteration is a step that moves the registers, and the whole counts
 * as one instruction when it finishes. The translation does a few iterations with an exit behind
 * each, then jumps to the same instruction again and stands in mid-repeat there.
 */
import { ECX } from '../../guest-isa/state/layout.js';
import type { ValueId } from '../ir/ir.js';
import type { IrCondition } from '../ir/ir-builder.js';
import type { RegionInstruction } from '../region.js';
import type { RegionState } from './region-state.js';

/** Iterations in one pass of the translation. */
export const ITERATIONS_IN_A_PASS = 4;

/** Lifts the instruction and makes the final exit; `body` lifts one iteration. */
export function liftRepeated(
  state: RegionState,
  instruction: RegionInstruction,
  body: () => void,
): void {
  const { b, registers } = state;
  const { insn, eip } = instruction;
  const wide = insn.addrMask === -1;
  const next = (eip + insn.length) | 0;
  const leave = (condition: IrCondition, iterations: number): void =>
    b.exitIf(
      condition,
      state.exitAfter({ kind: 'jump', eip: next, repeat: { iterations, done: true } }),
    );
  const isZero = (count: ValueId): IrCondition => ({ value: b.binaryConst('eq', count, 0) });

  let count = registers.read(ECX);
  if (!wide) count = b.unary('zx16', count);
  leave(isZero(count), 1);
  for (let iterations = 1; iterations <= ITERATIONS_IN_A_PASS; iterations++) {
    body();
    const less = b.binaryConst('sub', count, 1);
    registers.write(ECX, wide ? less : b.binary('ins16', registers.read(ECX), less));
    count = wide ? less : b.unary('zx16', less);
    leave(isZero(count), iterations);
    // repe ends when the flags say different, repne when they say equal.
    if (insn.row?.repeat === 'repz') leave({ code: insn.repeat === 3 ? 5 : 4 }, iterations);
  }
  b.exit(
    state.exitAfter({
      kind: 'jump',
      eip,
      repeat: { iterations: ITERATIONS_IN_A_PASS, done: false },
    }),
  );
}
