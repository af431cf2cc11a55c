/**
 * The I/O APIC: 24 interrupt inputs, each with a redirection entry (vector, delivery mode,
 * destination, edge or level, mask), sending messages to the local APIC.
 * Source: Intel 82093AA I/O APIC datasheet (290566), chapter 3.
 * A level input keeps its Remote IRR from acceptance until the EOI with its vector, and sends
 * again when it is still asserted then. An input is "asserted" or not: the polarity bit stores,
 * since the lines of this board are logical levels.
 */

import { type ApicMessage, Delivery } from './apic-registers.js';
import type { Device, DeviceHost, DeviceState, Width } from './device.js';

export const IO_APIC_BASE = 0xfec0_0000;
export const IO_APIC_PINS = 24;

/** Low dword of a redirection entry. */
export const Redirection = {
  logical: 1 << 11,
  pendingStatus: 1 << 12,
  activeLow: 1 << 13,
  remoteIrr: 1 << 14,
  level: 1 << 15,
  masked: 1 << 16,
} as const;
const LOW_WRITABLE = 0x0001_afff;

export class IoApic implements Device {
  readonly name = 'io-apic';
  private select = 0;
  private id = 0;
  private arbitration = 0;
  private readonly low = new Uint32Array(IO_APIC_PINS);
  private readonly high = new Uint32Array(IO_APIC_PINS);
  private lines = 0;
  /** Edges that no local APIC has accepted yet. */
  private edges = 0;

  /** The interrupt fabric sets it: the interrupt bus. False: nobody accepted. */
  send: (message: ApicMessage) => boolean = () => false;

  constructor(host: DeviceHost) {
    const handlers = {
      read: (address: number, width: Width) => this.readMmio(address & 0xff, width),
      write: (address: number, value: number, width: Width) => {
        this.writeMmio(address & 0xff, value, width);
      },
    };
    host.spaces.mmio(IO_APIC_BASE, 0x100, handlers, 'I/O APIC');
    this.reset();
  }

  /** Level of an input pin. */
  setPin(pin: number, asserted: boolean): void {
    const bit = 1 << pin;
    const was = (this.lines & bit) !== 0;
    if (asserted === was) return;
    this.lines ^= bit;
    const level = (this.low[pin] & Redirection.level) !== 0;
    if (asserted && !level && (this.low[pin] & Redirection.masked) === 0) this.edges |= bit;
    if (asserted) this.service(pin);
  }

  /** Sends what the pin asks for, where its entry lets it. */
  private service(pin: number): void {
    const entry = this.low[pin];
    if ((entry & Redirection.masked) !== 0) return;
    const bit = 1 << pin;
    const level = (entry & Redirection.level) !== 0;
    const wants = level
      ? (this.lines & bit) !== 0 && (entry & Redirection.remoteIrr) === 0
      : (this.edges & bit) !== 0;
    if (!wants) return;
    const delivery = (entry >>> 8) & 7;
    const fixed = delivery === Delivery.fixed || delivery === Delivery.lowestPriority;
    const accepted = this.send({
      destination: this.high[pin] >>> 24,
      logical: (entry & Redirection.logical) !== 0,
      delivery,
      vector: entry & 0xff,
      level: level && fixed,
    });
    if (!accepted) return;
    if (level && fixed) this.low[pin] |= Redirection.remoteIrr;
    this.edges &= ~bit;
  }

  /** End of a level-triggered interrupt, broadcast by the local APIC. */
  endOfInterrupt(vector: number): void {
    for (let pin = 0; pin < IO_APIC_PINS; pin++) {
      const entry = this.low[pin];
      if ((entry & 0xff) !== vector || (entry & Redirection.remoteIrr) === 0) continue;
      this.low[pin] &= ~Redirection.remoteIrr;
      this.service(pin);
    }
  }

  /** The local APIC became able to accept: what waited on the bus is sent again. */
  retry(): void {
    for (let pin = 0; pin < IO_APIC_PINS; pin++) this.service(pin);
  }

  private readMmio(offset: number, width: Width): number {
    const value = (offset & 0xf0) === 0x10 ? this.readRegister() : this.select;
    const shifted = (offset & 0xc) === 0 ? value >>> (8 * (offset & 3)) : 0;
    return width === 4 ? shifted >>> 0 : shifted & (2 ** (8 * width) - 1);
  }

  private writeMmio(offset: number, value: number, width: Width): void {
    if (offset === 0x00) this.select = value & 0xff;
    else if (offset === 0x10 && width === 4) this.writeRegister(value);
  }

  private readRegister(): number {
    switch (this.select) {
      case 0:
        return (this.id << 24) >>> 0;
      case 1:
        return ((IO_APIC_PINS - 1) << 16) | 0x11;
      case 2:
        return (this.arbitration << 24) >>> 0;
      default: {
        const pin = (this.select - 0x10) >> 1;
        if (this.select < 0x10 || pin >= IO_APIC_PINS) return 0;
        return (this.select & 1 ? this.high : this.low)[pin];
      }
    }
  }

  private writeRegister(value: number): void {
    if (this.select === 0) {
      // Writing the id also loads the arbitration id.
      this.id = this.arbitration = (value >>> 24) & 0xf;
      return;
    }
    const pin = (this.select - 0x10) >> 1;
    if (this.select < 0x10 || pin >= IO_APIC_PINS) return;
    if (this.select & 1) {
      this.high[pin] = value & 0xff00_0000;
      return;
    }
    // Going to edge clears Remote IRR: software uses it to drop a stuck level interrupt.
    const kept = value & Redirection.level ? this.low[pin] & Redirection.remoteIrr : 0;
    this.low[pin] = (value & LOW_WRITABLE) | kept;
    this.service(pin);
  }

  reset(): void {
    this.select = this.id = this.arbitration = 0;
    this.low.fill(Redirection.masked);
    this.high.fill(0);
    this.edges = 0;
  }

  save(): DeviceState {
    const { select, id, arbitration, lines, edges } = this;
    return { select, id, arbitration, lines, edges, low: [...this.low], high: [...this.high] };
  }

  restore(state: DeviceState): void {
    const { low, high, ...scalars } = state as Record<string, number[]>;
    this.low.set(low);
    this.high.set(high);
    Object.assign(this, scalars);
  }
}
