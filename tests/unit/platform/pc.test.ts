import { describe, expect, it } from 'vitest';
import { Clock } from '../../../base/clock.js';
import { PhysicalBus } from '../../../hw/memory/bus.js';
import { memorySource, OverlayDisk } from '../../../hw/platform/disk-image.js';
import { IO_APIC_BASE } from '../../../hw/platform/io-apic.js';
import { PcPlatform } from '../../../hw/platform/pc.js';

interface Made {
  readonly pc: PcPlatform;
  readonly clock: Clock;
  readonly powerOffs: number[];
  readonly printed: number[];
  runTo(cycle: number): void;
}

function make(apic = true, firmware = false): Made {
  const clock = new Clock(100_000_000);
  const bus = new PhysicalBus(new Uint8Array(4 << 20));
  const powerOffs: number[] = [];
  const printed: number[] = [];
  const system = {
    reset: () => undefined,
    powerOff: (_why: string, status: number) => void powerOffs.push(status),
    setA20: () => undefined,
  };
  const disk = Uint8Array.from({ length: 256 * 512 }, (_, i) => i >> 9);
  const pc = new PcPlatform(
    { clock, bus, system },
    {
      memoryBytes: 4 << 20,
      apic,
      acpi: true,
      busHz: 100_000_000,
      serial: [(byte) => void printed.push(byte)],
      serialPacing: 'instant',
      debugConsole: (byte) => void printed.push(byte),
      debugExitPort: 0xf4,
      rtcStartSeconds: 993_470_400,
      drives: [{ kind: 'disk', image: new OverlayDisk(memorySource(disk)) }],
      cpuSignature: 0x543,
      cpuFeatures: 0x80893f,
    },
  );
  if (!firmware) pc.setUpWithoutFirmware();
  const runTo = (cycle: number) => {
    for (;;) {
      const due = clock.nextDue();
      if (due > cycle) break;
      clock.skipTo(Math.max(due, clock.now));
      clock.advance();
    }
    clock.skipTo(cycle);
  };
  return { pc, clock, powerOffs, printed, runTo };
}

function config(pc: PcPlatform, fn: number, reg: number): number {
  pc.bus.out(0xcf8, 0x8000_0800 | (fn << 8) | reg, 4);
  return pc.bus.in(0xcfc, 4);
}

describe('PC platform', () => {
  it('builds every device once, with unique names', () => {
    const { pc } = make();
    const names = pc.devices.map((d) => d.name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain('local-apic');
    const without = make(false).pc.devices.map((d) => d.name);
    expect(without.filter((n) => n.endsWith('apic'))).toEqual([]);
  });

  it('stands as a BIOS leaves it when it boots without one', () => {
    const { pc, powerOffs } = make();
    expect(config(pc, 0, 0x60)).toBe(0x0b0b_0a0a);
    expect(config(pc, 1, 0x20)).toBe(0xc001);
    expect(pc.bus.in(0x1f7, 1)).toBe(0x50);
    expect(pc.bus.in(0x4d1, 1)).toBe(0x0e);
    expect(pc.bus.read(0xfee0_00f0, 4)).toBe(0x10f);
    expect(pc.bus.read(0xfee0_0350, 4)).toBe(0x700);
    pc.bus.out(0x604, 0x2000, 2);
    expect(powerOffs).toEqual([0]);
    expect(pc.firmwareTables().map((t) => t.address)).toEqual([0xe0000, 0xe0040, 0xf0000, 0xf0010]);
  });

  it('stands as after reset when firmware will run', () => {
    const { pc } = make(true, true);
    expect(config(pc, 0, 0x60)).toBe(0x8080_8080);
    expect(pc.bus.in(0x1f7, 1)).toBe(0xff);
    expect(pc.bus.in(0x604, 2)).toBe(0xffff);
  });

  it('brings a disk interrupt through 8259 or I/O APIC', () => {
    for (const apic of [false, true]) {
      const { pc, runTo } = make(apic);
      const changes: boolean[] = [];
      pc.interrupts.onIntrChanged = (level) => void changes.push(level);
      if (apic) {
        pc.bus.write(IO_APIC_BASE, 0x10 + 28, 4);
        pc.bus.write(IO_APIC_BASE + 0x10, 0x7e, 4);
      } else {
        for (const [base, vector, wire] of [
          [0x20, 0x30, 4],
          [0xa0, 0x38, 2],
        ] as const) {
          pc.bus.out(base, 0x11, 1);
          for (const value of [vector, wire, 1, base === 0x20 ? 0xfb : 0xbf]) {
            pc.bus.out(base + 1, value, 1);
          }
        }
      }
      pc.bus.out(0x1f7, 0xec, 1);
      expect(pc.interrupts.intr).toBe(false);
      runTo(100_000);
      expect([pc.interrupts.intr, changes]).toEqual([true, [true]]);
      expect(pc.interrupts.acknowledge()).toBe(apic ? 0x7e : 0x3e);
    }
  });

  it('goes on from a snapshot exactly as without one', () => {
    const start = ({ pc }: Made) => {
      pc.bus.out(0x43, 0x34, 1);
      pc.bus.out(0x40, 0x00, 1);
      pc.bus.out(0x40, 0x10, 1);
      pc.bus.out(0x3f8, 0x41, 1);
      pc.bus.out(0x1f2, 4, 1);
      pc.bus.out(0x1f3, 9, 1);
      pc.bus.out(0x1f6, 0xe0, 1);
      pc.bus.out(0x1f7, 0x20, 1);
      pc.bus.write(0xfee0_0320, 0x2_0040, 4);
      pc.bus.write(0xfee0_0380, 5000, 4);
      pc.bus.write(IO_APIC_BASE, 0x10 + 28, 4);
      pc.bus.write(IO_APIC_BASE + 0x10, 0x7e, 4);
    };
    const a = make();
    start(a);
    a.runTo(30_000);
    const saved = structuredClone({ clock: a.clock.save(), platform: a.pc.save() });
    const b = make();
    b.clock.restore(saved.clock);
    b.pc.restore(saved.platform);
    expect(b.pc.save()).toEqual(saved.platform);
    for (const m of [a, b]) m.runTo(2_000_000);
    expect(b.pc.save()).toEqual(a.pc.save());
    expect(b.clock.save()).toEqual(a.clock.save());
    expect(b.pc.interrupts.acknowledge()).toBe(0x7e);
  });

  it('resets to the power-on state from any other', () => {
    const fresh = make(true, true);
    const used = make();
    used.pc.bus.out(0x43, 0x34, 1);
    used.pc.bus.out(0x1f7, 0xec, 1);
    used.runTo(10);
    used.pc.reset();
    const [a, b] = [fresh.pc.save(), used.pc.save()];
    for (const name of ['pci', 'ide', 'acpi-pm', 'local-apic', 'io-apic', 'fw-cfg', 'interrupts']) {
      expect(b.devices[name], name).toEqual(a.devices[name]);
    }
  });
});
