/**
 * Guest programs that write their own code or data beside it, on the whole machine with every
 * combination of mechanisms: the guest computes what the interpreter alone computes. And which
 * mechanism did the work, in the published order: fine protection faults less than pages,
 * revalidation, stylized code and groups translate less.
 */
import { describe, expect, it } from 'vitest';
import type { CmsOptions } from '../../cms/options.js';
import type { CodeMorphing } from '../../cms/runtime/cms.js';
import type { SmcCounts } from '../../cms/smc/smc-counters.js';
import { assembleGuest, Rig, testCms } from '../unit/runtime/rig.js';

type Options = CmsOptions['selfModifying'];

/** Code of 0x10000 on; `pad` puts what follows into another granule. */
const PAD = Array.from({ length: 150 }, () => 'nop').join('\n');
const PROGRAMS: Readonly<Record<string, string>> = {
  'an immediate that counts': `
    mov ecx, 200
    top:
    mov dword ptr [@patched+1], ecx
    call @patched
    dec ecx
    jnz @top
    hlt
    ${PAD}
    patched:
    mov eax, 0x11223344
    add ebx, eax
    rol ebx, 1
    ret`,
  'an instruction that flips': `
    mov ecx, 200
    top:
    mov eax, ecx
    and eax, 8
    lea eax, [eax+eax*4+1]
    mov byte ptr [@patched+5], al
    call @patched
    call @patched
    dec ecx
    jnz @top
    hlt
    ${PAD}
    patched:
    mov eax, 0x11223344
    add ebx, eax
    rol ebx, 1
    ret`,
  'data between the instructions': `
    mov ecx, 200
    top:
    mov eax, dword ptr [@data]
    lea eax, [eax+ecx*4+1]
    mov dword ptr [@data], eax
    xor ebx, eax
    jmp @on
    data:
    nop
    nop
    nop
    nop
    on:
    dec ecx
    jnz @top
    hlt`,
  'data in the page of the code': `
    mov ecx, 200
    top:
    mov eax, dword ptr [0x10800]
    lea eax, [eax+ecx*4+1]
    mov dword ptr [0x10800], eax
    xor ebx, eax
    dec ecx
    jnz @top
    hlt`,
  'an instruction just ahead': `
    mov ecx, 150
    top:
    mov byte ptr [@ahead+1], cl
    ahead:
    mov al, 0x55
    movzx eax, al
    add ebx, eax
    ror ebx, 3
    dec ecx
    jnz @top
    hlt`,
  'code copied over code': `
    cld
    mov edx, 60
    top:
    mov esi, edx
    and esi, 1
    lea esi, [esi+esi*2]
    lea esi, [esi*4+@first]
    mov edi, 0x12000
    mov ecx, 12
    rep movsb es:[edi], ds:[esi]
    mov ecx, 30
    again:
    mov eax, 0x12000
    call eax
    dec ecx
    jnz @again
    dec edx
    jnz @top
    hlt
    first:
    add ebx, 0x1234567
    rol ebx, 3
    ret
    nop
    nop
    sub ebx, 0x7654321
    xor ebx, edx
    ret
    nop
    nop`,
  'bursts of stores beside code': `
    cld
    mov esi, @work
    mov edi, 0x12000
    mov ecx, 16
    rep movsb es:[edi], ds:[esi]
    mov edx, 40
    top:
    mov ecx, 40
    burst:
    mov dword ptr [ecx*4+0x12800], edx
    dec ecx
    jnz @burst
    mov eax, 0x12000
    call eax
    call eax
    call eax
    call eax
    call eax
    call eax
    dec edx
    jnz @top
    hlt
    work:
    add ebx, dword ptr [0x12808]
    rol ebx, 3
    ret
    nop
    nop
    nop
    nop
    nop`,
  'a displacement that moves': `
    mov ecx, 200
    top:
    lea eax, [ecx*4+0x40000]
    mov dword ptr [@patched+2], eax
    call @patched
    dec ecx
    jnz @top
    hlt
    ${PAD}
    patched:
    mov edx, dword ptr [0x40000]
    add edx, ecx
    add ebx, edx
    ret`,
};

function play(program: string, selfModifying: Partial<Options> | undefined, slice = 1_000_000) {
  const cms = selfModifying && {
    ...testCms,
    selfModifying: { ...testCms.selfModifying, ...selfModifying },
  };
  const rig = new Rig({ cms });
  rig.load(assembleGuest(program));
  rig.load(
    Array.from({ length: 4096 }, (_, i) => (i * 37) & 0xff),
    0x40000,
  );
  rig.run(slice);
  return rig;
}

interface Inside {
  readonly composed: { readonly protection: { readonly counts: SmcCounts } };
}

const counts = (rig: Rig): SmcCounts => (rig.cms as unknown as Inside).composed.protection.counts;

const choices: Options[] = [];
for (const protection of ['page', 'fine'] as const)
  for (const revalidation of [false, true])
    for (const selfChecking of ['never', 'adaptive', 'always'] as const)
      for (const [stylized, groupSize] of [
        [false, 0],
        [true, 3],
      ] as const)
        choices.push({
          protection,
          revalidation,
          selfChecking,
          stylized,
          groupSize,
          faultsBeforeEscalation: 3,
          forgetCycles: 50_000_000,
        });

const describeChoice = (o: Options): string =>
  `${o.protection}, self-checks ${o.selfChecking}${o.revalidation ? ', revalidation' : ''}${o.stylized ? ', stylized' : ''}${o.groupSize ? ', groups' : ''}`;

describe.each(Object.entries(PROGRAMS))('%s', (_, program) => {
  const expected = play(program, undefined).outcome();

  it.each(choices.map((o) => [describeChoice(o), o] as const))('%s', (_name, options) => {
    expect(play(program, options).outcome()).toEqual(expected);
  });

  it('in thin slices', () => {
    expect(play(program, {}, 97).outcome()).toEqual(expected);
  });
});

describe('which mechanism works', () => {
  const alone: Partial<Options> = {
    selfChecking: 'never',
    revalidation: false,
    stylized: false,
    groupSize: 0,
  };

  const cost = (name: keyof typeof PROGRAMS, options: Partial<Options>) => {
    const rig = play(PROGRAMS[name], { ...alone, ...options });
    const { installed } = (rig.cms as CodeMorphing).tcache.counts;
    return { cycles: rig.clock.now, installed, ...counts(rig) };
  };

  it('fine protection takes no fault for data in the page of the code', () => {
    const page = cost('data in the page of the code', { protection: 'page' });
    const fine = cost('data in the page of the code', { protection: 'fine' });
    expect(page.pageFaults).toBeGreaterThan(150);
    expect(page.falseSharing).toBe(page.pageFaults);
    expect(fine.fineFaults).toBe(0);
    expect(page.cycles).toBeGreaterThan(5 * fine.cycles);
  });

  it('revalidation takes one fault for a burst of stores', () => {
    const options = { protection: 'page' } as const;
    const without = cost('bursts of stores beside code', options);
    const with_ = cost('bursts of stores beside code', { ...options, revalidation: true });
    expect(without.pageFaults).toBeGreaterThan(1000);
    expect(with_.pageFaults).toBeLessThan(60);
    expect(with_.revalidated).toBeGreaterThan(20);
    expect(with_.cycles * 3).toBeLessThan(without.cycles);
  });

  it('translations that check themselves end the faults of data between instructions', () => {
    const never = cost('data between the instructions', {});
    const adaptive = cost('data between the instructions', { selfChecking: 'adaptive' });
    const always = cost('data between the instructions', { selfChecking: 'always' });
    expect([adaptive.fineFaults < 10, always.fineFaults]).toEqual([true, 0]);
    expect(adaptive.cycles * 5).toBeLessThan(never.cycles);
  });

  it('but cost cycles where nothing changes', () => {
    const never = cost('data in the page of the code', {});
    const always = cost('data in the page of the code', { selfChecking: 'always' });
    expect(always.cycles).toBeGreaterThan(never.cycles * 1.02);
    expect(always.selfCheckFailures).toBe(0);
  });

  it.each(['an immediate that counts', 'a displacement that moves'])(
    'stylized code: %s',
    (name) => {
      const without = cost(name, { selfChecking: 'adaptive' });
      const with_ = cost(name, { selfChecking: 'adaptive', stylized: true });
      expect([with_.stylizedRetranslations, with_.selfCheckFailures]).toEqual([1, 0]);
      expect(with_.cycles * 2).toBeLessThan(without.cycles);
      expect(with_.installed).toBeLessThan(without.installed);
    },
  );

  it('groups: code copied over code is not translated again', () => {
    const without = cost('code copied over code', {});
    const with_ = cost('code copied over code', { groupSize: 4 });
    expect(with_.groupRevivals).toBeGreaterThan(20);
    expect(with_.interpretOnly).toBe(0);
    expect(with_.cycles * 2).toBeLessThan(without.cycles);
  });

  it('code that never comes back is left to the interpreter', () => {
    const { interpretOnly, installed } = cost('an immediate that counts', {});
    expect(interpretOnly).toBe(1);
    expect(installed).toBeLessThan(20);
  });
});
