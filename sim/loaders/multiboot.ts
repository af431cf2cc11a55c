/**
 * Multiboot 1 (specification 0.6.96): ELF32 kernels by their program headers, and any file by
 * the address fields of its multiboot header ("a.out kludge"); modules; the information
 * structure with memory sizes, command line, modules, memory map and loader name.
 *
 * Left out: drives, APM, VBE, symbol tables and graphics modes (a kernel that demands a linear
 * frame buffer is refused). The command line holds boot.append alone, without the file's name,
 * so that the guest does not depend on where the file lies.
 */
import { GuestLoadError } from '../../base/errors.js';
import { elfSegments } from './elf.js';
import type { GuestFile } from './guest-file.js';
import {
  e820Type,
  type GuestImage,
  type MemoryRange,
  type MemoryWrite,
  Placement,
  sizeText,
  viewOf,
  zeroTerminated,
} from './guest-image.js';

export interface MultibootModule {
  readonly file: GuestFile;
  readonly append: string;
}

export interface MultibootBoot {
  readonly kernel: GuestFile;
  readonly modules: readonly MultibootModule[];
  readonly append: string;
  readonly memory: readonly MemoryRange[];
}

const headerMagic = 0x1bad_b002;
const loaderMagic = 0x2bad_b002;
const searchBytes = 8192;
const headerFlag = { pageAlign: 1, memoryInfo: 2, video: 4, addresses: 0x1_0000 } as const;
const knownRequirements = headerFlag.pageAlign | headerFlag.memoryInfo | headerFlag.video;
const infoFlag = {
  memory: 1 << 0,
  cmdline: 1 << 2,
  modules: 1 << 3,
  map: 1 << 6,
  loaderName: 1 << 9,
} as const;

interface Kernel {
  readonly segments: readonly MemoryWrite[];
  readonly entry: number;
}

export function loadMultiboot(boot: MultibootBoot): GuestImage {
  const { kernel, modules } = boot;
  const offset = findHeader(kernel);
  const view = viewOf(kernel.bytes);
  const flags = view.getUint32(offset + 4, true);
  checkRequirements(kernel, offset, flags);
  const loaded = flags & headerFlag.addresses ? byAddresses(kernel, offset) : elfSegments(kernel);
  const place = new Placement(boot.memory, kernel.name);
  for (const segment of loaded.segments)
    place.claim(segment.address, segment.bytes.length, segment.what);
  const kernelEnd = Math.max(...loaded.segments.map((s) => s.address + s.bytes.length));
  const moduleWrites = modules.map((module) => ({
    address: place.lowest(
      module.file.bytes.length,
      Math.max(kernelEnd, 0x10_0000),
      'the module',
      module.file.name,
    ),
    bytes: module.file.bytes,
    what: `module ${module.file.name}`,
  }));
  const info = infoWrite(boot, moduleWrites, place);
  return {
    summary: `multiboot kernel (${sizeText(kernel.bytes.length)})${modules.length > 0 ? `, ${modules.length} modules` : ''}`,
    writes: [...loaded.segments, ...moduleWrites, info],
    roms: [],
    bios: null,
    boot: {
      mode: 'flat32',
      eip: loaded.entry,
      segments: { cs: 0x08, ds: 0x10, ss: 0x10, es: 0x10 },
      registers: { eax: loaderMagic, ebx: info.address },
    },
  };
}

/** Byte offset of the multiboot header, which lies 4-byte aligned in the first 8 KB. */
function findHeader(kernel: GuestFile): number {
  const view = viewOf(kernel.bytes);
  const end = Math.min(kernel.bytes.length, searchBytes) - 12;
  let damaged = false;
  for (let offset = 0; offset <= end; offset += 4) {
    if (view.getUint32(offset, true) !== headerMagic) continue;
    const sum = headerMagic + view.getUint32(offset + 4, true) + view.getUint32(offset + 8, true);
    if (sum % 0x1_0000_0000 === 0) return offset;
    damaged = true;
  }
  throw new GuestLoadError(
    damaged
      ? `${kernel.name}: its multiboot header has a wrong checksum; the file is damaged, build or copy it again`
      : `${kernel.name}: is not a multiboot 1 kernel (no header in its first 8 KB); boot Linux kernels with --kernel`,
  );
}

function checkRequirements(kernel: GuestFile, offset: number, flags: number): void {
  const unknown = flags & 0xffff & ~knownRequirements;
  if (unknown !== 0) {
    throw new GuestLoadError(
      `${kernel.name}: demands multiboot features that do not exist here (flags 0x${unknown.toString(16)})`,
    );
  }
  const graphics = flags & headerFlag.video && offset + 48 <= kernel.bytes.length;
  if (graphics && viewOf(kernel.bytes).getUint32(offset + 32, true) === 0) {
    throw new GuestLoadError(
      `${kernel.name}: demands a linear graphics mode, and this machine has VGA text only`,
    );
  }
}

/** The address fields: which part of the file goes where, whatever its format. */
function byAddresses(kernel: GuestFile, offset: number): Kernel {
  const { name, bytes } = kernel;
  const refuse = (what: string): never => {
    throw new GuestLoadError(
      `${name}: the address fields of its multiboot header ${what}; build the kernel again`,
    );
  };
  if (offset + 32 > bytes.length) return refuse('are cut off');
  const view = viewOf(bytes);
  const field = (index: number): number => view.getUint32(offset + 12 + index * 4, true);
  const [headerAddress, load, loadEnd, bssEnd, entry] = [
    field(0),
    field(1),
    field(2),
    field(3),
    field(4),
  ];
  const fileStart = offset - (headerAddress - load);
  if (load > headerAddress || fileStart < 0)
    return refuse('place the load address outside the file');
  const size = loadEnd === 0 ? bytes.length - fileStart : loadEnd - load;
  if (size <= 0) return refuse('end before they begin');
  if (fileStart + size > bytes.length) {
    return refuse(
      `announce ${sizeText(size)} to load, and the file holds ${sizeText(bytes.length - fileStart)} (truncated?)`,
    );
  }
  const memoryEnd = Math.max(bssEnd, load + size);
  if (entry < load || entry >= memoryEnd) return refuse('place the entry outside what is loaded');
  const segments: MemoryWrite[] = [
    { address: load, bytes: bytes.subarray(fileStart, fileStart + size), what: 'the kernel' },
  ];
  if (memoryEnd > load + size) {
    segments.push({
      address: load + size,
      bytes: new Uint8Array(checkedSize(name, memoryEnd - load - size)),
      what: "the kernel's bss",
    });
  }
  return { segments, entry };
}

function checkedSize(name: string, sizeBytes: number): number {
  if (sizeBytes <= 0x8000_0000) return sizeBytes;
  throw new GuestLoadError(
    `${name}: asks for ${sizeText(sizeBytes)} of zeroed memory; the file is damaged`,
  );
}

/** Information structure, memory map, module list and texts in one block. */
function infoWrite(
  boot: MultibootBoot,
  modules: readonly MemoryWrite[],
  place: Placement,
): MemoryWrite {
  const ranges = [...boot.memory].sort((a, b) => a.base - b.base);
  const texts = [boot.append, 'Chrysalis', ...boot.modules.map((m) => m.append)].map(
    zeroTerminated,
  );
  const [mapAt, mapBytes] = [128, ranges.length * 24];
  const modulesAt = mapAt + mapBytes;
  const textsAt = modulesAt + modules.length * 16;
  const bytes = new Uint8Array(textsAt + texts.reduce((sum, text) => sum + text.length, 0));
  const address = place.lowest(bytes.length, 0x1_0000, 'the boot information');
  const view = viewOf(bytes);
  const textAddresses: number[] = [];
  let at = textsAt;
  for (const text of texts) {
    bytes.set(text, at);
    textAddresses.push(address + at);
    at += text.length;
  }
  const set = (offset: number, value: number): void => view.setUint32(offset, value, true);
  set(
    0,
    infoFlag.memory | infoFlag.cmdline | infoFlag.modules | infoFlag.map | infoFlag.loaderName,
  );
  set(4, usableKB(ranges, 0, 640));
  set(8, usableKB(ranges, 0x10_0000, Infinity));
  set(16, textAddresses[0] as number);
  set(20, modules.length);
  set(24, address + modulesAt);
  set(44, mapBytes);
  set(48, address + mapAt);
  set(64, textAddresses[1] as number);
  ranges.forEach((range, i) => {
    const entry = mapAt + i * 24;
    set(entry, 20);
    view.setBigUint64(entry + 4, BigInt(range.base), true);
    view.setBigUint64(entry + 12, BigInt(range.sizeBytes), true);
    set(entry + 20, e820Type[range.kind]);
  });
  modules.forEach((module, i) => {
    const entry = modulesAt + i * 16;
    set(entry, module.address);
    set(entry + 4, module.address + module.bytes.length);
    set(entry + 8, textAddresses[i + 2] as number);
  });
  return { address, bytes, what: 'boot information' };
}

function usableKB(ranges: readonly MemoryRange[], base: number, mostKB: number): number {
  const range = ranges.find((r) => r.kind === 'usable' && r.base === base);
  return Math.min(mostKB, Math.floor((range?.sizeBytes ?? 0) / 1024));
}
