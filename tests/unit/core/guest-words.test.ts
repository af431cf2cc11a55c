/** What the host core restates of the guest is what the guest says. */
import { expect, it } from 'vitest';
import * as tlb from '../../../guest-isa/mmu/tlb-entry.js';
import { CR0_PG, CR4_PSE } from '../../../guest-isa/state/control-bits.js';
import * as layout from '../../../guest-isa/state/layout.js';
import { CC_CARRY, CC_RESULT, MQ, R_EIP, R_SYSTEM_FLAGS } from '../../../hw/atom/registers.js';
import * as words from '../../../hw/core/guest-words.js';

it('the state block', () => {
  expect(words).toMatchObject({
    REMAINING: layout.REMAINING,
    CR0: layout.CR0,
    CR3: layout.CR3,
    CR4: layout.CR4,
    CR0_PG: CR0_PG | 0,
    CR4_PSE,
  });
  expect([R_EIP, R_SYSTEM_FLAGS, CC_RESULT, CC_CARRY, MQ]).toEqual([
    layout.EIP,
    layout.FLAGS_SYSTEM,
    layout.FLAG_RESULT,
    layout.FLAG_CARRY,
    layout.AUX,
  ]);
});

it('the translation table', () => {
  const { FAST_READ_SUPERVISOR, FAST_READ_USER, FAST_WRITE_SUPERVISOR, FAST_WRITE_USER } = tlb;
  const { MAY_READ_USER, VALID, PAGE_MASK } = tlb;
  expect(words).toMatchObject({
    FAST_READ_SUPERVISOR,
    FAST_READ_USER,
    FAST_WRITE_SUPERVISOR,
    FAST_WRITE_USER,
    MAY_READ_USER,
    VALID,
    PAGE_MASK,
  });
});
