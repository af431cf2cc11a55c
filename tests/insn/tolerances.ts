/**
 * Where the processor that made the vectors (an AMD of the Zen family) and the manual part, and the
 * manual allows both, or the manual alone counts. Each entry drops part of a comparison; no entry
 * is wider than its reason. The count of each entry's uses is part of the test's output.
 */
import type { InsnRow } from '../../guest-isa/insn/row.js';
import type { Case, Outcome } from './case.js';

export interface Tolerance {
  readonly reason: string;
  readonly applies: (row: InsnRow, c: Case, silicon: Outcome, got: Outcome) => boolean;
  /** Replaces what is not to be compared in what silicon gave. */
  readonly adjust: (silicon: Outcome, got: Outcome) => Outcome;
}

const ESP = 4;
const GP = 13;
/** #SS, #PF. */
const STACK_FAULTS = [12, 14];

export const TOLERANCES: readonly Tolerance[] = [
  {
    reason: 'popa that faults: registers loaded before the fault may already be changed, esp is not',
    applies: (row, _c, silicon) => /^popa/.test(row.mnemonic) && silicon.fault >= 0,
    adjust: (silicon, got) => ({
      ...silicon,
      registers: silicon.registers.map((value, i) => (i === ESP ? value : got.registers[i])),
    }),
  },
  {
    reason: 'near call with a target beyond the limit and no room on the stack: the manual checks the target first, the silicon the stack',
    applies: (row, _c, silicon, got) => row.mnemonic === 'call' && STACK_FAULTS.includes(silicon.fault) && got.fault === GP,
    adjust: (silicon, got) => ({ ...silicon, fault: got.fault, errorCode: got.errorCode }),
  },
];

/** Silicon's outcome as far as it is to be held against ours; notes which tolerances were used. */
export function tolerated(row: InsnRow, c: Case, silicon: Outcome, got: Outcome, used: Map<string, number>): Outcome {
  let expected = silicon;
  for (const { reason, applies, adjust } of TOLERANCES) {
    if (!applies(row, c, expected, got)) continue;
    used.set(reason, (used.get(reason) ?? 0) + 1);
    expected = adjust(expected, got);
  }
  return expected;
}
