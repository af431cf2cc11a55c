/**
 * Whatever mechanisms are on: a translation that may be entered is made from the bytes that are in
 * memory. Random programs at overlapping places, random writes by translations, interpreter and bus
 * masters, in every configuration; a translation that checks itself is looked at when it is entered.
 * And T-bits against a plain search.
 */
import { describe, expect, it } from 'vitest';
import { Rng } from '../../base/rng.js';
import type { CmsOptions } from '../../cms/options.js';
import { BOLDEST } from '../../cms/policy.js';
import { TBits } from '../../cms/smc/t-bits.js';
import type { TcacheEntry } from '../../cms/tcache/tcache-entry.js';
import type { Translation } from '../../cms/tcache/translation.js';
import { SmcBench } from './bench.js';

/** Encodings with immediates, displacements and neither; a program is some of them and a return. */
const PIECES = [
  [0xb8, 1, 2, 3, 4],
  [0x05, 1, 2, 3, 4],
  [0x8b, 0x80, 1, 2, 3, 4],
  [0x01, 0xc8],
  [0x29, 0xc8],
  [0x40],
];
const FIRST = 0x1fc0;
const LAST = 0x2100;
const OPERATIONS = 600;

function randomProgram(rng: Rng): number[] {
  const count = 1 + rng.below(6);
  return [...Array.from({ length: count }, () => rng.pick(PIECES)).flat(), 0xc3];
}

/** A write that often hits an immediate, or writes what is there. */
function randomWrite(b: SmcBench, rng: Rng): void {
  const at = FIRST + rng.below(LAST - FIRST);
  const inPage = 0x1000 - (at & 0xfff);
  const by = rng.pick(['translation', 'interpreter', 'dma'] as const);
  const length = by === 'dma' ? 1 + rng.below(64) : Math.min(inPage, rng.pick([1, 2, 4]));
  const same = rng.chance(0.3);
  const value = (i: number): number => (same ? b.ram[at + i] : rng.below(2) * rng.below(256));
  b.write(
    at,
    Array.from({ length }, (_, i) => value(i)),
    by,
  );
}

function isProgram(b: SmcBench, eip: number): boolean {
  for (let at = eip; at < LAST + 64; ) {
    if (b.ram[at] === 0xc3) return true;
    const piece = PIECES.find(([opcode, second]) =>
      opcode === 0x40 || opcode === 0xb8 || opcode === 0x05
        ? b.ram[at] === opcode
        : b.ram[at] === opcode && b.ram[at + 1] === second,
    );
    if (!piece) return false;
    at += piece.length;
  }
  return false;
}

/** Enters an address as the dispatcher would; what checks itself does so. */
function enter(b: SmcBench, eip: number, made: TcacheEntry[]): void {
  const found = b.find(eip);
  if (found === undefined) {
    if (isProgram(b, eip)) made.push(b.make(eip));
    return;
  }
  if (!found.region.policy.selfCheck || b.isCurrent(found)) return;
  b.protection.selfCheckFailed(found);
  expect(found.state).not.toBe('live');
}

const configurations: Partial<CmsOptions['selfModifying']>[] = [];
for (const protection of ['page', 'fine'] as const)
  for (const revalidation of [false, true])
    for (const selfChecking of ['never', 'adaptive', 'always'] as const)
      for (const groupSize of [0, 2])
        configurations.push({ protection, revalidation, selfChecking, groupSize, stylized: true });

describe('a live translation is made from the bytes in memory', () => {
  it.each(configurations)('$protection, $revalidation, $selfChecking, $groupSize', (options) => {
    const b = new SmcBench(options, { sizeKB: 16, eviction: 'fifo' });
    const rng = new Rng(29);
    const eips = Array.from({ length: 12 }, () => FIRST + rng.below(LAST - FIRST));
    let made: TcacheEntry[] = [];
    let total = 0;
    for (let i = 0; i < OPERATIONS; i++) {
      if (rng.chance(0.15)) b.write(rng.pick(eips), randomProgram(rng), 'dma');
      else if (rng.chance(0.35)) randomWrite(b, rng);
      else enter(b, rng.pick(eips), made);
      b.cycle += rng.below(2_000_000);
      total += made.filter((t) => t.state === 'dead').length;
      made = made.filter((t) => t.state !== 'dead');
      const stale = made.filter(
        (t) => t.state === 'live' && !t.region.policy.selfCheck && !b.isCurrent(t),
      );
      expect(stale.map((t) => t.entryEip)).toEqual([]);
    }
    expect(total).toBeGreaterThan(20);
  });
});

describe('T-bits', () => {
  it.each([128, 512, 4096])('of %i bytes are set exactly over translated bytes', (granule) => {
    const bits = new TBits<Translation>(4, granule);
    const rng = new Rng(granule);
    const present: Translation[] = [];
    for (let i = 0; i < 150; i++) {
      if (present.length > 6 || (present.length > 0 && rng.chance(0.4)))
        bits.remove(present.splice(rng.below(present.length), 1)[0]);
      else {
        const t = fake(rng);
        bits.add(t);
        present.push(t);
      }
      for (let k = 0; k < 30; k++) {
        const at = rng.below(0x3ff0);
        const size = Math.min(rng.pick([1, 4, 200]), 0x1000 - (at & 0xfff));
        const near = present.filter((t) => shares(t, at, size, granule));
        expect(bits.hits(at, size)).toBe(near.length > 0);
        const found = bits.touched(at, size, () => true);
        expect(new Set(found.keys())).toEqual(new Set(near));
        for (const [t, truly] of found) expect(truly).toBe(shares(t, at, size, 1));
      }
      for (let frame = 0; frame < 4; frame++)
        expect(bits.holds(frame)).toBe(present.some((t) => shares(t, frame * 0x1000, 0x1000, 1)));
    }
  });
});

/** A translation as far as T-bits look at it: two ranges of bytes. */
function fake(rng: Rng): Translation {
  const range = () => {
    const physical = rng.below(0x3f00);
    const length = Math.min(1 + rng.below(180), 0x1000 - (physical & 0xfff));
    return { physical, bytes: new Uint8Array(length) };
  };
  return { sources: [range(), range()], region: { policy: BOLDEST } } as unknown as Translation;
}

function shares(t: Translation, at: number, size: number, granule: number): boolean {
  const part = (address: number): number => Math.floor(address / granule);
  return t.sources.some(
    ({ physical, bytes }) =>
      part(physical) <= part(at + size - 1) && part(at) <= part(physical + bytes.length - 1),
  );
}
