/**
 * What an ATA disk and an ATAPI drive have in common: the command block registers with their
 * previous ("high order") contents, the status bits, the data port with its blocks, the interrupt
 * request, the DMA request, and steps that happen after a delay on simulated time.
 * Source: ATA/ATAPI-6 (T13/1410D), chapters 7 (registers) and 9 (protocols).
 * A block of data moves through the data port or, when the command is a DMA command, through the
 * bus master; the drive does not care which, and only counts it.
 */
import type { Timer } from '../../base/clock.js';
import type { DeviceHost, DeviceState } from './device.js';

export const Status = {
  bsy: 0x80,
  drdy: 0x40,
  df: 0x20,
  dsc: 0x10,
  drq: 0x08,
  err: 0x01,
} as const;

export const DriveError = { idnf: 0x10, abrt: 0x04 } as const;

/** Delays of a drive. ASSUMED: the defaults, a notebook disk of 2001 with its write cache on. */
export interface DriveTiming {
  /** From the command to the first reaction. */
  readonly commandUs: number;
  /** Seek by distance: the shortest and the longest, growing with the square root between. */
  readonly seekMinUs: number;
  readonly seekMaxUs: number;
  /** One sector off (or onto) the medium. */
  readonly sectorUs: number;
  readonly spinUpUs: number;
  readonly resetUs: number;
}

export const diskTiming: DriveTiming = {
  commandUs: 20,
  seekMinUs: 500,
  seekMaxUs: 12_000,
  sectorUs: 25,
  spinUpUs: 1_500_000,
  resetUs: 2_000,
};

export const cdromTiming: DriveTiming = {
  commandUs: 50,
  seekMinUs: 2_000,
  seekMaxUs: 100_000,
  sectorUs: 550, // 24x: 3.6 MB/s
  spinUpUs: 1_000_000,
  resetUs: 2_000,
};

/** The command block: what the host wrote last, and before that. */
export const Reg = { features: 1, count: 2, low: 3, mid: 4, high: 5, device: 6 } as const;

/** The wires from a drive to its channel. */
export interface DriveWires {
  intrqChanged(): void;
  dmaRequested(): void;
}

/** Largest block between two steps: one PIO block, one DMA piece, one packet chunk. */
const BUFFER_BYTES = 64 * 1024;

export abstract class IdeDrive {
  /** Indexed by Reg; `previous` is what a second write pushed out (48-bit commands). */
  protected readonly current = new Uint8Array(8);
  protected readonly previous = new Uint8Array(8);
  status = 0;
  protected error = 0;
  intrq = false;

  /** Direction of the block under way, seen from the host. */
  phase: 'idle' | 'read' | 'write' = 'idle';
  /** The block moves by bus master instead of the data port. */
  viaDma = false;
  protected readonly buffer = new Uint8Array(BUFFER_BYTES);
  protected position = 0;
  protected blockEnd = 0;

  private step = '';
  private readonly timer: Timer;

  constructor(
    protected readonly host: DeviceHost,
    protected readonly wires: DriveWires,
    readonly name: string,
    /** 0 master, 1 slave. */
    readonly unit: 0 | 1,
    protected readonly timing: DriveTiming,
  ) {
    this.timer = host.clock.timer(`${name}.step`, () => this.runStep(this.step));
  }

  /** Executes a command; `status` may not be busy. */
  protected abstract execute(command: number): void;
  /** What happens at the named steps that `after` schedules. */
  protected abstract readonly steps: Readonly<Record<string, () => void>>;
  /** The host took the whole block / filled it. */
  protected abstract blockRead(): void;
  protected abstract blockWritten(): void;
  /** Register contents that tell the kind of drive after a reset. */
  protected abstract signature(): { mid: number; high: number; status: number };
  protected abstract resetDrive(): void;
  protected abstract saveDrive(): DeviceState;
  protected abstract restoreDrive(state: DeviceState): void;

  // ---- Registers ------------------------------------------------------------------------------

  readRegister(index: number, highOrder: boolean): number {
    if (index === Reg.features) return this.error;
    return (highOrder && index !== Reg.device ? this.previous : this.current)[index];
  }

  /** Registers keep the written value and the one before; a busy drive ignores the host. */
  writeRegister(index: number, value: number): void {
    if (this.status & Status.bsy) return;
    if (index !== Reg.device) this.previous[index] = this.current[index];
    this.current[index] = value;
  }

  command(code: number): void {
    if (this.status & Status.bsy) return;
    this.setIntrq(false);
    this.phase = 'idle';
    this.error = 0;
    this.execute(code);
  }

  protected setIntrq(asserted: boolean): void {
    if (this.intrq === asserted) return;
    this.intrq = asserted;
    this.wires.intrqChanged();
  }

  /** A read of the status register by the host takes the interrupt back. */
  acknowledgeInterrupt(): void {
    this.setIntrq(false);
  }

  protected get lbaMode(): boolean {
    return (this.current[Reg.device] & 0x40) !== 0;
  }

  // ---- Time -----------------------------------------------------------------------------------

  /** BSY now, and the step after a delay. */
  protected after(us: number, step: string): void {
    const cycles = Math.max(1, Math.round((us * this.host.clock.hz) / 1e6));
    this.status = (this.status & ~(Status.drq | Status.err)) | Status.bsy;
    this.phase = 'idle';
    this.step = step;
    this.timer.at(this.host.clock.now + cycles);
  }

  /** Time of a seek over so many of the medium's sectors. */
  protected seekTimeUs(distance: number, sectors: number): number {
    if (distance === 0) return 0;
    const { seekMinUs, seekMaxUs } = this.timing;
    return seekMinUs + (seekMaxUs - seekMinUs) * Math.sqrt(Math.min(1, distance / sectors));
  }

  private runStep(step: string): void {
    if (step !== 'resetDone' && step !== 'diagnosticDone') {
      this.steps[step]?.();
      return;
    }
    this.loadSignature();
    if (step === 'diagnosticDone' && this.unit === 0) this.setIntrq(true);
  }

  protected stopTime(): void {
    this.timer.cancel();
    this.step = '';
  }

  // ---- Data -----------------------------------------------------------------------------------

  /** Opens a block of the buffer for the host. */
  protected openBlock(phase: 'read' | 'write', from: number, end: number): void {
    this.phase = phase;
    this.position = from;
    this.blockEnd = end;
    this.status = (this.status & ~Status.bsy) | Status.drq;
    if (this.viaDma) this.wires.dmaRequested();
  }

  readData(width: number): number {
    if (this.phase !== 'read' || this.viaDma) return 2 ** (8 * width) - 1;
    let value = 0;
    for (let i = width - 1; i >= 0; i--) value = (value << 8) | this.buffer[this.position + i];
    this.moved(width);
    return value >>> 0;
  }

  writeData(value: number, width: number): void {
    if (this.phase !== 'write' || this.viaDma) return;
    for (let i = 0; i < width; i++) this.buffer[this.position + i] = value >>> (8 * i);
    this.moved(width);
  }

  /** What is left of the block, for the bus master. */
  block(): Uint8Array {
    return this.buffer.subarray(this.position, this.blockEnd);
  }

  /** So many bytes of the block went over. */
  moved(bytes: number): void {
    this.position += bytes;
    if (this.position < this.blockEnd) return;
    const phase = this.phase;
    this.phase = 'idle';
    this.status &= ~Status.drq;
    if (phase === 'read') this.blockRead();
    else this.blockWritten();
  }

  // ---- Reset ----------------------------------------------------------------------------------

  /** Host holds SRST, or a hardware reset: everything stops. */
  holdReset(): void {
    this.stopTime();
    this.phase = 'idle';
    this.status = Status.bsy;
    this.setIntrq(false);
  }

  /** SRST released, or EXECUTE DEVICE DIAGNOSTIC: self-test, then the signature. */
  startSelfTest(step: 'resetDone' | 'diagnosticDone'): void {
    this.holdReset();
    this.after(this.timing.resetUs, step);
  }

  protected loadSignature(): void {
    const s = this.signature();
    this.previous.fill(0);
    this.current[Reg.count] = 1;
    this.current[Reg.low] = 1;
    this.current[Reg.mid] = s.mid;
    this.current[Reg.high] = s.high;
    this.current[Reg.device] = 0;
    this.error = 1;
    this.status = s.status;
  }

  /** Power-on and bus reset: the drive is ready at once, since firmware that waits finds it so. */
  reset(): void {
    this.holdReset();
    this.resetDrive();
    this.loadSignature();
  }

  save(): DeviceState {
    const { status, error, intrq, phase, viaDma, position, blockEnd, step } = this;
    return {
      ...{ status, error, intrq, phase, viaDma, position, blockEnd, step },
      current: this.current.slice(),
      previous: this.previous.slice(),
      buffer: this.buffer.slice(0, Math.max(this.blockEnd, this.usedBytes())),
      drive: this.saveDrive(),
    };
  }

  /** Bytes of the buffer in use beyond the open block. */
  protected usedBytes(): number {
    return 0;
  }

  restore(state: DeviceState): void {
    const { current, previous, buffer, drive, ...scalars } = state as Record<string, Uint8Array>;
    this.current.set(current);
    this.previous.set(previous);
    this.buffer.fill(0);
    this.buffer.set(buffer);
    Object.assign(this, scalars);
    this.restoreDrive(drive as unknown as DeviceState);
  }
}
