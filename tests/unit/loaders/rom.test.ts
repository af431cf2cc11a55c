/** ROMs, BIOS and option ROM images, boot sectors. */
import { describe, expect, it } from 'vitest';
import type { GuestImage } from '../../../sim/loaders/guest-image.js';
import { checkOptionRom, loadBios, loadBootSector, loadRom } from '../../../sim/loaders/rom.js';
import { messageOf } from '../config/support.js';
import { file, memoryOf } from './images.js';

const rom = (bytes: number, address: number, entry: string): GuestImage =>
  loadRom({
    rom: file('r.rom', new Uint8Array(bytes).fill(0xf4)),
    address,
    entry,
    memory: memoryOf(16),
  });

describe('a flat ROM', () => {
  it('is mapped by the board above 0xC0000 and starts in real mode', () => {
    const image = rom(4096, 0xf0000, 'f000:0010');
    expect(image.roms.map((r) => [r.address, r.bytes.length])).toEqual([[0xf0000, 4096]]);
    expect(image.writes).toEqual([]);
    expect(image.boot).toMatchObject({
      mode: 'real',
      eip: 0x10,
      segments: { cs: 0xf000, ds: 0, ss: 0 },
    });
  });

  it('is put into RAM below 0xA0000', () => {
    const image = rom(100, 0x1000, '0:1000');
    expect(image.writes.map((w) => w.address)).toEqual([0x1000]);
    expect(image.roms).toEqual([]);
  });

  it('entered at reset ends at 1 MB and at 4 GB, in whole pages', () => {
    const image = rom(5000, 0, 'reset');
    expect(image.boot).toEqual({ mode: 'reset' });
    expect(image.bios?.length).toBe(8192);
    expect([image.bios?.[8191], image.bios?.[8192 - 5000], image.bios?.[8192 - 5001]]).toEqual([
      0xf4, 0xf4, 0xff,
    ]);
  });

  it.each([
    ['above 1 MB', 0x2000, 0xff000, 'ff00:0', 'ends above 1 MB'],
    ['over the video memory', 0x1000, 0xa8000, 'a800:0', 'covers the video memory'],
    ['across the end of RAM', 0x30000, 0x90000, '9000:0', 'covers the video memory'],
    ['over the reserved area', 0x800, 0x9f800, '9f80:0', 'that range belongs to devices and ROM'],
    [
      'with an entry elsewhere',
      0x1000,
      0xf0000,
      'e000:0',
      'lies outside the ROM at 0xf0000-0xf0fff',
    ],
    ['too large for a reset', 0x20001, 0, 'reset', 'is too large (at most 128 KB)'],
    ['without a reset vector', 15, 0, 'reset', 'has no reset vector'],
  ])('is refused %s', (_name, bytes, address, entry, message) => {
    expect(messageOf(() => rom(bytes, address, entry))).toContain(message);
  });
});

describe('a BIOS', () => {
  const bios = (bytes: number, last: number): GuestImage =>
    loadBios(file('bios.bin', new Uint8Array(bytes).fill(last)));

  it('starts at reset', () => {
    const image = bios(0x20000, 0xea);
    expect(image.bios?.length).toBe(0x20000);
    expect(image.boot).toEqual({ mode: 'reset' });
  });

  it('is refused when its size or reset vector cannot be', () => {
    expect(messageOf(() => bios(100_000, 0xea))).toContain(
      'is not a BIOS image: it has 100000 bytes',
    );
    expect(messageOf(() => bios(0x200000, 0xea))).toContain('a multiple of 64 KB up to 1 MB');
    expect(messageOf(() => bios(0x10000, 0xff))).toContain('no code at its reset vector');
  });
});

describe('an option ROM', () => {
  const optionRom = (change: (bytes: Uint8Array) => void): (() => unknown) => {
    const bytes = new Uint8Array(1024);
    bytes.set([0x55, 0xaa, 2]);
    bytes[1023] = -(0x55 + 0xaa + 2) & 0xff;
    change(bytes);
    return () => checkOptionRom(file('vga.bin', bytes));
  };

  it('is checked as a BIOS checks it', () => {
    expect(optionRom(() => {})()).toHaveLength(1024);
    expect(messageOf(optionRom((b) => b.set([0x56])))).toContain('does not begin with 55 AA');
    expect(messageOf(optionRom((b) => b.set([8], 2)))).toContain(
      'announces 4096 bytes and has 1024',
    );
    expect(messageOf(optionRom((b) => b.set([1], 100)))).toContain('its checksum is wrong');
  });
});

describe('a boot sector', () => {
  it('lies at 0000:7C00 with dl = 80h', () => {
    const bytes = new Uint8Array(512);
    bytes.set([0x55, 0xaa], 510);
    const image = loadBootSector(file('d.img', bytes));
    expect(image.writes.map((w) => [w.address, w.bytes.length])).toEqual([[0x7c00, 512]]);
    expect(image.boot).toMatchObject({
      mode: 'real',
      eip: 0x7c00,
      segments: { cs: 0 },
      registers: { edx: 0x80 },
      interrupts: false,
    });
  });

  it('needs its signature', () => {
    expect(messageOf(() => loadBootSector(file('d.img', new Uint8Array(512))))).toContain(
      'does not end with 55 AA',
    );
    expect(messageOf(() => loadBootSector(file('d.img', new Uint8Array(100))))).toContain(
      'has no boot sector (100 bytes)',
    );
  });
});
