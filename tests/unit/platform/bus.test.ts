/** The physical address map, its claims, and the port space. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { PhysicalMemory, PortSpace } from '../../../guest-isa/mmu/ports.js';
import { PageKind } from '../../../guest-isa/mmu/ports.js';
import { PhysicalBus } from '../../../hw/memory/bus.js';

const MB = 1 << 20;
let bus: PhysicalBus;
beforeEach(() => {
  bus = new PhysicalBus(new Uint8Array(4 * MB));
});

/** A device that records accesses and answers with the address's low bits. */
function recorder() {
  const log: string[] = [];
  return {
    log,
    handlers: {
      read: (a: number, w: number) => {
        log.push(`r${w}@${a.toString(16)}`);
        return a;
      },
      write: (a: number, v: number, w: number) => {
        log.push(`w${w}@${a.toString(16)}=${v.toString(16)}`);
      },
    },
  };
}

describe('page kinds', () => {
  it('has the shape that the processor declares', () => {
    const memory: PhysicalMemory = bus;
    const ports: PortSpace = bus;
    expect(memory.ram.length + ports.in(0x1234, 1)).toBe(4 * MB + 0xff);
  });

  it('maps RAM, the VGA hole and what lies beyond RAM', () => {
    const kind = (a: number) => bus.pageKinds[a >>> 12];
    expect(kind(0)).toBe(PageKind.ram);
    expect(kind(0x9f000)).toBe(PageKind.ram);
    expect(kind(0xa0000)).toBe(PageKind.slow);
    expect(kind(0xbf000)).toBe(PageKind.slow);
    expect(kind(0xc0000)).toBe(PageKind.ram);
    expect(kind(0xff000)).toBe(PageKind.ram);
    expect(kind(4 * MB - 1)).toBe(PageKind.ram);
    expect(kind(4 * MB)).toBe(PageKind.slow);
    expect(kind(0xfffff000)).toBe(PageKind.slow);
  });

  it('gives RAM at any alignment, also across pages, unsigned', () => {
    bus.write(0x1ffe, 0x89abcdef, 4);
    expect(bus.read(0x1ffe, 4)).toBe(0x89abcdef);
    expect(bus.read(0x1fff, 2)).toBe(0xabcd);
    expect(bus.ram[0x2001]).toBe(0x89);
  });
});

describe('BIOS and shadow RAM', () => {
  const bios = () => Uint8Array.from({ length: 0x40000 }, (_, i) => (i >>> 12) ^ (i & 0xff));

  it('shows the image at the top of 4 GB and its last 128 KB below 1 MB', () => {
    const image = bios();
    bus.setBios(image);
    expect(bus.read(0xfffffff0, 4)).toBe(new DataView(image.buffer).getUint32(0x3fff0, true));
    expect(bus.read(0xfffc0003, 1)).toBe(image[3]);
    expect(bus.read(0xffff0, 1)).toBe(image[0x3fff0]);
    expect(bus.read(0xe0000, 2)).toBe(image[0x20000] | (image[0x20001] << 8));
    expect(bus.read(0xc0000, 4)).toBe(0xffffffff);
    expect(bus.read(0xfffbffff, 1)).toBe(0xff);
  });

  it('drops writes to ROM, then shadows as firmware does: write RAM, copy, protect', () => {
    let mapChanges = 0;
    bus.setBios(bios());
    bus.onMapChanged = () => mapChanges++;
    bus.write(0xf0010, 0x12345678, 4);
    expect(bus.ram[0xf0010]).toBe(0);
    // Writes to RAM, reads still from ROM.
    bus.setShadow(0xf0000, 0x10000, false, true);
    expect(mapChanges).toBe(0);
    const before = bus.read(0xf0010, 4);
    bus.write(0xf0010, 0xcafebabe, 4);
    expect(bus.read(0xf0010, 4)).toBe(before);
    bus.setShadow(0xf0000, 0x10000, true, true);
    expect(mapChanges).toBe(1);
    expect(bus.read(0xf0010, 4)).toBe(0xcafebabe);
    expect(bus.pageKinds[0xf0]).toBe(PageKind.ram);
    bus.setShadow(0xf0000, 0x10000, true, false);
    expect(bus.pageKinds[0xff]).toBe(PageKind.ramReadOnly);
    bus.write(0xf0010, 0, 4);
    expect(bus.read(0xf0010, 4)).toBe(0xcafebabe);
    expect(bus.pageKinds[0xe0]).toBe(PageKind.slow);
    expect(mapChanges).toBe(2);
  });

  it('keeps the area plain RAM without a BIOS, whatever PAM says', () => {
    bus.setShadow(0xc0000, 0x40000, false, false);
    bus.write(0xf0000, 0x55aa, 2);
    expect(bus.read(0xf0000, 2)).toBe(0x55aa);
    expect(bus.pageKinds[0xf0]).toBe(PageKind.ram);
  });

  it('shows an option ROM until its segment is shadowed', () => {
    bus.setBios(bios());
    bus.setOptionRom(0xc0000, Uint8Array.of(0x55, 0xaa, 0x40));
    expect(bus.read(0xc0000, 2)).toBe(0xaa55);
    bus.setShadow(0xc0000, 0x4000, true, true);
    expect(bus.read(0xc0000, 2)).toBe(0);
  });

  it('refuses an image that no flash part has', () => {
    expect(() => bus.setBios(new Uint8Array(1000))).toThrow(/1000 bytes/);
    expect(() => bus.setBios(new Uint8Array(0x81000))).toThrow();
  });
});

describe('memory-mapped I/O', () => {
  it('gives aligned accesses whole, splits the others', () => {
    const { log, handlers } = recorder();
    bus.mmio(0xfec00000, 0x20, handlers, 'ioapic');
    expect(bus.read(0xfec00010, 4)).toBe(0xfec00010);
    bus.write(0xfec00002, 0xaabbccdd, 4);
    expect(log).toEqual([
      'r4@fec00010',
      'w1@fec00002=dd',
      'w1@fec00003=cc',
      'w1@fec00004=bb',
      'w1@fec00005=aa',
    ]);
  });

  it('holds several ranges in a page and splits at their borders', () => {
    const a = recorder();
    const b = recorder();
    bus.mmio(0xe0000000, 2, a.handlers, 'a');
    bus.mmio(0xe0000002, 6, b.handlers, 'b');
    expect(bus.read(0xe0000000, 4)).toBe(0x00020000);
    expect(a.log).toEqual(['r2@e0000000']);
    expect(b.log).toEqual(['r2@e0000002']);
    expect(bus.read(0xe0000008, 1)).toBe(0xff);
    expect(bus.unclaimedMemory()).toEqual([{ address: 0xe0000008, reads: 1, writes: 0 }]);
  });

  it('gives ones where nothing is, and moves with an undone claim', () => {
    const { handlers } = recorder();
    const undo = bus.mmio(0xe0000000, 0x3000, handlers, 'bar');
    expect(bus.read(0xe0002ffc, 4)).toBe(0xe0002ffc);
    undo();
    undo();
    expect(bus.read(0xe0002ffc, 4)).toBe(0xffffffff);
    bus.write(0xe0002ffc, 1, 4);
    expect(bus.unclaimedMemory()).toEqual([{ address: 0xe0002ffc, reads: 1, writes: 1 }]);
  });

  it('lets RAM and ROM win over a misplaced claim', () => {
    const { log, handlers } = recorder();
    bus.setBios(new Uint8Array(0x20000).fill(0x11));
    bus.mmio(0x1000, 0x1000, handlers, 'bar');
    bus.mmio(0xffff0000, 0x10000, handlers, 'bar');
    expect(bus.read(0x1000, 4)).toBe(0);
    expect(bus.read(0xffff0000, 4)).toBe(0x11111111);
    bus.write(0xffff0000, 5, 4);
    expect(log).toEqual([]);
  });
});

describe('bus masters', () => {
  it('tells of a write before RAM changes', () => {
    const seen: [number, number, number][] = [];
    bus.onRamWritten = (address, size) => seen.push([address, size, bus.ram[address]]);
    bus.dma.write(0x1ffe, Uint8Array.of(1, 2, 3, 4));
    expect(seen).toEqual([
      [0x1ffe, 2, 0],
      [0x2000, 2, 0],
    ]);
    const back = new Uint8Array(4);
    bus.dma.read(0x1ffe, back);
    expect([...back]).toEqual([1, 2, 3, 4]);
  });

  it('obeys the shadow and reads ones outside of memory', () => {
    bus.setBios(new Uint8Array(0x20000).fill(0x22));
    bus.dma.write(0xfffff, Uint8Array.of(7, 8));
    expect(bus.ram[0xfffff]).toBe(0);
    expect(bus.ram[0x100000]).toBe(8);
    const back = new Uint8Array(2);
    bus.dma.read(0xfffff, back);
    expect([...back]).toEqual([0x22, 8]);
    bus.dma.read(4 * MB - 1, back);
    expect([...back]).toEqual([0, 0xff]);
  });
});

describe('ports', () => {
  it('splits by width, alignment and claim', () => {
    const wide = recorder();
    const narrow = recorder();
    bus.ports(0x1f0, 2, { ...wide.handlers, maxWidth: 4 }, 'data');
    bus.ports(0x60, 4, narrow.handlers, 'kbd');
    expect(bus.in(0x1f0, 2)).toBe(0x1f0);
    bus.out(0x60, 0x4321, 2);
    expect(bus.in(0x1f1, 2)).toBe(0xff00 | 0xf1);
    expect(wide.log).toEqual(['r2@1f0', 'r1@1f1']);
    expect(narrow.log).toEqual(['w1@60=21', 'w1@61=43']);
    expect(bus.unclaimedPorts()).toEqual([{ address: 0x1f2, reads: 1, writes: 0 }]);
  });

  it('finds a register inside a wider one', () => {
    const address = recorder();
    const reset = recorder();
    bus.ports(0xcf8, 4, { ...address.handlers, maxWidth: 4 }, 'address');
    const undo = bus.ports(0xcf9, 1, reset.handlers, 'reset');
    bus.out(0xcf8, 0x80000000, 4);
    bus.out(0xcf9, 6, 1);
    expect(address.log).toEqual(['w4@cf8=80000000']);
    expect(reset.log).toEqual(['w1@cf9=6']);
    undo();
    bus.out(0xcf9, 6, 1);
    expect(address.log).toEqual(['w4@cf8=80000000', 'w1@cf9=6']);
    expect(bus.portOwner(0xcf9)).toBe('address');
  });

  it('reads ones from unclaimed ports, wraps at the end, and counts within bounds', () => {
    bus.ports(0, 1, { read: () => 0x5a }, 'dma');
    expect(bus.in(0xffff, 2)).toBe(0x5aff);
    expect(bus.in(0x300, 4)).toBe(0xffffffff);
    for (let port = 0x1000; port < 0x2000; port++) bus.out(port, 0, 1);
    expect(bus.unclaimedPorts().length).toBe(256);
    expect(bus.unclaimedPorts()[0]).toEqual({ address: 0x300, reads: 1, writes: 0 });
  });

  it('is open bus where a claim has no handler', () => {
    bus.ports(0x92, 1, {}, 'x');
    expect(bus.in(0x92, 1)).toBe(0xff);
    bus.out(0x92, 1, 1);
    expect(bus.unclaimedPorts()).toEqual([]);
  });
});

it('restores shadow and counts', () => {
  bus.setBios(new Uint8Array(0x20000).fill(0x33));
  bus.setShadow(0xe0000, 0x20000, true, false);
  bus.in(0x123, 1);
  const state = structuredClone(bus.save());
  const other = new PhysicalBus(new Uint8Array(4 * MB));
  other.setBios(new Uint8Array(0x20000).fill(0x33));
  other.restore(state);
  expect([...other.pageKinds.subarray(0, 0x110)]).toEqual([...bus.pageKinds.subarray(0, 0x110)]);
  expect(other.unclaimedPorts()).toEqual([{ address: 0x123, reads: 1, writes: 0 }]);
});
