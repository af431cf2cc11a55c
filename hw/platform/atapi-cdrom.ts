/**
 * An ATAPI CD-ROM drive: the PACKET protocol by PIO and DMA, and the commands of a reader.
 * Source: ATA/ATAPI-6 (T13/1410D), section 9.8 (PACKET); MMC-3 (T10/1363-D) for the commands.
 * The medium is a DiskImage of 2048-byte blocks, or none; a change gives a unit attention.
 * Longer than other files because the packet protocol and its table of commands share their state.
 * Left out: audio, writing, raw sectors (READ CD gives user data only), overlapped commands.
 */
import { identifyCdrom } from './ata-identify.js';
import {
  be16,
  be32,
  bytes32,
  discInformation,
  eventStatus,
  getConfiguration,
  inquiry,
  mechanismStatus,
  modeSense,
  readToc,
  requestSense,
  type SenseCode,
  senseCodes,
} from './atapi-packets.js';
import type { DeviceHost, DeviceState } from './device.js';
import type { DiskImage, DiskImageState } from './disk-image.js';
import {
  cdromTiming,
  DriveError,
  type DriveTiming,
  type DriveWires,
  IdeDrive,
  Reg,
  Status,
} from './ide-drive.js';

const BLOCK = 2048;
const PACKET_BYTES = 12;
/** Blocks read ahead into the buffer between two steps. */
const CHUNK_BLOCKS = 16;
/** Interrupt reason (the sector count register): command or data, and its direction. */
const Reason = { dataIn: 2, packet: 1, status: 3 } as const;
const READY = Status.drdy | Status.dsc;
const MODEL = 'CHRYSALIS CD-ROM';

type Run = (drive: AtapiCdrom, packet: Uint8Array) => void;

export class AtapiCdrom extends IdeDrive {
  private sense: SenseCode = senseCodes.powerOn;
  private attention: SenseCode | undefined = senseCodes.powerOn;
  private transferMode = 0x22;
  private locked = false;
  private trayOpen = false;
  /** A change that GET EVENT STATUS has not told yet. */
  private changed = false;
  private headLba = 0;

  /** The answer under way: bytes in the buffer, then blocks still on the medium. */
  private filled = 0;
  private lba = 0;
  private blocksLeft = 0;
  private byteLimit = 0;
  private readonly packet = new Uint8Array(PACKET_BYTES);
  /** The block ends like that of a plain PIO command, without a status phase. */
  private plainData = false;

  constructor(
    host: DeviceHost,
    wires: DriveWires,
    name: string,
    unit: 0 | 1,
    private image?: DiskImage,
    timing: DriveTiming = cdromTiming,
  ) {
    super(host, wires, name, unit, timing);
    this.reset();
  }

  /** Changes the disc from outside: undefined takes it out. */
  insert(image: DiskImage | undefined): void {
    this.image = image;
    this.trayOpen = false;
    this.changed = true;
    this.headLba = 0;
    this.attention = image ? senseCodes.mediumChanged : undefined;
  }

  private get medium(): DiskImage | undefined {
    return this.trayOpen ? undefined : this.image;
  }

  // ---- ATA side -------------------------------------------------------------------------------

  protected execute(command: number): void {
    const { commandUs } = this.timing;
    switch (command) {
      case 0x08: // DEVICE RESET: the signature at once, no interrupt
        this.stopTime();
        this.loadSignature();
        return;
      case 0xa0:
        this.startPacket();
        return;
      case 0xa1:
        this.after(commandUs, 'identify');
        return;
      case 0xef:
        this.after(commandUs, this.setFeatures() ? 'done' : 'abort');
        return;
      case 0xe5:
        this.current[Reg.count] = 0xff;
        this.after(commandUs, 'done');
        return;
      case 0xe0: // the power commands: there is nothing to spin down that matters
      case 0xe1:
      case 0xe6:
        this.after(commandUs, 'done');
        return;
      case 0x20: // READ SECTOR(S) and IDENTIFY DEVICE tell what kind of drive this is
      case 0xec:
        this.after(commandUs, 'abortSigned');
        return;
      default:
        this.after(commandUs, 'abort');
    }
  }

  /** DEVICE RESET is the one command that a busy drive obeys. */
  override command(code: number): void {
    if (code === 0x08) this.status &= ~Status.bsy;
    super.command(code);
  }

  protected readonly steps = {
    takePacket: () => this.takePacket(),
    identify: () => this.sendIdentity(),
    data: () => this.offerData(),
    readMore: () => this.readMore(),
    done: () => this.finish(),
    check: () => this.fail((this.sense[0] << 4) | DriveError.abrt),
    abort: () => this.fail(DriveError.abrt),
    abortSigned: () => {
      this.loadSignature();
      this.fail(DriveError.abrt);
    },
  };

  private setFeatures(): boolean {
    const value = this.current[Reg.count];
    if (this.current[Reg.features] !== 0x03) return false;
    const kind = value & 0xf8;
    if (kind === 0x20 || kind === 0x40) {
      if ((value & 7) > 2) return false;
      this.transferMode = value;
    }
    return kind === 0x00 || kind === 0x08 || kind === 0x20 || kind === 0x40;
  }

  private sendIdentity(): void {
    const { transferMode } = this;
    const serial = `CH${this.name.replace(/\D/g, '').padStart(6, '0')}`;
    this.buffer.set(identifyCdrom({ serial, firmware: '1.0', model: MODEL, transferMode }));
    this.viaDma = false;
    this.blocksLeft = 0;
    this.filled = 512;
    this.status = READY;
    this.plainData = true;
    this.setIntrq(true);
    this.openBlock('read', 0, 512);
  }

  private finish(): void {
    this.current[Reg.count] = Reason.status;
    this.status = READY;
    this.setIntrq(true);
  }

  private fail(error: number): void {
    this.error = error;
    this.current[Reg.count] = Reason.status;
    this.status = READY | Status.err;
    this.setIntrq(true);
  }

  // ---- PACKET protocol ------------------------------------------------------------------------

  private startPacket(): void {
    if (this.current[Reg.features] & 2) {
      this.after(this.timing.commandUs, 'abort'); // no overlapped commands
      return;
    }
    // ASSUMED: an accelerated packet request comes within 50 us, without an interrupt.
    this.after(Math.min(50, this.timing.commandUs), 'takePacket');
  }

  private takePacket(): void {
    this.current[Reg.count] = Reason.packet;
    this.status = READY;
    this.viaDma = false; // the packet itself always comes through the data port
    this.openBlock('write', 0, PACKET_BYTES);
  }

  protected blockWritten(): void {
    this.plainData = false;
    this.packet.set(this.buffer.subarray(0, PACKET_BYTES));
    this.viaDma = (this.current[Reg.features] & 1) !== 0;
    const limit = this.current[Reg.mid] | (this.current[Reg.high] << 8);
    // Zero counts as the largest; an odd limit is rounded down, since words are moved.
    this.byteLimit = Math.max(2, (limit || 0xfffe) & 0xfffe);
    this.runPacket(this.packet);
  }

  private runPacket(packet: Uint8Array): void {
    const code = packet[0];
    const row = AtapiCdrom.packets.get(code);
    const tells = code === 0x12 || code === 0x03 || code === 0x4a; // these answer in any state
    if (this.attention && !tells) {
      const code = this.attention;
      this.attention = undefined;
      this.check(code);
    } else if (!row) this.check(senseCodes.invalidCommand);
    else {
      if (code !== 0x03) this.sense = senseCodes.none;
      row(this, packet);
    }
  }

  private check(code: SenseCode): void {
    this.sense = code;
    this.after(this.timing.commandUs, 'check');
  }

  /** Answers with bytes, cut to the allocation length of the packet. */
  private answer(bytes: readonly number[] | undefined, allocation: number): void {
    if (!bytes) {
      this.check(senseCodes.invalidField);
      return;
    }
    this.filled = Math.min(bytes.length, allocation);
    this.buffer.set(bytes.slice(0, this.filled));
    this.blocksLeft = 0;
    this.position = this.blockEnd = 0;
    this.after(this.timing.commandUs, this.filled === 0 ? 'done' : 'data');
  }

  /** Next block for the host: by PIO as much as its byte count allows, by DMA all there is. */
  private offerData(): void {
    const from = this.blockEnd;
    const left = this.filled - from;
    const size = this.viaDma ? left : Math.min(left, this.byteLimit);
    this.current[Reg.count] = Reason.dataIn;
    this.current[Reg.mid] = size & 0xff;
    this.current[Reg.high] = size >>> 8;
    this.status = READY;
    if (!this.viaDma) this.setIntrq(true);
    this.openBlock('read', from, from + size);
  }

  protected blockRead(): void {
    if (this.plainData) {
      this.plainData = false;
      this.status = READY;
    } else if (this.blockEnd < this.filled) this.after(1, 'data');
    else if (this.blocksLeft > 0) {
      this.after(this.chunk() * this.timing.sectorUs, 'readMore');
    } else this.after(1, 'done');
  }

  // ---- Reading --------------------------------------------------------------------------------

  private chunk(): number {
    return Math.min(CHUNK_BLOCKS, this.blocksLeft);
  }

  private startRead(lba: number, count: number): void {
    const medium = this.medium;
    if (!medium) this.check(senseCodes.noMedium);
    else if (lba + count > medium.sectors) this.check(senseCodes.outOfRange);
    else if (count === 0) this.after(this.timing.commandUs, 'done');
    else {
      this.lba = lba;
      this.blocksLeft = count;
      const us = this.timing.commandUs + this.seekUs(lba, medium.sectors);
      this.after(us + this.chunk() * this.timing.sectorUs, 'readMore');
    }
  }

  private seekUs(lba: number, sectors: number): number {
    return this.seekTimeUs(Math.abs(lba - this.headLba), sectors);
  }

  private readMore(): void {
    const medium = this.medium;
    if (!medium) {
      this.check(senseCodes.noMedium);
      return;
    }
    const n = this.chunk();
    medium.read(this.lba, n, this.buffer);
    this.lba += n;
    this.headLba = this.lba;
    this.blocksLeft -= n;
    this.filled = n * BLOCK;
    this.position = this.blockEnd = 0;
    this.offerData();
  }

  private startSeek(lba: number): void {
    const medium = this.medium;
    if (!medium) this.check(senseCodes.noMedium);
    else if (lba >= medium.sectors) this.check(senseCodes.outOfRange);
    else {
      this.after(this.timing.commandUs + this.seekUs(lba, medium.sectors), 'done');
      this.headLba = lba;
    }
  }

  // ---- Packet commands ------------------------------------------------------------------------

  private static readonly packets: ReadonlyMap<number, Run> = new Map<number, Run>([
    [0x00, (d) => d.whenReady(() => d.after(d.timing.commandUs, 'done'))], // TEST UNIT READY
    [0x03, (d, p) => d.tellSense(p[4])], // REQUEST SENSE
    [0x12, (d, p) => d.answer(p[1] & 1 ? undefined : inquiry('CD-ROM', '1.0'), p[4])], // INQUIRY
    [0x1a, (d, p) => d.answer(modeSense(p[2] & 0x3f, p[2] >>> 6, false, !!d.medium), p[4])],
    [0x1b, (d, p) => d.startStop(p[4])], // START STOP UNIT
    [0x1e, (d, p) => d.preventRemoval((p[4] & 1) !== 0)],
    [0x25, (d) => d.whenReady((m) => d.answer([...bytes32(m.sectors - 1), ...bytes32(BLOCK)], 8))],
    [0x28, (d, p) => d.startRead(be32(p, 2), be16(p, 7))], // READ (10)
    [0x2b, (d, p) => d.startSeek(be32(p, 2))], // SEEK (10)
    [0x43, (d, p) => d.whenReady((m) => d.toc(p, m.sectors))], // READ TOC/PMA/ATIP
    [0x46, (d, p) => d.answer(getConfiguration(p[1] & 3, be16(p, 2), !!d.medium), be16(p, 7))],
    [0x4a, (d, p) => d.events(p)], // GET EVENT STATUS NOTIFICATION
    [0x51, (d, p) => d.whenReady(() => d.answer(discInformation(), be16(p, 7)))],
    [0x5a, (d, p) => d.answer(modeSense(p[2] & 0x3f, p[2] >>> 6, true, !!d.medium), be16(p, 7))],
    [0xa8, (d, p) => d.startRead(be32(p, 2), be32(p, 6))], // READ (12)
    [0xbd, (d, p) => d.answer(mechanismStatus(), be16(p, 8))],
    [0xbe, (d, p) => d.readCd(p)], // READ CD
  ]);

  private whenReady(then: (medium: DiskImage) => void): void {
    if (this.medium) then(this.medium);
    else this.check(senseCodes.noMedium);
  }

  private tellSense(allocation: number): void {
    const code = this.sense[0] === 0 && this.attention ? this.attention : this.sense;
    if (code === this.attention) this.attention = undefined;
    this.sense = senseCodes.none;
    this.answer(requestSense(code), allocation);
  }

  private startStop(flags: number): void {
    const loadEject = (flags & 2) !== 0;
    const start = (flags & 1) !== 0;
    if (loadEject && !start && this.locked) {
      this.check(senseCodes.removalPrevented);
      return;
    }
    if (loadEject) {
      if (this.trayOpen === start) this.changed = true;
      if (this.trayOpen && start && this.image) this.attention = senseCodes.mediumChanged;
      this.trayOpen = !start;
    }
    this.after(start ? this.timing.spinUpUs : this.timing.commandUs, 'done');
  }

  private preventRemoval(prevent: boolean): void {
    this.locked = prevent;
    this.after(this.timing.commandUs, 'done');
  }

  private toc(p: Uint8Array, blocks: number): void {
    // The format is in byte 2; old drivers put it into the upper bits of byte 9.
    const format = p[2] & 0xf || p[9] >>> 6;
    this.answer(readToc(format, (p[1] & 2) !== 0, p[6], blocks), be16(p, 7));
  }

  private events(p: Uint8Array): void {
    const polled = (p[1] & 1) !== 0;
    const bytes = polled ? eventStatus(p[4], this.changed, !!this.medium) : undefined;
    if (bytes && p[4] & 0x10) this.changed = false;
    this.answer(bytes, be16(p, 7));
  }

  private readCd(p: Uint8Array): void {
    const count = (p[6] << 16) | be16(p, 7);
    const parts = p[9] & 0xf8;
    if (parts === 0x10) this.startRead(be32(p, 2), count);
    else if (parts === 0) this.after(this.timing.commandUs, 'done');
    else this.check(senseCodes.invalidField);
  }

  // ---- Reset and state ------------------------------------------------------------------------

  protected signature(): { mid: number; high: number; status: number } {
    return { mid: 0x14, high: 0xeb, status: 0 };
  }

  protected resetDrive(): void {
    this.sense = senseCodes.none;
    this.attention = senseCodes.powerOn;
    this.transferMode = 0x22;
    this.locked = this.trayOpen = this.changed = this.plainData = false;
    this.headLba = this.filled = this.lba = this.blocksLeft = this.byteLimit = 0;
    this.viaDma = false;
  }

  protected override usedBytes(): number {
    return this.filled;
  }

  protected saveDrive(): DeviceState {
    const { transferMode, locked, trayOpen, changed, headLba, filled, lba, blocksLeft } = this;
    const { byteLimit, plainData, packet } = this;
    return {
      ...{ transferMode, locked, trayOpen, changed, headLba, filled, lba, blocksLeft },
      ...{ byteLimit, plainData },
      packet: packet.slice(),
      sense: [...this.sense],
      attention: this.attention ? [...this.attention] : null,
      image: this.image ? this.image.save() : null,
    };
  }

  protected restoreDrive(state: DeviceState): void {
    const { image, packet, sense, attention, ...fields } = state;
    this.packet.set(packet as Uint8Array);
    this.sense = sense as unknown as SenseCode;
    this.attention = (attention as unknown as SenseCode | null) ?? undefined;
    Object.assign(this, fields);
    if (image && this.image) this.image.restore(image as DiskImageState);
  }
}
