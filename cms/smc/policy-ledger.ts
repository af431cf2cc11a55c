/**
 * How carefully each address is translated, remembered by (eip, context): a translation that keeps
 * coming back with the same trouble is thrown away, and the next one of that address is made one
 * step more conservative (CMS paper: no reordering, smaller regions, interpret this instruction,
 * check the source bytes). Steps are only ever taken, not taken back
 * (only `interpret` may end); who takes which step, and after
 * how much trouble, is decided by the runtime (host exits) and by smc-ladder.ts (changed code).
 */
import { BOLDEST, type TranslationPolicy } from '../policy.js';

export const POLICY_STEPS = {
  noReorder: 'loads stay behind stores',
  noBranchSpeculation: 'loads stay behind branches',
  smaller: 'regions of half as many instructions',
  interpretAt: 'one instruction is left to the interpreter',
  stylized: 'immediates are loaded from the code bytes',
  selfCheck: 'the translation compares its source bytes',
  interpret: 'the address is left to the interpreter',
} as const;
export type PolicyStepName = keyof typeof POLICY_STEPS;

export type PolicyStep =
  | { readonly step: 'noReorder' | 'noBranchSpeculation' | 'selfCheck' }
  /** Until this cycle; Infinity: for good. */
  | { readonly step: 'interpret'; readonly untilCycle: number }
  /** Instructions of the region that was too large. */
  | { readonly step: 'smaller'; readonly instructions: number }
  | { readonly step: 'interpretAt' | 'stylized'; readonly eips: readonly number[] };

interface Entry {
  policy: TranslationPolicy;
  /** Cycle up to which the address is only interpreted; 0: it is translated. */
  interpretUntil: number;
}

/** A map key of an address in a context (ids are small). */
export function addressKey(eip: number, contextId: number): number {
  return contextId * 0x1_0000_0000 + (eip >>> 0);
}

export class PolicyLedger {
  /** Steps taken, by name. */
  readonly counts: Record<PolicyStepName, number> = {
    noReorder: 0,
    noBranchSpeculation: 0,
    smaller: 0,
    interpretAt: 0,
    stylized: 0,
    selfCheck: 0,
    interpret: 0,
  };
  private readonly entries = new Map<number, Entry>();
  private readonly initial: TranslationPolicy;

  /** `selfCheck`: every translation compares its source bytes from the start. */
  constructor(selfCheck: boolean) {
    this.initial = selfCheck ? { ...BOLDEST, selfCheck } : BOLDEST;
  }

  policyFor(eip: number, contextId: number): TranslationPolicy {
    return this.entries.get(addressKey(eip, contextId))?.policy ?? this.initial;
  }

  /** No translation is to begin at this address (`cycle`: now). */
  interpretOnly(eip: number, contextId: number, cycle: number): boolean {
    const entry = this.entries.get(addressKey(eip, contextId));
    return entry !== undefined && cycle < entry.interpretUntil;
  }

  /** Takes a step; false when the policy was that conservative already. */
  escalate(eip: number, contextId: number, step: PolicyStep): boolean {
    const entry = this.entry(eip, contextId);
    if (!apply(entry, step)) return false;
    this.counts[step.step]++;
    return true;
  }

  /** The guest was replaced by another: nothing is known of any address. */
  clear(): void {
    this.entries.clear();
  }

  private entry(eip: number, contextId: number): Entry {
    const key = addressKey(eip, contextId);
    const known = this.entries.get(key);
    if (known !== undefined) return known;
    const entry = { policy: this.initial, interpretUntil: 0 };
    this.entries.set(key, entry);
    return entry;
  }
}

function apply(entry: Entry, step: PolicyStep): boolean {
  const before = entry.policy;
  switch (step.step) {
    case 'noReorder':
      entry.policy = { ...before, reorderMemory: false };
      return before.reorderMemory;
    case 'noBranchSpeculation':
      entry.policy = { ...before, speculateBranches: false };
      return before.speculateBranches;
    case 'selfCheck':
      entry.policy = { ...before, selfCheck: true };
      return !before.selfCheck;
    case 'interpret': {
      const longer = step.untilCycle > entry.interpretUntil;
      if (longer) entry.interpretUntil = step.untilCycle;
      return longer;
    }
    case 'smaller': {
      const half = Math.max(1, Math.floor(Math.min(step.instructions, before.maxInstructions) / 2));
      entry.policy = { ...before, maxInstructions: Math.min(half, before.maxInstructions) };
      return half < before.maxInstructions;
    }
    case 'interpretAt':
      entry.policy = { ...before, interpretAt: new Set([...before.interpretAt, ...step.eips]) };
      return entry.policy.interpretAt.size > before.interpretAt.size;
    case 'stylized':
      entry.policy = { ...before, stylizedAt: new Set([...before.stylizedAt, ...step.eips]) };
      return entry.policy.stylizedAt.size > before.stylizedAt.size;
  }
}
