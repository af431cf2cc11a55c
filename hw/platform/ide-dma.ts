/**
 * One channel of the bus-master IDE function: command, status and descriptor table registers, and
 * the engine that moves a drive's block along the physical region descriptors.
 * Source: "Programming Interface for Bus Master IDE Controller" 1.0; 82371SB datasheet, 2.8.
 * A block moves at once when both the engine is started and the drive requests; the time that it
 * takes is the drive's. Left out: bus errors (every address answers).
 */
import type { DeviceState, DmaPort } from './device.js';
import type { IdeDrive } from './ide-drive.js';

const Command = { start: 0x01, toMemory: 0x08 } as const;
const BmStatus = { active: 0x01, error: 0x02, interrupt: 0x04, capable: 0x60 } as const;

export class IdeDma {
  private command = 0;
  private status = 0;
  private table = 0;
  /** Where the engine is: next descriptor, and what is left of the present one. */
  private next = 0;
  private address = 0;
  private left = 0;
  private last = false;

  constructor(
    private readonly dma: DmaPort,
    /** The selected drive. */
    private readonly drive: () => IdeDrive | undefined,
    /** PCI bus mastering is enabled. */
    private readonly mastering: () => boolean,
  ) {}

  readByte(offset: number): number {
    if (offset === 0) return this.command;
    if (offset === 2) return this.status;
    return offset >= 4 ? (this.table >>> (8 * (offset & 3))) & 0xff : 0;
  }

  writeByte(offset: number, value: number): void {
    if (offset === 0) this.writeCommand(value);
    else if (offset === 2) this.writeStatus(value);
    else if (offset >= 4) {
      const shift = 8 * (offset & 3);
      this.table = ((this.table & ~(0xff << shift)) | (value << shift)) & ~3;
    }
  }

  private writeCommand(value: number): void {
    const was = this.command & Command.start;
    this.command = value & (Command.start | Command.toMemory);
    if (!(value & Command.start)) {
      // Stopping forgets where the engine was; it cannot be resumed.
      this.status &= ~BmStatus.active;
      return;
    }
    if (was) return;
    this.status |= BmStatus.active;
    this.next = this.table >>> 0;
    this.left = 0;
    this.last = false;
    this.pump();
  }

  private writeStatus(value: number): void {
    const kept = this.status & ~(value & (BmStatus.error | BmStatus.interrupt));
    this.status = (kept & ~BmStatus.capable) | (value & BmStatus.capable);
  }

  /** The drive's interrupt request rose. */
  interruptRaised(): void {
    this.status |= BmStatus.interrupt;
  }

  /** Moves what both sides are ready to move. */
  pump(): void {
    for (;;) {
      const drive = this.drive();
      if (!(this.status & BmStatus.active) || !drive?.viaDma || drive.phase === 'idle') return;
      if (!this.mastering()) return;
      const toMemory = drive.phase === 'read';
      // A direction that does not fit the command moves nothing; the host runs into its time-out.
      if (toMemory !== ((this.command & Command.toMemory) !== 0)) return;
      if (this.left === 0 && !this.nextRegion()) return;
      const block = drive.block();
      const part = block.subarray(0, Math.min(block.length, this.left));
      if (toMemory) this.dma.write(this.address, part);
      else this.dma.read(this.address, part);
      this.address += part.length;
      this.left -= part.length;
      if (this.left === 0 && this.last) this.status &= ~BmStatus.active;
      drive.moved(part.length);
    }
  }

  /** Loads the next descriptor; false: the table has ended. */
  private nextRegion(): boolean {
    if (this.last) return false;
    const entry = new Uint8Array(8);
    this.dma.read(this.next, entry);
    this.address = (entry[0] | (entry[1] << 8) | (entry[2] << 16) | (entry[3] << 24)) & ~1;
    this.address >>>= 0;
    this.left = (entry[4] | (entry[5] << 8)) & ~1 || 0x1_0000;
    this.last = (entry[7] & 0x80) !== 0;
    this.next += 8;
    return true;
  }

  reset(): void {
    this.command = this.status = this.table = 0;
    this.next = this.address = this.left = 0;
    this.last = false;
  }

  save(): DeviceState {
    const { command, status, table, next, address, left, last } = this;
    return { command, status, table, next, address, left, last };
  }

  restore(state: DeviceState): void {
    Object.assign(this, state);
  }
}
