import { describe, expect, it } from 'vitest';
import { memorySource, OverlayDisk } from '../../../hw/platform/disk-image.js';
import { Ide } from '../../../hw/platform/ide.js';
import type { DriveTiming } from '../../../hw/platform/ide-drive.js';
import { PciBus } from '../../../hw/platform/pci.js';
import { TestBoard } from './board.js';

const timing: DriveTiming = {
  commandUs: 10,
  seekMinUs: 1000,
  seekMaxUs: 5000,
  sectorUs: 100,
  spinUpUs: 2000,
  resetUs: 300,
};
const US = 100;
const disc = Uint8Array.from({ length: 100 * 2048 }, (_, i) => (i >> 11) ^ (i & 0xff));

/** A CD-ROM drive as secondary master, a second one without a disc as its slave. */
class CdBoard extends TestBoard {
  readonly pci = new PciBus(this.host.spaces);
  readonly ide = new Ide(this.host, this.pci, [
    undefined,
    undefined,
    { kind: 'cdrom', image: new OverlayDisk(memorySource(disc), 2048, 'readOnly'), timing },
    { kind: 'cdrom', timing },
  ]);

  constructor(settled = true) {
    super();
    for (const [reg, value] of [
      [0x40, 0x8000_8000],
      [0x20, 0xc001],
      [0x04, 5],
    ] as const) {
      this.out(0xcf8, 0x8000_0900 | reg, 4);
      this.out(0xcfc, value, 4);
    }
    // The power-on unit attention, as every driver gets it first.
    if (settled) this.packet([0x00]);
  }

  untilIrq(): number {
    const from = this.clock.now;
    while (!this.lines[15]) {
      const due = this.clock.nextDue();
      if (due === Infinity) throw new Error('no interrupt will come');
      this.runTo(due);
    }
    return this.clock.now - from;
  }

  /** PACKET command up to the first interrupt after the packet; gives the cycles from the packet to it. */
  send(packet: readonly number[], limit = 0xfffe, features = 0, device = 0xa0): number {
    this.out(0x176, device);
    this.out(0x171, features);
    this.out(0x174, limit & 0xff);
    this.out(0x175, limit >>> 8);
    this.out(0x177, 0xa0);
    this.passMicroseconds(10);
    expect([this.in(0x376) & 0x89, this.in(0x172), this.lines[15]]).toEqual([0x08, 1, false]);
    for (let i = 0; i < 12; i += 2) {
      this.out(0x170, (packet[i] ?? 0) | ((packet[i + 1] ?? 0) << 8), 2);
    }
    return this.untilIrq();
  }

  /** A whole PIO command: the data, and status and error at its end. */
  packet(
    packet: readonly number[],
    limit = 0xfffe,
    device = 0xa0,
  ): { data: Uint8Array; status: number; error: number; blocks: number[] } {
    this.send(packet, limit, 0, device);
    const bytes: number[] = [];
    const blocks: number[] = [];
    for (;;) {
      const status = this.in(0x177);
      if (!(status & 0x08)) {
        expect(this.in(0x172)).toBe(3);
        return { data: Uint8Array.from(bytes), status, error: this.in(0x171), blocks };
      }
      expect(this.in(0x172)).toBe(2);
      const size = this.in(0x174) | (this.in(0x175) << 8);
      blocks.push(size);
      for (let i = 0; i < size; i += 2) {
        const word = this.in(0x170, 2);
        bytes.push(word & 0xff, word >>> 8);
      }
      this.untilIrq();
    }
  }

  sense(device = 0xa0): number[] {
    const { data } = this.packet([0x03, 0, 0, 0, 18], 0xfffe, device);
    return [data[2], data[12], data[13]];
  }
}

function read10(lba: number, count: number): number[] {
  return [0x28, 0, 0, 0, lba >> 8, lba & 0xff, 0, count >> 8, count & 0xff];
}

describe('identification', () => {
  it('shows the packet signature after reset and to ATA commands', () => {
    const b = new CdBoard();
    b.out(0x376, 4);
    b.out(0x376, 0);
    b.passMicroseconds(300);
    expect([2, 3, 4, 5, 7].map((r) => b.in(0x170 + r))).toEqual([1, 1, 0x14, 0xeb, 0]);
    b.out(0x174, 0);
    b.out(0x177, 0xec);
    b.untilIrq();
    expect([b.in(0x177), b.in(0x171), b.in(0x174), b.in(0x175)]).toEqual([0x51, 4, 0x14, 0xeb]);
  });

  it('answers IDENTIFY PACKET DEVICE without a status phase', () => {
    const b = new CdBoard();
    b.out(0x177, 0xa1);
    expect(b.untilIrq()).toBe(10 * US);
    expect(b.in(0x177)).toBe(0x58);
    const words = Array.from({ length: 256 }, () => b.in(0x170, 2));
    expect(words[0]).toBe(0x85c0);
    const model = words.slice(27, 47).map((w) => String.fromCharCode(w >>> 8, w & 0xff));
    expect(model.join('').trim()).toBe('CHRYSALIS CD-ROM');
    expect([b.in(0x177), b.clock.nextDue()]).toEqual([0x50, Infinity]);
  });

  it('obeys DEVICE RESET while busy', () => {
    const b = new CdBoard();
    b.out(0x177, 0xa1);
    b.out(0x177, 0x08);
    expect([b.in(0x177), b.in(0x174), b.clock.nextDue()]).toEqual([0, 0x14, Infinity]);
  });
});

describe('packet commands', () => {
  it('begin with a unit attention, which INQUIRY passes by', () => {
    const b = new CdBoard(false);
    const { data, status } = b.packet([0x12, 0, 0, 0, 36]);
    expect([status, data.length, data[0], data[1]]).toEqual([0x50, 36, 5, 0x80]);
    const ready = b.packet([0x00]);
    expect([ready.status, ready.error]).toEqual([0x51, 0x64]);
    expect(b.sense()).toEqual([6, 0x29, 0]);
    expect(b.packet([0x00]).status).toBe(0x50);
    expect(b.sense()).toEqual([0, 0, 0]);
  });

  it('tell capacity and table of contents', () => {
    const b = new CdBoard();
    expect([...b.packet([0x25]).data]).toEqual([0, 0, 0, 99, 0, 0, 8, 0]);
    expect([...b.packet([0x43, 0, 0, 0, 0, 0, 0, 0, 20]).data]).toEqual([
      ...[0, 18, 1, 1],
      ...[0, 0x14, 1, 0, 0, 0, 0, 0],
      ...[0, 0x16, 0xaa, 0, 0, 0, 0, 100],
    ]);
    const msf = b.packet([0x43, 2, 0, 0, 0, 0, 0xaa, 0, 12]).data;
    expect([...msf]).toEqual([0, 10, 1, 1, 0, 0x16, 0xaa, 0, 0, 0, 3, 25]); // 250 frames
    expect([...b.packet([0x43, 0, 1, 0, 0, 0, 0, 0, 12]).data].slice(0, 5)).toEqual([
      0, 10, 1, 1, 0,
    ]);
    expect(b.packet([0x43, 0, 0, 0, 0, 0, 5, 0, 12]).status).toBe(0x51);
    expect(b.sense()).toEqual([5, 0x24, 0]);
  });

  it('give mode pages, configuration, disc information, events', () => {
    const b = new CdBoard();
    const mode = b.packet([0x5a, 0, 0x2a, 0, 0, 0, 0, 0, 128]).data;
    expect([mode.length, mode[1], mode[2], mode[8], mode[9]]).toEqual([28, 26, 1, 0x2a, 18]);
    expect(b.packet([0x5a, 0, 0x05, 0, 0, 0, 0, 0, 128]).status).toBe(0x51);
    const config = b.packet([0x46, 0, 0, 0, 0, 0, 0, 0, 255]).data;
    expect([config[7], config.length - 4]).toEqual([8, config[3]]);
    const info = b.packet([0x51, 0, 0, 0, 0, 0, 0, 0, 34]).data;
    expect([info[1], info[2], info[3]]).toEqual([32, 0x0e, 1]);
    const event = b.packet([0x4a, 1, 0, 0, 0x10, 0, 0, 0, 8]).data;
    expect([...event]).toEqual([0, 6, 4, 0x10, 0, 2, 0, 0]);
    expect([...b.packet([0xbd, 0, 0, 0, 0, 0, 0, 0, 0, 8]).data]).toEqual([0, 0, 0, 0, 0, 1, 0, 0]);
    expect(b.packet([0x5b]).status).toBe(0x51);
    expect(b.sense()).toEqual([5, 0x20, 0]);
  });

  it('say that no medium is there, and tell when one comes', () => {
    const b = new CdBoard();
    b.packet([0x00], 0xfffe, 0xb0);
    expect(b.packet([0x00], 0xfffe, 0xb0).error).toBe(0x24);
    expect(b.sense(0xb0)).toEqual([2, 0x3a, 0]);
    b.ide.cdrom(1, 1)?.insert(new OverlayDisk(memorySource(disc), 2048, 'readOnly'));
    expect(b.packet([0x00], 0xfffe, 0xb0).error).toBe(0x64);
    expect(b.sense(0xb0)).toEqual([6, 0x28, 0]);
    const event = b.packet([0x4a, 1, 0, 0, 0x10, 0, 0, 0, 8], 0xfffe, 0xb0).data;
    expect([event[4], event[5]]).toEqual([2, 2]);
  });

  it('lock the tray', () => {
    const b = new CdBoard();
    b.packet([0x1e, 0, 0, 0, 1]);
    expect(b.packet([0x1b, 0, 0, 0, 2]).status).toBe(0x51);
    b.packet([0x1e, 0, 0, 0, 0]);
    expect(b.packet([0x1b, 0, 0, 0, 2]).status).toBe(0x50);
    expect(b.packet([0x00]).error).toBe(0x24);
    b.packet([0x1b, 0, 0, 0, 3]);
    expect(b.packet([0x00]).error).toBe(0x64);
    expect(b.packet([0x00]).status).toBe(0x50);
  });
});

describe('reading', () => {
  it('splits the data by the byte count and the drive by 16 blocks', () => {
    const b = new CdBoard();
    const first = b.packet(read10(20, 1), 0x800);
    expect(first.data).toEqual(disc.subarray(20 * 2048, 21 * 2048));
    const many = b.packet(read10(21, 18), 0x6000);
    expect(many.data).toEqual(disc.subarray(21 * 2048, 39 * 2048));
    expect(many.blocks).toEqual([0x6000, 0x2000, 0x1000]);
    const long = b.packet([0xa8, 0, 0, 0, 0, 99, 0, 0, 0, 1]);
    expect(long.data).toEqual(disc.subarray(99 * 2048));
    expect(b.packet(read10(99, 2)).status).toBe(0x51);
    expect(b.sense()).toEqual([5, 0x21, 0]);
    expect([b.packet(read10(5, 0)).status, b.packet(read10(5, 0)).data.length]).toEqual([0x50, 0]);
  });

  it('takes command, seek and transfer time', () => {
    const b = new CdBoard();
    expect(b.send(read10(25, 2))).toBe((10 + 1000 + 2000 + 200) * US); // a quarter of the disc
  });

  it('moves by bus master, and from a snapshot in between', () => {
    const start = (b: CdBoard) => {
      const prd = new Uint8Array(8);
      new DataView(prd.buffer).setUint32(0, 0x10000, true);
      new DataView(prd.buffer).setUint16(4, 20 * 2048, true);
      prd[7] = 0x80;
      b.bus.dma.write(0x1000, prd);
      b.out(0xc00c, 0x1000, 4);
      b.out(0xc008, 0x09);
      b.out(0x176, 0xa0);
      b.out(0x171, 1);
      b.out(0x177, 0xa0);
      b.passMicroseconds(10);
      const packet = read10(0, 20);
      for (let i = 0; i < 12; i += 2) {
        b.out(0x170, (packet[i] ?? 0) | ((packet[i + 1] ?? 0) << 8), 2);
      }
      b.passMicroseconds(10 + 1600 + 1); // the first 16 blocks have moved
    };
    const a = new CdBoard();
    start(a);
    const saved = structuredClone({ clock: a.clock.save(), pci: a.pci.save(), ide: a.ide.save() });
    const b = new CdBoard();
    const half = new Uint8Array(16 * 2048);
    a.bus.dma.read(0x10000, half);
    b.bus.dma.write(0x10000, half);
    const table = new Uint8Array(8);
    a.bus.dma.read(0x1000, table);
    b.bus.dma.write(0x1000, table);
    b.clock.restore(saved.clock);
    b.pci.restore(saved.pci);
    b.ide.restore(saved.ide);
    for (const board of [a, b]) {
      board.untilIrq();
      expect([board.in(0xc00a), board.in(0x177), board.in(0x172)]).toEqual([0x04, 0x50, 3]);
      const moved = new Uint8Array(20 * 2048);
      board.bus.dma.read(0x10000, moved);
      expect(moved).toEqual(disc.subarray(0, 20 * 2048));
    }
    expect(a.clock.now).toBe(b.clock.now);
  });
});
