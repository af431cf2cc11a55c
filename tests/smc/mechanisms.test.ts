/** Each mechanism against changing code, alone: what is thrown away, kept, woken, made differently. */
import { describe, expect, it } from 'vitest';
import { BOLDEST } from '../../cms/policy.js';
import { SmcBench } from './bench.js';

const CODE = 0x2010;
/** mov eax, imm32; add eax, ecx; ret */
const PROGRAM = [0xb8, 1, 0, 0, 0, 0x01, 0xc8, 0xc3];
const OPCODE = CODE + 5;
/** In the page of the code, not in its granule of 128 bytes. */
const BESIDE = 0x2800;
const NEAR = CODE + 0x20;

function bench(...options: ConstructorParameters<typeof SmcBench>): SmcBench {
  const made = new SmcBench(...options);
  made.ram.set(PROGRAM, CODE);
  return made;
}

describe('invalidation', () => {
  it('a store to the very bytes ends the translation, one beside it only faults', () => {
    const b = bench();
    const t = b.enter(CODE);
    expect(b.framesHeld).toEqual([2]);
    expect(b.write(BESIDE, [1], 'translation')).toBe(0);
    expect(b.find(CODE)).toBe(t);
    expect(b.write(OPCODE, [0x29], 'translation')).toBe(1);
    expect(t.state).toBe('dead');
    expect(b.find(CODE)).toBeUndefined();
    expect(b.protection.holds(2)).toBe(false);
    expect(b.protection.counts).toMatchObject({
      pageFaults: 2,
      falseSharing: 1,
      trueSharing: 1,
      invalidations: 1,
    });
  });

  it('fine protection does not even fault beside the granule', () => {
    const b = bench({ protection: 'fine' });
    b.enter(CODE);
    expect(b.protection.storeHits(BESIDE, 4)).toBe(false);
    expect(b.protection.storeHits(NEAR, 4)).toBe(true);
    expect(b.protection.storeHits(CODE - 0x10, 4)).toBe(true);
    expect(b.protection.storeHits(0x1ffc, 4)).toBe(false);
    b.write(BESIDE, [1], 'translation');
    b.write(NEAR, [1], 'translation');
    expect(b.protection.counts).toMatchObject({ fineFaults: 1, pageFaults: 0, falseSharing: 1 });
  });

  it('the interpreter and bus masters disturb only whose bytes they write', () => {
    const b = bench();
    const t = b.enter(CODE);
    expect(b.write(NEAR, [1], 'interpreter') + b.write(BESIDE, [1], 'dma')).toBe(0);
    expect(b.find(CODE)).toBe(t);
    expect(b.write(CODE + 7, [0x90], 'interpreter')).toBe(1);
    b.ram.set(PROGRAM, CODE);
    const again = b.enter(CODE);
    expect(again).not.toBe(t);
    // Two pages, of which the code is a small part.
    expect(b.write(0x1000, new Array(0x2000).fill(0x90), 'dma')).toBe(1);
    expect(again.state).toBe('dead');
    expect(b.protection.counts).toMatchObject({
      interpreterWrites: 1,
      dmaWrites: 1,
      dmaInvalidations: 1,
      pageFaults: 0,
    });
  });

  it('an instruction that crosses pages is watched in both', () => {
    const b = bench();
    b.ram.set(PROGRAM, 0x2ffe);
    const t = b.enter(0x2ffe);
    expect(t.sources.map(({ physical, bytes }) => [physical, bytes.length])).toEqual([
      [0x2ffe, 2],
      [0x3000, 6],
    ]);
    b.write(0x3001, [9], 'interpreter');
    expect(t.state).toBe('dead');
    expect([b.protection.holds(2), b.protection.holds(3)]).toEqual([false, false]);
  });
});

describe('revalidation', () => {
  it('what was only written beside sleeps without protection, and wakes as it was', () => {
    const b = bench({ revalidation: true });
    const t = b.enter(CODE);
    b.write(BESIDE, [1], 'translation');
    expect([t.state, b.protection.holds(2)]).toEqual(['asleep', false]);
    b.write(BESIDE, [2], 'translation');
    expect(b.enter(CODE)).toBe(t);
    expect([t.state, b.protection.storeHits(BESIDE, 1)]).toEqual(['live', true]);
    expect(b.protection.counts).toMatchObject({ pageFaults: 1, revalidated: 1, suspensions: 1 });
    expect(b.protection.counts.comparedBytes).toBe(PROGRAM.length);
  });

  it('what has changed is found out and thrown away', () => {
    const b = bench({ revalidation: true });
    const t = b.enter(CODE);
    b.write(OPCODE, [0x29], 'translation');
    expect(t.state).toBe('asleep');
    expect(b.find(CODE)).toBeUndefined();
    expect(t.state).toBe('dead');
    expect(b.protection.counts).toMatchObject({ revalidated: 0, revalidationsFailed: 1 });
  });

  it('bytes that a bus master wrote again unchanged cost no translation', () => {
    const b = bench({ revalidation: true });
    const t = b.enter(CODE);
    b.write(CODE, PROGRAM, 'dma');
    expect(b.enter(CODE)).toBe(t);
    expect(b.ledger.policyFor(CODE, 0)).toBe(BOLDEST);
  });

  it('a sleeping translation that is evicted does not wake', () => {
    const b = bench({ revalidation: true });
    const t = b.enter(CODE);
    b.write(BESIDE, [1], 'translation');
    b.bench.tcache.flush();
    expect(t.state).toBe('dead');
    expect(b.find(CODE)).toBeUndefined();
  });
});

describe('groups', () => {
  it('code that flips between versions finds each of them again', () => {
    const b = bench({ groupSize: 2, faultsBeforeEscalation: 100 });
    const plus = b.enter(CODE);
    b.write(OPCODE, [0x29], 'translation');
    const minus = b.enter(CODE);
    for (let i = 0; i < 5; i++) {
      b.write(OPCODE, [0x01], 'translation');
      expect(b.enter(CODE)).toBe(plus);
      expect(minus.state).toBe('asleep');
      b.write(OPCODE, [0x29], 'translation');
      expect(b.enter(CODE)).toBe(minus);
    }
    expect(b.protection.counts.groupRevivals).toBe(10);
  });

  it('works behind revalidation, and the oldest version leaves a full group', () => {
    const b = bench({ groupSize: 2, revalidation: true, faultsBeforeEscalation: 100 });
    const versions = [0x01, 0x29, 0x31, 0x21].map((opcode) => {
      b.write(OPCODE, [opcode], 'interpreter');
      return b.enter(CODE);
    });
    expect(versions.map((t) => t.state)).toEqual(['dead', 'asleep', 'asleep', 'live']);
    expect(b.protection.counts).toMatchObject({ groupDrops: 1, revalidationsFailed: 3 });
    b.write(OPCODE, [0x31], 'translation');
    expect(b.enter(CODE)).toBe(versions[2]);
  });
});

describe('the ladder', () => {
  it('immediates that keep changing are loaded, and nobody minds them any more', () => {
    const b = bench({ stylized: true, selfChecking: 'adaptive' });
    for (let i = 2; i <= 4; i++) {
      b.enter(CODE);
      b.write(CODE + 1, [i], 'translation');
    }
    expect(b.protection.counts.stylizedRetranslations).toBe(1);
    const policy = b.ledger.policyFor(CODE, 0);
    expect([...policy.stylizedAt, policy.selfCheck]).toEqual([CODE, true]);
    const t = b.enter(CODE);
    expect(b.protection.storeHits(CODE + 1, 4)).toBe(false);
    for (let i = 0; i < 9; i++) b.write(CODE + 1, [i, 5, 6, 7], 'interpreter');
    expect(b.enter(CODE)).toBe(t);
    b.write(OPCODE, [0x29], 'interpreter');
    expect(t.state).toBe('dead');
  });

  it('without self-checks the T-bits stay, and stores to the immediate only fault', () => {
    const b = bench({ stylized: true });
    for (let i = 2; i <= 4; i++) {
      b.enter(CODE);
      b.write(CODE + 1, [i], 'translation');
    }
    const t = b.enter(CODE);
    expect(t.region.policy.selfCheck).toBe(false);
    b.write(CODE + 1, [9], 'translation');
    expect([b.find(CODE), b.protection.counts.falseSharing]).toEqual([t, 1]);
  });

  it('a byte that is no immediate forbids stylized code', () => {
    const b = bench({ stylized: true, selfChecking: 'adaptive' });
    b.enter(CODE);
    b.write(CODE + 1, [7], 'translation');
    b.enter(CODE);
    b.write(OPCODE, [0x29], 'translation');
    b.enter(CODE);
    b.write(CODE + 1, [8], 'translation');
    expect(b.protection.counts).toMatchObject({
      stylizedRetranslations: 0,
      selfCheckRetranslations: 1,
    });
  });

  it('data beside code in a loop ends in self-checks, which take no faults', () => {
    const b = bench({ revalidation: true, selfChecking: 'adaptive' });
    for (let i = 0; i < 20; i++) {
      b.enter(CODE);
      b.write(BESIDE, [i], 'translation');
    }
    const t = b.enter(CODE);
    expect(t.region.policy.selfCheck).toBe(true);
    expect(b.protection.counts).toMatchObject({
      pageFaults: 3,
      selfCheckRetranslations: 1,
      selfCheckTranslations: 1,
    });
    // What the software sees it still tells: the translation may be in the middle of a run.
    expect([b.protection.storeHits(CODE, 1), b.protection.holds(2)]).toEqual([false, true]);
    expect(b.write(OPCODE, [0x29], 'interpreter')).toBe(1);
  });

  it('without self-checks such data faults for ever, but nothing is given up', () => {
    const b = bench({ revalidation: true });
    const t = b.enter(CODE);
    for (let i = 0; i < 50; i++) {
      expect(b.enter(CODE)).toBe(t);
      b.write(BESIDE, [i], 'translation');
    }
    expect(b.protection.counts).toMatchObject({ pageFaults: 50, interpretOnly: 0 });
  });

  it('code that is new each time is left to the interpreter for a while', () => {
    const b = bench({ selfChecking: 'always' });
    let made = 0;
    for (let i = 0; i < 40 && !b.ledger.interpretOnly(CODE, 0, b.cycle); i++, made++) {
      const t = b.enter(CODE);
      b.ram[OPCODE] ^= 0x28;
      b.protection.selfCheckFailed(t);
      expect(t.state).toBe('dead');
      b.cycle += 1000;
    }
    expect(made).toBe(6);
    expect(b.protection.counts).toMatchObject({ selfCheckFailures: 6, interpretOnly: 1 });
    expect(b.ledger.interpretOnly(CODE, 1, b.cycle)).toBe(false);
    expect(b.ledger.interpretOnly(CODE, 0, b.cycle + 100_000_000)).toBe(false);
  });

  it('incidents far apart do not add up: the page became another program', () => {
    const b = bench({ selfChecking: 'adaptive' });
    for (let i = 0; i < 20; i++) {
      b.enter(CODE);
      b.write(OPCODE, [i & 1 ? 0x01 : 0x29], 'translation');
      b.cycle += 60_000_000;
    }
    expect(b.ledger.policyFor(CODE, 0)).toBe(BOLDEST);
  });

  it('a self-check that was tripped by the own store, rolled back, ends nothing', () => {
    const b = bench({ selfChecking: 'always' });
    const t = b.enter(CODE);
    b.protection.selfCheckFailed(t);
    expect(b.find(CODE)).toBe(t);
  });

  it('a sleeping version of a mechanism that was given up is not woken', () => {
    const b = bench({ selfChecking: 'adaptive', groupSize: 4 });
    for (let i = 0; i < 3; i++) {
      b.enter(CODE);
      b.write(OPCODE, [i & 1 ? 0x01 : 0x29], 'translation');
    }
    expect(b.protection.counts.selfCheckRetranslations).toBe(1);
    expect(b.enter(CODE).region.policy.selfCheck).toBe(true);
  });
});
