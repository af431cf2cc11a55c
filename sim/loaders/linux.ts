/**
 * Linux bzImage by the 32-bit boot protocol (kernel tree, Documentation/arch/x86/boot.rst and
 * zero-page.rst): the real-mode set-up code is skipped, the protected-mode part lies at 1 MB,
 * boot_params carries what the set-up code would have found out, and the kernel is entered in
 * flat protected mode with esi = boot_params.
 *
 * Protocol 2.06 (Linux 2.6.22) or newer, since older kernels have no command-line size field;
 * zImages (loaded low) and the EFI and 64-bit entries are left out.
 */
import { GuestLoadError } from '../../base/errors.js';
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

export interface LinuxBoot {
  readonly kernel: GuestFile;
  readonly initrd: GuestFile | null;
  readonly append: string;
  readonly memory: readonly MemoryRange[];
}

/** Offsets in the file and, from setupSects on, in boot_params as well. */
const header = {
  setupSects: 0x1f1,
  bootFlag: 0x1fe,
  jump: 0x200,
  magic: 0x202,
  version: 0x206,
  kernelVersion: 0x20e,
  typeOfLoader: 0x210,
  loadFlags: 0x211,
  code32Start: 0x214,
  ramdiskImage: 0x218,
  ramdiskSize: 0x21c,
  cmdLinePtr: 0x228,
  initrdAddrMax: 0x22c,
  kernelAlignment: 0x230,
  relocatable: 0x234,
  cmdlineSize: 0x238,
  prefAddress: 0x258,
  initSize: 0x260,
} as const;
const zeroPage = {
  screenInfo: 0x000,
  altMemK: 0x1e0,
  e820Entries: 0x1e8,
  header: 0x1f1,
  e820Table: 0x2d0,
} as const;

const loadAddress = 0x10_0000;
const bootParamsAddress = 0x9_0000;
const trampolineAddress = 0x9_1000;
const cmdlineAddress = 0x9_2000;
const bootCs = 0x10;
const bootDs = 0x18;
const maxE820Entries = 128;

interface SetupHeader {
  readonly view: DataView;
  readonly setupBytes: number;
  readonly version: number;
  readonly release: string;
  readonly cmdlineSize: number;
  /** First byte after all memory that the kernel uses before it reads the memory map. */
  readonly runtimeEnd: number;
}

export function loadLinux(boot: LinuxBoot): GuestImage {
  const { kernel, initrd, memory } = boot;
  const setup = readSetupHeader(kernel);
  const code = kernel.bytes.subarray(setup.setupBytes);
  const append = zeroTerminated(boot.append);
  if (append.length - 1 > setup.cmdlineSize) {
    throw new GuestLoadError(
      `${kernel.name}: the command line has ${append.length - 1} characters, and this kernel takes ${setup.cmdlineSize}; shorten boot.append (--append)`,
    );
  }
  const place = new Placement(memory, kernel.name);
  place.claim(bootParamsAddress, 4096, 'the boot parameters');
  place.claim(trampolineAddress, 4096, 'the entry descriptors');
  place.claim(cmdlineAddress, append.length, 'the command line');
  place.claim(loadAddress, setup.runtimeEnd - loadAddress, 'the kernel');
  const writes: MemoryWrite[] = [
    { address: loadAddress, bytes: code, what: 'kernel' },
    { address: cmdlineAddress, bytes: append, what: 'command line' },
    { address: trampolineAddress, bytes: trampoline(loadAddress), what: 'entry descriptors' },
  ];
  let initrdAddress = 0;
  if (initrd) {
    const max = setup.view.getUint32(header.initrdAddrMax, true) + 1;
    initrdAddress = place.highest(initrd.bytes.length, max, 'the initrd', initrd.name);
    writes.push({ address: initrdAddress, bytes: initrd.bytes, what: 'initrd' });
  }
  const params = bootParams(kernel.bytes, memory);
  const view = viewOf(params);
  view.setUint32(header.cmdLinePtr, cmdlineAddress, true);
  if (initrd) {
    view.setUint32(header.ramdiskImage, initrdAddress, true);
    view.setUint32(header.ramdiskSize, initrd.bytes.length, true);
  }
  writes.push({ address: bootParamsAddress, bytes: params, what: 'boot parameters' });
  return {
    summary: `Linux ${setup.release} (${sizeText(code.length)})${initrd ? `, initrd ${sizeText(initrd.bytes.length)}` : ''}`,
    writes,
    roms: [],
    bios: null,
    boot: {
      mode: 'flat32',
      eip: trampolineAddress,
      segments: { cs: bootCs, ds: bootDs, ss: bootDs, es: bootDs },
      registers: { esi: bootParamsAddress, ebp: 0, edi: 0, ebx: 0, esp: bootParamsAddress },
    },
  };
}

function readSetupHeader(kernel: GuestFile): SetupHeader {
  const { name, bytes } = kernel;
  const refuse = (what: string): never => {
    throw new GuestLoadError(`${name}: ${what}`);
  };
  if (bytes.length < 0x268) {
    refuse(
      `is too short for a Linux kernel (${bytes.length} bytes); it is truncated or not a bzImage`,
    );
  }
  const view = viewOf(bytes);
  if (
    view.getUint16(header.bootFlag, true) !== 0xaa55 ||
    view.getUint32(header.magic, true) !== 0x53726448
  ) {
    refuse(
      `is not a Linux kernel image${looksLike(bytes)}; give a bzImage (vmlinuz), or boot ELF kernels with --multiboot`,
    );
  }
  const version = view.getUint16(header.version, true);
  if (version < 0x206)
    refuse(
      `its boot protocol ${version >> 8}.${version & 255} is too old; Linux 2.6.22 or newer is needed`,
    );
  if (!(view.getUint8(header.loadFlags) & 1))
    refuse('is a zImage, which loads below 1 MB; give a bzImage');
  const setupBytes = ((view.getUint8(header.setupSects) || 4) + 1) * 512;
  if (setupBytes >= bytes.length)
    refuse(`is truncated inside its set-up code (${bytes.length} bytes); copy it again`);
  // syssize counts 16-byte units of the protected-mode part; the file may carry a signature after it.
  const codeBytes = view.getUint32(0x1f4, true) * 16;
  const present = bytes.length - setupBytes;
  if (present + 15 < codeBytes) {
    refuse(
      `is truncated: its header announces ${sizeText(codeBytes)} of kernel, and ${sizeText(present)} are there; copy it again`,
    );
  }
  return {
    view,
    setupBytes,
    version,
    release: releaseText(view, bytes, setupBytes),
    cmdlineSize: view.getUint32(header.cmdlineSize, true) || 255,
    runtimeEnd: runtimeEnd(view, version, present),
  };
}

function looksLike(bytes: Uint8Array): string {
  const start = Buffer.from(bytes.subarray(0, 4)).toString('latin1');
  if (start === '\x7fELF') return ' (it is an ELF file, perhaps an uncompressed vmlinux)';
  if (start.startsWith('\x1f\x8b')) return ' (it is a gzip file)';
  return '';
}

/** The kernel decompresses itself to its preferred address and needs init_size bytes from there (protocol 2.10). */
function runtimeEnd(view: DataView, version: number, codeBytes: number): number {
  const loadedEnd = loadAddress + codeBytes;
  if (version < 0x20a) return loadedEnd;
  const preferred = view.getUint32(header.prefAddress, true);
  const align = view.getUint32(header.kernelAlignment, true) || 1;
  const relocatable = view.getUint8(header.relocatable) !== 0;
  const start = relocatable
    ? Math.max(preferred, Math.ceil(loadAddress / align) * align)
    : preferred;
  return Math.max(loadedEnd, start + view.getUint32(header.initSize, true));
}

function releaseText(view: DataView, bytes: Uint8Array, setupBytes: number): string {
  const offset = view.getUint16(header.kernelVersion, true);
  if (offset === 0 || offset + 0x200 >= setupBytes) return 'of unknown version';
  const text = Buffer.from(
    bytes.subarray(offset + 0x200, Math.min(setupBytes, offset + 0x300)),
  ).toString('latin1');
  return text.split(/[\0 ]/)[0] ?? '';
}

function bootParams(file: Uint8Array, memory: readonly MemoryRange[]): Uint8Array {
  const params = new Uint8Array(4096);
  // The header ends where the jump instruction at its start leads to.
  const headerEnd = Math.min(
    header.magic + (file[header.jump + 1] as number),
    zeroPage.e820Table - 0x40,
  );
  params.set(file.subarray(zeroPage.header, headerEnd), zeroPage.header);
  const view = viewOf(params);
  view.setUint8(header.typeOfLoader, 0xff);
  view.setUint32(header.code32Start, loadAddress, true);
  describeScreen(view);
  const entries = [...memory].sort((a, b) => a.base - b.base).slice(0, maxE820Entries);
  view.setUint8(zeroPage.e820Entries, entries.length);
  entries.forEach((range, i) => {
    const at = zeroPage.e820Table + i * 20;
    view.setBigUint64(at, BigInt(range.base), true);
    view.setBigUint64(at + 8, BigInt(range.sizeBytes), true);
    view.setUint32(at + 16, e820Type[range.kind], true);
  });
  const high = entries.find((range) => range.kind === 'usable' && range.base === 0x10_0000);
  view.setUint32(zeroPage.altMemK, Math.floor((high?.sizeBytes ?? 0) / 1024), true);
  return params;
}

/** Colour text of 80x25 with 16-line characters, as a VGA BIOS leaves it (mode 3). */
function describeScreen(view: DataView): void {
  view.setUint8(zeroPage.screenInfo + 6, 3);
  view.setUint8(zeroPage.screenInfo + 7, 80);
  view.setUint8(zeroPage.screenInfo + 14, 25);
  view.setUint8(zeroPage.screenInfo + 15, 1);
  view.setUint16(zeroPage.screenInfo + 16, 16, true);
}

/**
 * `lgdt` and a far jump, with the table they load: the protocol wants real descriptors behind the
 * selectors 0x10 and 0x18, and kernels before 5.8 reload their segments from them.
 */
function trampoline(entry: number): Uint8Array {
  const bytes = new Uint8Array(0x60);
  const view = viewOf(bytes);
  const table = 0x20;
  const pointer = 0x18;
  bytes.set([0x0f, 0x01, 0x15], 0);
  view.setUint32(3, trampolineAddress + pointer, true);
  bytes[7] = 0xea;
  view.setUint32(8, entry, true);
  view.setUint16(12, bootCs, true);
  view.setUint16(pointer, 0x1f, true);
  view.setUint32(pointer + 2, trampolineAddress + table, true);
  view.setBigUint64(table + bootCs, 0x00cf_9b00_0000_ffffn, true);
  view.setBigUint64(table + bootDs, 0x00cf_9300_0000_ffffn, true);
  return bytes;
}
