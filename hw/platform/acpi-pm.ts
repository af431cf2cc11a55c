/**
 * The power management function of the 82371AB (PIIX4), function 3 of the PIIX: the ACPI register
 * block (PM1 event and control, PM timer, general purpose events), the SMI command port 0xb2 with
 * its status 0xb3, and an SMBus host with nothing on its bus.
 * Source: Intel 82371AB datasheet (290562), chapter 7; ACPI 2.0, section 4.7.
 * The system has no system management mode: a write of the ACPI enable or disable value to 0xb2
 * switches SCI_EN at once, which is all that firmware would do there.
 * Left out: suspend to RAM, throttling and C states (their registers store), device monitors, SMI.
 */
import type { Timer } from '../../base/clock.js';
import type { Device, DeviceHost, DeviceState, IrqLine, PortHandlers, Width } from './device.js';
import { type PciBus, PciCommand, PciFunction, PciReg } from './pci.js';
import { PIIX_SLOT } from './piix.js';

export const PM_TIMER_HZ = 3_579_545;
export const SCI_IRQ = 9;
export const SMI_COMMAND_PORT = 0xb2;
export const ACPI_ENABLE = 0xf1;
export const ACPI_DISABLE = 0xf0;
/** SLP_TYP of the soft-off state. */
export const SLEEP_TYPE_S5 = 0;
/** Configuration registers: base of the ACPI block, its enable, base of the SMBus host. */
export const PmReg = { base: 0x40, enable: 0x80, smbusBase: 0x90, smbusConfig: 0xd2 } as const;
/** Offsets in the 64-byte ACPI block. */
export const PmPort = { pm1Event: 0x00, pm1Control: 0x04, timer: 0x08, gpe0: 0x0c } as const;

export const Pm1 = {
  timer: 1 << 0,
  busMaster: 1 << 4,
  global: 1 << 5,
  powerButton: 1 << 8,
  rtc: 1 << 10,
  wake: 1 << 15,
} as const;
const PM1_STATUS = 0x8d31;
const PM1_ENABLE = 0x0521;
const SCI_EN = 1;
const SLP_EN = 1 << 13;
/** The timer's status bit is set each time its bit 23 changes. */
const TIMER_HALF = 0x80_0000;
const SMBUS_DEVICE_ERROR = 0x04;

export class AcpiPm implements Device {
  readonly name = 'acpi-pm';
  readonly pci: PciFunction;
  private status = 0;
  private enable = 0;
  private control = 0;
  /** Halves of the PM timer's period that the status bit has accounted for. */
  private halvesSeen = 0;
  /** The rest of the block: general purpose events, processor control, ... */
  private readonly storage = new Uint8Array(64);
  private readonly smbus = new Uint8Array(16);
  private smiCommand = 0;
  private smiStatus = 0;
  private readonly sci: IrqLine;
  private readonly timer: Timer;

  constructor(
    private readonly host: DeviceHost,
    bus: PciBus,
  ) {
    this.sci = host.irq(SCI_IRQ);
    this.timer = host.clock.timer('acpi-pm.timer', () => this.updateSci());
    this.pci = bus.add(this.configuration());
    this.mapBlock();
    this.mapSmbus();
    const smi: PortHandlers = {
      read: (port) => (port & 1 ? this.smiStatus : this.smiCommand),
      write: (port, value) => this.writeSmi(port & 1, value),
    };
    host.spaces.ports(SMI_COMMAND_PORT, 2, smi, 'SMI command');
  }

  private configuration(): PciFunction {
    const fn = new PciFunction({
      name: 'PIIX4 power management',
      slot: PIIX_SLOT,
      fn: 3,
      vendorId: 0x8086,
      deviceId: 0x7113,
      classCode: 0x068000,
      revision: 0x03,
      interruptPin: 1,
    });
    fn.define(PciReg.command, 2, 0, 0x0001);
    fn.define(PciReg.status, 2, 0x0280, 0, 0x7800);
    fn.define(PmReg.base, 4, 1, 0xffc0);
    fn.define(0x44, 0x18, 0, 0xffff_ffff); // counters and device activity registers
    fn.define(0x5c, 0x24, 0, 0xffff_ffff); // device resources
    fn.define(PmReg.enable, 1, 0, 0x01);
    fn.define(PmReg.smbusBase, 4, 1, 0xfff0);
    fn.define(PmReg.smbusConfig, 1, 0, 0x0f);
    fn.define(0xd3, 3, 0, 0xffffff);
    return fn;
  }

  private mapBlock(): void {
    const fn = this.pci;
    const handlers: PortHandlers = {
      read: (port, width) => this.readBlock(port & 0x3f, width),
      write: (port, value, width) => this.writeBlock(port & 0x3f, value, width),
      maxWidth: 4,
    };
    const claim = (base: number) => this.host.spaces.ports(base, 64, handlers, 'ACPI registers');
    const on = () => (fn.config[PmReg.enable] & 1) !== 0;
    this.follow(PmReg.base, 0xffc0, [PmReg.enable], on, claim);
  }

  private mapSmbus(): void {
    const fn = this.pci;
    const handlers: PortHandlers = {
      read: (port) => this.smbus[port & 15],
      write: (port, value) => this.writeSmbus(port & 15, value),
    };
    const claim = (base: number) => this.host.spaces.ports(base, 16, handlers, 'SMBus host');
    const on = () =>
      (fn.config[PmReg.smbusConfig] & 1) !== 0 && (fn.config[PciReg.command] & PciCommand.io) !== 0;
    this.follow(PmReg.smbusBase, 0xfff0, [PmReg.smbusConfig, PciReg.command], on, claim);
  }

  /** Keeps a range claimed where a base register says, while it is enabled. */
  private follow(
    base: number,
    mask: number,
    enables: readonly number[],
    on: () => boolean,
    claim: (base: number) => () => void,
  ): void {
    let release: (() => void) | undefined;
    let mappedAt = 0;
    const apply = () => {
      const at = on() ? this.pci.get(base, 4) & mask : 0;
      if (at === mappedAt) return;
      release?.();
      mappedAt = at;
      release = at ? claim(at) : undefined;
    };
    this.pci.watch(base, 4, apply);
    for (const enable of enables) this.pci.watch(enable, 1, apply);
  }

  // ---- The ACPI block -------------------------------------------------------------------------

  private timerTicks(): number {
    const { clock } = this.host;
    return clock.ticksAt(clock.now, PM_TIMER_HZ);
  }

  /** Brings the timer's status bit up to now. */
  private settleTimer(): void {
    const halves = Math.floor(this.timerTicks() / TIMER_HALF);
    if (halves > this.halvesSeen) this.status |= Pm1.timer;
    this.halvesSeen = halves;
  }

  private updateSci(): void {
    this.settleTimer();
    this.sci((this.control & SCI_EN) !== 0 && (this.status & this.enable) !== 0);
    if (!(this.enable & Pm1.timer)) {
      this.timer.cancel();
      return;
    }
    const next = (this.halvesSeen + 1) * TIMER_HALF;
    this.timer.at(this.host.clock.cycleOfTick(next, PM_TIMER_HZ));
  }

  private readBlock(offset: number, width: Width): number {
    if (offset >= PmPort.timer && offset < PmPort.gpe0) {
      const value = (this.timerTicks() & 0xff_ffff) >>> (8 * (offset & 3));
      return width === 4 ? value : value & (2 ** (8 * width) - 1);
    }
    let value = 0;
    for (let i = width - 1; i >= 0; i--) value = (value << 8) | this.readByte(offset + i);
    return value >>> 0;
  }

  private readByte(offset: number): number {
    if (offset < 2) {
      this.settleTimer();
      return (this.status >>> (8 * offset)) & 0xff;
    }
    if (offset < 4) return (this.enable >>> (8 * (offset & 1))) & 0xff;
    if (offset < 6) return (this.control >>> (8 * (offset & 1))) & 0xff;
    return this.storage[offset];
  }

  private writeBlock(offset: number, value: number, width: Width): void {
    for (let i = 0; i < width; i++) this.writeByte(offset + i, (value >>> (8 * i)) & 0xff);
    this.updateSci();
    if (this.control & SLP_EN) this.sleep();
  }

  private writeByte(offset: number, value: number): void {
    const shift = 8 * (offset & 1);
    const put = (old: number) => (old & ~(0xff << shift)) | (value << shift);
    if (offset < 2) {
      this.settleTimer();
      this.status &= ~((value << shift) & PM1_STATUS);
    } else if (offset < 4) this.enable = put(this.enable) & PM1_ENABLE;
    else if (offset < 6) this.control = put(this.control) & 0x3c07;
    // General purpose status bits clear by writing ones; no event of this board sets them.
    else if (offset === PmPort.gpe0 || offset === PmPort.gpe0 + 1) this.storage[offset] &= ~value;
    else if (offset >= PmPort.gpe0) this.storage[offset] = value;
  }

  private sleep(): void {
    const type = (this.control >>> 10) & 7;
    this.control &= ~SLP_EN;
    if (type === SLEEP_TYPE_S5) this.host.system.powerOff('ACPI soft off', 0);
  }

  /** The user presses the power button: the guest gets its event. */
  pressPowerButton(): void {
    this.status |= Pm1.powerButton;
    this.updateSci();
  }

  // ---- SMI command and SMBus ------------------------------------------------------------------

  private writeSmi(port: number, value: number): void {
    if (port === 1) {
      this.smiStatus = value;
      return;
    }
    this.smiCommand = value;
    if (value === ACPI_ENABLE) this.control |= SCI_EN;
    else if (value === ACPI_DISABLE) this.control &= ~SCI_EN;
    this.updateSci();
  }

  /** Host status clears by ones; starting a transaction finds no slave, and says so. */
  private writeSmbus(offset: number, value: number): void {
    if (offset === 0) this.smbus[0] &= ~value;
    else if (offset === 2) {
      this.smbus[2] = value & 0x1f;
      if (value & 0x40) this.smbus[0] |= SMBUS_DEVICE_ERROR;
    } else this.smbus[offset] = value;
  }

  reset(): void {
    this.status = this.enable = this.control = 0;
    this.storage.fill(0);
    this.smbus.fill(0);
    this.smiCommand = this.smiStatus = 0;
    this.halvesSeen = Math.floor(this.timerTicks() / TIMER_HALF);
    this.updateSci();
  }

  save(): DeviceState {
    const { status, enable, control, halvesSeen, smiCommand, smiStatus } = this;
    return {
      ...{ status, enable, control, halvesSeen, smiCommand, smiStatus },
      storage: this.storage.slice(),
      smbus: this.smbus.slice(),
    };
  }

  restore(state: DeviceState): void {
    const { storage, smbus, ...scalars } = state;
    this.storage.set(storage as Uint8Array);
    this.smbus.set(smbus as Uint8Array);
    Object.assign(this, scalars);
  }
}
