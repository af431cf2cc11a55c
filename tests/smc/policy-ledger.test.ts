/** Steps towards caution, remembered by address and mode. */
import { describe, expect, it } from 'vitest';
import { BOLDEST } from '../../cms/policy.js';
import { PolicyLedger } from '../../cms/smc/policy-ledger.js';

describe('the policy ledger', () => {
  it('starts bold, or self-checking where the machine is configured so', () => {
    expect(new PolicyLedger(false).policyFor(1, 0)).toBe(BOLDEST);
    expect(new PolicyLedger(true).policyFor(1, 0)).toEqual({ ...BOLDEST, selfCheck: true });
  });

  it('takes a step for one address in one mode, once', () => {
    const ledger = new PolicyLedger(false);
    expect(ledger.escalate(0x80000000 | 0, 1, { step: 'noReorder' })).toBe(true);
    expect(ledger.escalate(0x80000000, 1, { step: 'noReorder' })).toBe(false);
    expect(ledger.policyFor(0x80000000, 1).reorderMemory).toBe(false);
    expect(ledger.policyFor(0x80000000, 0)).toBe(BOLDEST);
    expect(ledger.policyFor(0, 1)).toBe(BOLDEST);
    expect(ledger.counts.noReorder).toBe(1);
  });

  it('halves regions down to one instruction', () => {
    const ledger = new PolicyLedger(false);
    const sizes: number[] = [];
    while (
      ledger.escalate(8, 0, {
        step: 'smaller',
        instructions: Math.min(20, ledger.policyFor(8, 0).maxInstructions),
      })
    )
      sizes.push(ledger.policyFor(8, 0).maxInstructions);
    expect(sizes).toEqual([10, 5, 2, 1]);
  });

  it('collects instructions, and tells when nothing is new', () => {
    const ledger = new PolicyLedger(false);
    ledger.escalate(8, 0, { step: 'interpretAt', eips: [9] });
    expect(ledger.escalate(8, 0, { step: 'interpretAt', eips: [9] })).toBe(false);
    expect(ledger.escalate(8, 0, { step: 'interpretAt', eips: [9, 10] })).toBe(true);
    expect([...ledger.policyFor(8, 0).interpretAt]).toEqual([9, 10]);
    expect(BOLDEST.interpretAt.size).toBe(0);
  });

  it('leaves an address to the interpreter until a cycle', () => {
    const ledger = new PolicyLedger(false);
    ledger.escalate(8, 0, { step: 'interpret', untilCycle: 100 });
    expect([99, 100].map((cycle) => ledger.interpretOnly(8, 0, cycle))).toEqual([true, false]);
    expect(ledger.interpretOnly(8, 1, 0)).toBe(false);
  });
});
