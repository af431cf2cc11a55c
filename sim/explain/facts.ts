/** What a translation was made from and what it assumes, in words and counts. */
import type { IrRegion } from '../../cms/ir/ir.js';
import type { TranslationPolicy } from '../../cms/policy.js';
import { type GuestRegion, REGION_ENDS } from '../../cms/region.js';
import { POLICY_STEPS, type PolicyStepName } from '../../cms/smc/policy-ledger.js';
import type { TcacheEntry } from '../../cms/tcache/tcache-entry.js';
import { instructionText } from '../../guest-isa/disasm/disassemble.js';
import type { GuestLine, RegionFacts, Speculation } from './explanation.js';

export function regionFacts({ instructions, end, unrolled, policy }: GuestRegion): RegionFacts {
  return {
    instructions: instructions.length,
    end,
    endText: REGION_ENDS[end],
    unrolled,
    policy: policySteps(policy).map((step) => POLICY_STEPS[step]),
  };
}

function policySteps(policy: TranslationPolicy): PolicyStepName[] {
  const taken: Readonly<Record<PolicyStepName, boolean>> = {
    noReorder: !policy.reorderMemory,
    noBranchSpeculation: !policy.speculateBranches,
    smaller: policy.maxInstructions !== Infinity,
    interpretAt: policy.interpretAt.size > 0,
    stylized: policy.stylizedAt.size > 0,
    selfCheck: policy.selfCheck,
    interpret: false,
  };
  return (Object.keys(taken) as PolicyStepName[]).filter((step) => taken[step]);
}

export function speculationOf({ compiled, region }: TcacheEntry, ir: IrRegion): Speculation {
  const guards = new Map<string, number>();
  for (const op of ir.ops) if (op.op === 'trap') guards.set(op.why, (guards.get(op.why) ?? 0) + 1);
  const count = (name: 'chkpage' | 'assist'): number =>
    ir.ops.filter(({ op }) => op === name).length;
  return {
    loadsOverStores: compiled.hoistedOverStores,
    loadsOverBranches: compiled.hoistedOverBranches,
    guards: [...guards].map(([why, times]) => ({ why, count: times })),
    pageChecks: count('chkpage'),
    ifConversions: region.instructions.filter(({ ifConverted }) => ifConverted > 0).length,
    assists: count('assist'),
  };
}

export function guestCodeOf({ instructions }: GuestRegion): GuestLine[] {
  return instructions.map(({ insn, eip, bytes }, index) => ({
    index,
    eip: eip >>> 0,
    bytes: [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(''),
    text: insn.row ? instructionText(insn, insn.row, (eip + insn.length) | 0) : '(bad)',
  }));
}
