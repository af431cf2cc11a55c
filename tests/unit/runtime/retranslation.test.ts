/**
 * The ladder of retranslation: which step follows which trouble, how often it takes, and on a whole
 * machine what becomes of a translation whose trouble recurs.
 */
import { describe, expect, it } from 'vitest';
import { TRAPS } from '../../../cms/ir/ir.js';
import type { ProtectedCode } from '../../../cms/runtime/protected-code.js';
import { Retranslation, type Trouble } from '../../../cms/runtime/retranslation.js';
import { Statistics } from '../../../cms/runtime/statistics.js';
import type { Translator } from '../../../cms/runtime/translator.js';
import { PolicyLedger } from '../../../cms/smc/policy-ledger.js';
import type { TcacheEntry } from '../../../cms/tcache/tcache-entry.js';
import { HOST_EXITS } from '../../../hw/core/exits.js';
import { assembleGuest, CODE, Rig, testCms } from './rig.js';

const EIP = 0x1000;
const INSTRUCTIONS = 12;
const THRESHOLD = 3;
const SOURCE_CHANGED = TRAPS.indexOf('sourceChanged');

class Ladder {
  readonly ledger = new PolicyLedger(false);
  readonly statistics = new Statistics();
  readonly culprit = {
    entryEip: EIP,
    context: { id: 0 },
    region: { instructions: new Array(INSTRUCTIONS).fill(undefined) },
    trouble: new Uint32Array(HOST_EXITS.length),
    state: 'live',
  } as unknown as TcacheEntry;
  remade = 0;
  selfCheckFailures = 0;
  private readonly retranslation = new Retranslation({
    ledger: this.ledger,
    statistics: this.statistics,
    translator: { remake: () => void this.remade++ } as unknown as Translator,
    protection: {
      selfCheckFailed: () => void this.selfCheckFailures++,
    } as unknown as ProtectedCode,
    faultThreshold: THRESHOLD,
  });

  meet(trouble: Partial<Trouble>, times = 1): this {
    const none = { causeIndex: 0, faultEip: -1, ioEip: -1, ownStoreEip: -1 };
    for (let i = 0; i < times; i++)
      this.retranslation.judge(this.culprit, { ...none, cause: 'trap', ...trouble });
    return this;
  }

  /** The steps taken each time the threshold was reached, so many times. */
  steps(trouble: Partial<Trouble>, rounds: number): string[] {
    return Array.from({ length: rounds }, () => {
      const before = { ...this.ledger.counts };
      this.meet(trouble, THRESHOLD);
      const names = Object.keys(before) as (keyof typeof before)[];
      return names.filter((name) => this.ledger.counts[name] > before[name]).join();
    });
  }

  get policy() {
    return this.ledger.policyFor(EIP, 0);
  }
}

describe('the step against', () => {
  const MET = 0x1008;
  it.each<readonly [string, Partial<Trouble>, readonly string[]]>([
    ['an alias fault', { cause: 'alias' }, ['noReorder', 'smaller', 'smaller']],
    [
      'a speculative load without an entry',
      { cause: 'speculation' },
      ['noBranchSpeculation', 'smaller'],
    ],
    [
      'a fault that the guest does not take',
      { cause: 'guestFault' },
      ['noBranchSpeculation', 'noReorder', 'smaller'],
    ],
    [
      'I/O that the guest does not access',
      { cause: 'io' },
      ['noBranchSpeculation', 'noReorder', 'smaller'],
    ],
    ['I/O', { cause: 'io', ioEip: MET }, ['interpretAt', 'smaller']],
    ['a trap and a fault', { cause: 'trap', faultEip: MET }, ['interpretAt', 'smaller']],
    ['a trap', { cause: 'trap' }, ['smaller', 'smaller', 'smaller', '']],
    [
      'a store to own bytes',
      { cause: 'trap', causeIndex: SOURCE_CHANGED, ownStoreEip: MET },
      ['interpretAt', 'smaller'],
    ],
    ['another mapping', { cause: 'mapping' }, ['smaller']],
    ['a full store buffer', { cause: 'storeBuffer' }, ['smaller']],
    ['a fault that the guest takes', { cause: 'guestFault', faultEip: MET }, ['', '', '']],
    ['a store to protected code', { cause: 'tBit' }, ['', '', '']],
  ])('%s', (_name, trouble, steps) => {
    const ladder = new Ladder();
    expect(ladder.steps(trouble, steps.length)).toEqual(steps);
    const taken = steps.filter((step) => step !== '').length;
    expect(ladder.remade).toBe(taken);
    expect(ladder.statistics.count.retranslations).toBe(taken);
  });

  it('leaves the instruction to the interpreter that the trouble was met at, each its own', () => {
    const ladder = new Ladder();
    expect(ladder.steps({ cause: 'io', ioEip: 0x8000_0000 | 0 }, 1)).toEqual(['interpretAt']);
    expect(ladder.steps({ cause: 'trap', faultEip: 0x1008 }, 1)).toEqual(['interpretAt']);
    expect([...ladder.policy.interpretAt]).toEqual([0x8000_0000, 0x1008]);
  });

  it('halves a region from its own length down to one instruction', () => {
    const ladder = new Ladder();
    const lengths = [1, 2, 3].map(() => {
      ladder.steps({ cause: 'trap' }, 1);
      return ladder.policy.maxInstructions;
    });
    expect(lengths).toEqual([6, 3, 1]);
  });
});

describe('the count', () => {
  it('is kept by kind, and begins again behind a step', () => {
    const ladder = new Ladder();
    ladder.meet({ cause: 'alias' }, THRESHOLD - 1).meet({ cause: 'speculation' }, THRESHOLD - 1);
    expect(ladder.remade).toBe(0);
    ladder.meet({ cause: 'alias' });
    expect([ladder.remade, ladder.policy.reorderMemory]).toEqual([1, false]);
    expect(ladder.policy.speculateBranches).toBe(true);
    ladder.meet({ cause: 'alias' }, THRESHOLD - 1);
    expect(ladder.remade).toBe(1);
    ladder.meet({ cause: 'speculation' });
    expect([ladder.remade, ladder.policy.speculateBranches]).toEqual([2, false]);
  });

  it('is not kept of dead translations, nor of failed self-checks', () => {
    const ladder = new Ladder();
    ladder.meet({ cause: 'trap', causeIndex: SOURCE_CHANGED }, 2 * THRESHOLD);
    expect([ladder.remade, ladder.selfCheckFailures]).toEqual([0, 2 * THRESHOLD]);
    ladder.culprit.state = 'dead';
    ladder.meet({ cause: 'alias' }, 2 * THRESHOLD);
    expect(ladder.remade).toBe(0);
    expect([...ladder.culprit.trouble]).toEqual(new Array(HOST_EXITS.length).fill(0));
  });
});

/** Only superblocks, so that the first translation of an address is one that speculates. */
const superblocks = {
  ...testCms,
  gears: { ...testCms.gears, blockThreshold: null, superblockThreshold: 4 },
};

function played(text: string, prepare: (rig: Rig) => void = () => {}) {
  const run = (rig: Rig): Rig => {
    prepare(rig);
    rig.load(assembleGuest(text));
    rig.run();
    return rig;
  };
  const golden = run(new Rig({}));
  const rig = run(new Rig({ cms: superblocks }));
  const { cms } = rig;
  if (cms === undefined) throw new Error('the rig has no code morphing');
  const counts = new Map(cms.readings().map(({ name, value }) => [name, value]));
  const count = (name: string): number => counts.get(name) ?? Number.NaN;
  return { golden, rig, count, live: [...cms.tcache.translations()] };
}

describe('on a machine', () => {
  it('a recurring alias fault leads to a translation that does not reorder, and ends', () => {
    const { golden, rig, count, live } = played(`
      mov esi, 0x40000
      mov edi, 0x40000
      mov ecx, 2000
      top:
      imul eax, ecx, 77
      imul eax, eax, 5
      mov dword ptr [edi], eax
      mov ebx, dword ptr [esi]
      add edx, ebx
      dec ecx
      jnz @top
      hlt`);
    expect(rig.outcome()).toEqual(golden.outcome());
    expect(count('policy.noReorder')).toBe(1);
    expect(count('retranslations')).toBe(1);
    expect(count('hostExit.alias')).toBe(testCms.retranslation.faultThreshold);
    expect(count('tcache.policy')).toBe(1);
    const loop = live.filter(({ region }) =>
      region.instructions.some(({ eip }) => eip > CODE + 15),
    );
    expect(loop.map(({ region }) => region.policy.reorderMemory)).toContain(false);
    // Nearly all of it ran translated.
    expect(count('gear.superblock.instructions')).toBeGreaterThan(0.9 * rig.loop.instructions);
  });

  it('I/O that is met again and again is left to the interpreter, the rest stays translated', () => {
    const reads: number[] = [];
    const { golden, rig, count, live } = played(
      `
      mov ecx, 1000
      mov esi, 0x40000
      mov edi, 0xf0000000
      top:
      add eax, ecx
      xor eax, 0x55
      mov dword ptr [esi], eax
      mov ebx, dword ptr [edi+8]
      add edx, ebx
      rol edx, 3
      dec ecx
      jnz @top
      hlt`,
      (rig) => {
        const index = reads.push(0) - 1;
        const device = { read: () => ++reads[index], write: () => {} };
        rig.bus.mmio(0xf000_0000, 0x1000, device, 'test');
      },
    );
    expect(reads).toEqual([1000, 1000]);
    expect(rig.outcome()).toEqual(golden.outcome());
    // By the loop from its top, and then by the path from behind the access round to it.
    expect(count('policy.interpretAt')).toBe(2);
    expect(count('hostExit.io')).toBe(2 * testCms.retranslation.faultThreshold);
    const refused = new Set(live.flatMap(({ region }) => [...region.policy.interpretAt]));
    expect(refused.size).toBe(1);
    for (const { region } of live)
      expect(region.instructions.some(({ eip }) => refused.has(eip))).toBe(false);
    expect(count('gear.superblock.instructions')).toBeGreaterThan(0.5 * rig.loop.instructions);
  });
});
