/**
 * From the resolved configuration to what the machine is filled with: reads the files that
 * `boot` and `machine` name and hands their bytes to the loader of the boot method.
 */
import type { MachineConfig } from '../config/schema.js';
import { type BlockFile, type GuestFile, openBlockFile, readGuestFile } from './guest-file.js';
import type { GuestImage, MemoryRange } from './guest-image.js';
import { loadLinux } from './linux.js';
import { loadMultiboot } from './multiboot.js';
import { checkOptionRom, loadBios, loadBootSector, loadRom } from './rom.js';

/** A drive's medium and how the guest may use it. */
export interface GuestDisk {
  readonly source: BlockFile;
  readonly type: 'disk' | 'cdrom';
  readonly writable: boolean;
}

export interface GuestFiles {
  readonly image: GuestImage;
  readonly vgaBios: Uint8Array | null;
  /** In the order of machine.disks; to be closed after the run. */
  readonly disks: readonly GuestDisk[];
}

/**
 * `memory` is the map that the board will report. Without `loadBoot` (a snapshot will be restored)
 * only what stays outside guest RAM is read: ROMs and disks. Nothing stays open when this throws.
 */
export function loadGuest(
  config: MachineConfig,
  memory: readonly MemoryRange[],
  loadBoot = true,
): GuestFiles {
  const disks: GuestDisk[] = [];
  try {
    for (const disk of config.machine.disks) {
      const source = openBlockFile(
        disk.image,
        disk.type === 'cdrom' ? 2048 : 512,
        disk.writable,
        config.boot.missingHint,
      );
      disks.push({ source, type: disk.type, writable: disk.writable });
    }
    const vgaBios = config.machine.vgaBios;
    return {
      image: loadBoot ? bootImage(config, memory, disks) : romsOnly(config, memory, disks),
      vgaBios: vgaBios === null ? null : checkOptionRom(readGuestFile(vgaBios, 'the VGA BIOS')),
      disks,
    };
  } catch (error) {
    for (const disk of disks) disk.source.close();
    throw error;
  }
}

function bootImage(
  config: MachineConfig,
  memory: readonly MemoryRange[],
  disks: readonly GuestDisk[],
): GuestImage {
  const { boot, machine } = config;
  const read = (path: string | null, role: string): GuestFile =>
    readGuestFile(path as string, role, boot.missingHint);
  // The cross-checks of the configuration have made sure that what each method needs is there.
  const image = ((): GuestImage => {
    switch (boot.method) {
      case 'linux':
        return loadLinux({
          kernel: read(boot.kernel, 'the kernel'),
          initrd: boot.initrd === null ? null : read(boot.initrd, 'the initrd'),
          append: boot.append,
          memory,
        });
      case 'multiboot':
        return loadMultiboot({
          kernel: read(boot.kernel, 'the kernel'),
          modules: boot.modules.map((m) => ({
            file: read(m.file, 'the module'),
            append: m.append,
          })),
          append: boot.append,
          memory,
        });
      case 'rom':
        return loadRom({
          rom: read(boot.rom.image, 'the ROM'),
          address: boot.rom.address,
          entry: boot.rom.entry,
          memory,
        });
      case 'bios':
        return loadBios(read(machine.bios, 'the BIOS'));
      case 'bootSector':
        return loadBootSector(firstSector(disks));
      default:
        return boot.method satisfies never;
    }
  })();
  if (machine.bios === null || image.bios !== null) return image;
  // A kernel booted directly still finds the BIOS in its place, as some look for its tables.
  return { ...image, bios: loadBios(read(machine.bios, 'the BIOS')).bios };
}

/** The ROMs of the boot method, and nothing that is put into RAM. */
function romsOnly(
  config: MachineConfig,
  memory: readonly MemoryRange[],
  disks: readonly GuestDisk[],
): GuestImage {
  const summary = 'restored from a snapshot';
  if (config.boot.method === 'rom' || config.boot.method === 'bios') {
    return { ...bootImage(config, memory, disks), summary, writes: [] };
  }
  const bios =
    config.machine.bios === null
      ? null
      : loadBios(readGuestFile(config.machine.bios, 'the BIOS')).bios;
  return { summary, writes: [], roms: [], bios, boot: { mode: 'reset' } };
}

function firstSector(disks: readonly GuestDisk[]): GuestFile {
  const source = (disks[0] as GuestDisk).source;
  const bytes = new Uint8Array(Math.min(512, source.sizeBytes));
  source.readAt(0, bytes);
  return { name: source.name, bytes };
}
