/**
 * The physical address space and the I/O ports of the PC, as an i440FX board maps them:
 *
 *   0x00000000-0x0009ffff  RAM
 *   0x000a0000-0x000bffff  VGA window (memory-mapped I/O)
 *   0x000c0000-0x000fffff  ROM or shadow RAM, per 16 KB, for reads and for writes (PAM registers)
 *   0x00100000-end of RAM  RAM
 *   ... memory-mapped I/O, claimed by devices ...
 *   top of 4 GB            the BIOS image; its last 128 KB also appear below 1 MB
 *
 * RAM and ROM win over claims of devices, as the host bridge decodes them first. Without a BIOS
 * image 0xc0000-0xfffff is plain RAM, so that a loader can place its tables there.
 * Source: Intel 440FX datasheet (290549), sections 3.2.16 (PAM) and 4.1 (system address map).
 * Left out: SMRAM, the ISA hole at 15 MB; the A20 gate is applied by the processor.
 */
import { SimulatorBug } from '../../base/errors.js';
import type {
  AddressSpaces,
  DmaPort,
  MmioHandlers,
  PortHandlers,
  ShadowControl,
  Width,
} from '../platform/device.js';
import type { TallyState, UnclaimedAccess } from './access-tally.js';
import { MmioMap } from './mmio-map.js';
import { PortMap } from './port-map.js';

// Values of PageKind as guest-isa/mmu/ports.ts declares them; a unit test compares the two.
const SLOW = 0;
const RAM = 1;
const RAM_READ_ONLY = 2;

const PAGES = 0x10_0000;
const VGA_FIRST = 0xa0000;
const AREA_FIRST = 0xc0000;
const AREA_END = 0x100000;
const SEGMENT = 0x4000;
const SEGMENTS = (AREA_END - AREA_FIRST) / SEGMENT;
/** How much of the BIOS image appears below 1 MB. */
const LOW_BIOS = 0x20000;
const MAX_BIOS = 0x80000;
const FOUR_GB = 0x1_0000_0000;
const MAX_RAM = 0xe000_0000;

const READ_RAM = 1;
const WRITE_RAM = 2;

export interface BusState {
  shadow: Uint8Array;
  ports: TallyState;
  memory: TallyState;
}

export class PhysicalBus implements AddressSpaces, ShadowControl {
  readonly pageKinds = new Uint8Array(PAGES);
  /** Bus masters and loaders: like `read` and `write` for any length, and onRamWritten is told before. */
  readonly dma: DmaPort = {
    read: (address, into) => this.dmaRead(address, into),
    write: (address, from) => this.dmaWrite(address, from),
  };
  onMapChanged: () => void = () => {};
  onRamWritten: (address: number, sizeBytes: number) => void = () => {};

  private readonly portMap = new PortMap();
  private readonly mmioMap = new MmioMap();
  private readonly view: DataView;
  /** What lies behind 0xc0000-0xfffff: the low part of the BIOS and option ROMs. */
  private readonly lowRom = new Uint8Array(AREA_END - AREA_FIRST).fill(0xff);
  private bios: Uint8Array | undefined;
  /** READ_RAM and WRITE_RAM of each 16 KB from 0xc0000. */
  private readonly shadow = new Uint8Array(SEGMENTS);

  /** `ram` is a view on the machine's memory, a whole number of pages, at least 1 MB. */
  constructor(readonly ram: Uint8Array) {
    if (ram.length < AREA_END || ram.length > MAX_RAM || ram.length % 4096 !== 0) {
      throw new SimulatorBug(`RAM of ${ram.length} bytes`);
    }
    this.view = new DataView(ram.buffer, ram.byteOffset, ram.length);
    this.pageKinds.fill(RAM, 0, ram.length >>> 12);
    this.pageKinds.fill(SLOW, VGA_FIRST >>> 12, AREA_FIRST >>> 12);
  }

  // --- what is plugged in

  /** Plugs in the BIOS: at the top of 4 GB, and its last 128 KB below 1 MB. A multiple of 4 KB up to 512 KB. */
  setBios(image: Uint8Array): void {
    if (image.length === 0 || image.length > MAX_BIOS || image.length % 4096 !== 0) {
      throw new SimulatorBug(`BIOS image of ${image.length} bytes`);
    }
    this.bios = image.slice();
    const low = image.subarray(Math.max(0, image.length - LOW_BIOS));
    this.lowRom.set(low, this.lowRom.length - low.length);
    this.mapArea();
  }

  /** Puts an option ROM behind the shadow RAM; seen only when a BIOS is plugged in too. */
  setOptionRom(address: number, image: Uint8Array): void {
    if (address < AREA_FIRST || address + image.length > AREA_END - LOW_BIOS) {
      throw new SimulatorBug(`option ROM of ${image.length} bytes at ${address.toString(16)}`);
    }
    this.lowRom.set(image, address - AREA_FIRST);
  }

  setShadow(first: number, sizeBytes: number, readRam: boolean, writeRam: boolean): void {
    const from = (first - AREA_FIRST) / SEGMENT;
    const count = sizeBytes / SEGMENT;
    if (
      !Number.isInteger(from) ||
      !Number.isInteger(count) ||
      from < 0 ||
      from + count > SEGMENTS
    ) {
      throw new SimulatorBug(`shadow of ${first.toString(16)}+${sizeBytes.toString(16)}`);
    }
    const bits = (readRam ? READ_RAM : 0) | (writeRam ? WRITE_RAM : 0);
    this.shadow.fill(bits, from, from + count);
    this.mapArea();
  }

  ports(first: number, count: number, handlers: PortHandlers, owner: string): () => void {
    return this.portMap.claim(first, count, handlers, owner);
  }

  mmio(first: number, sizeBytes: number, handlers: MmioHandlers, owner: string): () => void {
    return this.mmioMap.claim(first, sizeBytes, handlers, owner);
  }

  // --- the processor's side

  in(port: number, width: Width): number {
    return this.portMap.in(port, width);
  }

  out(port: number, value: number, width: Width): void {
    this.portMap.out(port, value, width);
  }

  /** Unsigned value at any address and alignment; what is unaligned off RAM is split into aligned pieces. */
  read(address: number, width: Width): number {
    if (this.pageKinds[address >>> 12] !== SLOW && (address & 0xfff) + width <= 0x1000) {
      if (width === 4) return this.view.getUint32(address, true);
      return width === 2 ? this.view.getUint16(address, true) : this.ram[address];
    }
    if ((address & (width - 1)) !== 0) {
      let value = 0;
      for (let i = 0; i < width; i++) value |= this.read((address + i) >>> 0, 1) << (i * 8);
      return value >>> 0;
    }
    return this.readSlow(address, width);
  }

  write(address: number, value: number, width: Width): void {
    const kind = this.pageKinds[address >>> 12];
    if (kind === RAM && (address & 0xfff) + width <= 0x1000) {
      this.writeRam(address, value, width);
    } else if ((address & (width - 1)) !== 0) {
      for (let i = 0; i < width; i++) this.write((address + i) >>> 0, value >>> (i * 8), 1);
    } else if (address >= AREA_FIRST && address < AREA_END) {
      if (this.shadow[(address - AREA_FIRST) >>> 14] & WRITE_RAM)
        this.writeRam(address, value, width);
    } else if (kind === SLOW && !this.isHighBios(address)) {
      this.mmioMap.write(address, value, width);
    }
  }

  // --- reports and state

  unclaimedPorts(): UnclaimedAccess[] {
    return this.portMap.unclaimed.list();
  }

  unclaimedMemory(): UnclaimedAccess[] {
    return this.mmioMap.unclaimed.list();
  }

  /** Name of who answers a port, for reports. */
  portOwner(port: number): string | undefined {
    return this.portMap.ownerOf(port);
  }

  /** All but the RAM, which the machine saves, and the ROMs, which belong to the configuration. */
  save(): BusState {
    return {
      shadow: this.shadow.slice(),
      ports: this.portMap.unclaimed.save(),
      memory: this.mmioMap.unclaimed.save(),
    };
  }

  restore(state: BusState): void {
    this.shadow.set(state.shadow);
    this.portMap.unclaimed.restore(state.ports);
    this.mmioMap.unclaimed.restore(state.memory);
    this.mapArea();
  }

  // --- inside

  private mapArea(): void {
    let changed = false;
    for (let segment = 0; segment < SEGMENTS; segment++) {
      const kind = this.areaKind(this.shadow[segment]);
      const page = (AREA_FIRST + segment * SEGMENT) >>> 12;
      if (this.pageKinds[page] !== kind) changed = true;
      this.pageKinds.fill(kind, page, page + (SEGMENT >>> 12));
    }
    if (changed) this.onMapChanged();
  }

  private areaKind(bits: number): number {
    if (!this.bios) return RAM;
    if (!(bits & READ_RAM)) return SLOW;
    return bits & WRITE_RAM ? RAM : RAM_READ_ONLY;
  }

  private readSlow(address: number, width: Width): number {
    if (address >= AREA_FIRST && address < AREA_END) {
      return littleEndian(this.lowRom, address - AREA_FIRST, width);
    }
    if (this.bios && this.isHighBios(address)) {
      return littleEndian(this.bios, address - (FOUR_GB - this.bios.length), width);
    }
    return this.mmioMap.read(address, width);
  }

  private isHighBios(address: number): boolean {
    return this.bios !== undefined && address >= FOUR_GB - this.bios.length;
  }

  private writeRam(address: number, value: number, width: Width): void {
    if (width === 4) this.view.setUint32(address, value, true);
    else if (width === 2) this.view.setUint16(address, value, true);
    else this.ram[address] = value;
  }

  private dmaRead(address: number, into: Uint8Array): void {
    for (let done = 0; done < into.length; ) {
      const at = address + done;
      const size = Math.min(into.length - done, 0x1000 - (at % 0x1000));
      if (at < FOUR_GB && this.pageKinds[at >>> 12] !== SLOW) {
        into.set(this.ram.subarray(at, at + size), done);
      } else {
        for (let i = 0; i < size; i++) into[done + i] = at < FOUR_GB ? this.read(at + i, 1) : 0xff;
      }
      done += size;
    }
  }

  private dmaWrite(address: number, from: Uint8Array): void {
    for (let done = 0; done < from.length; ) {
      const at = address + done;
      const size = Math.min(from.length - done, 0x1000 - (at % 0x1000));
      if (at < FOUR_GB && this.reachesRam(at)) {
        this.onRamWritten(at, size);
        this.ram.set(from.subarray(done, done + size), at);
      } else {
        for (let i = 0; i < size && at < FOUR_GB; i++) this.write(at + i, from[done + i], 1);
      }
      done += size;
    }
  }

  /** Whether a write to this address changes RAM (also where reads come from ROM). */
  private reachesRam(address: number): boolean {
    if (this.pageKinds[address >>> 12] === RAM) return true;
    if (address < AREA_FIRST || address >= AREA_END) return false;
    return (this.shadow[(address - AREA_FIRST) >>> 14] & WRITE_RAM) !== 0;
  }
}

function littleEndian(bytes: Uint8Array, at: number, width: Width): number {
  let value = 0;
  for (let i = width - 1; i >= 0; i--) value = (value << 8) | bytes[at + i];
  return value >>> 0;
}
