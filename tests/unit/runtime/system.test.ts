/**
 * Guest programs that need their system under code morphing: page faults, interrupts, memory-mapped
 * I/O, DMA. Precise: the same page tables, the same accesses to devices, each exactly once.
 */
import { describe, expect, it } from 'vitest';
import type { CmsOptions } from '../../../cms/options.js';
import {
  CR0,
  CR3,
  GDTR_BASE,
  GDTR_LIMIT,
  IDTR_BASE,
  IDTR_LIMIT,
} from '../../../guest-isa/state/layout.js';
import { assembleGuest, CODE, Rig, testCms } from './rig.js';

const GDT = 0x1000;
const IDT = 0x2000;
const DIRECTORY = 0x3000;
const TABLE = 0x4000;
const HANDLERS = 0x8000;
const COUNTER = 0x9000;
const PAGE_FAULT = 14;
const INTERRUPT = 0x20;
const PG = 0x8000_0000 | 0;

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

function words(rig: Rig, at: number, values: readonly number[]): void {
  for (const [i, value] of values.entries()) rig.cpu.view.setInt32(at + 4 * i, value, true);
}

/** GDT with flat code (8) and data (0x10), an IDT, handlers. */
function withTables(rig: Rig, handlers: Readonly<Record<number, string>>): void {
  const { s } = rig.cpu;
  words(rig, GDT + 8, [0x0000ffff, 0x00cf9b00, 0x0000ffff, 0x00cf9300]);
  s[GDTR_BASE] = GDT;
  s[GDTR_LIMIT] = 0x17;
  s[IDTR_BASE] = IDT;
  s[IDTR_LIMIT] = 0x7ff;
  let at = HANDLERS;
  for (const [vector, text] of Object.entries(handlers)) {
    const bytes = assembleGuest(text, at);
    rig.load(bytes, at);
    words(rig, IDT + 8 * Number(vector), [0x0008_0000 | (at & 0xffff), (at & ~0xffff) | 0x8e00]);
    at += bytes.length;
  }
}

/** Maps the first megabyte one to one; 64 KB from 0x60000 on are there but not present. */
function withPaging(rig: Rig): void {
  words(rig, DIRECTORY, [TABLE | 3]);
  for (let page = 0; page < 256; page++) {
    const present = page < 0x60 || page >= 0x70;
    words(rig, TABLE + 4 * page, [(page << 12) | 2 | (present ? 1 : 0)]);
  }
  rig.cpu.s[CR3] = DIRECTORY;
  rig.cpu.s[CR0] |= PG;
  rig.cpu.flushTlb(true);
}

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
