/** The memory map that firmware would report (E820), for kernels that are booted without one. */
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
    { base: ONE_MB, sizeBytes: config.machine.memoryMB * ONE_MB - ONE_MB, kind: 'usable' },
  ];
}
