/**
 * An ATA hard disk: addressing (CHS, 28 and 48 bits), sector transfers by PIO, PIO multiple and
 * DMA, and the small commands.
 * Source: ATA/ATAPI-6 (T13/1410D), chapters 8 (commands) and 9 (protocols).
 * Delays: command, then seek by distance (none for the sector that follows the last one), then
 * the sectors; with the write cache on, writes cost no seek until FLUSH CACHE.
 * Left out: SMART, security, host protected area, power-up in standby: refused with ABRT.
 */
import { defaultGeometry, type Geometry, identifyDisk } from './ata-identify.js';
import type { DeviceHost, DeviceState } from './device.js';
import type { DiskImage, DiskImageState } from './disk-image.js';
import {
  DriveError,
  type DriveTiming,
  type DriveWires,
  diskTiming,
  IdeDrive,
  Reg,
  Status,
} from './ide-drive.js';

const SECTOR = 512;
const MAX_MULTIPLE = 16;
/** Sectors that move between two steps of a DMA command. */
const DMA_PIECE = 16;
const READY = Status.drdy | Status.dsc;

interface Transfer {
  readonly write: boolean;
  readonly ext?: boolean;
  readonly dma?: boolean;
  readonly multiple?: boolean;
}

type Run = (disk: AtaDisk) => void;

export class AtaDisk extends IdeDrive {
  private readonly geometry: Geometry;
  private logical: Geometry;
  private multiple = 0;
  private writeCache = true;
  private lookAhead = true;
  private transferMode = 0;
  private standby = false;
  private dirty = false;
  /** Sector under the head: the one after the last transfer. */
  private headLba = 0;

  /** The transfer under way. */
  private lba = 0;
  private remaining = 0;
  private blockSectors = 1;

  constructor(
    host: DeviceHost,
    wires: DriveWires,
    name: string,
    unit: 0 | 1,
    private readonly image: DiskImage,
    timing: DriveTiming = diskTiming,
  ) {
    super(host, wires, name, unit, timing);
    this.geometry = defaultGeometry(image.sectors);
    this.logical = this.geometry;
    this.reset();
  }

  // ---- Commands -------------------------------------------------------------------------------

  private static transfer(t: Transfer): Run {
    return (disk) => disk.startTransfer(t);
  }

  /** Code (or first and last code) and what it does. */
  private static readonly rows: readonly (readonly [number, number, Run])[] = [
    [0x10, 0x1f, (d) => d.startSeek(0)], // RECALIBRATE
    [0x20, 0x21, AtaDisk.transfer({ write: false })], // READ SECTOR(S)
    [0x24, 0x24, AtaDisk.transfer({ write: false, ext: true })],
    [0x25, 0x25, AtaDisk.transfer({ write: false, ext: true, dma: true })], // READ DMA EXT
    [0x29, 0x29, AtaDisk.transfer({ write: false, ext: true, multiple: true })],
    [0x30, 0x31, AtaDisk.transfer({ write: true })], // WRITE SECTOR(S)
    [0x34, 0x34, AtaDisk.transfer({ write: true, ext: true })],
    [0x35, 0x35, AtaDisk.transfer({ write: true, ext: true, dma: true })], // WRITE DMA EXT
    [0x39, 0x39, AtaDisk.transfer({ write: true, ext: true, multiple: true })],
    [0x40, 0x41, (d) => d.startVerify(false)], // READ VERIFY SECTOR(S)
    [0x42, 0x42, (d) => d.startVerify(true)],
    [0x70, 0x7f, (d) => d.startSeek(d.address(false))], // SEEK
    [0x91, 0x91, (d) => d.setGeometry()], // INITIALIZE DEVICE PARAMETERS
    [0x94, 0x94, (d) => d.power(true)], // the power commands have old and new codes
    [0x95, 0x95, (d) => d.power(false)],
    [0x96, 0x96, (d) => d.power(true)],
    [0x97, 0x97, (d) => d.power(false)],
    [0x98, 0x98, (d) => d.checkPower()],
    [0x99, 0x99, (d) => d.power(true)],
    [0xc4, 0xc4, AtaDisk.transfer({ write: false, multiple: true })], // READ MULTIPLE
    [0xc5, 0xc5, AtaDisk.transfer({ write: true, multiple: true })], // WRITE MULTIPLE
    [0xc6, 0xc6, (d) => d.setMultiple()],
    [0xc8, 0xc9, AtaDisk.transfer({ write: false, dma: true })], // READ DMA
    [0xca, 0xcb, AtaDisk.transfer({ write: true, dma: true })], // WRITE DMA
    [0xe0, 0xe0, (d) => d.power(true)], // STANDBY IMMEDIATE
    [0xe1, 0xe1, (d) => d.power(false)], // IDLE IMMEDIATE
    [0xe2, 0xe2, (d) => d.power(true)], // STANDBY
    [0xe3, 0xe3, (d) => d.power(false)], // IDLE
    [0xe5, 0xe5, (d) => d.checkPower()],
    [0xe6, 0xe6, (d) => d.power(true)], // SLEEP
    [0xe7, 0xe7, (d) => d.flush()], // FLUSH CACHE
    [0xea, 0xea, (d) => d.flush()], // FLUSH CACHE EXT
    [0xec, 0xec, (d) => d.identify()], // IDENTIFY DEVICE
    [0xef, 0xef, (d) => d.setFeatures()],
  ];
  private static readonly commands = new Map<number, Run>(
    AtaDisk.rows.flatMap(([first, last, run]) =>
      Array.from({ length: last - first + 1 }, (_, i): [number, Run] => [first + i, run]),
    ),
  );

  protected execute(command: number): void {
    const run = AtaDisk.commands.get(command);
    if (run) run(this);
    else this.after(this.timing.commandUs, 'abort');
  }

  protected readonly steps = {
    fetch: () => this.fetch(),
    accept: () => this.openBlock('write', 0, this.piece() * SECTOR),
    store: () => this.store(),
    identify: () => this.sendIdentity(),
    done: () => this.finish(),
    abort: () => this.fail(DriveError.abrt),
    notFound: () => this.fail(DriveError.idnf),
  };

  private finish(): void {
    this.status = READY;
    this.setIntrq(true);
  }

  private fail(bits: number): void {
    this.error = bits;
    this.status = READY | Status.err;
    this.setIntrq(true);
  }

  // ---- Addresses and seeks --------------------------------------------------------------------

  /** First sector that the registers name, or -1. */
  private address(ext: boolean): number {
    const c = this.current;
    const low24 = c[Reg.low] | (c[Reg.mid] << 8) | (c[Reg.high] << 16);
    if (!this.lbaMode) return ext ? -1 : this.chsAddress();
    if (!ext) return low24 + (c[Reg.device] & 0xf) * 0x100_0000;
    const p = this.previous;
    return low24 + (p[Reg.low] + p[Reg.mid] * 0x100 + p[Reg.high] * 0x1_0000) * 0x100_0000;
  }

  private chsAddress(): number {
    const c = this.current;
    const g = this.logical;
    const cylinder = c[Reg.mid] | (c[Reg.high] << 8);
    const head = c[Reg.device] & 0xf;
    const sector = c[Reg.low];
    if (sector === 0 || sector > g.sectors || head >= g.heads) return -1;
    return (cylinder * g.heads + head) * g.sectors + sector - 1;
  }

  private count(ext: boolean): number {
    const count = this.current[Reg.count] | (ext ? this.previous[Reg.count] << 8 : 0);
    return count || (ext ? 0x1_0000 : 0x100);
  }

  private seekUs(lba: number): number {
    const spinUp = this.standby ? this.timing.spinUpUs : 0;
    this.standby = false;
    return spinUp + this.seekTimeUs(Math.abs(lba - this.headLba), this.image.sectors);
  }

  private onDisk(lba: number, count: number): boolean {
    return lba >= 0 && lba + count <= this.image.sectors;
  }

  private startSeek(lba: number): void {
    if (!this.onDisk(lba, 1)) {
      this.after(this.timing.commandUs, 'notFound');
      return;
    }
    this.after(this.timing.commandUs + this.seekUs(lba), 'done');
    this.headLba = lba;
  }

  private startVerify(ext: boolean): void {
    const lba = this.address(ext);
    const count = this.count(ext);
    if (!this.onDisk(lba, count)) {
      this.after(this.timing.commandUs, 'notFound');
      return;
    }
    const us = this.timing.commandUs + this.seekUs(lba) + count * this.timing.sectorUs;
    this.headLba = lba + count;
    this.after(us, 'done');
  }

  // ---- Transfers ------------------------------------------------------------------------------

  private startTransfer(t: Transfer): void {
    const ext = t.ext ?? false;
    this.lba = this.address(ext);
    this.remaining = this.count(ext);
    this.viaDma = t.dma ?? false;
    this.blockSectors = t.dma ? DMA_PIECE : t.multiple ? this.multiple : 1;
    const { commandUs, sectorUs } = this.timing;
    if (this.blockSectors === 0 || (t.write && this.image.readOnly)) this.after(commandUs, 'abort');
    else if (!this.onDisk(this.lba, this.remaining)) this.after(commandUs, 'notFound');
    else if (t.write) this.after(commandUs, 'accept');
    else this.after(commandUs + this.seekUs(this.lba) + this.piece() * sectorUs, 'fetch');
  }

  /** Sectors of the next block. */
  private piece(): number {
    return Math.min(this.blockSectors, this.remaining);
  }

  /** The next block has come off the medium. */
  private fetch(): void {
    const n = this.piece();
    this.image.read(this.lba, n, this.buffer);
    this.passed(n);
    this.status = READY;
    if (!this.viaDma) this.setIntrq(true);
    this.openBlock('read', 0, n * SECTOR);
  }

  private passed(sectors: number): void {
    this.lba += sectors;
    this.remaining -= sectors;
    this.headLba = this.lba;
  }

  protected blockRead(): void {
    if (this.remaining > 0) this.after(this.piece() * this.timing.sectorUs, 'fetch');
    else if (this.viaDma) this.finish();
    // The last block of a PIO read ends the command without another interrupt.
    else this.status = READY;
  }

  protected blockWritten(): void {
    const seek = this.writeCache ? 0 : this.seekUs(this.lba);
    this.after(this.piece() * this.timing.sectorUs + seek, 'store');
  }

  /** The block has reached the cache or the medium. */
  private store(): void {
    const n = this.piece();
    const head = this.headLba;
    this.image.write(this.lba, n, this.buffer);
    this.passed(n);
    if (this.writeCache) {
      this.headLba = head;
      this.dirty = true;
    }
    this.status = READY;
    if (this.remaining === 0) {
      this.finish();
      return;
    }
    if (!this.viaDma) this.setIntrq(true);
    this.openBlock('write', 0, this.piece() * SECTOR);
  }

  // ---- Small commands -------------------------------------------------------------------------

  private identify(): void {
    this.viaDma = false;
    this.after(this.timing.commandUs, 'identify');
  }

  private sendIdentity(): void {
    const identity = identifyDisk({
      serial: `CH${this.name.replace(/\D/g, '').padStart(6, '0')}`,
      firmware: '1.0',
      model: 'CHRYSALIS HARDDISK',
      sectors: this.image.sectors,
      geometry: this.geometry,
      currentGeometry: this.logical,
      multiple: this.multiple,
      maxMultiple: MAX_MULTIPLE,
      writeCache: this.writeCache,
      lookAhead: this.lookAhead,
      transferMode: this.transferMode,
    });
    this.buffer.set(identity);
    this.remaining = 0;
    this.status = READY;
    this.setIntrq(true);
    this.openBlock('read', 0, SECTOR);
  }

  private setGeometry(): void {
    const sectors = this.current[Reg.count];
    const heads = (this.current[Reg.device] & 0xf) + 1;
    if (sectors === 0) {
      this.after(this.timing.commandUs, 'abort');
      return;
    }
    const total = Math.min(this.image.sectors, 16383 * 16 * 63);
    const cylinders = Math.min(0xffff, Math.floor(total / (heads * sectors)));
    this.logical = { cylinders, heads, sectors };
    this.after(this.timing.commandUs, 'done');
  }

  private setMultiple(): void {
    const n = this.current[Reg.count];
    const valid = n <= MAX_MULTIPLE && (n & (n - 1)) === 0;
    if (valid) this.multiple = n;
    this.after(this.timing.commandUs, valid ? 'done' : 'abort');
  }

  private power(standby: boolean): void {
    this.standby = standby;
    this.after(this.timing.commandUs, 'done');
  }

  private checkPower(): void {
    this.current[Reg.count] = this.standby ? 0x00 : 0xff;
    this.after(this.timing.commandUs, 'done');
  }

  private flush(): void {
    this.after(this.timing.commandUs + (this.dirty ? this.timing.seekMaxUs : 0), 'done');
    this.dirty = false;
  }

  private setFeatures(): void {
    const ok = this.applyFeature(this.current[Reg.features], this.current[Reg.count]);
    this.after(this.timing.commandUs, ok ? 'done' : 'abort');
  }

  private applyFeature(code: number, value: number): boolean {
    if (code === 0x02 || code === 0x82) this.writeCache = code === 0x02;
    else if (code === 0xaa || code === 0x55) this.lookAhead = code === 0xaa;
    else if (code === 0x03) return this.setTransferMode(value);
    else return code === 0x66 || code === 0xcc; // keep / restore settings over a soft reset
    return true;
  }

  private setTransferMode(value: number): boolean {
    const kind = value & 0xf8;
    const mode = value & 7;
    const known =
      kind === 0x00 || // PIO default
      (kind === 0x08 && mode <= 4) ||
      (kind === 0x20 && mode <= 2) ||
      (kind === 0x40 && mode <= 5);
    // A PIO mode leaves the selected DMA mode alone.
    if (known && kind >= 0x20) this.transferMode = value;
    return known;
  }

  // ---- Reset and state ------------------------------------------------------------------------

  protected signature(): { mid: number; high: number; status: number } {
    return { mid: 0, high: 0, status: READY };
  }

  protected resetDrive(): void {
    this.logical = this.geometry;
    this.multiple = 0;
    this.writeCache = this.lookAhead = true;
    this.transferMode = 0x22;
    this.standby = this.dirty = false;
    this.headLba = this.lba = this.remaining = 0;
    this.blockSectors = 1;
    this.viaDma = false;
  }

  protected saveDrive(): DeviceState {
    const { multiple, writeCache, lookAhead, transferMode, standby, dirty, headLba } = this;
    const { lba, remaining, blockSectors, logical } = this;
    return {
      ...{ multiple, writeCache, lookAhead, transferMode, standby, dirty, headLba },
      ...{ lba, remaining, blockSectors, logical: { ...logical } },
      image: this.image.save(),
    };
  }

  protected restoreDrive(state: DeviceState): void {
    const { image, ...fields } = state;
    this.image.restore(image as DiskImageState);
    Object.assign(this, fields);
  }
}
