/** Multiboot 1: header search, ELF and address fields, information structure, damage. */
import { describe, expect, it } from 'vitest';
import type { GuestImage } from '../../../sim/loaders/guest-image.js';
import { loadMultiboot } from '../../../sim/loaders/multiboot.js';
import { messageOf } from '../config/support.js';
import { elf, file, memoryOf, multibootHeader, type Segment } from './images.js';

function load(
  bytes: Uint8Array,
  more: { append?: string; modules?: Uint8Array[]; megabytes?: number } = {},
): GuestImage {
  return loadMultiboot({
    kernel: file('kernel.elf', bytes),
    modules: (more.modules ?? []).map((content, i) => ({
      file: file(`m${i}`, content),
      append: `args ${i}`,
    })),
    append: more.append ?? '',
    memory: memoryOf(more.megabytes ?? 16),
  });
}

const headerOnly = multibootHeader(3);
const kernelAt = (physical: number, more: Partial<Segment> = {}): Uint8Array =>
  elf(physical + 12, [{ virtual: physical, physical, content: headerOnly, ...more }]);

/** Guest memory as a loader leaves it. */
function memory(image: GuestImage): DataView {
  const ram = new Uint8Array(16 << 20).fill(0xcc);
  for (const write of image.writes) ram.set(write.bytes, write.address);
  return new DataView(ram.buffer);
}

function textAt(ram: DataView, address: number): string {
  let text = '';
  for (let at = address; ram.getUint8(at) !== 0; at++)
    text += String.fromCharCode(ram.getUint8(at));
  return text;
}

describe('an ELF kernel', () => {
  it('lies at its physical addresses, its entry translated, its bss zeroed', () => {
    const image = load(
      elf(0xc0100010, [
        { virtual: 0xc0100000, physical: 0x100000, content: headerOnly, memoryBytes: 0x3000 },
      ]),
    );
    const ram = memory(image);
    expect(image.boot).toMatchObject({
      mode: 'flat32',
      eip: 0x100010,
      registers: { eax: 0x2badb002 },
    });
    expect(ram.getUint32(0x100000, true)).toBe(0x1badb002);
    expect(ram.getUint32(0x100000 + 12, true)).toBe(0);
    expect(ram.getUint8(0x102fff)).toBe(0);
    expect(ram.getUint8(0x103000)).toBe(0xcc);
  });

  it('gets memory sizes, map, command line, modules and loader name', () => {
    const image = load(kernelAt(0x100000), {
      append: 'script=all quiet',
      modules: [new Uint8Array(5000).fill(1), new Uint8Array(10).fill(2)],
    });
    const ram = memory(image);
    const info = image.boot.registers?.ebx as number;
    const word = (offset: number): number => ram.getUint32(info + offset, true);
    expect(word(0)).toBe(0b10_0100_1101);
    expect([word(4), word(8)]).toEqual([639, 15 * 1024 - 64]);
    expect(textAt(ram, word(16))).toBe('script=all quiet');
    expect(textAt(ram, word(64))).toBe('Chrysalis');
    expect(word(20)).toBe(2);
    const first = [0, 4, 8].map((o) => ram.getUint32(word(24) + o, true));
    const second = [0, 4, 8].map((o) => ram.getUint32(word(24) + 16 + o, true));
    expect(first[0]).toBe(0x101000);
    expect((first[1] as number) - (first[0] as number)).toBe(5000);
    expect(second[0]).toBe(0x103000);
    expect(ram.getUint8(second[0] as number)).toBe(2);
    expect(textAt(ram, second[2] as number)).toBe('args 1');
    expect(word(44)).toBe(5 * 24);
    const third = word(48) + 3 * 24;
    expect([
      ram.getUint32(third, true),
      ram.getBigUint64(third + 4, true),
      ram.getUint32(third + 20, true),
    ]).toEqual([20, 0x100000n, 1]);
  });

  it('keeps its information apart from a kernel in low memory', () => {
    const image = load(kernelAt(0x10000, { memoryBytes: 0x5000 }));
    expect(image.boot.registers?.ebx).toBe(0x15000);
  });
});

describe('a kernel with address fields', () => {
  // Header 16 bytes into the file, which is loaded from byte 8 on at 0x200000.
  const content = (
    fields: { load?: number; loadEnd?: number; bssEnd?: number; entry?: number } = {},
  ): Uint8Array => {
    const load_ = fields.load ?? 0x200000;
    const bytes = new Uint8Array(256).fill(0xee);
    bytes.set(
      multibootHeader(0x10003, [
        0x200008,
        load_,
        fields.loadEnd ?? 0,
        fields.bssEnd ?? 0,
        fields.entry ?? 0x200040,
      ]),
      16,
    );
    return bytes;
  };

  it('is placed by them', () => {
    const image = load(content({ loadEnd: 0x200080, bssEnd: 0x200100 }));
    const ram = memory(image);
    expect(image.boot.eip).toBe(0x200040);
    expect(ram.getUint32(0x200008, true)).toBe(0x1badb002);
    expect([
      ram.getUint8(0x20007f),
      ram.getUint8(0x200080),
      ram.getUint8(0x2000ff),
      ram.getUint8(0x200100),
    ]).toEqual([0xee, 0, 0, 0xcc]);
  });

  it('is loaded to the end of the file when no end is given', () => {
    expect(load(content()).writes[0]?.bytes.length).toBe(248);
  });

  it.each([
    [
      'an end beyond the file',
      content({ loadEnd: 0x201000 }),
      'announce 4.0 KB to load, and the file holds 248 bytes (truncated?)',
    ],
    [
      'a load address before the file',
      content({ load: 0x1ff000 }),
      'place the load address outside the file',
    ],
    ['an end before the start', content({ loadEnd: 0x100000 }), 'end before they begin'],
    ['an entry elsewhere', content({ entry: 0x300000 }), 'place the entry outside what is loaded'],
  ])('refuses %s', (_name, bytes, message) => {
    expect(messageOf(() => load(bytes))).toContain(message);
  });
});

describe('what cannot be loaded', () => {
  const damaged = kernelAt(0x100000);
  damaged[52 + 32 + 8] ^= 1;
  const notI386 = kernelAt(0x100000);
  notI386[18] = 62;
  const wide = kernelAt(0x100000);
  wide[4] = 2;
  const object = kernelAt(0x100000);
  object[16] = 1;
  const hugeBss = kernelAt(0x100000, { memoryBytes: 0xf0000000 });

  it.each([
    ['no header', new Uint8Array(10_000), /^kernel\.elf: is not a multiboot 1 kernel/],
    [
      'a header beyond 8 KB',
      Uint8Array.from([...new Uint8Array(8192), ...headerOnly]),
      /is not a multiboot 1 kernel/,
    ],
    [
      'a header out of alignment',
      Uint8Array.from([0, 0, ...headerOnly, 0, 0]),
      /is not a multiboot 1 kernel/,
    ],
    ['a damaged checksum', damaged, /its multiboot header has a wrong checksum/],
    [
      'a header without ELF or addresses',
      headerOnly,
      /is neither an ELF file nor has address fields/,
    ],
    ['another processor', notI386, /is not for i386/],
    ['ELF64', wide, /is not a 32-bit little-endian ELF file/],
    ['an object file', object, /is not an executable ELF file/],
    [
      'unknown demands',
      elf(0x100000, [{ virtual: 0x100000, physical: 0x100000, content: multibootHeader(0x21) }]),
      /demands multiboot features that do not exist here \(flags 0x20\)/,
    ],
    [
      'a graphics mode',
      elf(0x100000, [
        {
          virtual: 0x100000,
          physical: 0x100000,
          content: multibootHeader(4, [0, 0, 0, 0, 0, 0, 640, 480, 32]),
        },
      ]),
      /demands a linear graphics mode/,
    ],
    ['a bss beyond all memory', hugeBss, /the file is damaged/],
  ])('%s', (_name, bytes, message) => {
    expect(messageOf(() => load(bytes))).toMatch(message);
  });

  it('a file cut off inside a segment', () => {
    const whole = elf(0x100000, [
      {
        virtual: 0x100000,
        physical: 0x100000,
        content: Uint8Array.from([...headerOnly, ...new Uint8Array(5000)]),
      },
    ]);
    expect(messageOf(() => load(whole.subarray(0, 2000)))).toMatch(
      /^kernel\.elf: is truncated: segment 0 ends at byte 5096, the file at 2000/,
    );
  });

  it('a kernel where there is no memory, and over itself', () => {
    expect(messageOf(() => load(kernelAt(0x4000000)))).toContain(
      'raise machine.memoryMB (--memory) to 66 or more',
    );
    expect(messageOf(() => load(kernelAt(0xa0000)))).toContain(
      'that range belongs to devices and ROM',
    );
    const twice = elf(0x100000, [
      { virtual: 0x100000, physical: 0x100000, content: headerOnly },
      { virtual: 0x100004, physical: 0x100004, content: headerOnly },
    ]);
    expect(messageOf(() => load(twice))).toBe(
      'kernel.elf: segment 1 (0x100004-0x10000f) would overwrite segment 0',
    );
  });

  it('a module that does not fit', () => {
    expect(messageOf(() => load(kernelAt(0x100000), { modules: [new Uint8Array(16 << 20)] }))).toBe(
      "m0: the module of 16.0 MB does not fit into the guest's memory; raise machine.memoryMB (--memory)",
    );
  });
});
