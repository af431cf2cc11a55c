/** Small guest programs in every gear: the guest computes what the interpreter alone computes, however the run is sliced. */
import { describe, expect, it } from 'vitest';
import type { CmsOptions } from '../../../cms/options.js';
import { assembleGuest, DATA, Rig, testCms } from './rig.js';

const PROGRAMS: Readonly<Record<string, string>> = {
  'a counting loop': `
    mov ecx, 1000
    xor eax, eax
    top:
    add eax, ecx
    adc edx, 0
    dec ecx
    jnz @top
    hlt`,
  'a loop over memory': `
    mov ecx, 500
    mov esi, 0x40000
    mov edi, 0x50000
    top:
    mov eax, dword ptr [esi]
    add eax, ecx
    mov dword ptr [edi], eax
    add esi, 4
    add edi, 4
    sub ecx, 1
    jnz @top
    hlt`,
  'calls and returns': `
    mov ecx, 300
    top:
    push ecx
    call @work
    pop ecx
    dec ecx
    jnz @top
    hlt
    work:
    mov eax, dword ptr [esp+4]
    imul eax, eax, 3
    add ebx, eax
    ret`,
  'indirect calls in turn': `
    mov ecx, 200
    top:
    mov eax, @even
    test ecx, 1
    jz @go
    mov eax, @odd
    go:
    call eax
    dec ecx
    jnz @top
    hlt
    even:
    add ebx, 5
    ret
    odd:
    xor ebx, 0x1234
    rol ebx, 3
    ret`,
  'strings, divisions, flags': `
    cld
    mov edx, 60
    top:
    mov ecx, 33
    mov esi, 0x40000
    mov edi, 0x48000
    rep movsd es:[edi], ds:[esi]
    mov ecx, 17
    mov al, 7
    rep stosb es:[edi], al
    push edx
    mov eax, 100000
    xor edx, edx
    mov ecx, 7
    div ecx
    add ebp, edx
    pop edx
    pushfd
    pop eax
    xor ebx, eax
    dec edx
    jnz @top
    hlt`,
  'x87 in the middle': `
    fninit
    mov ecx, 100
    top:
    mov dword ptr [0x40000], ecx
    fild dword ptr [0x40000]
    fadd st(0), st(0)
    fistp dword ptr [0x40004]
    add eax, dword ptr [0x40004]
    dec ecx
    jnz @top
    hlt`,
};

const GEARS: Readonly<Record<string, CmsOptions>> = {
  interpreter: {
    ...testCms,
    gears: { ...testCms.gears, blockThreshold: null, superblockThreshold: null },
  },
  blocks: { ...testCms, gears: { ...testCms.gears, blockThreshold: 4, superblockThreshold: null } },
  superblocks: {
    ...testCms,
    gears: { ...testCms.gears, blockThreshold: null, superblockThreshold: 6 },
  },
  'all gears': testCms,
};

function play(program: string, cms: CmsOptions | undefined, slice = 1_000_000): Rig {
  const rig = new Rig({ cms });
  rig.load(assembleGuest(program));
  rig.load(
    Array.from({ length: 4096 }, (_, i) => (i * 37) & 0xff),
    DATA,
  );
  rig.run(slice);
  return rig;
}

describe.each(Object.entries(PROGRAMS))('%s', (_name, program) => {
  const expected = play(program, undefined).outcome();

  it.each(Object.entries(GEARS))('%s', (gear, cms) => {
    const rig = play(program, cms);
    expect(rig.outcome()).toEqual(expected);
    const { retiredInstructions = 0 } = rig.stepper ?? {};
    if (gear !== 'interpreter') expect(retiredInstructions).toBeGreaterThan(100);
    const spent = rig.stepper?.cpi.reduce((a, b) => a + b, 0);
    expect(spent).toBe(rig.clock.now);
  });

  it.each([1, 7, 100])('slices of %i cycles take the same time', (slice) => {
    const whole = play(program, testCms);
    const cut = play(program, testCms, slice);
    expect(cut.outcome()).toEqual(expected);
    expect(cut.clock.now).toBe(whole.clock.now);
    expect([...(cut.stepper?.cpi ?? [])]).toEqual([...(whole.stepper?.cpi ?? [])]);
  });
});
