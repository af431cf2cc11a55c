/**
 * Loops that patch themselves: the store and what it changes lie on one path. Immediates that
 * are loaded when they are used may change under it; else the path is cut in front of the store,
 * so that it settles instead of being entered and rolled back in each pass.
 */
import { describe, expect, it } from 'vitest';
import { codeMorphing, pupa, TestRun, type Values } from '../system/support/run.js';
import { assembleGuest, CODE, Rig, testCms } from '../unit/runtime/rig.js';

const PASSES = 3000;

const COUNTS = `
    mov ecx, ${PASSES}
    top:
    mov dword ptr [@patched+1], ecx
    patched:
    mov eax, 0x11223344
    add ebx, eax
    rol ebx, 1
    dec ecx
    jnz @top
    hlt`;

/** inc edi and dec edi in turn, behind a path that is worth translating. */
const FLIPS = `
    mov ecx, ${PASSES}
    top:
    mov eax, ecx
    imul eax, eax, 77
    add ebx, eax
    rol ebx, 3
    xor edx, ebx
    xor byte ptr [@patched], 8
    patched:
    inc edi
    add edx, edi
    dec ecx
    jnz @top
    hlt`;

function played(text: string, selfModifying: Partial<typeof testCms.selfModifying> = {}) {
  const rig = new Rig({
    cms: { ...testCms, selfModifying: { ...testCms.selfModifying, ...selfModifying } },
  });
  const golden = new Rig({});
  for (const one of [rig, golden]) {
    one.load(assembleGuest(text));
    one.run();
  }
  expect(rig.outcome()).toEqual(golden.outcome());
  const counts = new Map(rig.cms?.readings().map(({ name, value }) => [name, value]));
  const count = (name: string): number => counts.get(name) ?? Number.NaN;
  return { rig, count, cycles: rig.clock.now };
}

describe('a loop that patches itself', () => {
  it('runs translated where it changes an immediate that it loads', () => {
    const { rig, count } = played(COUNTS);
    expect(count('smc.stylizedRetranslations')).toBeGreaterThan(0);
    expect(count('hostExit.trap')).toBe(0);
    expect(count('gear.superblock.instructions')).toBeGreaterThan(0.9 * rig.loop.instructions);
  });

  it('is cut in front of the store elsewhere, and traps no more', () => {
    const { rig, count } = played(FLIPS);
    expect(count('policy.interpretAt')).toBeGreaterThan(0);
    const store = CODE + assembleGuest(FLIPS).indexOf(0x80);
    const through = [...(rig.cms?.tcache.translations() ?? [])].filter(
      ({ region, state }) =>
        state !== 'dead' && region.instructions.some(({ eip }) => eip === store),
    );
    expect(through).toEqual([]);
    expect(count('gear.interpreter.instructions')).toBeLessThan(0.4 * rig.loop.instructions);
  });
});

describe('keeping translations whose bytes were written', () => {
  const cycles = (more: Values): number => {
    const run = new TestRun(pupa('quiet script="smc 3000; exit 0"', { ...codeMorphing, ...more }));
    run.run();
    return run.machine.cycles - run.machine.idleCycles;
  };

  // Published: 28 % more frames of a game that patches its own code. Here translating anew is cheap.
  it('is worth its cost on a program that patches its own code', () => {
    const without = cycles({
      'cms.selfModifying.revalidation': false,
      'cms.selfModifying.groupSize': 0,
      'cms.selfModifying.stylized': false,
    });
    expect(cycles({})).toBeLessThan(0.99 * without);
  });
});
