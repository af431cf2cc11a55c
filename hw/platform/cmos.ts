/**
 * What the set-up program of a BIOS would have stored in the battery-backed bytes: memory size,
 * drives, equipment, boot order, checksum.
 * Layout: IBM AT technical reference (0x10-0x2f), and the bytes that SeaBIOS reads on emulated boards
 * (0x34/0x35 memory above 16 MB, 0x38/0x3d boot order, 0x5f processors - 1).
 */

export type BootDevice = 'floppy' | 'disk' | 'cdrom';

export interface DiskGeometry {
  readonly cylinders: number;
  readonly heads: number;
  readonly sectors: number;
}

export interface CmosOptions {
  readonly memoryBytes: number;
  /** Up to three devices in the order in which to try them. */
  readonly bootOrder?: readonly BootDevice[];
  /** Hard disks at the first IDE channel, master then slave. */
  readonly disks?: readonly DiskGeometry[];
  /** Further bytes by index, set last (before the checksum). */
  readonly extra?: Readonly<Record<number, number>>;
}

const KB = 1024;
const MB = KB * KB;
const BASE_MEMORY_KB = 640;
/** Drive type in a byte of its own, and the type with a geometry of its own. */
const TYPE_EXTENDED = 0x0f;
const TYPE_USER = 47;
/** Coprocessor and pointing device present, display with its own BIOS, no floppy drives. */
const EQUIPMENT = 0x06;
const BOOT_CODE: Readonly<Record<BootDevice, number>> = { floppy: 1, disk: 2, cdrom: 3 };

export function fillCmos(cmos: Uint8Array, options: CmosOptions): void {
  const word = (at: number, value: number) => {
    const v = Math.max(0, Math.min(value, 0xffff));
    cmos[at] = v & 0xff;
    cmos[at + 1] = v >>> 8;
  };
  const above1MbKb = Math.floor((options.memoryBytes - MB) / KB);
  word(0x15, BASE_MEMORY_KB);
  word(0x17, above1MbKb);
  word(0x30, above1MbKb);
  word(0x34, Math.floor((options.memoryBytes - 16 * MB) / (64 * KB)));
  cmos[0x14] = EQUIPMENT;
  (options.disks ?? []).slice(0, 2).forEach((disk, index) => {
    fillDisk(cmos, index, disk);
  });
  const [first = 0, second = 0, third = 0] = (options.bootOrder ?? ['disk', 'cdrom']).map(
    (device) => BOOT_CODE[device],
  );
  cmos[0x3d] = first | (second << 4);
  cmos[0x38] = (third << 4) | 1; // bit 0: do not ask for a signature on floppies
  for (const [index, value] of Object.entries(options.extra ?? {})) cmos[Number(index)] = value;
  word(0x2e, swap(checksum(cmos)));
}

function fillDisk(cmos: Uint8Array, index: number, disk: DiskGeometry): void {
  cmos[0x12] |= TYPE_EXTENDED << (index === 0 ? 4 : 0);
  cmos[0x19 + index] = TYPE_USER;
  const cylinders = Math.min(disk.cylinders, 0xffff);
  const bytes = [
    cylinders & 0xff,
    cylinders >>> 8,
    disk.heads,
    0xff, // no write precompensation
    0xff,
    disk.heads > 8 ? 0x08 : 0x00,
    cylinders & 0xff, // landing zone
    cylinders >>> 8,
    disk.sectors,
  ];
  cmos.set(bytes, 0x1b + index * 9);
}

/** Sum of the bytes 0x10-0x2d. */
function checksum(cmos: Uint8Array): number {
  let sum = 0;
  for (let i = 0x10; i <= 0x2d; i++) sum += cmos[i];
  return sum & 0xffff;
}

/** The checksum is the one word that is stored high byte first. */
function swap(word: number): number {
  return ((word & 0xff) << 8) | (word >>> 8);
}
