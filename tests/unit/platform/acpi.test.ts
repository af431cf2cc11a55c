import { describe, expect, it } from 'vitest';
import { AcpiPm, PM_TIMER_HZ, Pm1 } from '../../../hw/platform/acpi-pm.js';
import { acpiLoaderFiles, acpiTables } from '../../../hw/platform/acpi-tables.js';
import * as aml from '../../../hw/platform/aml.js';
import { FwCfg } from '../../../hw/platform/fw-cfg.js';
import { mpTables } from '../../../hw/platform/mp-table.js';
import { PciBus } from '../../../hw/platform/pci.js';
import { TestBoard } from './board.js';

class PmBoard extends TestBoard {
  readonly pci = new PciBus(this.host.spaces);
  readonly pm = new AcpiPm(this.host, this.pci);

  constructor() {
    super();
    for (const [reg, value] of [
      [0x40, 0x601],
      [0x80, 1],
      [0x90, 0x701],
      [0xd0, 0x0009_0000],
      [0x04, 1],
    ] as const) {
      this.out(0xcf8, 0x8000_0b00 | reg, 4);
      this.out(0xcfc, value, 4);
    }
  }
}

describe('ACPI registers', () => {
  it('appear where PMBA says, once enabled', () => {
    const b = new PmBoard();
    expect(b.in(0x604, 2)).toBe(0);
    b.out(0xcf8, 0x8000_0b40, 4);
    b.out(0xcfc, 0xb000, 4);
    expect(b.in(0xcfc, 4)).toBe(0xb001);
    expect([b.in(0x604, 2), b.in(0xb004, 2)]).toEqual([0xffff, 0]);
    b.out(0xcf8, 0x8000_0b80, 4);
    b.out(0xcfc, 0, 1);
    expect(b.in(0xb004, 2)).toBe(0xffff);
  });

  it('power off in S5 only', () => {
    const b = new PmBoard();
    b.out(0x604, 0x2401, 2); // suspend to RAM is not there
    expect(b.powerOffs).toEqual([]);
    b.out(0x604, 0x0001, 2);
    b.out(0x604, 0x2001, 2);
    expect(b.powerOffs).toEqual([{ why: 'ACPI soft off', exitStatus: 0 }]);
  });

  it('switch to ACPI mode by the SMI command', () => {
    const b = new PmBoard();
    b.out(0xb2, 0xf1);
    expect(b.in(0x604, 2)).toBe(1);
    b.out(0xb2, 0xf0);
    expect([b.in(0x604, 2), b.in(0xb2)]).toEqual([0, 0xf0]);
  });

  it('count the PM timer at 3.579545 MHz in 24 bits', () => {
    const b = new PmBoard();
    b.runTo(b.clock.hz);
    expect(b.in(0x608, 4)).toBe(PM_TIMER_HZ & 0xff_ffff);
    b.runTo(5 * b.clock.hz);
    expect(b.in(0x608, 4)).toBe((5 * PM_TIMER_HZ) & 0xff_ffff);
    expect(b.in(0x609)).toBe(((5 * PM_TIMER_HZ) >>> 8) & 0xff);
  });

  it('interrupt when the top bit of the timer changes', () => {
    const b = new PmBoard();
    b.out(0xb2, 0xf1);
    b.out(0x602, Pm1.timer, 2);
    const half = b.clock.cycleOfTick(0x80_0000, PM_TIMER_HZ);
    b.runTo(half - 1);
    expect([b.lines[9], b.in(0x600, 2)]).toEqual([false, 0]);
    b.pass(1);
    expect([b.lines[9], b.in(0x600, 2)]).toEqual([true, Pm1.timer]);
    b.out(0x600, Pm1.timer, 2);
    expect(b.lines[9]).toBe(false);
    b.runTo(b.clock.cycleOfTick(0x100_0000, PM_TIMER_HZ));
    expect(b.lines[9]).toBe(true);
    b.out(0x602, 0, 2);
    expect([b.lines[9], b.clock.nextDue()]).toEqual([false, Infinity]);
  });

  it('bring the power button to the guest, and survive a snapshot', () => {
    const b = new PmBoard();
    b.out(0x602, Pm1.powerButton, 2);
    b.pm.pressPowerButton();
    expect(b.lines[9]).toBe(false); // legacy mode
    b.out(0xb2, 0xf1);
    expect(b.lines[9]).toBe(true);
    const saved = structuredClone({ pci: b.pci.save(), pm: b.pm.save() });
    const c = new TestBoard();
    const pci = new PciBus(c.host.spaces);
    const pm = new AcpiPm(c.host, pci);
    pci.restore(saved.pci);
    pm.restore(saved.pm);
    expect([c.in(0x600, 2), c.in(0x602, 2), c.in(0x604, 2)]).toEqual([0x100, 0x100, 1]);
    c.out(0x600, 0x100, 2);
    expect(c.in(0x600, 2)).toBe(0);
  });

  it('find nobody on the SMBus', () => {
    const b = new PmBoard();
    b.out(0x704, 0xa1);
    b.out(0x702, 0x48);
    expect(b.in(0x700)).toBe(0x04);
    b.out(0x700, 0xff);
    expect(b.in(0x700)).toBe(0);
  });
});

describe('AML', () => {
  it('encodes as the specification says', () => {
    expect(aml.eisaId('PNP0A03')).toEqual([0x0c, 0x41, 0xd0, 0x0a, 0x03]);
    expect(aml.path('\\_SB.PCI0.ISA')).toEqual([
      0x5c, 0x2f, 3, 0x5f, 0x53, 0x42, 0x5f, 0x50, 0x43, 0x49, 0x30, 0x49, 0x53, 0x41, 0x5f,
    ]);
    expect(aml.integer(0x1234)).toEqual([0x0b, 0x34, 0x12]);
    const long = aml.scope('\\_SB', new Array(100).fill(0xa3));
    expect(long.slice(0, 3)).toEqual([0x10, 0x40 | (107 & 0xf), 107 >> 4]);
    expect(long.length).toBe(108);
  });
});

const options = { memoryBytes: 64 << 20, apic: true, pmBase: 0x600, smbusBase: 0x700 };
const sum = (bytes: Uint8Array) => bytes.reduce((a, b) => (a + b) & 0xff, 0);
const text = (bytes: Uint8Array, at: number, n: number) =>
  String.fromCharCode(...bytes.subarray(at, at + n));

/** Walks from the RSDP through memory; gives the tables by signature, each with a good checksum. */
function walk(memory: DataView, rsdp: number): Map<string, Uint8Array> {
  const bytesAt = (at: number, n: number) => new Uint8Array(memory.buffer, at, n);
  const found = new Map<string, Uint8Array>();
  const table = (at: number) => {
    const bytes = bytesAt(at, memory.getUint32(at + 4, true));
    expect(sum(bytes)).toBe(0);
    found.set(text(bytes, 0, 4), bytes);
    return at;
  };
  expect([text(bytesAt(rsdp, 8), 0, 8), sum(bytesAt(rsdp, 20))]).toEqual(['RSD PTR ', 0]);
  const rsdt = table(memory.getUint32(rsdp + 16, true));
  for (let at = rsdt + 36; at < rsdt + memory.getUint32(rsdt + 4, true); at += 4) {
    table(memory.getUint32(at, true));
  }
  const fadt = found.get('FACP') as Uint8Array;
  const view = new DataView(fadt.buffer, fadt.byteOffset);
  expect(view.getUint32(140, true)).toBe(view.getUint32(40, true));
  table(view.getUint32(40, true));
  const facs = view.getUint32(36, true);
  expect([text(bytesAt(facs, 4), 0, 4), facs % 64]).toEqual(['FACS', 0]);
  return found;
}

describe('tables', () => {
  it('hang together where a loader puts them', () => {
    const memory = new Uint8Array(0x100000);
    for (const { address, bytes } of acpiTables(options)) {
      expect(address >= 0xe0000 && address + bytes.length <= 0x100000).toBe(true);
      memory.set(bytes, address);
    }
    const found = walk(new DataView(memory.buffer), 0xe0000);
    expect([...found.keys()].sort()).toEqual(['APIC', 'DSDT', 'FACP', 'RSDT']);
    const fadt = found.get('FACP') as Uint8Array;
    const view = new DataView(fadt.buffer, fadt.byteOffset);
    expect([view.getUint16(46, true), view.getUint32(48, true)]).toEqual([9, 0xb2]);
    expect([56, 64, 76, 80].map((at) => view.getUint32(at, true))).toEqual([
      0x600, 0x604, 0x608, 0x60c,
    ]);
    const plain = acpiTables({ ...options, apic: false });
    const other = new Uint8Array(0x100000);
    for (const { address, bytes } of plain) other.set(bytes, address);
    expect(walk(new DataView(other.buffer), 0xe0000).has('APIC')).toBe(false);
  });

  it('are linked by the loader script as firmware runs it', () => {
    const files = acpiLoaderFiles(options);
    const script = files.get('etc/table-loader') as Uint8Array;
    const memory = new Uint8Array(0x100000);
    const places = new Map<string, number>();
    const view = new DataView(memory.buffer);
    const nameAt = (at: number) => text(script, at, 56).replace(/\0.*/s, '');
    const s = new DataView(script.buffer, script.byteOffset);
    for (let at = 0; at < script.length; at += 128) {
      const file = nameAt(at + 4);
      const command = s.getUint32(at, true);
      if (command === 1) {
        const place = script[at + 64] === 2 ? 0xf6000 : 0x80000;
        expect(place % s.getUint32(at + 60, true)).toBe(0);
        places.set(file, place);
        memory.set(files.get(file) as Uint8Array, place);
      } else if (command === 2) {
        const where = (places.get(file) as number) + s.getUint32(at + 116, true);
        expect(script[at + 120]).toBe(4);
        const base = places.get(nameAt(at + 60)) as number;
        view.setUint32(where, view.getUint32(where, true) + base, true);
      } else {
        expect(command).toBe(3);
        const base = places.get(file) as number;
        const start = base + s.getUint32(at + 64, true);
        const bytes = memory.subarray(start, start + s.getUint32(at + 68, true));
        memory[base + s.getUint32(at + 60, true)] -= sum(bytes);
      }
    }
    expect(walk(view, 0xf6000).size).toBe(4);
  });

  it('describe processor, buses and interrupts in the MP format', () => {
    const placed = mpTables({
      cpuSignature: 0x543,
      cpuFeatures: 0x80893f,
      pirqRoutes: [10, 10, 11, 11],
      slots: [1, 2],
    });
    const [pointer, table] = placed.map((p) => p.bytes) as [Uint8Array, Uint8Array];
    expect([text(pointer, 0, 4), sum(pointer), pointer.length]).toEqual(['_MP_', 0, 16]);
    expect(new DataView(pointer.buffer).getUint32(4, true)).toBe(0xf0010);
    const view = new DataView(table.buffer);
    expect([text(table, 0, 4), sum(table), view.getUint16(4, true)]).toEqual([
      'PCMP',
      0,
      table.length,
    ]);
    const kinds = [0, 0, 0, 0, 0];
    const timer: number[] = [];
    let at = 44;
    for (let n = view.getUint16(34, true); n > 0; n--) {
      const kind = table[at];
      kinds[kind]++;
      if (kind === 3 && table[at + 4] === 1 && table[at + 5] === 0) timer.push(table[at + 7]);
      at += kind === 0 ? 20 : 8;
    }
    expect(at).toBe(table.length);
    expect(kinds).toEqual([1, 2, 1, 8 + 13, 2]);
    expect(timer).toEqual([2]);
  });
});

describe('firmware configuration', () => {
  const read = (b: TestBoard, selector: number, n: number) => {
    b.out(0x510, selector, 2);
    return Uint8Array.from({ length: n }, () => b.in(0x511));
  };

  it('is found and read as SeaBIOS does', () => {
    const b = new TestBoard();
    const files = new Map([['bootorder', Uint8Array.from([1, 2, 3])]]);
    const device = new FwCfg(b.host, { memoryBytes: 48 << 20, files });
    expect(text(read(b, 0, 4), 0, 4)).toBe('QEMU');
    expect([...read(b, 1, 4)]).toEqual([1, 0, 0, 0]);
    const directory = read(b, 0x19, 4 + 2 * 64);
    const view = new DataView(directory.buffer);
    expect(view.getUint32(0)).toBe(2);
    const names = [0, 1].map((i) => text(directory, 12 + 64 * i, 56).replace(/\0.*/s, ''));
    expect(names).toEqual(['bootorder', 'etc/e820']);
    expect([...read(b, view.getUint16(8), 5)]).toEqual([1, 2, 3, 0, 0]);
    const e820 = read(b, view.getUint16(8 + 64), 20);
    expect([...e820]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 1, 0, 0, 0]);
    read(b, 0, 2);
    const saved = device.save();
    const c = new TestBoard();
    new FwCfg(c.host, { memoryBytes: 48 << 20 }).restore(saved);
    expect(c.in(0x511)).toBe('M'.charCodeAt(0));
  });
});
