/** The board's options, from the configuration and what was loaded. */

import { featureBits, signature } from '../guest-isa/state/identity.js';
import type { ByteSink } from '../hw/platform/device.js';
import { OverlayDisk } from '../hw/platform/disk-image.js';
import type { PcOptions } from '../hw/platform/pc.js';
import type { MachineConfig } from './config/schema.js';
import { identityOf } from './identity.js';
import type { GuestDisk } from './loaders/load-guest.js';

export function platformOptions(
  config: MachineConfig,
  disks: readonly GuestDisk[],
  vgaRom: Uint8Array | null,
  console: ByteSink,
): PcOptions {
  const { machine, host } = config;
  const identity = identityOf(config);
  return {
    memoryBytes: machine.memoryMB * 0x10_0000,
    apic: machine.apic,
    acpi: machine.acpi,
    // ASSUMED: a front-side bus at an eighth of the processor's clock (100 MHz at 800 MHz).
    busHz: (host.clockMHz * 1_000_000) / 8,
    // The first port is the console; the second is there for kernels that look for it.
    serial: [console, () => {}],
    serialPacing: machine.serialPacing === 'baud' ? 'baud' : 'instant',
    debugConsole: machine.debugConsole ? console : undefined,
    debugExitPort: machine.debugExitPort ?? undefined,
    rtcStartSeconds: Date.parse(machine.rtcStart) / 1000,
    drives: disks.map((disk) => ({
      kind: disk.type,
      image:
        disk.type === 'cdrom'
          ? new OverlayDisk(disk.source, 2048, 'readOnly')
          : new OverlayDisk(disk.source, 512, disk.writable ? 'writable' : 'overlay'),
    })),
    vgaRom: vgaRom ?? undefined,
    cpuSignature: signature(identity),
    cpuFeatures: featureBits(identity) >>> 0,
  };
}
