/**
 * The MultiProcessor tables: floating pointer and configuration table for one processor, a PCI
 * and an ISA bus, and one I/O APIC.
 * Source: MultiProcessor Specification 1.4, chapter 4.
 * The processor's signature and features are those that CPUID gives in leaf 1.
 */
import { IO_APIC_ID, type PlacedBytes } from './acpi-tables.js';
import { APIC_DEFAULT_BASE } from './apic-registers.js';
import { IO_APIC_BASE } from './io-apic.js';
import { pirqOf } from './pci.js';

export interface MpOptions {
  /** EAX and EDX of CPUID leaf 1. */
  readonly cpuSignature: number;
  readonly cpuFeatures: number;
  /** ISA interrupt that each PIRQ line is routed to. */
  readonly pirqRoutes: readonly number[];
  /** Slots that may hold a device with an interrupt pin. */
  readonly slots: readonly number[];
}

const PCI_BUS = 0;
const ISA_BUS = 1;
const INT = 0;
const NMI = 1;
const EXT_INT = 3;
/** Polarity and trigger: as the bus has it, or active high and level. */
const CONFORMS = 0x0000;
const LEVEL_HIGH = 0x000d;
const ALL_LOCAL_APICS = 0xff;

function word(value: number): number[] {
  return [value & 0xff, (value >>> 8) & 0xff];
}
function long(value: number): number[] {
  return [...word(value), ...word(value >>> 16)];
}
function text(value: string, length: number): number[] {
  return Array.from(value.padEnd(length), (c) => c.charCodeAt(0));
}

function interrupt(
  entry: 3 | 4,
  kind: number,
  flags: number,
  source: readonly [bus: number, irq: number],
  target: readonly [apic: number, pin: number],
): number[] {
  return [entry, kind, ...word(flags), ...source, ...target];
}

function entries(o: MpOptions): number[][] {
  const version = 0x14;
  const list = [
    [0, 0, version, 0x03, ...long(o.cpuSignature), ...long(o.cpuFeatures), ...long(0), ...long(0)],
    [1, PCI_BUS, ...text('PCI', 6)],
    [1, ISA_BUS, ...text('ISA', 6)],
    [2, IO_APIC_ID, 0x11, 0x01, ...long(IO_APIC_BASE)],
  ];
  const routed = new Set(o.pirqRoutes);
  for (const slot of o.slots) {
    for (let pin = 1; pin <= 4; pin++) {
      const irq = o.pirqRoutes[pirqOf(slot, pin)];
      list.push(
        interrupt(3, INT, LEVEL_HIGH, [PCI_BUS, (slot << 2) | (pin - 1)], [IO_APIC_ID, irq]),
      );
    }
  }
  for (let irq = 0; irq < 16; irq++) {
    // Input 2 is the cascade; interrupts of the PCI lines stand under their bus.
    if (irq === 2 || routed.has(irq)) continue;
    const flags = irq === 9 ? LEVEL_HIGH : CONFORMS;
    list.push(interrupt(3, INT, flags, [ISA_BUS, irq], [IO_APIC_ID, irq === 0 ? 2 : irq]));
  }
  list.push(interrupt(4, EXT_INT, CONFORMS, [ISA_BUS, 0], [ALL_LOCAL_APICS, 0]));
  list.push(interrupt(4, NMI, CONFORMS, [ISA_BUS, 0], [ALL_LOCAL_APICS, 1]));
  return list;
}

function checksum(bytes: Uint8Array, at: number): void {
  bytes[at] = 0;
  bytes[at] = -bytes.reduce((sum, b) => sum + b, 0);
}

/** Both structures from an address (a multiple of 16, 0xf0000-0xfffff) on. */
export function mpTables(o: MpOptions, address = 0xf0000): PlacedBytes[] {
  const list = entries(o);
  const body = list.flat();
  const at = address + 16;
  const table = Uint8Array.from([
    ...text('PCMP', 4),
    ...word(44 + body.length),
    4, // specification revision 1.4
    0,
    ...text('CHRYSALS', 8),
    ...text('I440FX', 12),
    ...long(0),
    ...word(0),
    ...word(list.length),
    ...long(APIC_DEFAULT_BASE),
    ...long(0),
    ...body,
  ]);
  checksum(table, 7);
  // Feature byte 1 zero: a configuration table is there; byte 2 bit 7 zero: virtual wire mode.
  const pointer = Uint8Array.from([...text('_MP_', 4), ...long(at), 1, 4, 0, 0, 0, 0, 0, 0]);
  checksum(pointer, 10);
  return [
    { address, bytes: pointer },
    { address: at, bytes: table },
  ];
}
