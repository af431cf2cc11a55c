import { describe, expect, it } from 'vitest';
import { BOLDEST } from '../../../cms/policy.js';
import { BlockFormer } from '../../../cms/profile/block-former.js';
import { FLAT, type Rig, regionText, rig } from './rig.js';

const form = ({ parts }: Rig, eip = 0x1000): string =>
  regionText(new BlockFormer(parts).form(eip, FLAT));

describe('a basic block ends', () => {
  it.each([
    ['branch', ['inc eax', 'jz 0x2000', 'inc ebx'], 'branch: inc jz > 1007'],
    ['jump', ['inc eax', 'jmp 0x2000'], 'jump: inc jmp > 2000'],
    ['direct call', ['inc eax', 'call 0x2000'], 'call: inc call > 2000'],
    ['return', ['inc eax', 'ret'], 'indirect: inc ret > 1002'],
    ['indirect jump', ['inc eax', 'jmp eax'], 'indirect: inc jmp > 1003'],
    ['indirect call', ['inc eax', 'call eax'], 'indirect: inc call > 1003'],
    ['loop instruction', ['inc eax', 'loop 0x1000'], 'branch: inc loop > 1003'],
    ['interpreted instruction', ['inc eax', 'hlt', 'ret'], 'interpretOnly: inc > 1001'],
    ['far transfer', ['inc eax', 'iretd', 'ret'], 'interpretOnly: inc > 1001'],
  ])('at a %s', (_name, lines, expected) => {
    expect(form(rig(lines))).toBe(expected);
  });

  it('before an encoding that no row knows', () => {
    const on = rig(['inc eax']);
    on.board.memory.ram.set([0x0f, 0x0a], 0x1001);
    expect(form(on)).toBe('interpretOnly: inc > 1001');
  });

  it('at the limit of instructions, of the configuration or of the policy', () => {
    const on = rig(Array(10).fill('inc eax'), { maxInstructions: 4 });
    expect(form(on)).toBe('instructionLimit: inc inc inc inc > 1004');
    const careful = { ...BOLDEST, maxInstructions: 2 };
    expect(regionText(new BlockFormer(on.parts).form(0x1000, FLAT, careful))).toBe(
      'instructionLimit: inc inc > 1002',
    );
  });

  it('before the store that the store buffer cannot take; calls of the interpreter empty it', () => {
    const on = rig(['push eax', 'push ebx', 'fld1', 'push ecx', 'push edx', 'pusha', 'ret'], {
      maxStores: 3,
    });
    expect(form(on)).toBe('storeLimit: push push fld1 push push > 1006');
    expect(form(on, 0x1006)).toBe('undefined');
  });

  it('before an instruction that made trouble', () => {
    const on = rig(['inc eax', 'inc ebx', 'ret']);
    const careful = { ...BOLDEST, interpretAt: new Set([0x1001]) };
    const former = new BlockFormer(on.parts);
    expect(regionText(former.form(0x1000, FLAT, careful))).toBe('policy: inc > 1001');
    expect(former.form(0x1001, FLAT, careful)).toBeUndefined();
  });

  it('before a page that is not mapped, and goes on into one that is', () => {
    const on = rig(['@ 0x1ffc', 'inc eax', 'mov ebx, 0x12345678', 'ret']);
    const former = new BlockFormer(on.parts);
    const region = former.form(0x1ffc, FLAT);
    expect(regionText(region)).toBe('indirect: inc mov ret > 2003');
    expect(region?.instructions.map((i) => i.tailPhysicalPage)).toEqual([-1, 0x2000, -1]);
    expect(region?.instructions.map((i) => i.physical)).toEqual([0x1ffc, 0x1ffd, 0x2002]);
    on.board.cpu.flushPage(0x2000);
    expect(form(on, 0x1ffc)).toBe('page: inc > 1ffd');
  });
});

describe('a basic block', () => {
  it('says what it was formed for', () => {
    const region = new BlockFormer(rig(['inc eax', 'ret']).parts).form(0x1000, FLAT);
    expect(region).toMatchObject({ entryEip: 0x1000, gear: 'block', unrolled: 1, policy: BOLDEST });
    expect(region?.context).toBe(FLAT);
    expect([...(region?.instructions[0].bytes ?? [])]).toEqual([0x40]);
  });

  it('is none where nothing can be translated', () => {
    expect(form(rig(['hlt', 'inc eax']))).toBe('undefined');
    expect(form(rig(['fld1', 'fld1', 'hlt']))).toBe('undefined');
    expect(form(rig(['fld1', 'inc eax', 'hlt']))).toBe('interpretOnly: fld1 inc > 1003');
  });
});
