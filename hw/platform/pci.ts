/**
 * One PCI bus (bus 0) with configuration mechanism #1: the address register at 0xcf8, the data
 * window at 0xcfc-0xcff in any width, and per function a 256-byte configuration header whose
 * writable and write-one-to-clear bits are masks.
 * Source: PCI Local Bus Specification 2.1, sections 3.7.4.1 and 6.1-6.2.
 * A base address register maps its range while the command register enables the space, and moves
 * when rewritten. INTx pins swizzle onto four PIRQ lines by slot, as on the 440FX boards.
 * Left out: bridges to further buses, parity and bus error signalling, expansion ROM decoding,
 * latency (all timers are plain storage).
 */
import { SimulatorBug } from '../../base/errors.js';
import type { AddressSpaces, Device, DeviceState, IrqLine, PortHandlers, Width } from './device.js';

export interface PciIdentity {
  readonly name: string;
  /** Slot 0-31 and function 0-7. */
  readonly slot: number;
  readonly fn: number;
  readonly vendorId: number;
  readonly deviceId: number;
  /** Base class, subclass, programming interface: 0xbbsspp. */
  readonly classCode: number;
  readonly revision?: number;
  readonly multiFunction?: boolean;
  /** Interrupt pin: 1 = INTA ... 4 = INTD, 0 = none. */
  readonly interruptPin?: number;
  readonly subsystemVendorId?: number;
  readonly subsystemId?: number;
}

/** One base address register; `map` claims the range and gives back how to release it. */
export interface PciBar {
  /** Register number, 0-5. */
  readonly index: number;
  readonly kind: 'io' | 'memory';
  /** Power of two, at least 4 (I/O) or 16 (memory). */
  readonly sizeBytes: number;
  map(base: number): () => void;
}

/** Offsets of the type 0 header. */
export const PciReg = {
  vendorId: 0x00,
  deviceId: 0x02,
  command: 0x04,
  status: 0x06,
  revision: 0x08,
  classCode: 0x09,
  headerType: 0x0e,
  bar0: 0x10,
  subsystemVendorId: 0x2c,
  subsystemId: 0x2e,
  interruptLine: 0x3c,
  interruptPin: 0x3d,
} as const;

export const PciCommand = { io: 1, memory: 2, busMaster: 4 } as const;

interface Watch {
  readonly first: number;
  readonly end: number;
  readonly apply: () => void;
}

export class PciFunction {
  readonly config = new Uint8Array(256);
  /** Bits that a configuration write stores. */
  private readonly writable = new Uint8Array(256);
  /** Bits that writing a one clears. */
  private readonly clearable = new Uint8Array(256);
  private readonly initial = new Uint8Array(256);
  private readonly watches: Watch[] = [];

  constructor(readonly id: PciIdentity) {
    this.define(PciReg.vendorId, 2, id.vendorId, 0);
    this.define(PciReg.deviceId, 2, id.deviceId, 0);
    this.define(PciReg.revision, 1, id.revision ?? 0, 0);
    this.define(PciReg.classCode, 3, id.classCode, 0);
    this.define(PciReg.headerType, 1, id.multiFunction ? 0x80 : 0, 0);
    this.define(PciReg.subsystemVendorId, 2, id.subsystemVendorId ?? 0, 0);
    this.define(PciReg.subsystemId, 2, id.subsystemId ?? 0, 0);
    this.define(PciReg.interruptPin, 1, id.interruptPin ?? 0, 0);
    this.define(PciReg.interruptLine, 1, 0, id.interruptPin ? 0xff : 0);
  }

  /** Declares a register: its value after reset and its writable and write-one-to-clear bits. */
  define(offset: number, sizeBytes: number, value: number, writable: number, clearable = 0): void {
    for (let i = 0; i < sizeBytes; i++) {
      this.initial[offset + i] = value >>> (8 * i);
      this.writable[offset + i] = writable >>> (8 * i);
      this.clearable[offset + i] = clearable >>> (8 * i);
      this.config[offset + i] = this.initial[offset + i];
    }
  }

  /** `apply` runs after each change in the range, at reset and at restore; it must be idempotent. */
  watch(first: number, sizeBytes: number, apply: () => void): void {
    this.watches.push({ first, end: first + sizeBytes, apply });
  }

  addBar(bar: PciBar): void {
    const offset = PciReg.bar0 + 4 * bar.index;
    const io = bar.kind === 'io';
    // All 32 bits of an I/O BAR store, though the I/O space has 64 KB (the chip wires the upper half
    // to zero): SeaBIOS takes the size from the full width. A base above 64 KB maps nothing.
    const mask = ~(bar.sizeBytes - 1) >>> 0;
    const limit = io ? 0x1_0000 : 2 ** 32;
    this.define(offset, 4, io ? 1 : 0, mask);
    const enable = io ? PciCommand.io : PciCommand.memory;
    let release: (() => void) | undefined;
    let mappedAt = -1;
    const apply = () => {
      const base = (this.get(offset, 4) & mask) >>> 0;
      // All ones is a guest sizing the register, zero is "not assigned".
      const assigned = base !== 0 && base !== mask && base < limit;
      const on = assigned && (this.config[PciReg.command] & enable) !== 0;
      const wanted = on ? base : -1;
      if (wanted === mappedAt) return;
      release?.();
      mappedAt = wanted;
      release = on ? bar.map(base) : undefined;
    };
    this.watch(offset, 4, apply);
    this.watch(PciReg.command, 1, apply);
  }

  get(offset: number, sizeBytes: number): number {
    let value = 0;
    for (let i = sizeBytes - 1; i >= 0; i--)
      value = (value << 8) | this.config[(offset + i) & 0xff];
    return value >>> 0;
  }

  /** A configuration write by the processor. */
  write(offset: number, value: number, sizeBytes: number): void {
    for (let i = 0; i < sizeBytes; i++) {
      const at = (offset + i) & 0xff;
      const byte = (value >>> (8 * i)) & 0xff;
      const kept = this.config[at] & ~this.writable[at] & ~(byte & this.clearable[at]);
      this.config[at] = kept | (byte & this.writable[at]);
    }
    const end = offset + sizeBytes;
    for (const w of this.watches) if (w.first < end && offset < w.end) w.apply();
  }

  /** Changes by the device itself (status bits), past the write masks. */
  set(offset: number, value: number): void {
    this.config[offset] = value;
  }

  reset(): void {
    this.load(this.initial);
  }

  load(config: Uint8Array): void {
    this.config.set(config);
    for (const w of this.watches) w.apply();
  }
}

/** Slot and INTx pin to PIRQ line, as wired on 440FX boards: slot 1 pin A is PIRQA. */
export function pirqOf(slot: number, pin: number): number {
  return (pin - 1 + slot - 1) & 3;
}

export class PciBus implements Device {
  readonly name = 'pci';
  private address = 0;
  private readonly functions: PciFunction[] = [];
  /** Levels of the INTx handles, in order of creation. */
  private readonly pinLevels: { readonly pirq: number; asserted: boolean }[] = [];
  private readonly pirqLevels = [false, false, false, false];
  /** Reset control register (0xcf9): bit 1 selects a hard reset, a rising bit 2 performs it. */
  private resetControl = 0;
  /** The ISA bridge sets both. */
  onPirq: (pirq: number, asserted: boolean) => void = () => {};
  onReset: (hard: boolean) => void = () => {};

  constructor(spaces: AddressSpaces) {
    const address: PortHandlers = {
      read: (port, width) => this.readAddress(port, width),
      write: (port, value, width) => this.writeAddress(port, value, width),
      maxWidth: 4,
    };
    spaces.ports(0xcf8, 4, address, 'PCI configuration address');
    const data: PortHandlers = {
      read: (port, width) => this.readData(port, width),
      write: (port, value, width) => this.writeData(port, value, width),
      maxWidth: 4,
    };
    spaces.ports(0xcfc, 4, data, 'PCI configuration data');
  }

  add(fn: PciFunction): PciFunction {
    if (this.find(fn.id.slot, fn.id.fn))
      throw new SimulatorBug(`two PCI functions at ${fn.id.name}`);
    this.functions.push(fn);
    return fn;
  }

  find(slot: number, fn: number): PciFunction | undefined {
    return this.functions.find((f) => f.id.slot === slot && f.id.fn === fn);
  }

  /** The interrupt pin of a slot (1 = INTA). */
  intx(slot: number, pin: number): IrqLine {
    const handle = { pirq: pirqOf(slot, pin), asserted: false };
    this.pinLevels.push(handle);
    return (asserted) => {
      if (handle.asserted === asserted) return;
      handle.asserted = asserted;
      const level = this.pinLevels.some((p) => p.pirq === handle.pirq && p.asserted);
      if (level === this.pirqLevels[handle.pirq]) return;
      this.pirqLevels[handle.pirq] = level;
      this.onPirq(handle.pirq, level);
    };
  }

  pirqLevel(pirq: number): boolean {
    return this.pirqLevels[pirq] ?? false;
  }

  /** Only a whole dword reaches the address register; a byte at 0xcf9 is the reset control. */
  private readAddress(port: number, width: Width): number {
    if (port === 0xcf8 && width === 4) return this.address;
    if (port === 0xcf9 && width === 1) return this.resetControl;
    return 2 ** (8 * width) - 1;
  }

  private writeAddress(port: number, value: number, width: Width): void {
    if (port === 0xcf8 && width === 4) this.address = (value & 0x80ff_fffc) >>> 0;
    else if (port === 0xcf9 && width === 1) this.writeResetControl(value);
  }

  private writeResetControl(value: number): void {
    const rising = (value & 4) !== 0 && (this.resetControl & 4) === 0;
    this.resetControl = value & 6;
    if (rising) this.onReset((value & 2) !== 0);
  }

  private selected(): PciFunction | undefined {
    const a = this.address;
    if (a >>> 31 === 0 || (a & 0xff0000) !== 0) return undefined;
    return this.find((a >>> 11) & 0x1f, (a >>> 8) & 7);
  }

  private readData(port: number, width: Width): number {
    const fn = this.selected();
    return fn ? fn.get((this.address & 0xfc) | (port & 3), width) : 2 ** (8 * width) - 1;
  }

  private writeData(port: number, value: number, width: Width): void {
    this.selected()?.write((this.address & 0xfc) | (port & 3), value, width);
  }

  reset(): void {
    this.address = 0;
    this.resetControl = 0;
    for (const fn of this.functions) fn.reset();
  }

  save(): DeviceState {
    const functions: Record<string, Uint8Array> = {};
    for (const fn of this.functions) functions[`${fn.id.slot}.${fn.id.fn}`] = fn.config.slice();
    const { address, resetControl } = this;
    return { address, resetControl, functions, pins: this.pinLevels.map((p) => p.asserted) };
  }

  restore(state: DeviceState): void {
    this.address = state.address as number;
    this.resetControl = state.resetControl as number;
    const functions = state.functions as Record<string, Uint8Array>;
    const pins = state.pins as boolean[];
    this.pirqLevels.fill(false);
    this.pinLevels.forEach((p, i) => {
      p.asserted = pins[i] ?? false;
      if (p.asserted) this.pirqLevels[p.pirq] = true;
    });
    for (const fn of this.functions) {
      const config = functions[`${fn.id.slot}.${fn.id.fn}`];
      if (config) fn.load(config);
    }
  }
}
