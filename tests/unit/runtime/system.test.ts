/**
 * Guest programs that need their system under code morphing: page faults, interrupts, memory-mapped
 * I/O, DMA. Precise: the same page tables, the same accesses to devices, each exactly once.
 */
import { describe, expect, it } from 'vitest';
import type { CmsOptions } from '../../../cms/options.js';
import { assembleGuest, CODE, Rig, testCms } from './rig.js';
import { withPaging, withTables } from './system-tables.js';

const COUNTER = 0x9000;
const PAGE_FAULT = 14;
const INTERRUPT = 0x20;

const GEARS: readonly (readonly [string, CmsOptions])[] = [
  [
    'interpreter',
    { ...testCms, gears: { ...testCms.gears, blockThreshold: null, superblockThreshold: null } },
  ],
  [
    'blocks',
    { ...testCms, gears: { ...testCms.gears, blockThreshold: 3, superblockThreshold: null } },
  ],
  [
    'superblocks',
    { ...testCms, gears: { ...testCms.gears, blockThreshold: null, superblockThreshold: 4 } },
  ],
  ['all gears', testCms],
];

const MAPS_PAGE = `
  push eax
  push ebx
  mov eax, cr2
  shr eax, 12
  mov ebx, dword ptr [eax*4+0x4000]
  or ebx, 1
  mov dword ptr [eax*4+0x4000], ebx
  mov eax, cr2
  invlpg [eax]
  inc dword ptr [0x9000]
  pop ebx
  pop eax
  add esp, 4
  iretd`;

/** Writes and reads all over the pages that are not there yet, some accesses across two of them. */
const TOUCHES_PAGES = `
  mov ecx, 40
  again:
  mov esi, 0x60000
  top:
  mov dword ptr [esi+2], esi
  add eax, dword ptr [esi+0xffe]
  xchg dword ptr [esi+0x204], eax
  add esi, 0x1ff
  cmp esi, 0x6e000
  jb @top
  dec ecx
  jnz @again
  hlt`;

describe('page faults', () => {
  const play = (cms: CmsOptions | undefined): Rig => {
    const rig = new Rig({ cms });
    withTables(rig, { [PAGE_FAULT]: MAPS_PAGE });
    withPaging(rig);
    rig.load(assembleGuest(TOUCHES_PAGES));
    rig.run();
    return rig;
  };
  const golden = play(undefined);

  it.each(GEARS)('%s', (_gear, cms) => {
    const rig = play(cms);
    expect(rig.cpu.view.getInt32(COUNTER, true)).toBe(15);
    expect(rig.outcome()).toEqual(golden.outcome());
    expect(rig.cpu.saveTlb().length).toBe(golden.cpu.saveTlb().length);
  });
});

describe('interrupts', () => {
  const play = (cms: CmsOptions | undefined, slice: number): Rig => {
    const rig = new Rig({ cms });
    withTables(rig, { [INTERRUPT]: `inc dword ptr [0x9000]\niretd` });
    const timer = rig.clock.timer('test', (due) => {
      timer.at(due + 1777);
      rig.intr = true;
      rig.clock.endSlice();
    });
    timer.at(500);
    rig.load(
      assembleGuest(`
        sti
        mov ecx, 3000
        top:
        imul eax, eax, 7
        add eax, ecx
        rol ebx, 5
        xor ebx, eax
        push eax
        pop edx
        dec ecx
        jnz @top
        cli
        hlt`),
    );
    rig.run(slice);
    return rig;
  };
  const golden = play(undefined, 1e6);

  it.each(GEARS)('%s', (_gear, cms) => {
    const rig = play(cms, 1_000_000);
    expect([...rig.cpu.s.subarray(0, 8)]).toEqual([...golden.cpu.s.subarray(0, 8)]);
    expect(rig.cpu.view.getInt32(COUNTER, true)).toBeGreaterThan(8);
    const cut = play(cms, 13);
    expect(cut.outcome()).toEqual(rig.outcome());
    expect(cut.clock.now).toBe(rig.clock.now);
  });
});

describe('memory-mapped I/O', () => {
  it.each(GEARS)('%s', (_gear, cms) => {
    const rig = new Rig({ cms });
    const log: number[] = [];
    rig.bus.mmio(
      0xf000_0000,
      0x1000,
      {
        read: (address) => {
          log.push(address & 0xfff);
          return log.length;
        },
        write: (address, value) => void log.push((address & 0xfff) | (value << 12)),
      },
      'test',
    );
    rig.load(
      assembleGuest(`
        mov ecx, 200
        mov esi, 0x40000
        top:
        mov dword ptr [esi], ecx
        test ecx, 7
        jnz @skip
        mov esi, 0xf0000000
        skip:
        mov eax, dword ptr [esi+8]
        add ebx, eax
        mov dword ptr [esi+4], ebx
        mov esi, 0x40000
        dec ecx
        jnz @top
        hlt`),
    );
    rig.run();
    // 25 reads and 25 writes, in turn.
    expect(log.length).toBe(50);
    expect(log.filter((_, i) => i % 2 === 0)).toEqual(new Array(25).fill(8));
  });
});

describe('a bus master', () => {
  it.each(GEARS)('overwrites translated code and data: %s', (_gear, cms) => {
    const rig = new Rig({ cms });
    const patched = CODE + 0x100;
    rig.load(assembleGuest('add eax, 1\nadd ebx, dword ptr [0x40000]\nret', patched), patched);
    rig.load(
      assembleGuest(`
        top:
        mov ecx, 0x10100
        call ecx
        inc edx
        cmp dword ptr [0x40004], 0
        jz @top
        hlt`),
    );
    const timer = rig.clock.timer('dma', (due) => {
      const round = rig.cpu.view.getInt32(0x40000, true);
      // The immediate of the addition, and the operand in memory.
      rig.load([round + 2], patched + 2);
      rig.load([round + 1], 0x40000);
      if (round === 6) rig.load([1], 0x40004);
      else timer.at(due + 30_000);
    });
    timer.at(20_000);
    rig.run();
    const { s } = rig.cpu;
    // Each call adds n + 1 to eax and n to ebx; the bus master may come between the two, once a round.
    expect(s[2]).toBeGreaterThan(200);
    expect(Math.abs((s[0] - s[3] - s[2]) | 0)).toBeLessThanOrEqual(7);
    expect(rig.cpu.view.getUint8(patched + 2)).toBe(8);
  });
});
