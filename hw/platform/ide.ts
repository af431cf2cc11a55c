/**
 * The IDE function of the 82371SB (PIIX3): two channels in compatibility mode (ports 0x1f0, 0x3f6,
 * IRQ 14 and 0x170, 0x376, IRQ 15) with a master and a slave each, and the bus-master registers at
 * BAR 4.
 * Source: Intel 82371FB/82371SB datasheet (290550), section 2.3; ATA/ATAPI-6, chapters 7 and 9.
 * A channel decodes its ports while IDETIM bit 15 and the I/O command bit are set.
 * Left out: native mode, the timing registers' effect (they store), Ultra DMA clocking.
 */
import { AtapiCdrom } from './atapi-cdrom.js';
import type { Device, DeviceHost, DeviceState, PortHandlers } from './device.js';
import { type DriveConfig, IdeChannel } from './ide-channel.js';
import { type PciBus, PciCommand, PciFunction, PciReg } from './pci.js';
import { PIIX_SLOT } from './piix.js';

/** Primary and secondary IDETIM; bit 15 of each enables the decoding. */
export const IDETIM = 0x40;
export class Ide implements Device {
  readonly name = 'ide';
  readonly pci: PciFunction;
  private readonly channels: readonly [IdeChannel, IdeChannel];

  /** Up to four drives: primary master, primary slave, secondary master, secondary slave. */
  constructor(host: DeviceHost, bus: PciBus, drives: readonly (DriveConfig | undefined)[]) {
    const fn = new PciFunction({
      name: 'PIIX3 IDE',
      slot: PIIX_SLOT,
      fn: 1,
      vendorId: 0x8086,
      deviceId: 0x7010,
      classCode: 0x010180,
    });
    this.pci = bus.add(fn);
    const mastering = () => (fn.config[PciReg.command] & PciCommand.busMaster) !== 0;
    this.channels = [new IdeChannel(host, 0, mastering), new IdeChannel(host, 1, mastering)];
    drives.forEach((config, i) => {
      if (config) this.channels[i >> 1].plug((i & 1) as 0 | 1, config);
    });
    fn.define(PciReg.command, 2, 0, 0x0005);
    fn.define(PciReg.status, 2, 0x0280, 0, 0x3800);
    fn.define(0x0d, 1, 0, 0xf0);
    fn.define(IDETIM, 4, 0, 0xffff_ffff);
    fn.define(0x44, 1, 0, 0xff);
    for (const i of [0, 1] as const) this.decode(fn, i);
    const registers = this.busMasterPorts();
    fn.addBar({
      index: 4,
      kind: 'io',
      sizeBytes: 16,
      map: (base) => host.spaces.ports(base, 16, registers, 'bus-master IDE'),
    });
  }

  private decode(fn: PciFunction, index: 0 | 1): void {
    let release: (() => void) | undefined;
    const apply = () => {
      const enabled = (fn.config[IDETIM + 2 * index + 1] & 0x80) !== 0;
      const on = enabled && (fn.config[PciReg.command] & PciCommand.io) !== 0;
      if (on === (release !== undefined)) return;
      release?.();
      release = on ? this.channels[index].map() : undefined;
    };
    fn.watch(IDETIM, 4, apply);
    fn.watch(PciReg.command, 1, apply);
  }

  private busMasterPorts(): PortHandlers {
    return {
      read: (port, width) => {
        const dma = this.channels[(port >>> 3) & 1].dma;
        let value = 0;
        for (let i = width - 1; i >= 0; i--) value = (value << 8) | dma.readByte((port & 7) + i);
        return value >>> 0;
      },
      write: (port, value, width) => {
        const dma = this.channels[(port >>> 3) & 1].dma;
        for (let i = 0; i < width; i++) dma.writeByte((port & 7) + i, (value >>> (8 * i)) & 0xff);
      },
      maxWidth: 4,
    };
  }

  /** The CD-ROM drive at a place, to change its disc. */
  cdrom(channel: 0 | 1, unit: 0 | 1): AtapiCdrom | undefined {
    const drive = this.channels[channel].drives[unit];
    return drive instanceof AtapiCdrom ? drive : undefined;
  }

  reset(): void {
    for (const channel of this.channels) channel.reset();
  }

  save(): DeviceState {
    return { channels: this.channels.map((c) => c.save()) };
  }

  restore(state: DeviceState): void {
    const channels = state.channels as DeviceState[];
    this.channels.forEach((c, i) => {
      c.restore(channels[i] as DeviceState);
    });
  }
}
