/**
 * The 256 words of IDENTIFY DEVICE and IDENTIFY PACKET DEVICE.
 * Source: ATA/ATAPI-6 (T13/1410D), sections 8.15 and 8.16.
 */

export interface Geometry {
  readonly cylinders: number;
  readonly heads: number;
  readonly sectors: number;
}

/** The translation-free geometry that drives of more than a few hundred MB report. */
export function defaultGeometry(totalSectors: number): Geometry {
  const cylinders = Math.min(16383, Math.max(1, Math.floor(totalSectors / (16 * 63))));
  return { cylinders, heads: 16, sectors: 63 };
}

export interface DiskIdentity {
  readonly serial: string;
  readonly firmware: string;
  readonly model: string;
  readonly sectors: number;
  readonly geometry: Geometry;
  readonly currentGeometry: Geometry;
  /** Sectors per block of READ/WRITE MULTIPLE, 0 = off. */
  readonly multiple: number;
  readonly maxMultiple: number;
  readonly writeCache: boolean;
  readonly lookAhead: boolean;
  /** Transfer mode as SET FEATURES took it: 0x20+n multiword DMA, 0x40+n Ultra DMA. */
  readonly transferMode: number;
}

/** Most sectors that a 28-bit address can name. */
export const LBA28_SECTORS = 0x0fff_ffff;

class Words {
  readonly bytes = new Uint8Array(512);

  set(index: number, value: number): void {
    this.bytes[2 * index] = value;
    this.bytes[2 * index + 1] = value >>> 8;
  }

  set32(index: number, value: number): void {
    this.set(index, value & 0xffff);
    this.set(index + 1, value >>> 16);
  }

  /** ATA strings: padded with blanks, the first character in the upper byte of each word. */
  text(index: number, words: number, text: string): void {
    const padded = text.padEnd(2 * words).slice(0, 2 * words);
    for (let i = 0; i < 2 * words; i++) this.bytes[2 * index + (i ^ 1)] = padded.charCodeAt(i);
  }
}

/** Selected-mode byte beside the three supported modes of a word like 63 or 88. */
function modes(supported: number, kind: number, transferMode: number): number {
  return (transferMode & 0xf8) === kind ? supported | (0x100 << (transferMode & 7)) : supported;
}

export function identifyDisk(d: DiskIdentity): Uint8Array {
  const w = new Words();
  w.set(0, 0x0040); // fixed drive
  w.set(1, d.geometry.cylinders);
  w.set(3, d.geometry.heads);
  w.set(6, d.geometry.sectors);
  w.text(10, 10, d.serial);
  w.text(23, 4, d.firmware);
  w.text(27, 20, d.model);
  w.set(47, 0x8000 | d.maxMultiple);
  w.set(48, 1); // 32-bit data port transfers
  w.set(49, 0x0f00); // LBA, DMA, IORDY
  w.set(50, 0x4000);
  w.set(51, 0x0200);
  w.set(53, 0x0007); // words 54-58, 64-70 and 88 are valid
  const c = d.currentGeometry;
  w.set(54, c.cylinders);
  w.set(55, c.heads);
  w.set(56, c.sectors);
  w.set32(57, c.cylinders * c.heads * c.sectors);
  w.set(59, d.multiple ? 0x0100 | d.multiple : 0);
  w.set32(60, Math.min(d.sectors, LBA28_SECTORS));
  w.set(63, modes(0x07, 0x20, d.transferMode));
  w.set(64, 0x03); // PIO modes 3 and 4
  for (let i = 65; i <= 68; i++) w.set(i, 120); // cycle times, ns
  w.set(80, 0x007e); // ATA-1 to ATA-6
  w.set(82, 0x4068); // NOP, look-ahead, write cache, power management
  w.set(83, 0x7400); // FLUSH CACHE, FLUSH CACHE EXT, 48-bit addresses
  w.set(84, 0x4000);
  w.set(85, 0x4008 | (d.lookAhead ? 0x40 : 0) | (d.writeCache ? 0x20 : 0));
  w.set(86, 0x3400);
  w.set(87, 0x4000);
  w.set(88, modes(0x3f, 0x40, d.transferMode));
  w.set(93, 0x6001); // reset found by jumper, 80-conductor cable
  w.set32(100, d.sectors);
  w.set(102, Math.floor(d.sectors / 2 ** 32));
  return w.bytes;
}

export interface CdromIdentity {
  readonly serial: string;
  readonly firmware: string;
  readonly model: string;
  readonly transferMode: number;
}

export function identifyCdrom(d: CdromIdentity): Uint8Array {
  const w = new Words();
  w.set(0, 0x85c0); // ATAPI, CD-ROM, removable, DRQ within 50 us, 12-byte packets
  w.text(10, 10, d.serial);
  w.text(23, 4, d.firmware);
  w.text(27, 20, d.model);
  w.set(48, 1);
  w.set(49, 0x0f00);
  w.set(51, 0x0200);
  w.set(53, 0x0007);
  w.set(63, modes(0x07, 0x20, d.transferMode));
  w.set(64, 0x03);
  for (let i = 65; i <= 68; i++) w.set(i, 120);
  w.set(80, 0x0070); // ATA/ATAPI-4 to -6
  w.set(82, 0x4218); // NOP, DEVICE RESET, PACKET, power management
  w.set(83, 0x4000);
  w.set(84, 0x4000);
  w.set(85, 0x4218);
  w.set(87, 0x4000);
  w.set(88, modes(0x07, 0x40, d.transferMode));
  w.set(93, 0x6001);
  return w.bytes;
}
