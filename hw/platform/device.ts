/**
 * What a device of the PC is to the machine, and what the machine is to a device.
 * A device is one class in one file: it claims ports and memory ranges, raises interrupt lines,
 * takes time only from the clock, and can save and restore all of its state.
 */
import type { Clock } from '../../base/clock.js';

/** Access width in bytes. */
export type Width = 1 | 2 | 4;

/** Handlers of a range of I/O ports. A missing handler means: open bus (reads ones, ignores writes). */
export interface PortHandlers {
  read?(port: number, width: Width): number;
  write?(port: number, value: number, width: Width): void;
  /** Widths the device takes in one piece (default 1): a wider access is split into ascending ones. */
  maxWidth?: Width;
}

/** Handlers of memory-mapped I/O; addresses are guest physical, values unsigned. */
export interface MmioHandlers {
  read(address: number, width: Width): number;
  write(address: number, value: number, width: Width): void;
}

/** Claims of devices on the two address spaces. Ranges may be moved (PCI BARs): claim returns an undo. */
export interface AddressSpaces {
  ports(first: number, count: number, handlers: PortHandlers, owner: string): () => void;
  mmio(first: number, sizeBytes: number, handlers: MmioHandlers, owner: string): () => void;
}

/** One interrupt request line (ISA IRQ 0-15 as seen by both 8259 and I/O APIC, or a PCI link). Level: true = asserted. */
export type IrqLine = (asserted: boolean) => void;

/** Guest RAM as bus masters see it. Addresses are guest physical; a write invalidates decoded or translated code. */
export interface DmaPort {
  read(address: number, into: Uint8Array): void;
  write(address: number, from: Uint8Array): void;
}

/**
 * Shadow RAM of 0xC0000-0xFFFFF, steered by the host bridge (i440FX PAM registers). Without a BIOS
 * image the whole area is plain RAM, whatever was set.
 */
export interface ShadowControl {
  /** For [first, first + sizeBytes), multiples of 16 KB: whether reads and writes reach RAM or the ROM behind it. */
  setShadow(first: number, sizeBytes: number, readRam: boolean, writeRam: boolean): void;
}

/** What the machine does when a device asks for it. */
export interface SystemControl {
  /** Hard or soft reset of processor and board. */
  reset(why: string): void;
  /** Power off: the run ends; exitStatus as the guest gave it (debug exit port) or 0. */
  powerOff(why: string, exitStatus: number): void;
  /** The A20 gate: true lets address bit 20 through. */
  setA20(enabled: boolean): void;
}

/** A sink for bytes that the guest prints (serial port, 0xE9): the run records them with their cycle. */
export type ByteSink = (byte: number) => void;

/** What every device gets from the machine. */
export interface DeviceHost {
  readonly clock: Clock;
  readonly spaces: AddressSpaces;
  /** Line of ISA interrupt n. Each device that shares a line gets its own handle; the levels are ORed. */
  irq(line: number): IrqLine;
  readonly dma: DmaPort;
  readonly system: SystemControl;
}

/** Saved device state: plain data that msgpack can carry (numbers, strings, booleans, Uint8Array, arrays, records). */
export type DeviceState = Record<string, unknown>;

export interface Device {
  readonly name: string;
  /** Power-on and reset state. */
  reset(): void;
  save(): DeviceState;
  restore(state: DeviceState): void;
}
