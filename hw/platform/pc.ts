/**
 * The PC board: the registry of its devices and their common life (reset, save, restore).
 * A device is one file and one line in `registry`; the order is that of construction, reset and
 * restore, so a device finds those that stand above it.
 */

import type { Clock } from '../../base/clock.js';
import { GuestLoadError, SimulatorBug } from '../../base/errors.js';
import type { BusState, PhysicalBus } from '../memory/bus.js';
import { AcpiPm } from './acpi-pm.js';
import { acpiLoaderFiles, acpiTables, type PlacedBytes } from './acpi-tables.js';
import { defaultGeometry } from './ata-identify.js';
import { PM_BASE, pirqRoutes, SMBUS_BASE, setUpBoard } from './board-setup.js';
import type { BootDevice } from './cmos.js';
import { CoprocessorError } from './coprocessor-error.js';
import { DebugPorts } from './debug-ports.js';
import type { ByteSink, Device, DeviceHost, DeviceState, SystemControl } from './device.js';
import { FwCfg } from './fw-cfg.js';
import { hostBridge } from './i440fx.js';
import { Ide } from './ide.js';
import type { DriveConfig } from './ide-channel.js';
import { Interrupts } from './interrupts.js';
import { IoApic } from './io-apic.js';
import { KeyboardController } from './keyboard.js';
import { LocalApic } from './local-apic.js';
import { mpTables } from './mp-table.js';
import { PciBus } from './pci.js';
import { Pic } from './pic.js';
import { isaBridge } from './piix.js';
import { Pit } from './pit.js';
import { Rtc } from './rtc.js';
import { SystemPorts } from './system-ports.js';
import { Uart, uartPlaces } from './uart.js';
import type { Pacing } from './uart-transmitter.js';
import { Vga } from './vga.js';

export interface PcOptions {
  readonly memoryBytes: number;
  readonly apic: boolean;
  /** ACPI tables; the chip's power management function is there in any case. */
  readonly acpi: boolean;
  /** Clock of the processor's bus, which the APIC timer counts. */
  readonly busHz: number;
  /** One serial port for each sink, from COM1 on. */
  readonly serial: readonly ByteSink[];
  readonly serialPacing: Pacing;
  /** Text written to 0xe9 and 0x402; undefined: no such ports. */
  readonly debugConsole?: ByteSink | undefined;
  readonly debugExitPort?: number | undefined;
  /** Date at power-on, in seconds since 1970. */
  readonly rtcStartSeconds: number;
  /** Primary master and slave, secondary master and slave. */
  readonly drives: readonly (DriveConfig | undefined)[];
  /** VGA BIOS that firmware finds and installs. */
  readonly vgaRom?: Uint8Array | undefined;
  /** Leaf 1 of CPUID, for the MP table. */
  readonly cpuSignature: number;
  readonly cpuFeatures: number;
}

/** What the machine gives to its board. */
export interface PcParts {
  readonly clock: Clock;
  readonly bus: PhysicalBus;
  readonly system: SystemControl;
}

export interface PlatformState {
  readonly bus: BusState;
  readonly devices: Readonly<Record<string, DeviceState>>;
}

interface RegistryEntry {
  readonly name: string;
  /** Undefined: not on this board. */
  readonly make: (pc: PcPlatform) => Device | undefined;
}

/** Every device of the board. */
const registry: readonly RegistryEntry[] = [
  { name: 'interrupts', make: (pc) => pc.interrupts },
  { name: 'pic', make: (pc) => new Pic(pc.host, { onIntr: () => pc.interrupts.picChanged() }) },
  {
    name: 'local-apic',
    make: (pc) => (pc.options.apic ? new LocalApic(pc.host, pc.options.busHz) : undefined),
  },
  { name: 'io-apic', make: (pc) => (pc.options.apic ? new IoApic(pc.host) : undefined) },
  { name: 'pit', make: (pc) => new Pit(pc.host) },
  { name: 'system-ports', make: (pc) => new SystemPorts(pc.host, pc.get(Pit)) },
  { name: 'rtc', make: (pc) => new Rtc(pc.host, cmosOptions(pc.options)) },
  { name: 'i8042', make: (pc) => new KeyboardController(pc.host) },
  { name: 'vga', make: (pc) => new Vga(pc.host) },
  { name: 'pci', make: (pc) => new PciBus(pc.host.spaces) },
  { name: 'ide', make: (pc) => new Ide(pc.host, pc.get(PciBus), pc.options.drives) },
  { name: 'acpi-pm', make: (pc) => new AcpiPm(pc.host, pc.get(PciBus)) },
  ...uartPlaces.map((place, i) => ({
    name: place.name,
    make: (pc: PcPlatform) => serialPort(pc, i),
  })),
  { name: 'coprocessor-error', make: (pc) => new CoprocessorError(pc.host) },
  { name: 'debug-ports', make: (pc) => debugPorts(pc) },
  { name: 'fw-cfg', make: (pc) => new FwCfg(pc.host, firmwareOptions(pc.options)) },
];

export class PcPlatform {
  readonly interrupts = new Interrupts();
  readonly devices: readonly Device[];
  readonly bus: PhysicalBus;
  readonly host: DeviceHost;
  private readonly built: Device[] = [];

  constructor(
    parts: PcParts,
    readonly options: PcOptions,
  ) {
    const { clock, bus, system } = parts;
    this.bus = bus;
    const irq = (line: number) => this.interrupts.irq(line);
    this.host = { clock, spaces: bus, dma: bus.dma, irq, system };
    for (const { name, make } of registry) {
      const device = make(this);
      if (!device) continue;
      if (device.name !== name)
        throw new SimulatorBug(`device ${device.name} registered as ${name}`);
      this.built.push(device);
    }
    this.devices = this.built;
    const pci = this.get(PciBus);
    pci.add(hostBridge(bus, options.memoryBytes));
    pci.add(isaBridge(this.host, pci));
    this.interrupts.connect(this.get(Pic), this.find(LocalApic), this.find(IoApic));
    this.reset();
  }

  /** The device of a class, where the board has it. */
  find<T extends Device>(kind: abstract new (...args: never[]) => T): T | undefined {
    return this.built.find((d): d is T => d instanceof kind);
  }

  get<T extends Device>(kind: abstract new (...args: never[]) => T): T {
    const device = this.find(kind);
    if (!device) throw new SimulatorBug(`the board has no ${kind.name}`);
    return device;
  }

  /** The serial port number n (0: COM1). */
  serial(n: number): Uart | undefined {
    const name = uartPlaces[n]?.name;
    return this.built.find((d): d is Uart => d instanceof Uart && d.name === name);
  }

  /** Bytes typed at the first serial port. */
  type(bytes: Iterable<number>): void {
    this.serial(0)?.receive(bytes);
  }

  /** The processor wrote its APIC base MSR. */
  setApicBase(value: number): void {
    this.find(LocalApic)?.setBase(value);
  }

  /** The user presses the power button: an ACPI guest shuts down. */
  pressPowerButton(): void {
    this.get(AcpiPm).pressPowerButton();
  }

  /** Programs the board as a BIOS does; for a boot without one. */
  setUpWithoutFirmware(): void {
    setUpBoard(this.bus, { apic: this.options.apic });
  }

  /** The tables below 1 MB that a BIOS would have made. */
  firmwareTables(): PlacedBytes[] {
    const { options } = this;
    const tables = options.acpi ? acpiTables(acpiOptions(options)) : [];
    if (options.apic) tables.push(...mpTables({ ...options, pirqRoutes, slots: [1, 2, 3, 4] }));
    return tables;
  }

  reset(): void {
    for (const device of this.devices) device.reset();
    this.interrupts.settle();
  }

  save(): PlatformState {
    const devices = Object.fromEntries(this.devices.map((d) => [d.name, d.save()]));
    return { bus: this.bus.save(), devices };
  }

  /** The clock is restored before, the processor after. */
  restore(state: PlatformState): void {
    this.bus.restore(state.bus);
    for (const device of this.devices) {
      const saved = state.devices[device.name];
      if (!saved)
        throw new GuestLoadError(
          `the snapshot has no state for device ${device.name}: it was saved by another version of the program`,
        );
      device.restore(saved);
    }
    this.interrupts.settle();
  }
}

function serialPort(pc: PcPlatform, n: number): Uart | undefined {
  const sink = pc.options.serial[n];
  const place = uartPlaces[n];
  if (!sink || !place) return undefined;
  return new Uart(pc.host, { ...place, sink, pacing: pc.options.serialPacing });
}

function debugPorts(pc: PcPlatform): DebugPorts {
  const { debugConsole, debugExitPort } = pc.options;
  return new DebugPorts(pc.host, {
    sink: debugConsole ?? (() => {}),
    ...(debugConsole ? {} : { consolePorts: [] }),
    exitPort: debugExitPort,
  });
}

function acpiOptions(o: PcOptions) {
  const { memoryBytes, apic } = o;
  return { memoryBytes, apic, pmBase: PM_BASE, smbusBase: SMBUS_BASE };
}

function cmosOptions(o: PcOptions) {
  const disks = o.drives
    .slice(0, 2)
    .flatMap((d) => (d?.kind === 'disk' && d.image ? [defaultGeometry(d.image.sectors)] : []));
  const kinds = o.drives.flatMap((d) => (d ? [d.kind] : []));
  const bootOrder: BootDevice[] = [...new Set(kinds)];
  return { memoryBytes: o.memoryBytes, startSeconds: o.rtcStartSeconds, disks, bootOrder };
}

/** Files for firmware: boot order as the drives stand, ACPI tables, VGA BIOS. */
function firmwareOptions(o: PcOptions) {
  const order = o.drives.flatMap((d, i) =>
    d ? [`/pci@i0cf8/ide@1,1/drive@${i >> 1}/disk@${i & 1}`] : [],
  );
  const files = new Map<string, Uint8Array>(o.acpi ? acpiLoaderFiles(acpiOptions(o)) : []);
  if (order.length > 0) files.set('bootorder', Buffer.from(`${order.join('\n')}\0`, 'latin1'));
  if (o.vgaRom) files.set('vgaroms/vgabios.bin', o.vgaRom);
  return { memoryBytes: o.memoryBytes, files };
}
