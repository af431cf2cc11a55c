/**
 * Where the processor that made the vectors (an AMD of the Zen family) and the manual part, and the
 * manual allows both, or the manual alone counts. Each entry drops part of a comparison; no entry
 * is wider than its reason. The count of each entry's uses is part of the test's output.
 */
import type { InsnRow } from '../../guest-isa/insn/row.js';
import type { Case, Outcome } from './case.js';
import { closeF80, readF80 } from './f80-distance.js';

export interface Tolerance {
  readonly reason: string;
  readonly applies: (row: InsnRow, c: Case, silicon: Outcome, got: Outcome) => boolean;
  /** Replaces what is not to be compared in what silicon gave. */
  readonly adjust: (silicon: Outcome, got: Outcome, c: Case) => Outcome;
}

const ESP = 4;
const GP = 13;
const PF = 14;
const AC = 0x40000;
/** #SS, #PF. */
const STACK_FAULTS = [12, 14];
/** #SS, #GP. */
const LIMIT_FAULTS = [12, 13];
const X87_CONDITION = 0x4500;
const X87_C1 = 0x200;
/** All six arithmetic flags. */
const ARITHMETIC = 0x8d5;
const RESULT = 28;

/** The fault itself, everything else as compared. */
const anyFault = (silicon: Outcome, got: Outcome): Outcome => ({
  ...silicon,
  fault: got.fault,
  errorCode: got.errorCode,
  cr2: got.cr2,
});

/** Status word of an x87 image with the bits of `mask` as in another. */
function withStatus(silicon: Outcome, got: Outcome, mask: number): Outcome {
  if (!silicon.x87 || !got.x87) return silicon;
  const x87 = silicon.x87.slice();
  x87[4] = (x87[4] & ~mask) | (got.x87[4] & mask);
  x87[5] = (x87[5] & ~(mask >> 8)) | (got.x87[5] & (mask >> 8));
  return { ...silicon, x87 };
}

/** An invalid operation that is not masked was met. */
function invalidUnmasked(o: Outcome): boolean {
  return o.x87 !== undefined && (o.x87[4] & 1) === 1 && (o.x87[0] & 1) === 0;
}

const TRANSCENDENTAL = /^(f2xm1|fyl2x|fyl2xp1|fpatan|fptan|fsin|fcos|fsincos)$/;

/** Results of the two that are near each other, at both places where they may lie. */
function takeNearResults(silicon: Outcome, got: Outcome, c: Case): Outcome {
  const { x87 } = silicon;
  if (!x87 || !got.x87 || !c.x87) return silicon;
  const argument = readF80(c.x87, RESULT);
  const image = x87.slice();
  for (const at of [RESULT, RESULT + 10]) {
    if (!closeF80(readF80(x87, at), readF80(got.x87, at), argument)) continue;
    image.set(got.x87.subarray(at, at + 10), at);
  }
  return withStatus({ ...silicon, x87: image }, got, X87_C1);
}

/** Instructions that store or load x87 state in one piece. */
const IMAGES = /^(fnstenv|fnsave|fldenv|frstor|fxsave|fxrstor)$/;

const misaligned = (c: Case, o: Outcome): boolean => (c.eflags & AC) !== 0 && o.fault === 17;

export const TOLERANCES: readonly Tolerance[] = [
  {
    reason:
      'popa that faults: registers loaded before the fault may already be changed, esp is not',
    applies: (row, _c, silicon) => row.mnemonic === 'popa' && silicon.fault >= 0,
    adjust: (silicon, got) => ({
      ...silicon,
      registers: silicon.registers.map((value, i) => (i === ESP ? value : got.registers[i])),
    }),
  },
  {
    reason:
      'near call with a target beyond the limit and no room on the stack: the manual checks the target first, the silicon the stack',
    applies: (row, _c, silicon, got) =>
      row.mnemonic === 'call' && STACK_FAULTS.includes(silicon.fault) && got.fault === GP,
    adjust: anyFault,
  },
  {
    reason:
      'far call with a target beyond the limit: the silicon has already pushed, esp is unchanged',
    applies: (row, _c, silicon, got) =>
      row.mnemonic === 'call' && row.flow === 'far' && silicon.fault === GP && got.fault === GP,
    adjust: (silicon, got) => ({ ...silicon, changes: got.changes }),
  },
  {
    reason:
      'far return: the silicon reads the outer stack pointer, or the selector, before it looks at what it needs',
    applies: (row, c, silicon, got) =>
      /^(retf|iret)$/.test(row.mnemonic) &&
      (STACK_FAULTS.includes(silicon.fault) || misaligned(c, silicon)) &&
      (silicon.fault !== got.fault || silicon.cr2 !== got.cr2),
    adjust: (silicon, got) => ({ ...got, x87: silicon.x87 }),
  },
  {
    reason:
      'arpl that changes nothing: the silicon does not write, the manual asks for a writable operand',
    applies: (row, _c, silicon, got) =>
      row.mnemonic === 'arpl' && silicon.fault !== GP && got.fault >= 0,
    adjust: (_silicon, got) => got,
  },
  {
    reason:
      'x87 image with more than one bad part (limit, pages, alignment): which of them is met first',
    applies: (row, c, silicon, got) =>
      IMAGES.test(row.mnemonic) &&
      (silicon.fault !== got.fault || silicon.cr2 !== got.cr2) &&
      [silicon, got].every(
        (o) => o.fault === PF || LIMIT_FAULTS.includes(o.fault) || misaligned(c, o),
      ),
    adjust: anyFault,
  },
  {
    reason: 'fxrstor of an image with reserved MXCSR bits: a fault only where there is SSE',
    applies: (row, _c, silicon, got) =>
      row.mnemonic === 'fxrstor' && silicon.fault === GP && got.fault < 0,
    adjust: (_silicon, got) => got,
  },
  {
    reason:
      'x87 compare with an invalid operand and no mask: the silicon delivers the relation all the same, the manual does not',
    applies: (row, _c, silicon) =>
      /^f(u?com|icom|tst)/.test(row.mnemonic) && invalidUnmasked(silicon),
    adjust: (silicon, got) => ({
      ...withStatus(silicon, got, X87_CONDITION),
      eflags: (silicon.eflags & ~ARITHMETIC) | (got.eflags & ARITHMETIC),
    }),
  },
  {
    reason: 'fcomi family: C1 is cleared by the manual, kept by the silicon',
    applies: (row) => /^fu?comip?$/.test(row.mnemonic),
    adjust: (silicon, got) => withStatus(silicon, got, X87_C1),
  },
  {
    reason:
      'transcendental function: last bit of the result, C1, and pi of 66 bits for large angles',
    applies: (row, _c, silicon) => TRANSCENDENTAL.test(row.mnemonic) && silicon.fault < 0,
    adjust: takeNearResults,
  },
];

/** Silicon's outcome as far as it is to be held against ours; notes which tolerances were used. */
export function tolerated(
  row: InsnRow,
  c: Case,
  silicon: Outcome,
  got: Outcome,
  used: Map<string, number>,
): Outcome {
  let expected = silicon;
  for (const { reason, applies, adjust } of TOLERANCES) {
    if (!applies(row, c, expected, got)) continue;
    used.set(reason, (used.get(reason) ?? 0) + 1);
    expected = adjust(expected, got, c);
  }
  return expected;
}
