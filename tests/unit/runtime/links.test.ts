/**
 * Links between translations on the stepper, when what they lead to goes away: the page of a chained
 * target is mapped to another frame; translations are evicted, small tcaches being full, while the
 * guest has left them for an interrupt or goes on in the middle of them.
 */
import { describe, expect, it } from 'vitest';
import type { CmsOptions } from '../../../cms/options.js';
import { assembleGuest, CODE, Rig, type RigOptions, testCms } from './rig.js';
import { TABLE, withPaging, withTables } from './system-tables.js';

const INTERRUPT = 0x20;
const COUNTER = 0x9000;

const eager: CmsOptions = {
  ...testCms,
  gears: { ...testCms.gears, blockThreshold: 2, superblockThreshold: 8 },
};

function counter({ cms }: Rig): (name: string) => number {
  const counts = new Map(cms?.readings().map(({ name, value }) => [name, value]));
  return (name) => counts.get(name) ?? Number.NaN;
}

describe('a chained exit into a page', () => {
  /** Two versions of a routine in two frames; the page at 0x30000 is one of them, in turn. */
  const remaps = (options: RigOptions): Rig => {
    const rig = new Rig(options);
    withTables(rig, {});
    withPaging(rig);
    const routine = (n: number): string => `add eax, ${n}\nrol eax, 3\njmp 0x${back.toString(16)}`;
    const back = CODE + 0x800;
    rig.load(assembleGuest(routine(1), 0x30000), 0x30000);
    rig.load(assembleGuest(routine(1000), 0x30000), 0x50000);
    // 50 rounds in the one, then in the other, by a jump that is chained.
    rig.load(
      assembleGuest(`
        mov ecx, 600
        mov edx, 50
        top:
        imul ebx, eax, 7
        jmp 0x30000`),
    );
    const top = CODE + assembleGuest('mov ecx, 600\nmov edx, 50').length;
    rig.load(
      assembleGuest(
        `
        dec edx
        jnz @same
        mov edx, 50
        xor dword ptr [0x${(TABLE + 4 * 0x30).toString(16)}], 0x60000
        invlpg [0x30000]
        same:
        dec ecx
        jnz 0x${top.toString(16)}
        hlt`,
        back,
      ),
      back,
    );
    rig.run();
    return rig;
  };
  const golden = remaps({});

  it.each([
    ['blocks', { ...eager, gears: { ...eager.gears, superblockThreshold: null } }],
    ['short superblocks', { ...eager, region: { ...eager.region, maxInstructions: 2 } }],
    ['traces through the page', eager],
  ] as const)('that was mapped to another frame looks again: %s', (_name, cms) => {
    const rig = remaps({ cms });
    expect(rig.outcome()).toEqual(golden.outcome());
    const count = counter(rig);
    expect(count('tcache.chained')).toBeGreaterThan(2);
    // The page is mapped otherwise 11 times while translated code leads there.
    expect(count('hostExit.mapping')).toBeGreaterThanOrEqual(11);
    expect(count('gear.interpreter.instructions')).toBeLessThan(0.5 * rig.loop.instructions);
  });
});

describe('a region that is left by an event, when translations are evicted', () => {
  /** Routines that the handler runs in turn, so many and so long that they fill a small tcache. */
  const ROUTINES = 24;
  const ROUTINE_BYTES = 0x200;
  const handler = `
    push eax
    push ebx
    mov eax, dword ptr [0x9000]
    inc eax
    cmp eax, ${ROUTINES}
    jb @keep
    mov eax, 0
    keep:
    mov dword ptr [0x9000], eax
    inc dword ptr [0x9004]
    imul eax, eax, ${ROUTINE_BYTES}
    add eax, 0x20000
    mov ebx, 3
    again:
    call eax
    dec ebx
    jnz @again
    pop ebx
    pop eax
    iretd`;
  const routine = (n: number): string =>
    [...Array.from({ length: 30 }, (_, i) => `xor dword ptr [0x40100], ${n * 64 + i}`), 'ret'].join(
      '\n',
    );
  const work = `
    sti
    mov ecx, 60000
    mov esi, 0x40000
    top:
    imul eax, eax, 7
    add eax, ecx
    mov dword ptr [esi], eax
    rol ebx, 5
    xor ebx, dword ptr [esi]
    test ecx, 3
    jnz @skip
    push eax
    pop edx
    skip:
    dec ecx
    jnz @top
    cli
    hlt`;
  const play = (cms: CmsOptions | undefined, slice = 1_000_000): Rig => {
    const rig = new Rig({ cms });
    withTables(rig, { [INTERRUPT]: handler });
    for (let n = 0; n < ROUTINES; n++) {
      const at = 0x20000 + n * ROUTINE_BYTES;
      rig.load(assembleGuest(routine(n), at), at);
    }
    const timer = rig.clock.timer('test', (due) => {
      timer.at(due + 20_000);
      rig.intr = true;
      rig.clock.endSlice();
    });
    timer.at(500);
    rig.load(assembleGuest(work));
    rig.run(slice);
    return rig;
  };
  const golden = play(undefined);

  it.each(['fifo', 'generations', 'flush'] as const)('%s', (eviction) => {
    const cms: CmsOptions = { ...eager, tcache: { sizeKB: 16, eviction, generations: 3 } };
    const rig = play(cms);
    expect([...rig.cpu.s.subarray(0, 8)]).toEqual([...golden.cpu.s.subarray(0, 8)]);
    const count = counter(rig);
    expect(rig.cpu.view.getInt32(COUNTER + 4, true)).toBeGreaterThan(ROUTINES + 10);
    expect(count('hostExit.event')).toBeGreaterThan(ROUTINES);
    expect(count('tcache.evicted')).toBeGreaterThan(10);
    // The same in slices that leave translations all the time and go on in the middle of them.
    const cut = play(cms, 57);
    expect(counter(cut)('resumptions')).toBeGreaterThan(count('resumptions'));
    expect(cut.outcome()).toEqual(rig.outcome());
    expect(cut.clock.now).toBe(rig.clock.now);
  });
});
