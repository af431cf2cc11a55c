import { describe, expect, it } from 'vitest';
import { type BlockSource, memorySource, OverlayDisk } from '../../../hw/platform/disk-image.js';
import { Ide } from '../../../hw/platform/ide.js';
import type { DriveConfig } from '../../../hw/platform/ide-channel.js';
import type { DriveTiming } from '../../../hw/platform/ide-drive.js';
import { PciBus } from '../../../hw/platform/pci.js';
import { TestBoard } from './board.js';

/** At 100 MHz one microsecond is 100 cycles. */
const timing: DriveTiming = {
  commandUs: 10,
  seekMinUs: 100,
  seekMaxUs: 1100,
  sectorUs: 20,
  spinUpUs: 5000,
  resetUs: 300,
};
const US = 100;

function pattern(sectors: number): Uint8Array {
  const bytes = new Uint8Array(sectors * 512);
  for (let i = 0; i < bytes.length; i += 4) {
    new DataView(bytes.buffer).setUint32(i, Math.imul(i + 1, 0x9e3779b1) >>> 0, true);
  }
  return bytes;
}

class IdeBoard extends TestBoard {
  readonly pci = new PciBus(this.host.spaces);
  readonly ide: Ide;

  constructor(drives: (DriveConfig | undefined)[]) {
    super();
    this.ide = new Ide(this.host, this.pci, drives);
    this.config(0x40, 0x8000_8000); // decode both channels
    this.config(0x20, 0xc001); // bus master at 0xc000
    this.config(0x04, 0x05);
  }

  config(reg: number, value: number): void {
    this.out(0xcf8, 0x8000_0900 | reg, 4);
    this.out(0xcfc, value, 4);
  }

  /** Task file of a 28-bit command. */
  command(code: number, lba: number, count: number, device = 0xe0): void {
    this.out(0x1f6, device | ((lba >>> 24) & 0xf));
    this.out(0x1f2, count & 0xff);
    this.out(0x1f3, lba & 0xff);
    this.out(0x1f4, (lba >>> 8) & 0xff);
    this.out(0x1f5, (lba >>> 16) & 0xff);
    this.out(0x1f7, code);
  }

  command48(code: number, lba: number, count: number): void {
    this.out(0x1f6, 0x40);
    for (const [port, value] of [
      [0x1f2, count],
      [0x1f3, (lba & 0xff) | ((lba >>> 24) << 8)],
      [0x1f4, (lba >>> 8) & 0xff],
      [0x1f5, (lba >>> 16) & 0xff],
    ] as const) {
      this.out(port, (value >>> 8) & 0xff);
      this.out(port, value & 0xff);
    }
    this.out(0x1f7, code);
  }

  readWords(count: number): Uint8Array {
    const bytes = new Uint8Array(2 * count);
    for (let i = 0; i < count; i++) {
      new DataView(bytes.buffer).setUint16(2 * i, this.in(0x1f0, 2), true);
    }
    return bytes;
  }

  writeWords(bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length; i += 2) this.out(0x1f0, bytes[i] | (bytes[i + 1] << 8), 2);
  }

  /** Runs until the interrupt line rises; gives the cycles that took. */
  untilIrq(line = 14): number {
    const from = this.clock.now;
    while (!this.lines[line]) {
      const due = this.clock.nextDue();
      if (due === Infinity) throw new Error('no interrupt will come');
      this.runTo(due);
    }
    return this.clock.now - from;
  }
}

const image = pattern(4096);
function oneDisk(source: BlockSource = memorySource(image.slice())): DriveConfig {
  return { kind: 'disk', image: new OverlayDisk(source), timing };
}
function slice(lba: number, count: number): Uint8Array {
  return image.subarray(lba * 512, (lba + count) * 512);
}

describe('detection', () => {
  it('shows the signature after a soft reset, as ata_piix probes', () => {
    const b = new IdeBoard([oneDisk()]);
    b.out(0x1f6, 0xa0);
    b.out(0x1f2, 0x55);
    b.out(0x1f3, 0xaa);
    expect([b.in(0x1f2), b.in(0x1f3)]).toEqual([0x55, 0xaa]);
    b.out(0x3f6, 0x0c);
    expect(b.in(0x3f6)).toBe(0x80);
    b.out(0x3f6, 0x08);
    b.passMicroseconds(299);
    expect(b.in(0x3f6)).toBe(0x80);
    b.passMicroseconds(1);
    expect([2, 3, 4, 5, 6, 7, 1].map((r) => b.in(0x1f0 + r))).toEqual([1, 1, 0, 0, 0, 0x50, 1]);
    expect(b.lines[14]).toBe(false);
  });

  it('shows an absent slave as status zero and an empty channel as a floating bus', () => {
    const b = new IdeBoard([oneDisk()]);
    b.out(0x1f6, 0xb0);
    expect([b.in(0x1f7), b.in(0x1f6)]).toEqual([0, 0xb0]);
    b.out(0x1f7, 0xec);
    b.passMicroseconds(1000);
    expect(b.in(0x1f7)).toBe(0);
    expect([b.in(0x177), b.in(0x172)]).toEqual([0x7f, 0x7f]);
  });

  it('decodes only while IDETIM and the command register let it', () => {
    const b = new IdeBoard([oneDisk()]);
    b.config(0x40, 0x8000_0000);
    expect([b.in(0x1f7), b.in(0x177)]).toEqual([0xff, 0x7f]);
    b.config(0x40, 0x8000_8000);
    expect(b.in(0x1f7)).toBe(0x50);
    b.config(0x04, 0);
    expect([b.in(0x1f7), b.in(0xc002)]).toEqual([0xff, 0xff]);
  });

  it('runs the diagnostic on both drives with one interrupt', () => {
    const b = new IdeBoard([oneDisk(), oneDisk()]);
    b.out(0x1f6, 0xb0);
    b.out(0x1f7, 0x90);
    expect(b.untilIrq()).toBe(300 * US);
    expect([b.in(0x1f1), b.in(0x1f6), b.in(0x1f7)]).toEqual([1, 0, 0x50]);
    expect(b.lines[14]).toBe(false);
  });
});

describe('IDENTIFY DEVICE', () => {
  it('gives geometry, sizes and names', () => {
    const b = new IdeBoard([oneDisk()]);
    b.out(0x1f7, 0xec);
    expect(b.in(0x3f6)).toBe(0xd0);
    expect(b.untilIrq()).toBe(10 * US);
    expect(b.in(0x1f7)).toBe(0x58);
    const words = new Uint16Array(b.readWords(256).buffer);
    expect([words[1], words[3], words[6]]).toEqual([4, 16, 63]);
    expect(words[60] | (words[61] << 16)).toBe(4096);
    expect(words[100]).toBe(4096);
    expect(words[83] & 0x0400).toBe(0x0400);
    expect(words[49] & 0x0300).toBe(0x0300);
    const model = Array.from(words.subarray(27, 47), (w) =>
      String.fromCharCode(w >>> 8, w & 0xff),
    ).join('');
    expect(model.trim()).toBe('CHRYSALIS HARDDISK');
    expect(b.in(0x1f7)).toBe(0x50);
  });

  it('moves 32 bits at a time too', () => {
    const b = new IdeBoard([oneDisk()]);
    b.command(0x20, 7, 1);
    b.untilIrq();
    const words = new Uint32Array(128);
    for (let i = 0; i < 128; i++) words[i] = b.in(0x1f0, 4);
    expect(new Uint8Array(words.buffer)).toEqual(slice(7, 1));
    expect(b.in(0x1f7)).toBe(0x50);
  });
});

describe('READ SECTORS', () => {
  it('interrupts for each sector, after exact times', () => {
    const b = new IdeBoard([oneDisk()]);
    b.command(0x20, 0, 3);
    expect(b.in(0x3f6)).toBe(0xd0);
    expect(b.untilIrq()).toBe((10 + 20) * US); // the head is at sector 0: no seek
    expect(b.in(0x1f7)).toBe(0x58);
    expect(b.lines[14]).toBe(false);
    expect(b.readWords(256)).toEqual(slice(0, 1));
    expect(b.in(0x3f6)).toBe(0xd0);
    expect(b.untilIrq()).toBe(20 * US);
    b.in(0x1f7);
    expect(b.readWords(256)).toEqual(slice(1, 1));
    expect(b.untilIrq()).toBe(20 * US);
    b.in(0x1f7);
    expect(b.readWords(256)).toEqual(slice(2, 1));
    b.passMicroseconds(1000);
    expect([b.in(0x1f7), b.lines[14]]).toEqual([0x50, false]);
  });

  it('seeks by distance, and not to the next sector', () => {
    const b = new IdeBoard([oneDisk()]);
    b.command(0x20, 1024, 1); // a quarter of the disk: half of the way between the extremes
    expect(b.untilIrq()).toBe((10 + 100 + 500 + 20) * US);
    b.readWords(256);
    b.in(0x1f7);
    b.command(0x20, 1025, 1);
    expect(b.untilIrq()).toBe((10 + 20) * US);
  });

  it('counts 256 sectors for zero, and takes CHS addresses', () => {
    const b = new IdeBoard([oneDisk()]);
    b.command(0x20, 0, 0);
    let sectors = 0;
    while (b.clock.nextDue() !== Infinity) {
      b.untilIrq();
      b.in(0x1f7);
      b.readWords(256);
      sectors++;
    }
    expect(sectors).toBe(256);
    b.out(0x1f2, 1);
    b.out(0x1f3, 5);
    b.out(0x1f4, 1);
    b.out(0x1f5, 0);
    b.out(0x1f6, 0xa2);
    b.out(0x1f7, 0x20);
    b.untilIrq();
    expect(b.readWords(256)).toEqual(slice((1 * 16 + 2) * 63 + 4, 1));
  });

  it('says ID not found beyond the end, and abort for what it does not know', () => {
    const b = new IdeBoard([oneDisk()]);
    b.command(0x20, 4090, 7);
    b.untilIrq();
    expect([b.in(0x1f7), b.in(0x1f1)]).toEqual([0x51, 0x10]);
    b.out(0x1f4, 0x4f);
    b.out(0x1f5, 0xc2);
    b.out(0x1f7, 0xb0); // SMART
    b.untilIrq();
    expect([b.in(0x1f7), b.in(0x1f1)]).toEqual([0x51, 0x04]);
    b.out(0x1f7, 0xa1); // IDENTIFY PACKET DEVICE
    b.untilIrq();
    expect([b.in(0x1f7), b.in(0x1f1)]).toEqual([0x51, 0x04]);
  });

  it('holds its interrupt back with nIEN and shows 48-bit registers with HOB', () => {
    const b = new IdeBoard([oneDisk()]);
    b.out(0x3f6, 0x02);
    b.command(0x20, 0, 1);
    b.passMicroseconds(100);
    expect([b.lines[14], b.in(0x3f6)]).toEqual([false, 0x58]);
    b.out(0x3f6, 0x00);
    expect(b.lines[14]).toBe(true);
    b.readWords(256);
    b.in(0x1f7);
    b.out(0x1f3, 0x12);
    b.out(0x1f3, 0x34);
    b.out(0x3f6, 0x80);
    expect(b.in(0x1f3)).toBe(0x12);
    b.out(0x1f2, 0);
    expect(b.in(0x1f3)).toBe(0x34);
  });
});

describe('MULTIPLE, writes and small commands', () => {
  it('reads and writes blocks of several sectors', () => {
    const b = new IdeBoard([oneDisk()]);
    b.command(0xc4, 0, 4);
    b.untilIrq();
    expect(b.in(0x1f7)).toBe(0x51); // SET MULTIPLE has not been given
    b.out(0x1f2, 3);
    b.out(0x1f7, 0xc6);
    b.untilIrq();
    expect(b.in(0x1f7)).toBe(0x51);
    b.out(0x1f2, 4);
    b.out(0x1f7, 0xc6);
    b.untilIrq();
    b.in(0x1f7);
    b.command(0xc4, 10, 6);
    b.untilIrq();
    b.in(0x1f7);
    expect(b.readWords(4 * 256)).toEqual(slice(10, 4));
    expect(b.untilIrq()).toBe(2 * 20 * US);
    b.in(0x1f7);
    expect(b.readWords(2 * 256)).toEqual(slice(14, 2));
    const data = pattern(6).map((x) => x ^ 0xff);
    b.command(0xc5, 20, 6);
    b.passMicroseconds(10);
    expect([b.in(0x3f6), b.lines[14]]).toEqual([0x58, false]); // the first block has no interrupt
    b.writeWords(data.subarray(0, 4 * 512));
    expect(b.untilIrq()).toBe(4 * 20 * US);
    expect(b.in(0x1f7)).toBe(0x58);
    b.writeWords(data.subarray(4 * 512));
    b.untilIrq();
    expect(b.in(0x1f7)).toBe(0x50);
    b.command(0xc4, 20, 4);
    b.untilIrq();
    b.in(0x1f7);
    expect(b.readWords(4 * 256)).toEqual(data.subarray(0, 4 * 512));
  });

  it('writes one sector at a time and flushes what the cache holds', () => {
    const b = new IdeBoard([oneDisk()]);
    const data = new Uint8Array(1024).map((_, i) => i ^ (i >> 8));
    b.command(0x30, 2000, 2);
    b.passMicroseconds(10);
    b.writeWords(data.subarray(0, 512));
    expect(b.untilIrq()).toBe(20 * US);
    b.in(0x1f7);
    b.writeWords(data.subarray(512));
    b.untilIrq();
    expect(b.in(0x1f7)).toBe(0x50);
    b.out(0x1f7, 0xe7);
    expect(b.untilIrq()).toBe((10 + 1100) * US);
    b.in(0x1f7);
    b.out(0x1f7, 0xe7);
    expect(b.untilIrq()).toBe(10 * US);
    b.in(0x1f7);
    b.command(0x20, 2001, 1);
    b.untilIrq();
    expect(b.readWords(256)).toEqual(data.subarray(512));
  });

  it('takes features, geometry, power and verify commands', () => {
    const b = new IdeBoard([oneDisk()]);
    const run = (code: number, features = 0, count = 0): [number, number] => {
      b.out(0x1f1, features);
      b.out(0x1f2, count);
      b.out(0x1f7, code);
      b.untilIrq();
      return [b.in(0x1f7), b.in(0x1f2)];
    };
    expect(run(0xef, 0x03, 0x42)).toEqual([0x50, 0x42]);
    expect(run(0xef, 0x03, 0x47)[0]).toBe(0x51);
    expect(run(0xef, 0x99)[0]).toBe(0x51);
    expect(run(0xe5)).toEqual([0x50, 0xff]);
    expect(run(0xe0)[0]).toBe(0x50);
    expect(run(0xe5)).toEqual([0x50, 0x00]);
    b.command(0x40, 0, 8);
    expect(b.untilIrq()).toBe((10 + 5000 + 8 * 20) * US); // spins up first
    expect(b.in(0x1f7)).toBe(0x50);
    b.out(0x1f6, 0xa7);
    expect(run(0x91, 0, 32)[0]).toBe(0x50); // 8 heads, 32 sectors
    b.out(0x1f2, 1);
    b.out(0x1f3, 1);
    b.out(0x1f4, 1);
    b.out(0x1f5, 0);
    b.out(0x1f6, 0xa0);
    b.out(0x1f7, 0x20);
    b.untilIrq();
    expect(b.readWords(256)).toEqual(slice(256, 1));
    b.in(0x1f7);
    b.command(0x70, 100, 0);
    b.untilIrq();
    expect(b.in(0x1f7)).toBe(0x50);
    expect(run(0xef, 0x82)[0]).toBe(0x50); // write cache off: a write seeks
    b.command(0x30, 1124, 1);
    b.passMicroseconds(10);
    b.writeWords(new Uint8Array(512));
    expect(b.untilIrq()).toBe((100 + 500 + 20) * US);
  });

  it('takes 48-bit commands', () => {
    const b = new IdeBoard([oneDisk()]);
    b.command48(0x24, 4000, 2);
    b.untilIrq();
    expect(b.in(0x1f7)).toBe(0x58);
    expect(b.readWords(256)).toEqual(slice(4000, 1));
    b.untilIrq();
    b.in(0x1f7);
    expect(b.readWords(256)).toEqual(slice(4001, 1));
    b.command48(0x24, 0x100_0000 + 4000, 1); // far beyond the end, below it in 24 bits
    b.untilIrq();
    expect([b.in(0x1f7), b.in(0x1f1)]).toEqual([0x51, 0x10]);
  });
});

describe('bus master', () => {
  /** Descriptor table at 0x1000. */
  function prd(b: IdeBoard, regions: readonly (readonly [number, number])[]): void {
    const bytes = new Uint8Array(8 * regions.length);
    const view = new DataView(bytes.buffer);
    regions.forEach(([address, size], i) => {
      view.setUint32(8 * i, address, true);
      view.setUint16(8 * i + 4, size & 0xffff, true);
      if (i === regions.length - 1) bytes[8 * i + 7] = 0x80;
    });
    b.bus.dma.write(0x1000, bytes);
    b.out(0xc004, 0x1000, 4);
  }
  function memory(b: IdeBoard, address: number, size: number): Uint8Array {
    const bytes = new Uint8Array(size);
    b.bus.dma.read(address, bytes);
    return bytes;
  }

  it('reads along a scattered table, in steps of 16 sectors', () => {
    const b = new IdeBoard([oneDisk()]);
    prd(b, [
      [0x10000, 0x600],
      [0x20000, 40 * 512 - 0x600],
    ]);
    b.out(0xc002, 0x06);
    b.out(0xc000, 0x08);
    b.command(0xc8, 0, 40);
    b.out(0xc000, 0x09);
    expect(b.in(0xc002)).toBe(0x01);
    expect(b.untilIrq()).toBe((10 + 40 * 20) * US);
    expect([b.in(0xc002), b.in(0x1f7)]).toEqual([0x04, 0x50]);
    expect(memory(b, 0x10000, 0x600)).toEqual(image.subarray(0, 0x600));
    expect(memory(b, 0x20000, 40 * 512 - 0x600)).toEqual(image.subarray(0x600, 40 * 512));
    b.out(0xc000, 0);
    b.out(0xc002, 0x04);
    expect(b.in(0xc002)).toBe(0);
  });

  it('waits for the start bit, whichever comes first', () => {
    const b = new IdeBoard([oneDisk()]);
    prd(b, [[0x10000, 512]]);
    b.command48(0x25, 9, 1);
    b.passMicroseconds(2000);
    expect([b.in(0x3f6), b.lines[14]]).toEqual([0x58, false]);
    b.out(0xc000, 0x09);
    expect(b.lines[14]).toBe(true);
    expect(memory(b, 0x10000, 512)).toEqual(slice(9, 1));
  });

  it('writes from memory', () => {
    const b = new IdeBoard([oneDisk()]);
    const data = pattern(20).map((x) => x ^ 0x5a);
    b.bus.dma.write(0x30000, data);
    prd(b, [[0x30000, data.length]]);
    b.out(0xc000, 0x01);
    b.command(0xca, 50, 20);
    expect(b.untilIrq()).toBe((10 + 20 * 20) * US);
    expect([b.in(0xc002), b.in(0x1f7)]).toEqual([0x04, 0x50]);
    b.command(0x20, 69, 1);
    b.in(0x1f7);
    b.untilIrq();
    expect(b.readWords(256)).toEqual(data.subarray(19 * 512));
  });

  it('stays active when the table is longer than the transfer, and stalls when it is shorter', () => {
    const b = new IdeBoard([oneDisk()]);
    prd(b, [[0x10000, 0]]); // 64 KB
    b.out(0xc000, 0x09);
    b.command(0xc8, 0, 1);
    b.untilIrq();
    expect(b.in(0xc002)).toBe(0x05);
    b.in(0x1f7);
    b.out(0xc000, 0);
    b.out(0xc002, 0x04);
    prd(b, [[0x10000, 512]]);
    b.out(0xc000, 0x09);
    b.command(0xc8, 0, 2);
    b.passMicroseconds(5000);
    expect([b.in(0xc002), b.lines[14], b.in(0x3f6)]).toEqual([0x00, false, 0x58]);
  });

  it('needs bus mastering, and moves nothing in the wrong direction', () => {
    const b = new IdeBoard([oneDisk()]);
    prd(b, [[0x10000, 512]]);
    b.config(0x04, 1);
    b.out(0xc000, 0x09);
    b.command(0xc8, 1, 1);
    b.passMicroseconds(5000);
    expect(memory(b, 0x10000, 512)).toEqual(new Uint8Array(512));
    const c = new IdeBoard([oneDisk()]);
    prd(c, [[0x10000, 512]]);
    c.out(0xc000, 0x01);
    c.command(0xc8, 1, 1);
    c.passMicroseconds(5000);
    expect(memory(c, 0x10000, 512)).toEqual(new Uint8Array(512));
  });

  it('goes on from a snapshot taken at any step of a transfer', () => {
    const reference = new IdeBoard([oneDisk()]);
    const start = (b: IdeBoard) => {
      b.bus.dma.write(0x30000, pattern(40));
      prd(b, [
        [0x30000, 0x2a00],
        [0x30000 + 0x2a00, 40 * 512 - 0x2a00],
      ]);
      b.out(0xc000, 0x01);
      b.command(0xca, 8, 40);
    };
    start(reference);
    for (let step = 0; step < 4; step++) {
      const saved = structuredClone({
        clock: reference.clock.save(),
        pci: reference.pci.save(),
        ide: reference.ide.save(),
      });
      const b = new IdeBoard([oneDisk()]);
      b.bus.dma.write(0x30000, pattern(40));
      b.bus.dma.write(0x1000, memory(reference, 0x1000, 16));
      b.clock.restore(saved.clock);
      b.pci.restore(saved.pci);
      b.ide.restore(saved.ide);
      b.untilIrq();
      expect(b.clock.now).toBe((10 + 40 * 20) * US);
      expect([b.in(0xc002), b.in(0x1f7)]).toEqual([0x04, 0x50]);
      b.command(0x20, 47, 1);
      b.untilIrq();
      expect(b.readWords(256)).toEqual(pattern(40).subarray(39 * 512));
      reference.runTo(reference.clock.nextDue());
    }
  });

  it('saves a PIO block half read', () => {
    const a = new IdeBoard([oneDisk()]);
    a.command(0x20, 3, 2);
    a.untilIrq();
    a.in(0x1f7);
    const first = a.readWords(100);
    const saved = structuredClone({
      clock: a.clock.save(),
      pci: a.pci.save(),
      ide: a.ide.save(),
    });
    const b = new IdeBoard([oneDisk()]);
    b.clock.restore(saved.clock);
    b.pci.restore(saved.pci);
    b.ide.restore(saved.ide);
    expect(b.in(0x3f6)).toBe(0x58);
    expect([...first, ...b.readWords(156)]).toEqual([...slice(3, 1)]);
    b.untilIrq();
    expect(b.readWords(256)).toEqual(slice(4, 1));
  });
});
