/**
 * Flat ROM images, BIOS images, option ROMs and boot sectors: raw bytes with a fixed place.
 *
 * A boot sector without a BIOS starts as a BIOS would start it (0000:7C00, dl = 80h), but there
 * are no BIOS services behind int 10h/13h..., no interrupt vectors and interrupts are off: it
 * suits boot sectors that drive the hardware themselves.
 */
import { GuestLoadError } from '../../base/errors.js';
import type { BootState } from '../../guest-isa/state/boot-state.js';
import type { GuestFile } from './guest-file.js';
import { type GuestImage, hex, type MemoryRange, Placement, sizeText } from './guest-image.js';

const videoMemory = 0xa_0000;
const romArea = 0xc_0000;
const oneMB = 0x10_0000;
const largestBios = oneMB;
const largestLowRom = 0x2_0000;

export interface RomBoot {
  readonly rom: GuestFile;
  readonly address: number;
  /** 'reset' or 'segment:offset' in hexadecimal. */
  readonly entry: string;
  readonly memory: readonly MemoryRange[];
}

export function loadRom({ rom, address, entry, memory }: RomBoot): GuestImage {
  if (entry === 'reset') return romAtReset(rom);
  const end = address + rom.bytes.length;
  const where = `${hex(address)}-${hex(end - 1)}`;
  if (end > oneMB) {
    throw new GuestLoadError(
      `${rom.name}: the ROM of ${sizeText(rom.bytes.length)} at ${hex(address)} ends above 1 MB; lower boot.rom.address`,
    );
  }
  const inRam = end <= videoMemory;
  if (!inRam && address < romArea) {
    throw new GuestLoadError(
      `${rom.name}: the ROM at ${where} covers the video memory (0xa0000-0xbffff); change boot.rom.address`,
    );
  }
  if (inRam) new Placement(memory, rom.name).claim(address, rom.bytes.length, 'the ROM');
  const write = { address, bytes: rom.bytes, what: 'ROM' };
  const [segment, offset] = entry.split(':').map((part) => Number.parseInt(part, 16)) as [
    number,
    number,
  ];
  const linear = segment * 16 + offset;
  if (linear < address || linear >= end) {
    throw new GuestLoadError(
      `${rom.name}: the entry ${entry} (${hex(linear)}) lies outside the ROM at ${where}; change boot.rom.entry`,
    );
  }
  return {
    summary: `ROM of ${sizeText(rom.bytes.length)} at ${hex(address)}, entered at ${entry}`,
    writes: inRam ? [write] : [],
    roms: inRam ? [] : [write],
    bios: null,
    boot: realMode(segment, offset, 0),
  };
}

/** The image's last byte lies at 1 MB and at 4 GB, so that its reset vector is found. */
function romAtReset(rom: GuestFile): GuestImage {
  if (rom.bytes.length > largestLowRom) {
    throw new GuestLoadError(
      `${rom.name}: a ROM of ${sizeText(rom.bytes.length)} entered at reset is too large (at most 128 KB); give a BIOS with --bios`,
    );
  }
  if (rom.bytes.length < 16)
    throw new GuestLoadError(
      `${rom.name}: a ROM of ${rom.bytes.length} bytes has no reset vector (16 bytes from its end)`,
    );
  // The board maps whole pages; what lies before the image reads as an erased ROM does.
  const padded = new Uint8Array(Math.ceil(rom.bytes.length / 4096) * 4096).fill(0xff);
  padded.set(rom.bytes, padded.length - rom.bytes.length);
  return {
    summary: `ROM of ${sizeText(rom.bytes.length)}, entered at reset`,
    writes: [],
    roms: [],
    bios: padded,
    boot: { mode: 'reset' },
  };
}

/** A system BIOS: checked for what every BIOS image has. */
export function loadBios(bios: GuestFile): GuestImage {
  checkBios(bios);
  return {
    summary: `BIOS of ${sizeText(bios.bytes.length)}`,
    writes: [],
    roms: [],
    bios: bios.bytes,
    boot: { mode: 'reset' },
  };
}

function checkBios({ name, bytes }: GuestFile): void {
  if (bytes.length % 0x1_0000 !== 0 || bytes.length > largestBios) {
    throw new GuestLoadError(
      `${name}: is not a BIOS image: it has ${bytes.length} bytes, and a BIOS has a multiple of 64 KB up to 1 MB (with Debian's seabios: /usr/share/seabios/bios.bin)`,
    );
  }
  const vector = bytes.subarray(-16);
  if (vector.every((byte) => byte === 0) || vector.every((byte) => byte === 0xff)) {
    throw new GuestLoadError(`${name}: is not a BIOS image: there is no code at its reset vector`);
  }
}

/** An option ROM (VGA BIOS): signature, length byte and checksum as a BIOS checks them. */
export function checkOptionRom({ name, bytes }: GuestFile): Uint8Array {
  const fail = (what: string): never => {
    throw new GuestLoadError(`${name}: is not a usable option ROM: ${what}`);
  };
  if (bytes.length < 512 || bytes[0] !== 0x55 || bytes[1] !== 0xaa)
    fail('it does not begin with 55 AA');
  const announced = (bytes[2] as number) * 512;
  if (announced > bytes.length)
    fail(`it announces ${announced} bytes and has ${bytes.length} (truncated?)`);
  if (bytes.length > 0x1_0000) fail('it is larger than 64 KB');
  let sum = 0;
  for (const byte of bytes.subarray(0, announced)) sum = (sum + byte) & 0xff;
  if (sum !== 0) fail('its checksum is wrong; the file is damaged');
  return bytes;
}

export function loadBootSector(sector: GuestFile): GuestImage {
  const { name, bytes } = sector;
  if (bytes.length < 512)
    throw new GuestLoadError(`${name}: has no boot sector (${bytes.length} bytes)`);
  if (bytes[510] !== 0x55 || bytes[511] !== 0xaa) {
    throw new GuestLoadError(
      `${name}: its first sector is no boot sector (it does not end with 55 AA); make the disk bootable, or give a kernel with --kernel`,
    );
  }
  return {
    summary: `boot sector of ${name}, without a BIOS`,
    writes: [{ address: 0x7c00, bytes: bytes.subarray(0, 512), what: 'boot sector' }],
    roms: [],
    bios: null,
    boot: realMode(0, 0x7c00, 0x80),
  };
}

function realMode(segment: number, eip: number, dl: number): BootState {
  return {
    mode: 'real',
    eip,
    segments: { cs: segment, ds: 0, ss: 0, es: 0 },
    registers: { eax: 0, ecx: 0, edx: dl, ebx: 0, esp: 0x7c00, ebp: 0, esi: 0, edi: 0 },
    interrupts: false,
  };
}
