/**
 * The host bridge of the 82441FX (PMC): identity, DRAM row boundaries, the PAM registers that
 * decide for each part of 0xC0000-0xFFFFF whether reads and writes reach RAM or the BIOS ROM, and
 * the SMRAM register.
 * Source: Intel 440FX PCIset, 82441FX and 82442FX datasheet (290549), section 3.2.
 * Left out: system management mode (the SMRAM register stores, its space never opens), the DRAM
 * controller's timing, the error registers' causes.
 */
import type { ShadowControl } from './device.js';
import { PciFunction } from './pci.js';

/** Firmware for virtual machines recognizes a board it can drive by this subsystem id. */
const SUBSYSTEM = { vendor: 0x1af4, id: 0x1100 } as const;

/** PAM0's upper nibble covers the BIOS segment; PAM1-PAM6 have a nibble for each 16 KB. */
const PAM_FIRST = 0x59;

export interface PamRange {
  readonly register: number;
  readonly shift: 0 | 4;
  readonly first: number;
  readonly sizeBytes: number;
}

export const pamRanges: readonly PamRange[] = [
  { register: PAM_FIRST, shift: 4, first: 0xf0000, sizeBytes: 0x10000 },
  ...Array.from({ length: 12 }, (_, i): PamRange => {
    return {
      register: PAM_FIRST + 1 + (i >> 1),
      shift: i & 1 ? 4 : 0,
      first: 0xc0000 + i * 0x4000,
      sizeBytes: 0x4000,
    };
  }),
];

export function hostBridge(shadow: ShadowControl, memorySizeBytes: number): PciFunction {
  const fn = new PciFunction({
    name: 'i440FX host bridge',
    slot: 0,
    fn: 0,
    vendorId: 0x8086,
    deviceId: 0x1237,
    classCode: 0x060000,
    revision: 0x02,
    subsystemVendorId: SUBSYSTEM.vendor,
    subsystemId: SUBSYSTEM.id,
  });
  // Memory access and bus mastering are hard-wired on; SERR# and parity enables are storage.
  fn.define(0x04, 2, 0x0006, 0x0140);
  fn.define(0x06, 2, 0x0280, 0x0000, 0xf900);
  fn.define(0x0d, 1, 0, 0xf8);
  fn.define(0x50, 2, 0x0000, 0xffff); // PMCCFG
  fn.define(0x52, 5, 0, 0xffff_ffff); // deturbo counter, DBX buffer, aux control
  fn.define(0x57, 2, 0x10_01, 0xffff); // DRAM control and timing
  for (const r of pamRanges) {
    fn.define(r.register, 1, 0, r.register === PAM_FIRST ? 0xf0 : 0xff);
    fn.watch(r.register, 1, () => {
      const nibble = (fn.config[r.register] >>> r.shift) & 0xf;
      shadow.setShadow(r.first, r.sizeBytes, (nibble & 1) !== 0, (nibble & 2) !== 0);
    });
  }
  defineRows(fn, memorySizeBytes);
  fn.define(0x68, 1, 0, 0xff); // fixed DRAM hole
  fn.define(0x70, 1, 0, 0x7f); // multi-transaction timer
  fn.define(0x71, 1, 0x10, 0xff); // CPU latency timer
  fn.define(0x72, 1, 0x02, 0x78); // SMRAM: DOPEN, DCLS, DLCK, SMRAME store; the base is fixed
  fn.define(0x90, 3, 0, 0xffffff); // error command and status
  fn.define(0x93, 1, 0, 0x06); // turbo reset control
  return fn;
}

/** DRB0-7: end of each DRAM row in 8 MB, cumulative; all the memory is in row 0 as far as it fits. */
function defineRows(fn: PciFunction, memorySizeBytes: number): void {
  const units = Math.min(255, Math.ceil(memorySizeBytes / (8 << 20)));
  for (let row = 0; row < 8; row++) fn.define(0x60 + row, 1, units, 0xff);
}
