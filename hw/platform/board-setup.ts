/**
 * What a BIOS leaves behind on this board, for a boot without one: shadow RAM open, PCI interrupt
 * routes, addresses of the IDE and power management functions, ACPI switched on, the local APIC in
 * virtual wire mode.
 * It programs the registers through the ports, as a BIOS does, so nothing here is a second way into
 * the devices. Sources: the datasheets of 82441FX, 82371SB and 82371AB; MP specification 1.4, 3.6.
 * Left out: vectors and masks of the 8259 and the rate of the 8254 (kernels set both), the BIOS data
 * area.
 */

import { PmReg } from './acpi-pm.js';
import { APIC_DEFAULT_BASE, Apic, Delivery } from './apic-registers.js';
import type { Width } from './device.js';
import { pamRanges } from './i440fx.js';
import { IDETIM } from './ide.js';
import { PciReg } from './pci.js';
import { PIIX_SLOT, PIRQ_ROUTE } from './piix.js';

/** Addresses that the tables name and the set-up programs; the PM base is where SeaBIOS puts it too. */
export const PM_BASE = 0x600;
export const SMBUS_BASE = 0x700;
export const BUS_MASTER_BASE = 0xc000;
/** ISA interrupts of PIRQ A to D. */
export const pirqRoutes: readonly number[] = [10, 10, 11, 11];
/** Edge/level control, upper byte: the SCI and the PCI interrupts are level-triggered. */
const ELCR_HIGH = 0x4d1;
const LEVEL_LINES = (1 << 9) | (1 << 10) | (1 << 11);

/** The processor's side of the bus. */
export interface BoardAccess {
  out(port: number, value: number, width: Width): void;
  write(address: number, value: number, width: Width): void;
}

export function setUpBoard(board: BoardAccess, options: { readonly apic: boolean }): void {
  const config = (slot: number, fn: number, reg: number, value: number, width: Width) => {
    board.out(0xcf8, (0x8000_0000 | (slot << 11) | (fn << 8) | (reg & 0xfc)) >>> 0, 4);
    board.out(0xcfc + (reg & 3), value, width);
  };
  for (const { register } of pamRanges) config(0, 0, register, 0x33, 1);
  for (let pirq = 0; pirq < 4; pirq++) {
    config(PIIX_SLOT, 0, PIRQ_ROUTE + pirq, pirqRoutes[pirq], 1);
  }
  board.out(ELCR_HIGH, LEVEL_LINES >>> 8, 1);
  config(PIIX_SLOT, 1, IDETIM, 0x8000_8000, 4);
  config(PIIX_SLOT, 1, PciReg.bar0 + 4 * 4, BUS_MASTER_BASE, 4);
  config(PIIX_SLOT, 1, PciReg.command, 0x05, 2);
  config(PIIX_SLOT, 3, PmReg.base, PM_BASE, 4);
  config(PIIX_SLOT, 3, PmReg.enable, 1, 1);
  config(PIIX_SLOT, 3, PmReg.smbusBase, SMBUS_BASE, 4);
  config(PIIX_SLOT, 3, PmReg.smbusConfig, 0x09, 1);
  config(PIIX_SLOT, 3, PciReg.command, 1, 2);
  config(PIIX_SLOT, 3, PciReg.interruptLine, 9, 1);
  board.out(0xcf8, 0, 4);
  if (options.apic) virtualWire(board);
}

/** Local APIC on, the 8259 through LINT0, NMI through LINT1. */
function virtualWire(board: BoardAccess): void {
  const apic = (offset: number, value: number) => board.write(APIC_DEFAULT_BASE + offset, value, 4);
  apic(Apic.svr, 0x10f);
  apic(Apic.lvtLint0, Delivery.extInt << 8);
  apic(Apic.lvtLint1, Delivery.nmi << 8);
}
