import { describe, expect, it } from 'vitest';
import { BOLDEST } from '../../../cms/policy.js';
import { Recorder } from '../../../cms/profile/recorder.js';
import { shortenRegion } from '../../../cms/profile/shorten-region.js';
import type { GuestRegion } from '../../../cms/region.js';
import { EAX, EIP } from '../../../guest-isa/state/layout.js';
import { FLAT, lifter, type Rig, record, regionText, rig } from './rig.js';

/** A short side that only computes in registers, with flags overwritten behind it. */
const HAMMOCK = [
  'test eax, eax',
  'jz .over',
  'mov ebx, ecx',
  'mov ecx, edx',
  'over:',
  'add esi, edi',
  'hlt',
];
const LIMITS = { ifConversion: 2 };

function recorded(on: Rig): GuestRegion {
  const region = record(on, new Recorder(on.parts, () => false));
  if (typeof region !== 'object') throw new Error('no region');
  return region;
}

/** Both ways of the branch at an eip, so often each. */
function seen(on: Rig, eip: number, taken: number, notTaken: number): Rig {
  for (let n = 0; n < taken; n++) on.branches.note(eip, FLAT.id, true);
  for (let n = 0; n < notTaken; n++) on.branches.note(eip, FLAT.id, false);
  return on;
}

const marks = (region: GuestRegion): string =>
  region.instructions.map((i) => `${i.insn.row?.mnemonic}${i.ifConverted || ''}`).join(' ');

describe('a branch over a short side', () => {
  it('becomes selects, whichever way the recorded path went', () => {
    for (const eax of [0, 1]) {
      const on = seen(rig(HAMMOCK, LIMITS), 0x1002, 5, 5);
      on.board.cpu.s[EAX] = eax;
      const region = recorded(on);
      expect(marks(region)).toBe('test jz2 mov mov add');
      expect(region.instructions.map((i) => i.nextEip)).toEqual([
        0x1002, 0x1004, 0x1006, 0x1008, 0x100a,
      ]);
      expect(region.instructions.map((i) => i.physical)).toEqual(
        region.instructions.map((i) => i.eip),
      );
      // The lifter takes it, and leaves no exit at the branch.
      const { exits } = lifter.liftRegion(region);
      expect(exits.map((exit) => exit.kind)).toEqual(['interpret']);
    }
  });

  it('stays a branch when it goes one way, or little is known of it', () => {
    expect(marks(recorded(seen(rig(HAMMOCK, LIMITS), 0x1002, 30, 3)))).toBe('test jz add');
    expect(marks(recorded(seen(rig(HAMMOCK, LIMITS), 0x1002, 30, 5)))).toBe('test jz2 mov mov add');
    expect(marks(recorded(seen(rig(HAMMOCK, LIMITS), 0x1002, 3, 3)))).toBe('test jz add');
  });

  it('stays a branch when the side is longer than configured, or there is no room for it', () => {
    expect(marks(recorded(seen(rig(HAMMOCK, { ifConversion: 1 }), 0x1002, 5, 5)))).toBe(
      'test jz add',
    );
    expect(marks(recorded(seen(rig(HAMMOCK, { ifConversion: 0 }), 0x1002, 5, 5)))).toBe(
      'test jz add',
    );
    const tight = seen(rig(HAMMOCK, { ...LIMITS, maxInstructions: 4 }), 0x1002, 5, 5);
    expect(marks(recorded(tight))).toBe('test jz add');
  });

  it('stays a branch when the side does more than compute, or made trouble', () => {
    const stores = HAMMOCK.map((line) => (line === 'mov ecx, edx' ? 'push edx' : line));
    expect(marks(recorded(seen(rig(stores, LIMITS), 0x1002, 5, 5)))).toBe('test jz add');
    const on = seen(rig(HAMMOCK, LIMITS), 0x1002, 5, 5);
    const recorder = new Recorder(on.parts, () => false);
    on.board.cpu.s[EIP] = 0x1000;
    const policy = { ...BOLDEST, interpretAt: new Set([0x1006]) };
    const region = record(on, recorder, policy);
    expect(regionText(region)).toBe('interpretOnly: test jz add > 100a');
  });

  it('stays a branch when both ways meet behind the region', () => {
    const on = seen(rig(HAMMOCK, { ...LIMITS, maxInstructions: 2 }), 0x1002, 5, 5);
    expect(marks(recorded(on))).toBe('test jz');
  });

  it('is unrolled with its loop, and leaves room for more branches', () => {
    const loop = [
      'test eax, eax',
      'jz .over',
      'mov ebx, ecx',
      'over:',
      'add esi, edi',
      'jmp 0x1000',
    ];
    const on = seen(rig(loop, { ...LIMITS, unroll: 2, maxBranches: 1 }), 0x1002, 5, 5);
    expect(marks(recorded(on))).toBe('test jz1 mov add jmp test jz1 mov add jmp');
  });
});

describe('a region cut short', () => {
  const region = recorded(seen(rig(HAMMOCK, LIMITS), 0x1002, 5, 5));

  it('keeps selects whose side and meeting place remain', () => {
    expect(shortenRegion(region, 5, 'policy')).toEqual({ ...region, end: 'policy' });
  });

  it('ends at the branch where they do not', () => {
    for (const count of [2, 3, 4]) {
      const short = shortenRegion(region, count, 'instructionLimit');
      expect(marks(short)).toBe('test jz');
      expect(() => lifter.liftRegion(short)).not.toThrow();
    }
    expect(marks(shortenRegion(region, 1, 'instructionLimit'))).toBe('test');
  });
});

describe('the ways of a branch', () => {
  it('are those that the blocks on its sides have counted, beside what the interpreter saw', () => {
    const on = rig(HAMMOCK, LIMITS);
    const over = on.labels.get('over') as number;
    on.entries.set(0x1004, 100).set(over, 300);
    expect(marks(recorded(on))).toBe('test jz2 mov mov add');
    on.board.cpu.s[EIP] = 0x1000;
    on.entries.set(0x1004, 10);
    expect(marks(recorded(on))).toBe('test jz add');
    on.board.cpu.s[EIP] = 0x1000;
    seen(on, 0x1002, 0, 40);
    expect(marks(recorded(on))).toBe('test jz2 mov mov add');
  });
});
