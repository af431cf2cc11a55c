/**
 * One IDE channel: the two drives on a cable behind one set of ports and one interrupt.
 * Source: ATA/ATAPI-6 (T13/1410D), chapters 7 and 9.16 (a master alone answers for the slave).
 */
import { AtaDisk } from './ata-disk.js';
import { AtapiCdrom } from './atapi-cdrom.js';
import type { DeviceHost, DeviceState, IrqLine, PortHandlers, Width } from './device.js';
import type { DiskImage } from './disk-image.js';
import { IdeDma } from './ide-dma.js';
import { type DriveTiming, type IdeDrive, Reg, Status } from './ide-drive.js';

const CHANNELS = [
  { command: 0x1f0, control: 0x3f6, irq: 14 },
  { command: 0x170, control: 0x376, irq: 15 },
] as const;
/** What reads give with no drive on the cable: all pulled up but bit 7, so that BSY reads 0. */
const FLOATING = 0x7f;

/** What is plugged in at one place of a cable. */
export interface DriveConfig {
  readonly kind: 'disk' | 'cdrom';
  /** A CD-ROM drive may be empty. */
  readonly image?: DiskImage;
  readonly timing?: DriveTiming;
}

export class IdeChannel {
  readonly drives: (IdeDrive | undefined)[] = [undefined, undefined];
  readonly dma: IdeDma;
  private selected = 0;
  /** Device control: nIEN, SRST and HOB. */
  private control = 0;
  private readonly irq: IrqLine;
  private driven = false;

  constructor(
    private readonly host: DeviceHost,
    private readonly index: 0 | 1,
    mastering: () => boolean,
  ) {
    this.irq = host.irq(CHANNELS[index].irq);
    this.dma = new IdeDma(host.dma, () => this.drives[this.selected], mastering);
  }

  plug(unit: 0 | 1, config: DriveConfig): void {
    const wires = {
      intrqChanged: () => this.updateIrq(),
      dmaRequested: () => this.dma.pump(),
    };
    const name = `ide${this.index}.${unit}`;
    this.drives[unit] =
      config.kind === 'cdrom'
        ? new AtapiCdrom(this.host, wires, name, unit, config.image, config.timing)
        : new AtaDisk(this.host, wires, name, unit, config.image!, config.timing);
  }

  /** Claims the ports; the result gives them back. */
  map(): () => void {
    const { command, control } = CHANNELS[this.index];
    const block: PortHandlers = {
      read: (port, width) => this.readBlock(port & 7, width),
      write: (port, value, width) => this.writeBlock(port & 7, value, width),
      maxWidth: 4,
    };
    const owner = `IDE channel ${this.index}`;
    const spaces = this.host.spaces;
    const release = [
      spaces.ports(command, 8, block, owner),
      spaces.ports(
        control,
        1,
        { read: () => this.status(), write: (_port, value) => this.writeControl(value) },
        owner,
      ),
    ];
    return () => {
      for (const undo of release) undo();
    };
  }

  private updateIrq(): void {
    const asserted = this.drives[this.selected]?.intrq === true && (this.control & 2) === 0;
    if (asserted && !this.driven) this.dma.interruptRaised();
    this.driven = asserted;
    this.irq(asserted);
  }

  private get empty(): boolean {
    return !this.drives[0] && !this.drives[1];
  }

  /** The status register; an absent slave beside a master reads zero, since the master answers. */
  private status(): number {
    if (this.empty) return FLOATING;
    return this.drives[this.selected]?.status ?? 0;
  }

  private readBlock(index: number, width: Width): number {
    if (index === 0) {
      return this.drives[this.selected]?.readData(width) ?? 2 ** (8 * width) - 1;
    }
    let value = 0;
    for (let i = width - 1; i >= 0; i--) value = (value << 8) | this.readByte((index + i) & 7);
    return value >>> 0;
  }

  private readByte(index: number): number {
    if (index === 7) {
      const status = this.status();
      this.drives[this.selected]?.acknowledgeInterrupt();
      return status;
    }
    if (this.empty) return FLOATING;
    const drive = this.drives[this.selected] ?? this.drives[this.selected ^ 1];
    if (index === Reg.device && !this.drives[this.selected]) {
      return (drive!.readRegister(index, false) & ~0x10) | (this.selected << 4);
    }
    return drive!.readRegister(index, (this.control & 0x80) !== 0);
  }

  private writeBlock(index: number, value: number, width: Width): void {
    if (index === 0) {
      this.drives[this.selected]?.writeData(value, width);
      return;
    }
    for (let i = 0; i < width; i++) this.writeByte((index + i) & 7, (value >>> (8 * i)) & 0xff);
  }

  private writeByte(index: number, value: number): void {
    this.control &= ~0x80;
    if (index === 7) {
      this.writeCommand(value);
      return;
    }
    // Both drives listen to the registers; each takes the command meant for it.
    for (const drive of this.drives) drive?.writeRegister(index, value);
    if (index === Reg.device && !this.selectedBusy()) {
      this.selected = (value >>> 4) & 1;
      this.updateIrq();
    }
  }

  private selectedBusy(): boolean {
    return ((this.drives[this.selected]?.status ?? 0) & Status.bsy) !== 0;
  }

  private writeCommand(code: number): void {
    if (code !== 0x90) {
      this.drives[this.selected]?.command(code);
      return;
    }
    if (this.selectedBusy()) return;
    // EXECUTE DEVICE DIAGNOSTIC: both run it, and device 0 is selected afterwards.
    for (const drive of this.drives) drive?.startSelfTest('diagnosticDone');
    this.selected = 0;
  }

  private writeControl(value: number): void {
    const released = (this.control & 4) !== 0 && (value & 4) === 0;
    this.control = value;
    for (const drive of this.drives) {
      if (value & 4) drive?.holdReset();
      else if (released) drive?.startSelfTest('resetDone');
    }
    if (value & 4) this.selected = 0;
    this.updateIrq();
  }

  reset(): void {
    this.selected = 0;
    this.control = 0;
    this.dma.reset();
    for (const drive of this.drives) drive?.reset();
    this.updateIrq();
  }

  save(): DeviceState {
    const { selected, control, driven } = this;
    const drives = this.drives.map((d) => d?.save() ?? null);
    return { selected, control, driven, dma: this.dma.save(), drives };
  }

  restore(state: DeviceState): void {
    this.selected = state.selected as number;
    this.control = state.control as number;
    this.driven = state.driven as boolean;
    this.dma.restore(state.dma as DeviceState);
    const drives = state.drives as (DeviceState | null)[];
    this.drives.forEach((d, i) => {
      const saved = drives[i];
      if (d && saved) d.restore(saved);
    });
  }
}
