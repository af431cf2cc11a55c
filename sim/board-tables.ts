/**
 * What firmware would have told a kernel that is booted without one: the memory map (E820), and
 * the ACPI and MP tables in the area where kernels look for them.
 */
import type { PlacedBytes } from '../hw/platform/acpi-tables.js';
import type { PcPlatform } from '../hw/platform/pc.js';
import type { MachineConfig } from './config/schema.js';
import type { MemoryRange } from './loaders/guest-image.js';

const LOW_END = 0x9fc00;
const VGA = 0xa0000;
const TABLES = 0xe0000;
const ONE_MB = 0x100000;

/** The memory map of the board, lowest range first. */
export function memoryMap(config: MachineConfig): readonly MemoryRange[] {
  return [
    { base: 0, sizeBytes: LOW_END, kind: 'usable' },
    { base: LOW_END, sizeBytes: VGA - LOW_END, kind: 'reserved' },
    { base: TABLES, sizeBytes: ONE_MB - TABLES, kind: 'reserved' },
    { base: ONE_MB, sizeBytes: (config.machine.memoryMB << 20) - ONE_MB, kind: 'usable' },
  ];
}

/** Tables to be placed before a kernel that is loaded directly. */
export function boardTables(platform: PcPlatform): readonly PlacedBytes[] {
  return platform.firmwareTables();
}
