import { describe, expect, it } from 'vitest';
import { hostBridge } from '../../../hw/platform/i440fx.js';
import { PciBus, PciFunction, pirqOf } from '../../../hw/platform/pci.js';
import { isaBridge } from '../../../hw/platform/piix.js';
import { TestBoard } from './board.js';

class PciBoard extends TestBoard {
  readonly pci = new PciBus(this.host.spaces);
  readonly bridge = this.pci.add(hostBridge(this.bus, 64 << 20));
  readonly isa = this.pci.add(isaBridge(this.host, this.pci));

  private address(slot: number, fn: number, reg: number): void {
    this.out(0xcf8, (0x8000_0000 | (slot << 11) | (fn << 8) | (reg & 0xfc)) >>> 0, 4);
  }
  readConfig(slot: number, fn: number, reg: number, width: 1 | 2 | 4 = 4): number {
    this.address(slot, fn, reg);
    return this.in(0xcfc + (reg & 3), width);
  }
  writeConfig(slot: number, fn: number, reg: number, value: number, width: 1 | 2 | 4 = 4): void {
    this.address(slot, fn, reg);
    this.out(0xcfc + (reg & 3), value, width);
  }
}

function card(board: PciBoard) {
  const claims: string[] = [];
  const fn = new PciFunction({
    name: 'card',
    slot: 3,
    fn: 0,
    vendorId: 0x1234,
    deviceId: 0x5678,
    classCode: 0xff0000,
    interruptPin: 1,
  });
  fn.define(0x04, 2, 0, 0x0007);
  fn.addBar({
    index: 0,
    kind: 'io',
    sizeBytes: 32,
    map: (base) => {
      claims.push(`+${base.toString(16)}`);
      const undo = board.bus.ports(base, 32, { read: (port) => port - base }, 'card');
      return () => {
        claims.push(`-${base.toString(16)}`);
        undo();
      };
    },
  });
  fn.addBar({
    index: 1,
    kind: 'memory',
    sizeBytes: 0x1000,
    map: (base) =>
      board.bus.mmio(base, 0x1000, { read: () => 0x5a, write: () => undefined }, 'card'),
  });
  board.pci.add(fn);
  return { fn, claims };
}

describe('configuration mechanism 1', () => {
  it('shows the chip set as Linux scans it', () => {
    const b = new PciBoard();
    expect(b.readConfig(0, 0, 0)).toBe(0x1237_8086);
    expect(b.readConfig(1, 0, 0)).toBe(0x7000_8086);
    expect(b.readConfig(1, 0, 0x0e, 1)).toBe(0x80);
    expect(b.readConfig(0, 0, 0x08)).toBe(0x0600_0002);
    expect(b.readConfig(0, 0, 0x2c)).toBe(0x1100_1af4);
    expect(b.readConfig(2, 0, 0)).toBe(0xffff_ffff);
    expect(b.readConfig(1, 0, 2, 2)).toBe(0x7000);
    expect(b.readConfig(1, 0, 3, 1)).toBe(0x70);
  });

  it('passes the presence test of Linux and ignores what is not a dword', () => {
    const b = new PciBoard();
    b.out(0xcfb, 0x01, 1);
    b.out(0xcf8, 0x8000_0000, 4);
    expect(b.in(0xcf8, 4)).toBe(0x8000_0000);
    b.out(0xcf8, 0x12, 1);
    expect(b.in(0xcf8, 4)).toBe(0x8000_0000);
    b.out(0xcf8, 0x7fff_ffff, 4);
    expect(b.in(0xcf8, 4)).toBe(0x00ff_fffc);
    expect(b.in(0xcfc, 4)).toBe(0xffff_ffff);
  });

  it('answers on bus 0 only', () => {
    const b = new PciBoard();
    b.out(0xcf8, 0x8001_0000, 4);
    expect(b.in(0xcfc, 4)).toBe(0xffff_ffff);
  });

  it('keeps read-only bits and clears status by ones', () => {
    const b = new PciBoard();
    b.writeConfig(0, 0, 0, 0xdead_beef);
    expect(b.readConfig(0, 0, 0)).toBe(0x1237_8086);
    b.bridge.set(0x07, 0x82 | 0x20);
    b.writeConfig(0, 0, 0x06, 0x2000, 2);
    expect(b.readConfig(0, 0, 0x06, 2)).toBe(0x8280 & ~0x2000);
  });
});

describe('base address registers', () => {
  it('tell their size, map, move and go with the command register', () => {
    const b = new PciBoard();
    const { claims } = card(b);
    b.writeConfig(3, 0, 0x10, 0xffff_ffff);
    expect(b.readConfig(3, 0, 0x10)).toBe(0xffff_ffe1);
    b.writeConfig(3, 0, 0x14, 0xffff_ffff);
    expect(b.readConfig(3, 0, 0x14)).toBe(0xffff_f000);
    b.writeConfig(3, 0, 0x10, 0xc040);
    expect(b.in(0xc045)).toBe(0xff);
    b.writeConfig(3, 0, 0x04, 1, 2);
    expect(b.in(0xc045)).toBe(5);
    b.writeConfig(3, 0, 0x10, 0xd000);
    expect([b.in(0xc045), b.in(0xd003)]).toEqual([0xff, 3]);
    b.writeConfig(3, 0, 0x04, 0, 2);
    expect(b.in(0xd003)).toBe(0xff);
    expect(claims).toEqual(['+c040', '-c040', '+d000', '-d000']);
  });

  it('map memory, also when sized with decoding left on', () => {
    const b = new PciBoard();
    card(b);
    b.writeConfig(3, 0, 0x14, 0xe000_0000);
    b.writeConfig(3, 0, 0x04, 2, 2);
    expect(b.bus.read(0xe000_0ffc, 1)).toBe(0x5a);
    b.writeConfig(3, 0, 0x14, 0xffff_ffff);
    expect(b.bus.read(0xe000_0ffc, 1)).toBe(0xff);
    b.writeConfig(3, 0, 0x14, 0xe100_0000);
    expect(b.bus.read(0xe100_0000, 1)).toBe(0x5a);
  });

  it('restore where they were', () => {
    const a = new PciBoard();
    card(a);
    a.writeConfig(3, 0, 0x10, 0xc040);
    a.writeConfig(3, 0, 0x04, 1, 2);
    a.out(0xcf8, 0x8000_1810, 4);
    const state = structuredClone(a.pci.save());
    const b = new PciBoard();
    card(b);
    b.pci.restore(state);
    expect(b.in(0xc045)).toBe(5);
    expect(b.in(0xcfc, 4)).toBe(0xc041);
    b.pci.reset();
    expect(b.in(0xc045)).toBe(0xff);
  });
});

describe('PAM registers', () => {
  it('steer reads and writes of each part of the BIOS area', () => {
    const b = new PciBoard();
    const rom = new Uint8Array(0x20000).fill(0xbb);
    b.bus.setBios(rom);
    expect(b.bus.read(0xf0000, 1)).toBe(0xbb);
    b.bus.write(0xf0000, 0x11, 1);
    b.writeConfig(0, 0, 0x59, 0x20, 1); // writes to RAM, reads from ROM
    b.bus.write(0xf0000, 0x22, 1);
    expect(b.bus.read(0xf0000, 1)).toBe(0xbb);
    b.writeConfig(0, 0, 0x59, 0x10, 1); // reads from RAM, writes to ROM
    b.bus.write(0xf0000, 0x33, 1);
    expect(b.bus.read(0xf0000, 1)).toBe(0x22);
    b.writeConfig(0, 0, 0x5e, 0x03, 1); // 0xe0000-0xe3fff
    b.bus.write(0xe3fff, 0x44, 1);
    b.bus.write(0xe4000, 0x44, 1);
    expect([b.bus.read(0xe3fff, 1), b.bus.read(0xe4000, 1)]).toEqual([0x44, 0xbb]);
    b.pci.reset();
    expect(b.bus.read(0xe3fff, 1)).toBe(0xbb);
  });
});

describe('interrupt routing and reset control', () => {
  it('takes the pin through its PIRQ to the routed interrupt, and follows a new route', () => {
    const b = new PciBoard();
    expect([pirqOf(1, 1), pirqOf(3, 1), pirqOf(3, 4)]).toEqual([0, 2, 1]);
    const pin = b.pci.intx(3, 1);
    pin(true);
    expect(b.lines.some(Boolean)).toBe(false);
    b.writeConfig(1, 0, 0x62, 11, 1);
    expect(b.lines[11]).toBe(true);
    b.writeConfig(1, 0, 0x62, 10, 1);
    expect([b.lines[11], b.lines[10]]).toEqual([false, true]);
    const shared = b.pci.intx(3, 1);
    shared(true);
    pin(false);
    expect(b.lines[10]).toBe(true);
    shared(false);
    expect(b.lines[10]).toBe(false);
    pin(true);
    b.writeConfig(1, 0, 0x62, 0x8a, 1);
    expect(b.lines[10]).toBe(false);
  });

  it('joins two PIRQs on one interrupt and refuses reserved routes', () => {
    const b = new PciBoard();
    const [a, c] = [b.pci.intx(1, 1), b.pci.intx(1, 2)];
    b.writeConfig(1, 0, 0x60, 0x0202_0b0b);
    a(true);
    c(true);
    a(false);
    expect(b.lines[11]).toBe(true);
    c(false);
    expect(b.lines[11]).toBe(false);
    const d = b.pci.intx(1, 3);
    d(true);
    expect(b.lines[2]).toBe(false);
  });

  it('resets when bit 2 of port 0xcf9 rises', () => {
    const b = new PciBoard();
    b.out(0xcf9, 2);
    expect(b.resets).toEqual([]);
    b.out(0xcf9, 6);
    expect(b.resets).toEqual(['hard reset by port 0xcf9']);
    b.out(0xcf9, 6);
    expect(b.resets.length).toBe(1);
  });
});
